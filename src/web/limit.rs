//! What a page says where a limit is reached.

use leptos::prelude::*;

use super::request::RequestInfo;
use crate::domain::limit::AtLimit;
use crate::domain::role::Role;
use crate::store::access::TenantHead;

/// The limit, and the way to more.
pub fn at_limit(limit: &AtLimit, head: &TenantHead) -> impl IntoView + use<> {
    let plans = format!("{}/plan", RequestInfo::get().portal_base(&head.slug));
    let who = match head.role {
        Role::Owner => String::new(),
        Role::Admin | Role::Member | Role::Viewer => format!(" An owner of {} can choose another one.", head.name),
    };
    view! {
        <div class="banner over" role="status">
            <span><b>{limit.to_string()}</b>{who}</span>
            <a class="btn" href=plans>"Compare plans"</a>
        </div>
    }
}
