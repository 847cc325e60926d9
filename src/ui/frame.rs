//! The frame around pages: brand, menu, who is signed in. The menu is a popover on small screens: it needs no script.

use leptos::nonce::use_nonce;
use leptos::prelude::*;

use crate::domain::color::accent_style;

/// A link of the menu.
#[derive(Debug, Clone)]
pub struct NavItem {
    pub href: String,
    pub label: &'static str,
    pub current: bool,
}

/// Who is signed in, at the foot of the menu.
#[derive(Debug, Clone)]
pub struct Who {
    pub name: String,
    pub detail: String,
    /// Whether there is another tenant or the console to switch to.
    pub can_switch: bool,
    /// Where the sign-out form goes.
    pub sign_out: &'static str,
}

/// The tenant's colour instead of the platform's.
#[component]
pub fn Accent(color: String) -> impl IntoView {
    accent_style(&color).map(|style| view! { <style nonce=use_nonce()>{style}</style> })
}

fn first_letter(name: &str) -> String {
    name.chars().find(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().collect()).unwrap_or_else(|| "T".to_owned())
}

/// A page with a menu.
#[component]
pub fn Frame(
    brand: String,
    home: String,
    nav: Vec<NavItem>,
    who: Who,
    #[prop(optional_no_strip)] accent: Option<String>,
    children: Children,
) -> impl IntoView {
    let items =
        nav.into_iter().map(|item| view! { <a href=item.href aria-current=item.current.then_some("page")>{item.label}</a> }).collect_view();
    view! {
        {accent.map(|color| view! { <Accent color=color /> })}
        <a class="skip" href="#main">"Skip to content"</a>
        <div class="shell">
            <header class="side">
                <a class="brand" href=home><i aria-hidden="true">{first_letter(&brand)}</i><span><bdi>{brand.clone()}</bdi></span></a>
                <button class="btn menu-btn" type="button" popovertarget="menu">"Menu"</button>
                <div class="menu" id="menu" popover>
                    <nav class="nav" aria-label=brand>{items}</nav>
                    <div class="who">
                        <b><bdi>{who.name}</bdi></b>{who.detail}
                        <div class="who-links">
                            <a class="link" href="/account">"Account"</a>
                            {who.can_switch.then(|| view! { <a class="link" href="/tenants">"Switch tenant"</a> })}
                            <form method="post" action=who.sign_out><button class="link">"Sign out"</button></form>
                        </div>
                    </div>
                </div>
            </header>
            <main id="main" tabindex="-1">{children()}</main>
        </div>
    }
}

/// Cards below each other, without a menu: what belongs to a person and to no tenant.
#[component]
pub fn Sheet(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <div class="sheet">
            <a class="skip" href="#main">"Skip to content"</a>
            <main id="main" tabindex="-1">
                <div class="head"><h1 class="grow">{title}</h1><a class="btn" href="/">"Back to work"</a></div>
                {children()}
            </main>
        </div>
    }
}

/// A lone card in the middle: sign-in, invites, messages. `brand` is a tenant's name at its own host.
#[component]
pub fn Card(
    #[prop(default = "Tenantry".to_owned())] brand: String,
    #[prop(optional_no_strip)] accent: Option<String>,
    #[prop(optional)] foot: Option<AnyView>,
    /// For what stands side by side.
    #[prop(optional)]
    wide: bool,
    children: Children,
) -> impl IntoView {
    view! {
        {accent.map(|color| view! { <Accent color=color /> })}
        <div class=if wide { "auth wide" } else { "auth" }>
            <a class="skip" href="#main">"Skip to content"</a>
            <main id="main" tabindex="-1">
                <div class="brand"><i aria-hidden="true">{first_letter(&brand)}</i><bdi>{brand}</bdi></div>
                <section class="card pad stack">{children()}</section>
                {foot.map(|foot| view! { <p class="auth-foot">{foot}</p> })}
            </main>
        </div>
    }
}
