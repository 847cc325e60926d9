//! `/admin/purged`: tenants that were removed for good, each with its receipt.

use leptos::prelude::*;
use uuid::Uuid;

use crate::domain::quantity::{self, Unit};
use crate::store::purge::{PurgePage, PurgeRow};
use crate::ui::pager::Pager;
use crate::ui::text::Notice;
use crate::ui::time::Minute;
use crate::web::frame::console;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, query};

const AT_ONCE: i64 = 50;

pub fn purged_page() -> PageText {
    page(async {
        let (me, admin) = request::admin().await?;
        let after = query("after").and_then(|after| after.parse::<Uuid>().ok());
        let store = &Context::get().store;
        let list = store.platform_read(&admin).await?.list_purges(after, AT_ONCE).await?;
        let key = store.receipt_public_key();
        let done = query("done").is_some_and(|done| done == "asked");
        let body = view! {
            <div class="head"><div class="grow">
                <h1>"Purged tenants"</h1>
                <p>"What was removed for good, by staff or 30 days after it was deleted. Each receipt is signed."</p>
            </div></div>
            <div class="stack">
                {done.then(|| view! { <Notice kind="ok">"It is being removed. It is listed here within moments."</Notice> })}
                {table(&list, after.is_some())}
                <section class="card pad stack">
                    <h2>"Check a receipt"</h2>
                    <p>"Anywhere, without this platform: "<code>"tenantry receipt verify receipt-acme.json --key "{key.clone()}</code></p>
                    <p class="muted">"The public key of this platform, Ed25519: "<code>{key}</code>". Keep it where receipts are kept."</p>
                </section>
            </div>
        };
        Ok(console(&me, "Purged tenants", "/admin/purged", body.into_any()))
    })
}

fn row(row: &PurgeRow) -> impl IntoView + use<> {
    let receipt = match row.signed {
        true => view! {
            <a class="btn" href=format!("/admin/purged/{}/receipt.json", row.id) download="">
                "Receipt"<span class="visually-hidden">{format!(" of {}", row.slug)}</span>
            </a>
        }
        .into_any(),
        false => view! { <span class="tag">"Files are being removed"</span> }.into_any(),
    };
    let why = if row.due { "30 days were over".to_owned() } else { row.asked_by.clone() };
    view! {
        <tr role="row">
            <td role="cell" class="name"><b><bdi>{row.name.clone()}</bdi></b>" "<small>{row.slug.clone()}</small></td>
            <td role="cell" data-label="Removed"><Minute at=row.purged_at /></td>
            <td role="cell" data-label="Why"><bdi>{why}</bdi></td>
            <td role="cell" class="num" data-label="Rows">{quantity::short(row.rows, Unit::Count)}</td>
            <td role="cell" class="num" data-label="Files">{format!("{} ({})", row.files, quantity::short(row.file_bytes, Unit::Bytes))}</td>
            <td role="cell" class="do">{receipt}</td>
        </tr>
    }
}

fn table(list: &PurgePage, paged: bool) -> AnyView {
    if list.rows.is_empty() {
        return view! {
            <section class="card"><div class="empty">
                <h2>"Nothing was removed yet"</h2>
                <p>"A deleted tenant is removed after 30 days, or before that on its page in the console."</p>
                <a class="btn" href="/admin/tenants?status=deleted">"Deleted tenants"</a>
            </div></section>
        }
        .into_any();
    }
    let rows = list.rows.iter().map(row).collect_view();
    let first = paged.then(|| "/admin/purged".to_owned());
    let next = list.rows.last().filter(|_| list.more).map(|last| format!("/admin/purged?after={}", last.id));
    view! {
        <section class="card rows">
            <table role="table">
                <caption class="visually-hidden">"Purged tenants, the newest first"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Tenant"</th><th role="columnheader" scope="col">"Removed"</th>
                    <th role="columnheader" scope="col">"Why"</th><th role="columnheader" scope="col" class="num">"Rows"</th>
                    <th role="columnheader" scope="col" class="num">"Files"</th>
                    <th role="columnheader" scope="col"><span class="visually-hidden">"Receipt"</span></th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
            <Pager shown=list.rows.len() first=first next=next />
        </section>
    }
    .into_any()
}
