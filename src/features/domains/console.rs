//! `/admin/tenants/{slug}/domains`: a tenant's domains, for staff to look at.

use leptos::prelude::*;

use super::view::{name, state};
use super::words::findings;
use crate::domain::slug::Slug;
use crate::store::domains::{Domain, DomainBoard};
use crate::ui::text::{Ago, inert};
use crate::ui::time::OnDay;
use crate::web::frame::console;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, Context, at_own_address};
use crate::web::tenant_tabs::TenantTabs;

pub fn tenant_domains_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let (me, admin) = request::admin().await?;
        let slug: Slug = slug.parse().map_err(|_| PageError::NotFound)?;
        let context = Context::get();
        let mut read = context.store.platform_read(&admin).await?;
        let tenant = read.look_at(&slug).await?;
        at_own_address(&slug, &tenant.slug)?;
        let board = read.domain_board(&tenant).await?;
        let title = format!("Domains of {}", tenant.name);
        let note = if board.in_plan { "" } else { ". Its plan has no custom domains: none is answered" };
        let body = view! {
            <div class="head"><div class="grow">
                <h1><bdi>{title.clone()}</bdi></h1>
                <p><a href=format!("/admin/tenants/{slug}")><bdi>{tenant.name.clone()}</bdi></a>{note}</p>
            </div></div>
            <TenantTabs slug=tenant.slug.clone() status=tenant.status current="/domains" />
            {list(&board, &slug, &context)}
        };
        Ok(console(&me, &title, "/admin/tenants", body.into_any()))
    })
}

/// What the last check did not find as it should be.
fn open_points(domain: &Domain, slug: &Slug, context: &Context) -> String {
    let Some(report) = &domain.report else { return "not checked yet".to_owned() };
    let open: Vec<String> = findings(domain, report, &context.dns.home(slug), context.dns.authority())
        .into_iter()
        .filter(|finding| finding.state.1 != "Right")
        .map(|finding| format!("{}: {}", finding.what, finding.answer))
        .collect();
    if open.is_empty() { "all records are right".to_owned() } else { open.join("; ") }
}

fn row(domain: &Domain, board: &DomainBoard, slug: &Slug, context: &Context) -> impl IntoView + use<> {
    let (class, word) = state(domain, board.in_plan);
    let checked = match domain.checked_at {
        Some(at) => view! { <Ago at=at now=board.now /> }.into_any(),
        None => view! { <span class="muted">"not yet"</span> }.into_any(),
    };
    view! {
        <tr role="row">
            <td role="cell" class="name"><b>{inert(name(domain))}</b>{domain.is_primary.then_some(" primary")}</td>
            <td role="cell" class="lead"><span class=class>{word}</span></td>
            <td role="cell" data-label="Added"><OnDay at=domain.added_at />", "{domain.added_by.clone()}</td>
            <td role="cell" data-label="Checked">{checked}</td>
            <td role="cell" data-label="Last check" class="long"><bdi>{open_points(domain, slug, context)}</bdi></td>
        </tr>
    }
}

fn list(board: &DomainBoard, slug: &Slug, context: &Context) -> AnyView {
    if board.domains.is_empty() {
        return view! { <section class="card"><div class="empty"><h2>"No domains"</h2><p>"Names that the tenant's admins add are listed here."</p></div></section> }.into_any();
    }
    let rows = board.domains.iter().map(|domain| row(domain, board, slug, context)).collect_view();
    view! {
        <section class="card rows">
            <table role="table">
                <caption class="visually-hidden">"Domains, the primary one first"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Domain"</th><th role="columnheader" scope="col">"State"</th>
                    <th role="columnheader" scope="col">"Added"</th><th role="columnheader" scope="col">"Checked"</th>
                    <th role="columnheader" scope="col">"Last check"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}
