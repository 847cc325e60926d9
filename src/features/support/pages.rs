//! `/admin/tenants/{slug}/support`: begin to look at a tenant's portal, and who did before.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::BeginSupport;
use crate::domain::slug::Slug;
use crate::domain::staff::HelpTenants;
use crate::store::support::{MINUTES, SupportRow};
use crate::ui::field::{FormMessage, TextArea};
use crate::ui::text::{Ago, Notice};
use crate::ui::time::Minute;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, Context, query};

/// Accesses that are listed.
const SHOWN: i64 = 20;

pub fn support_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let form = Form::of::<BeginSupport>();
        let (me, admin) = request::admin_with::<HelpTenants>().await?;
        let slug: Slug = slug.parse().map_err(|_| PageError::NotFound)?;
        let mut read = Context::get().store.platform_read_for::<HelpTenants>(&admin).await?;
        let tenant = read.look_at(&slug).await?;
        let (accesses, now) = (read.list_support(&slug, SHOWN).await?, read.now().await?);
        let ended = query("done").is_some_and(|done| done == "ended") && !form.failed();
        let title = format!("Support access to {}", tenant.name);
        let form = me.support().is_none().then(|| begin_form(&form, &slug));
        let body = view! {
            <div class="head"><div class="grow">
                <h1><bdi>{title.clone()}</bdi></h1>
                <p><a href=format!("/admin/tenants/{slug}")><bdi>{tenant.name.clone()}</bdi></a></p>
            </div></div>
            {ended.then(|| view! { <Notice kind="ok">"Ended. Your session is your own again."</Notice> })}
            {form}
            {list(&accesses, now)}
        };
        Ok(console(&me, &title, "/admin/tenants", body.into_any()))
    })
}

fn begin_form(form: &Form, slug: &Slug) -> impl IntoView + use<> {
    view! {
        <form class="form card pad narrow" method="post" action=BeginSupport::PATH>
            <h2>"Look at its portal"</h2>
            <p>{format!(
                "For {MINUTES} minutes you see what a viewer of the tenant sees: dashboard, agents, knowledge, usage and plan. Nothing can be changed meanwhile, and keys, billing, members, exports and settings stay closed."
            )}</p>
            <p class="muted">"Its owners get a mail that says who looks and why; they and its admins see it in the portal. An owner can end it at any time, and so can you."</p>
            <FormMessage message=form.message().filter(|_| form.error("reason").is_none()) />
            <input type="hidden" name="slug" value=slug.to_string() />
            <TextArea
                name="reason"
                label="Reason"
                rows=2
                most=300
                required=true
                hint="It stands in the tenant's audit log."
                value=form.typed("reason")
                error=form.error("reason")
            />
            <div class="actions"><button class="btn pri">"Begin"</button></div>
        </form>
    }
}

fn row(access: &SupportRow, now: DateTime<Utc>) -> impl IntoView + use<> {
    let (class, word) = match (access.running, &access.ended_by) {
        (true, _) => ("state busy", "Running".to_owned()),
        (false, Some(by)) => ("state idle", format!("Ended by {by}")),
        (false, None) => ("state idle", "Ran out".to_owned()),
    };
    view! {
        <tr role="row">
            <td role="cell" class="name"><b>{access.staff.clone()}</b></td>
            <td role="cell" class="lead"><span class=class>{word}</span></td>
            <td role="cell" data-label="Began"><Ago at=access.began_at now=now /></td>
            <td role="cell" data-label="End"><Minute at=access.ends_at /></td>
            <td role="cell" class="long"><bdi>{access.reason.clone()}</bdi></td>
        </tr>
    }
}

fn list(accesses: &[SupportRow], now: DateTime<Utc>) -> AnyView {
    if accesses.is_empty() {
        return view! { <section class="card"><div class="empty"><h2>"Nobody has looked yet"</h2><p>"Each access is listed here, with its reason and how it ended."</p></div></section> }
            .into_any();
    }
    let rows = accesses.iter().map(|access| row(access, now)).collect_view();
    view! {
        <section class="card rows">
            <div class="card-head"><h2>"Accesses"</h2><span class="muted">"the latest"</span></div>
            <table role="table">
                <caption class="visually-hidden">"Support accesses, newest first"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Who"</th><th role="columnheader" scope="col">"State"</th>
                    <th role="columnheader" scope="col">"Began"</th><th role="columnheader" scope="col">"End"</th>
                    <th role="columnheader" scope="col">"Reason"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}
