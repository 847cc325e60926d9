//! What an import brought, on the page of the tenant that it made.

use leptos::prelude::*;

use crate::domain::quantity::{count, plural};
use crate::store::moving::import::LeftOut;
use crate::store::moving::imported::ImportNote;
use crate::store::tenant_detail::TenantDetail;
use crate::ui::text::{Ago, Notice};

fn number(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn large(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub(super) fn came_in(tenant: &TenantDetail, note: &ImportNote) -> impl IntoView + use<> {
    let brought = &note.brought;
    let here = format!("/admin/tenants/{}", tenant.slug);
    let rows = plural(large(brought.rows.values().sum()), "row", "rows");
    let documents = plural(large(brought.documents), "document", "documents");
    let (made, joined) = (number(brought.members.made.len()), number(brought.members.joined.len()));
    let made = (made > 0).then(|| {
        let who = plural(made, "person has", "people have");
        view! { <li>{who}" a new account without a password, and "{if made == 1 { "sets" } else { "set" }}" one at “Forgot your password?”."</li> }
    });
    let joined = (joined > 0).then(|| {
        let who = plural(joined, "person", "people");
        view! { <li>{who}" had an account here, and "{if joined == 1 { "is a member" } else { "are members" }}" now."</li> }
    });
    let domains = brought.rows.contains_key("domains").then(|| {
        view! { <li>"Its domains have to be proved again: "<a href=format!("{here}/domains")>"the records to set"</a></li> }
    });
    let left = brought
        .left_out
        .iter()
        .map(|LeftOut { count: n, what }| view! { <li>{format!("Not taken over: {} {}", count(large(*n)), what.replace('_', " "))}</li> })
        .collect_view();
    let (at, now) = (note.at, tenant.now);
    view! {
        <Notice kind="ok">
            <div class="stack">
                <p><b>"Imported."</b>" "{rows}" and "{documents}" came from an archive, "<Ago at=at now=now />"."</p>
                <ul>{made}{joined}{domains}{left}</ul>
            </div>
        </Notice>
    }
}
