//! The two frames of the product: the console of platform admins and the portal of one tenant.

use leptos::prelude::*;
use leptos_meta::Title;

use super::brand;
use super::request::RequestInfo;
use crate::domain::capability::Capability;
use crate::domain::role::Role;
use crate::store::TenantTx;
use crate::store::access::{SignedIn, TenantHead};
use crate::ui::frame::{Brand, Frame, NavItem, Who};

/// Where every sign-out form goes; a test compares it with the server function's own path.
pub const SIGN_OUT: &str = "/fn/auth/sign-out";
/// Where the forms of the setup wizard and the dashboard go that belong to other features; compared like the one above.
pub const CREATE_AGENT: &str = "/fn/agents/create";
pub const INVITE: &str = "/fn/team/invite";
pub const DISMISS_SETUP: &str = "/fn/setup/dismiss";

/// Menu of the console: address and text.
const CONSOLE: &[(&str, &str)] = &[
    ("/admin", "Overview"),
    ("/admin/tenants", "Tenants"),
    ("/admin/usage", "Usage"),
    ("/admin/plans", "Plans"),
    ("/admin/meters", "Meters"),
    ("/admin/prices", "Prices"),
    ("/admin/mail", "Mail"),
    ("/admin/jobs", "Jobs"),
    ("/admin/keys", "Platform keys"),
];

/// Menu of the portal: path below the tenant's own, text, and the least role that has the page.
const PORTAL: &[(&str, &str, Role)] = &[
    ("", "Dashboard", Role::Viewer),
    ("/agents", "Agents", Role::Viewer),
    ("/knowledge", "Knowledge", Role::Viewer),
    ("/usage", "Usage", Role::Viewer),
    ("/plan", "Plan", Role::Viewer),
    ("/billing", "Billing", Role::Admin),
    ("/team", "Team", Role::Viewer),
    ("/domains", "Domains", Role::Admin),
    ("/keys", "API keys", Role::Admin),
    ("/branding", "Branding", Role::Admin),
    ("/audit", "Audit log", Role::Admin),
    ("/settings", "Settings", Role::Owner),
];

/// Pages that a tenant's own CSS dresses: none that shows a secret, none on which people decide about access, and not the one where the CSS
/// is mended.
const STYLED: &[&str] = &["", "/agents", "/knowledge", "/usage", "/plan", "/billing"];

/// A console page; `current` is the menu's address.
pub fn console(me: &SignedIn, title: &str, current: &str, body: AnyView) -> impl IntoView + use<> {
    let nav = CONSOLE.iter().map(|(href, label)| NavItem { href: (*href).to_owned(), label, current: *href == current }).collect();
    let who =
        Who { name: me.name().to_owned(), detail: me.email().to_owned(), can_switch: !me.memberships().is_empty(), sign_out: SIGN_OUT };
    let reminder = (!me.has_second_factor()).then(no_second_factor);
    view! {
        <Title text=title.to_owned() />
        <Frame brand=Brand::default() home="/admin".to_owned() nav=nav who=who>
            {reminder}
            {body}
        </Frame>
    }
}

/// For admins of the platform: a stolen password of theirs opens every tenant.
fn no_second_factor() -> impl IntoView {
    view! {
        <div class="banner near">
            <span><b>"Your account has no second factor."</b>" It opens every tenant: whoever learns your password can, too."</span>
            <a class="btn" href="/account#second-factor">"Set one up"</a>
        </div>
    }
}

/// What a portal page's frame needs of the tenant, taken while the transaction was open.
pub struct PortalFrame {
    head: TenantHead,
    brand: Brand,
    base: String,
    who: Who,
}

impl PortalFrame {
    pub fn new<C: Capability>(me: &SignedIn, tx: &TenantTx<C>) -> Self {
        let head = tx.tenant().clone();
        let base = RequestInfo::get().portal_base(&head.slug);
        let brand = brand::of_tenant(&base, &head);
        let who = Who {
            name: me.name().to_owned(),
            detail: format!("{} · {}", head.role.label(), me.email()),
            can_switch: me.memberships().len() > 1 || me.is_platform_admin(),
            sign_out: SIGN_OUT,
        };
        Self { head, brand, base, who }
    }

    /// What stands before the paths of this tenant's pages.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// In another look than the published one: for previews.
    #[must_use]
    pub fn in_look(mut self, brand: Brand) -> Self {
        self.brand = brand;
        self
    }

    /// A portal page; `current` is the menu's path.
    pub fn view(self, title: &str, current: &str, body: AnyView) -> impl IntoView + use<> {
        let home = if self.base.is_empty() { "/".to_owned() } else { self.base.clone() };
        let nav = PORTAL
            .iter()
            .filter(|(_, _, least)| self.head.role >= *least)
            .map(|(path, label, _)| NavItem {
                href: if path.is_empty() { home.clone() } else { format!("{}{path}", self.base) },
                label,
                current: *path == current,
            })
            .collect();
        let dressed = self.head.css_version.filter(|_| STYLED.contains(&current));
        let own = dressed.map(|version| format!("{}/branding/css/{version}/portal.css", self.base));
        let stylesheet = self.brand.stylesheet.clone().or(own);
        view! {
            <Title text=format!("{title} · {}", self.brand.name) />
            <Frame brand=Brand { stylesheet, ..self.brand } home=home nav=nav who=self.who>{body}</Frame>
        }
    }
}
