//! The two frames of the product: the console of platform admins and the portal of one tenant.

use leptos::prelude::*;
use maud::{Markup, html};

use super::brand;
use super::page::islands;
use super::request::RequestInfo;
use crate::domain::capability::{Capability, ReadAudit};
use crate::domain::role::Role;
use crate::domain::staff::{ManagePlatformKeys, ManageStaff, StaffCapability as _, StaffRole};
use crate::store::TenantTx;
use crate::store::access::{SignedIn, SupportAccess, TenantHead, Watched};
use crate::ui::frame::{Brand, NavItem, Who, frame};
use crate::ui::head;
use crate::ui::palette::Palette;
use crate::ui::text::written;
use crate::ui::time::zone;

/// Where every sign-out form goes; a test compares it with the server function's own path.
pub const SIGN_OUT: &str = "/fn/auth/sign-out";
/// Where the forms of the setup wizard and the dashboard go that belong to other features; compared like the one above.
pub const CREATE_AGENT: &str = "/fn/agents/create";
pub const INVITE: &str = "/fn/team/invite";
pub const DISMISS_SETUP: &str = "/fn/setup/dismiss";

/// Where the forms of the banners about support access go.
pub const END_SUPPORT: &str = "/fn/support/end";
pub const STOP_SUPPORT: &str = "/fn/support/stop";

/// Menu of the console: address and text.
const CONSOLE: &[(&str, &str)] = &[
    ("/admin", "Overview"),
    ("/admin/tenants", "Tenants"),
    ("/admin/purged", "Purged"),
    ("/admin/usage", "Usage"),
    ("/admin/health", "Health"),
    ("/admin/plans", "Plans"),
    ("/admin/templates", "Templates"),
    ("/admin/features", "Features"),
    ("/admin/meters", "Meters"),
    ("/admin/prices", "Prices"),
    ("/admin/mail", "Mail"),
    ("/admin/jobs", "Jobs"),
    ("/admin/keys", "Platform keys"),
    ("/admin/audit", "Audit log"),
    ("/admin/isolation", "Isolation"),
    ("/admin/staff", "Staff"),
];

/// A page, and whether a role may open it.
type Gate = (&'static str, fn(StaffRole) -> bool);

/// Pages of the console that not all staff may see: what a role cannot use is not in its menu.
const NOT_FOR_ALL: &[Gate] = &[("/admin/keys", ManagePlatformKeys::allows), ("/admin/staff", ManageStaff::allows)];

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

/// Pages that support may look at: those that open with [`crate::store::Store::look`].
const FOR_SUPPORT: &[&str] = &["", "/agents", "/knowledge", "/usage", "/plan"];

/// Pages that a tenant's own CSS dresses: none that shows a secret, none on which people decide about access, and not the one where the CSS
/// is mended.
const STYLED: &[&str] = &["", "/agents", "/knowledge", "/usage", "/plan", "/billing"];

/// The pages of the console's menu that somebody of this role may open: address and text.
pub fn console_pages(role: StaffRole) -> impl Iterator<Item = (&'static str, &'static str)> {
    let open = move |href: &str| NOT_FOR_ALL.iter().all(|(page, allows)| *page != href || allows(role));
    CONSOLE.iter().copied().filter(move |(href, _)| open(href))
}

/// A console page of views; `current` is the menu's address.
pub fn console(me: &SignedIn, title: &str, current: &str, body: AnyView) -> Markup {
    console_page(me, title, current, &written(body))
}

/// A console page; `current` is the menu's address.
pub fn console_page(me: &SignedIn, title: &str, current: &str, body: &Markup) -> Markup {
    let staff = me.staff();
    let role = staff.map_or(StaffRole::ReadOnly, |staff| staff.role);
    let nav: Vec<_> = console_pages(role).map(|(href, label)| NavItem { href: href.to_owned(), label, current: href == current }).collect();
    let who = Who {
        name: me.name().to_owned(),
        detail: staff.map_or_else(String::new, |staff| format!("{} · {}", staff.role.label(), me.email())),
        can_switch: !me.memberships().is_empty(),
        sign_out: SIGN_OUT,
    };
    let above = html! {
        @if let Some(access) = me.support() { (looking(access)) }
        @match staff {
            Some(staff) if staff.demo => (demo_needs_none(ManageStaff::allows(staff.role))),
            _ if !me.has_second_factor() => (no_second_factor()),
            _ => {},
        }
    };
    let palette = written(view! { <Palette href="/admin/go".to_owned() /> });
    let islands = islands();
    head::title(title.to_owned());
    frame(&Brand::default(), "/admin", &nav, &who, Some(palette), &[&above, body, &islands])
}

/// On every page of a session with support access.
fn looking(access: &SupportAccess) -> Markup {
    html! {
        div class="banner over" role="status" {
            span {
                b { "You look at " a href={ "/t/" (access.slug) } { bdi { (access.name) } } }
                " as support until " (zone().clock(access.ends_at)) ". Nothing can be changed meanwhile, here or in the console."
            }
            form method="post" action=(END_SUPPORT) { button class="btn" { "End" } }
        }
    }
}

/// For who runs a tenant at which somebody of the platform looks now.
fn watched(watched: &Watched, head: &TenantHead) -> Markup {
    html! {
        div class="banner near" role="status" {
            span {
                b { (watched.staff) }
                " of the platform's staff looks at " (head.name) " as support, until " (zone().clock(watched.ends_at)) ". They can change nothing."
            }
            @if head.role == Role::Owner {
                form method="post" action=(STOP_SUPPORT) {
                    input type="hidden" name="tenant" value=(head.slug);
                    input type="hidden" name="access" value=(watched.access);
                    button class="btn" { "End it" }
                }
            }
        }
    }
}

/// On a platform that was filled with demo data.
fn demo_needs_none(may_change: bool) -> Markup {
    html! {
        div class="banner near" {
            span { b { "This is a demo: staff need no second factor." } " Anywhere else, whoever learns a password of theirs opens every tenant." }
            @if may_change { a class="btn" href="/admin/staff#second-factor" { "Require one" } }
        }
    }
}

/// For admins of the platform: a stolen password of theirs opens every tenant.
fn no_second_factor() -> Markup {
    html! {
        div class="banner near" {
            span { b { "Your account has no second factor." } " It opens every tenant: whoever learns your password can, too." }
            a class="btn" href="/account#second-factor" { "Set one up" }
        }
    }
}

/// What a portal page's frame needs of the tenant, taken while the transaction was open.
pub struct PortalFrame {
    head: TenantHead,
    brand: Brand,
    base: String,
    who: Who,
    support: Option<SupportAccess>,
}

impl PortalFrame {
    pub fn new<C: Capability>(me: &SignedIn, tx: &TenantTx<C>) -> Self {
        let head = tx.tenant().clone();
        let base = RequestInfo::get().portal_base(&head.slug);
        let brand = brand::of_tenant(&base, &head);
        let who = Who {
            name: me.name().to_owned(),
            detail: format!("{}\n{}", if me.support().is_some() { "Support" } else { head.role.label() }, me.email()),
            can_switch: me.memberships().len() > 1 || me.is_platform_admin(),
            sign_out: SIGN_OUT,
        };
        Self { head, brand, base, who, support: me.support().cloned() }
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

    /// A portal page of views; `current` is the menu's path.
    pub fn view(self, title: &str, current: &str, body: AnyView) -> Markup {
        self.page(title, current, written(body))
    }

    /// A portal page; `current` is the menu's path.
    pub fn page(self, title: &str, current: &str, body: Markup) -> Markup {
        let home = if self.base.is_empty() { "/" } else { &self.base };
        let nav: Vec<_> = PORTAL
            .iter()
            .filter(|(path, _, least)| self.head.role >= *least && (self.support.is_none() || FOR_SUPPORT.contains(path)))
            .map(|(path, label, _)| NavItem {
                href: if path.is_empty() { home.to_owned() } else { format!("{}{path}", self.base) },
                label,
                current: *path == current,
            })
            .collect();
        let dressed = self.head.css_version.filter(|_| STYLED.contains(&current));
        let own = dressed.map(|version| format!("{}/branding/css/{version}/portal.css", self.base));
        let stylesheet = self.brand.stylesheet.clone().or(own);
        let watch = self.head.watched.as_ref().filter(|_| ReadAudit::allows(self.head.role));
        let above = html! {
            @if let Some(access) = &self.support { (looking(access)) }
            @if let Some(access) = watch { (watched(access, &self.head)) }
        };
        head::title(format!("{title} · {}", self.brand.name));
        frame(&Brand { stylesheet, ..self.brand }, home, &nav, &self.who, None, &[&above, &body])
    }
}
