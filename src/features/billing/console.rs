//! `/admin/tenants/{slug}/billing`: a tenant's invoices and questions about plans, for staff.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::parts::month;
use super::server::AnswerRequest;
use crate::domain::slug::Slug;
use crate::domain::staff::HandleAlerts;
use crate::domain::when;
use crate::store::invoices::InvoiceRow;
use crate::store::sales_requests::SalesRequest;
use crate::store::usage_report::Looked;
use crate::ui::field::FormMessage;
use crate::ui::text::Notice;
use crate::ui::time::{Minute, OnDay};
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, Context, at_own_address, may, query};
use crate::web::tenant_tabs::TenantTabs;

pub fn tenant_billing_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let (form, done) = (Form::of::<AnswerRequest>(), query("done").is_some_and(|done| done == "answered"));
        let (me, admin) = request::admin().await?;
        let slug: Slug = slug.parse().map_err(|_| PageError::NotFound)?;
        let mut read = Context::get().store.platform_read(&admin).await?;
        let tenant = read.look_at(&slug).await?;
        at_own_address(&slug, &tenant.slug)?;
        let plan = read.get_plan_name(&tenant).await?;
        let (invoices, requests) = (read.list_invoices(&tenant).await?, read.list_sales_requests(Some(&slug)).await?);
        let title = format!("Billing of {}", tenant.name);
        let body = view! {
            <div class="head"><div class="grow">
                <h1><bdi>{title.clone()}</bdi></h1>
                <p><a href=format!("/admin/tenants/{slug}")><bdi>{tenant.name.clone()}</bdi></a>{format!(", plan {plan}")}</p>
            </div></div>
            <TenantTabs slug=tenant.slug.clone() status=tenant.status current="/billing" />
            {(done && !form.failed()).then(|| view! { <Notice kind="ok"><b>"The question is put aside."</b></Notice> })}
            <FormMessage message=form.message() />
            {requests.iter().map(question).collect_view()}
            {list(&tenant, &invoices)}
        };
        Ok(console(&me, &title, "/admin/tenants", body.into_any()))
    })
}

fn question(request: &SalesRequest) -> impl IntoView + use<> {
    view! {
        <section class="card pad stack">
            <h2>{format!("Question about {}", request.plan)}</h2>
            <p>{request.asked_by.clone()}", "<Minute at=request.asked_at /></p>
            <p class="said"><bdi>{request.message.clone()}</bdi></p>
            <form class="actions" method="post" action=AnswerRequest::PATH>
                <input type="hidden" name="slug" value=request.slug.to_string() />
                <input type="hidden" name="request" value=request.id.to_string() />
                <a class="btn" href=format!("mailto:{}", request.asked_by)>"Write an answer"</a>
                {may::<HandleAlerts>().then(|| view! { <button class="btn pri">"It is answered"</button> })}
            </form>
        </section>
    }
}

fn list(tenant: &Looked, invoices: &[InvoiceRow]) -> AnyView {
    if invoices.is_empty() {
        return view! { <section class="card"><div class="empty"><h2>"No invoices yet"</h2><p>"Months with something to be paid are listed here once they are closed."</p></div></section> }.into_any();
    }
    let rows = invoices
        .iter()
        .map(|invoice| {
            view! {
                <tr role="row">
                    <td role="cell" class="name"><b>{invoice.name.clone()}</b></td>
                    <td role="cell" data-label="For">{month(invoice.month)}</td>
                    <td role="cell" data-label="Made"><OnDay at=invoice.issued_at /></td>
                    <td role="cell" data-label="Due"><time datetime=invoice.due_on.to_string()>{when::day(invoice.due_on)}</time></td>
                    <td role="cell" class="lead num"><b>{invoice.total.to_string()}</b></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="card rows">
            <table role="table">
                <caption class="visually-hidden">{format!("Invoices of {}, newest first", tenant.name)}</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Number"</th><th role="columnheader" scope="col">"For"</th>
                    <th role="columnheader" scope="col">"Made"</th><th role="columnheader" scope="col">"Due"</th>
                    <th role="columnheader" scope="col" class="num">"Total"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}
