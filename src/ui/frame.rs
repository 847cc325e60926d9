//! The frame around pages: brand, menu, who is signed in. The menu is a popover on small screens: it needs no script.

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use maud::{Markup, PreEscaped, html};

use crate::domain::color::accent_style;
use crate::ui::head;
use crate::ui::text::{inert, joined};

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

/// Whose page it is: the platform's, or a tenant's in its branding. Images and style sheet are addresses of ours.
#[derive(Debug, Clone)]
pub struct Brand {
    pub name: String,
    pub accent: Option<String>,
    /// On light pages, and on dark ones.
    pub logo: Option<(String, String)>,
    pub icon: Option<String>,
    /// A sheet for what stands in `main`.
    pub stylesheet: Option<String>,
}

impl Default for Brand {
    fn default() -> Self {
        Self { name: "Tenantry".to_owned(), accent: None, logo: None, icon: None, stylesheet: None }
    }
}

/// Logo, or the first letter on the accent; then the name.
fn mark(brand: &Brand) -> Markup {
    html! {
        @match &brand.logo {
            // The name stands beside it.
            Some((light, dark)) => { img class="on-light" src=(light) alt=""; img class="on-dark" src=(dark) alt=""; },
            None => i aria-hidden="true" { (first_letter(&brand.name)) },
        }
        span { bdi { (brand.name) } }
    }
}

/// Puts into the document's head what a brand has for it.
fn head(brand: &Brand) {
    head::tag(&html! {
        @match &brand.icon {
            Some(icon) => link rel="icon" href=(icon) type="image/png";,
            None => link rel="icon" href="/favicon.svg" type="image/svg+xml";,
        }
        @if let Some(sheet) = &brand.stylesheet { link rel="stylesheet" href=(sheet); }
        @if let Some(color) = &brand.accent { (accent(color)) }
    });
}

/// The tenant's colour instead of the platform's.
pub fn accent(color: &str) -> Markup {
    let nonce = use_nonce().map(|nonce| nonce.to_string());
    html! { @if let Some(style) = accent_style(color) { style nonce=[nonce] { (style) } } }
}

fn first_letter(name: &str) -> String {
    name.chars().find(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().collect()).unwrap_or_else(|| "T".to_owned())
}

/// A page with a menu. `tool` stands between brand and menu, `body` in parts one after the other.
pub fn frame(brand: &Brand, home: &str, nav: &[NavItem], who: &Who, tool: Option<Markup>, body: &[&Markup]) -> Markup {
    head(brand);
    let side = html! {
        header class="side" {
            a class="brand" href=(home) { (mark(brand)) }
            @if let Some(tool) = tool { (tool) }
            button class="btn menu-btn" type="button" popovertarget="menu" { "Menu" }
            div class="menu" id="menu" popover {
                nav class="nav" aria-label=(brand.name) {
                    @for item in nav { a href=(item.href) aria-current=[item.current.then_some("page")] { (item.label) } }
                }
                div class="who" {
                    b { bdi { (who.name) } } (who.detail)
                    div class="who-links" {
                        a class="link" href="/account" { "Account" }
                        @if who.can_switch { a class="link" href="/tenants" { "Switch tenant" } }
                        form method="post" action=(who.sign_out) { button class="link" { "Sign out" } }
                    }
                }
            }
        }
    };
    // What the tenant's own sheet paints ends where the page's content ends.
    let main = match brand.stylesheet {
        Some(_) => "<main id=\"main\" tabindex=\"-1\" class=\"own-look\">",
        None => "<main id=\"main\" tabindex=\"-1\">",
    };
    let parts = [SKIP, &side.0, main].into_iter().chain(body.iter().map(|part| part.0.as_str())).chain(["</main></div>"]);
    PreEscaped(joined(parts))
}

const SKIP: &str = "<a class=\"skip\" href=\"#main\">Skip to content</a><div class=\"shell\">";

/// Cards below each other, without a menu: what belongs to a person and to no tenant.
#[component]
pub fn Sheet(title: &'static str, children: Children) -> impl IntoView {
    head(&Brand::default());
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
    #[prop(optional)] brand: Brand,
    #[prop(optional)] foot: Option<AnyView>,
    /// For what stands side by side.
    #[prop(optional)]
    wide: bool,
    children: Children,
) -> impl IntoView {
    head(&brand);
    view! {
        <div class=if wide { "auth wide" } else { "auth" }>
            <a class="skip" href="#main">"Skip to content"</a>
            <main id="main" tabindex="-1">
                <div class="brand">{inert(mark(&brand))}</div>
                <section class="card pad stack">{children()}</section>
                {foot.map(|foot| view! { <p class="auth-foot">{foot}</p> })}
            </main>
        </div>
    }
}
