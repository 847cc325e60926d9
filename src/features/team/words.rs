//! How the team's pages say things.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
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
pub(super) fn role_field(most: Role, chosen: Role, error: Option<String>, base: Option<&str>) -> impl IntoView + use<> {
    let options = roles(most)
        .map(|role| view! { <option value=role.as_str() selected=role == chosen>{format!("{}: {}", role.label(), role_hint(role))}</option> })
        .collect_view();
    view! {
        <div class="field">
            <label for="role">"Role"</label>
            <select id="role" name="role" aria-describedby=error.is_some().then_some("role-error") aria-invalid=error.is_some().then_some("true")>{options}</select>
            {error.map(|error| view! { <p class="error" id="role-error">{error}</p> })}
            {base.map(|base| view! { <p class="hint"><a href=format!("{base}/roles")>"What each role may do"</a></p> })}
        </div>
    }
}

/// That the plan's limit is reached, and the way to more.
pub(super) fn full(limit: &AtLimit, head: &TenantHead, base: &str) -> impl IntoView + use<> {
    let next = match head.role {
        Role::Owner => " Open invites count too: take one back, remove a member, or choose a plan with more places.",
        Role::Admin => " Open invites count too: take one back or remove a member. An owner can choose a plan with more places.",
        Role::Member | Role::Viewer => " An owner can choose a plan with more places.",
    };
    view! {
        <div class="banner over" role="status">
            <span><b>{limit.to_string()}</b>{next}</span>
            <a class="btn" href=format!("{base}/plan")>"Compare plans"</a>
        </div>
    }
}
