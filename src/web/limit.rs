//! What a page says where a limit is reached.

use maud::{Markup, html};

use super::request::RequestInfo;
use crate::domain::limit::AtLimit;
use crate::domain::role::Role;
use crate::store::access::TenantHead;

/// The limit, and the way to more.
pub fn at_limit(limit: &AtLimit, head: &TenantHead) -> Markup {
    html! {
        div class="banner over" role="status" {
            span {
                b { (limit) }
                @if head.role != Role::Owner { " An owner of " (head.name) " can choose another one." }
            }
            a class="btn" href={ (RequestInfo::get().portal_base(&head.slug)) "/plan" } { "Compare plans" }
        }
    }
}
