//! How the team's pages say things.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::domain::limit::AtLimit;
use crate::domain::role::Role;
use crate::domain::when;
use crate::store::access::TenantHead;

/// `today`, `yesterday`, `5 days ago`, then the date: nobody's minutes are counted here.
pub(super) fn last_active(at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Markup {
    let Some(at) = at else { return html! { span class="muted" { "not yet" } } };
    let day = at.date_naive();
    let text = match (now.date_naive() - day).num_days() {
        ..=0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        n @ 2..=30 => format!("{n} days ago"),
        _ => when::day(day),
    };
    html! { time datetime=(day.to_string()) { (text) } }
}

/// The roles that somebody of role `most` may give, the least power first.
pub(super) fn roles(most: Role) -> impl Iterator<Item = Role> {
    Role::ALL.into_iter().filter(move |role| *role <= most)
}

/// What a role may do, in a few words.
pub(super) fn role_hint(role: Role) -> &'static str {
    match role {
        Role::Viewer => "only looks",
        Role::Member => "agents and knowledge",
        Role::Admin => "also team, keys and looks",
        Role::Owner => "everything",
    }
}

/// The choice of a role.
pub(super) fn role_field(most: Role, chosen: Role, error: Option<&str>, base: Option<&str>) -> Markup {
    html! {
        div class="field" {
            label for="role" { "Role" }
            select id="role" name="role" aria-describedby=[error.map(|_| "role-error")] aria-invalid=[error.map(|_| "true")] {
                @for role in roles(most) {
                    option value=(role.as_str()) selected[role == chosen] { (role.label()) ": " (role_hint(role)) }
                }
            }
            @if let Some(error) = error { p class="error" id="role-error" { (error) } }
            @if let Some(base) = base { p class="hint" { a href={ (base) "/roles" } { "What each role may do" } } }
        }
    }
}

/// That the plan's limit is reached, and the way to more.
pub(super) fn full(limit: &AtLimit, head: &TenantHead, base: &str) -> Markup {
    let next = match head.role {
        Role::Owner => " Open invites count too: take one back, remove a member, or choose a plan with more places.",
        Role::Admin => " Open invites count too: take one back or remove a member. An owner can choose a plan with more places.",
        Role::Member | Role::Viewer => " An owner can choose a plan with more places.",
    };
    html! {
        div class="banner over" role="status" {
            span { b { (limit) } (next) }
            a class="btn" href={ (base) "/plan" } { "Compare plans" }
        }
    }
}
