//! `/admin/tenants/{slug}/provisioning`: the steps of a tenant that is made from a template or as a clone, as they are done.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::clone_server::RetrySteps;
use crate::domain::job::JobState;
use crate::domain::quantity;
use crate::domain::slug::Slug;
use crate::domain::status::TenantStatus;
use crate::domain::when;
use crate::store::provisioning::{Provisioning, StepLine};
use crate::ui::field::FormMessage;
use crate::ui::follow::FollowPage;
use crate::ui::text::Notice;
use crate::ui::time::{Minute, zone};
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{Islands, PageError, PageText, page};
use crate::web::request::{self, Context};

pub fn provisioning_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let failed = Form::of::<RetrySteps>().message();
        let (me, admin) = request::admin().await?;
        let slug: Slug = slug.parse().map_err(|_| PageError::NotFound)?;
        let context = Context::get();
        let found = context.store.platform_read(&admin).await?.get_provisioning(&slug).await?;
        let base = context.link_base(&slug);
        let title = format!("Setting up {}", found.name);
        Ok(console(&me, &title, "/admin/tenants", body(&found, &base, failed, &title).into_any()))
    })
}

/// `current` is the first step that is not done: what did not succeed left no trace of its own.
fn row(line: &StepLine, current: bool, under_way: bool) -> impl IntoView + use<> {
    let (class, state) = match (line.ended, current, under_way) {
        (true, ..) => ("ok", "Done"),
        (false, true, true) => ("busy", "Running"),
        (false, true, false) => ("over", "Stopped"),
        (false, false, _) => ("wait", "To do"),
    };
    let count = match (line.total, line.done) {
        (0, 0) => String::new(),
        (total, done) if line.ended || total == done => quantity::count(done),
        (total, done) => format!("{} of {}", quantity::count(done), quantity::count(total)),
    };
    view! {
        <tr role="row">
            <td role="cell" class="name"><b>{line.step.label()}</b></td>
            <td role="cell" class="lead"><span class=format!("state {class}")>{state}</span></td>
            <td role="cell" class="num" data-label="Done">{count}</td>
        </tr>
    }
}

fn outcome(found: &Provisioning, base: &str) -> AnyView {
    let tenant = format!("/admin/tenants/{}", found.slug);
    if found.status != TenantStatus::Provisioning {
        let link = found.setup.as_ref().map(|(token, expires_at)| {
            let link = format!("{base}/invite/{}", token.reveal());
            let hint = format!(
                " Hand it to {}, if the mail does not reach them. It works once, until {}.",
                found.owner_email,
                when::day(zone().day_of(*expires_at))
            );
            view! {
                <Notice kind="info">
                    <div class="stack">
                        <span><label for="setup-link"><b>"Set-up link for the owner."</b></label>{hint}</span>
                        <div class="copy"><input id="setup-link" readonly value=link /></div>
                    </div>
                </Notice>
            }
        });
        return view! {
            <Notice kind="ok"><b>"It is set up."</b>" "<a href=tenant>"Open the tenant"</a></Notice>
            {link}
        }
        .into_any();
    }
    if !found.is_stuck() {
        return view! {
            <p>"Nobody is let in before the last step is done. You can leave this page: it goes on without you. "<a href=format!("{tenant}/provisioning")>"Look again"</a></p>
        }
        .into_any();
    }
    let why = found.last_error.clone().unwrap_or_else(|| "Its job was cancelled or forgotten.".to_owned());
    let again = match found.job_state {
        Some(JobState::Queued) => " It is tried again by itself in a while.",
        _ => "",
    };
    view! {
        <div class="banner over" role="status"><span><b>"It stopped: "</b><bdi>{why}</bdi>{again}" What is done stays done; nobody was let in."</span></div>
        <form class="actions" method="post" action=RetrySteps::PATH>
            <input type="hidden" name="slug" value=found.slug.to_string() />
            <button class="btn pri">"Try again now"</button>
            <a class="btn" href=tenant>"Open the tenant, to change or delete it"</a>
        </form>
    }
    .into_any()
}

fn body(found: &Provisioning, base: &str, failed: Option<String>, title: &str) -> impl IntoView + use<> {
    let under_way = found.is_under_way();
    let current = found.steps.iter().position(|line| !line.ended);
    let rows = found.steps.iter().enumerate().map(|(n, line)| row(line, Some(n) == current, under_way)).collect_view();
    let shown = view! {
        {outcome(found, base)}
        <div class="card rows">
            <table role="table">
                <caption class="visually-hidden">"Steps, in the order in which they are done"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Step"</th><th role="columnheader" scope="col">"State"</th>
                    <th role="columnheader" scope="col" class="num">"Done"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    };
    view! {
        <div class="head"><div class="grow">
            <h1><bdi>{title.to_owned()}</bdi></h1>
            <p>"From "<bdi>{found.source.clone()}</bdi>", begun "<Minute at=found.created_at />" by "<bdi>{found.by.clone()}</bdi></p>
        </div></div>
        <FormMessage message=failed />
        <FollowPage id="steps".to_owned() running=under_way>{shown}</FollowPage>
        {under_way.then(|| view! { <Islands /> })}
    }
}
