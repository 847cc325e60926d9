//! What a page says where a limit is reached.

use leptos::prelude::*;

use super::request::Context;
use crate::domain::limit::AtLimit;
use crate::domain::role::Role;
use crate::store::access::TenantHead;

/// The limit, and whom to ask for more.
pub fn at_limit(limit: &AtLimit, head: &TenantHead) -> impl IntoView + use<> {
    let support = Context::get().site.support_email.clone();
    let who = match head.role {
        Role::Owner | Role::Admin => "Write to ".to_owned(),
        Role::Member | Role::Viewer => format!("An owner or admin of {} can write to ", head.name),
    };
    view! {
        <div class="banner over" role="status">
            <span><b>{limit.to_string()}</b>" "{who}<a href=format!("mailto:{support}")>{support.clone()}</a>"."</span>
        </div>
    }
}
