//! `/admin/plans/{plan}/moves/{move}`: how far a move of tenants has come, and what became of each.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use uuid::Uuid;

use super::move_server::ResumeMove;
use crate::domain::quantity;
use crate::store::plan_moves::{Move, MoveResult, MoveResults};
use crate::ui::field::FormMessage;
use crate::ui::follow::FollowPage;
use crate::ui::pager::Pager;
use crate::ui::time::Minute;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{Islands, PageError, PageText, page};
use crate::web::request::{self, Context, query};

pub fn moved_page() -> PageText {
    let params = (request::param("plan"), request::param("move"));
    page(async move {
        let failed = Form::of::<ResumeMove>().message();
        let after: Option<Uuid> = query("after").and_then(|after| after.parse().ok());
        let (me, admin) = request::admin().await?;
        let (plan, id) = params;
        let id: Uuid = id.parse().map_err(|_| PageError::NotFound)?;
        let mut read = Context::get().store.platform_read(&admin).await?;
        let moving = read.get_move(id).await?;
        if moving.plan != plan {
            return Err(PageError::NotFound);
        }
        let results = read.list_move_results(id, after).await?;
        let title = format!("Move to {} version {}", moving.plan_name, moving.to);
        Ok(console(&me, &title, "/admin/plans", body(&moving, &results, after.is_some(), failed, &title).into_any()))
    })
}

fn row(result: &MoveResult) -> impl IntoView + use<> {
    let beyond = result.beyond.iter().map(|one| one.text()).collect::<Vec<_>>().join("; ");
    let (class, text) = if result.moved { ("ok", "moved") } else { ("near", "left out") };
    view! {
        <tr role="row">
            <td role="cell" class="name"><a href=format!("/admin/tenants/{}", result.slug)><bdi>{result.name.clone()}</bdi></a>" "<span>{result.slug.to_string()}</span></td>
            <td role="cell" class="lead"><span class=format!("state {class}")>{text}</span></td>
            <td role="cell" class="long" data-label="Over">{if beyond.is_empty() { "no limit".to_owned() } else { beyond }}</td>
        </tr>
    }
}

fn table(moving: &Move, results: &MoveResults, later: bool) -> AnyView {
    if results.rows.is_empty() {
        return view! { <div class="empty"><h2>"No results yet"</h2><p>"Each tenant is listed here as soon as it is moved."</p></div> }
            .into_any();
    }
    let here = format!("/admin/plans/{}/moves/{}", moving.plan, moving.id);
    let rows = results.rows.iter().map(row).collect_view();
    let first = later.then(|| here.clone());
    let next = results.next.map(|next| format!("{here}?after={next}"));
    view! {
        <table role="table">
            <caption class="visually-hidden">"What became of each tenant"</caption>
            <thead role="rowgroup"><tr role="row">
                <th role="columnheader" scope="col">"Tenant"</th><th role="columnheader" scope="col">"Result"</th>
                <th role="columnheader" scope="col">"Over the limit of"</th>
            </tr></thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
        <Pager shown=results.rows.len() first=first next=next />
    }
    .into_any()
}

fn progress(moving: &Move) -> AnyView {
    let done = moving.moved + moving.spared;
    let counts = format!(
        "{} of {} done: {} moved, {} left out",
        quantity::count(done),
        quantity::plural(moving.total, "tenant", "tenants"),
        quantity::count(moving.moved),
        quantity::count(moving.spared)
    );
    let (class, state) = match (moving.ended_at, moving.failed) {
        (Some(_), _) => ("ok", "Ended"),
        (None, true) => ("over", "Stopped"),
        (None, false) => ("busy", "Running"),
    };
    let resume = (moving.failed && moving.ended_at.is_none()).then(|| {
        view! {
            <form class="actions" method="post" action=ResumeMove::PATH>
                <input type="hidden" name="plan" value=moving.plan.clone() />
                <input type="hidden" name="moving" value=moving.id.to_string() />
                <button class="btn pri">"Go on"</button>
            </form>
        }
    });
    let again = (moving.ended_at.is_none() && !moving.failed).then(|| {
        view! { <p><a href=format!("/admin/plans/{}/moves/{}", moving.plan, moving.id)>"Look again"</a></p> }
    });
    view! {
        <section class="card pad stack">
            <p class="row"><span class=format!("state {class}")>{state}</span><span>{counts}</span></p>
            <progress max=moving.total.max(1).to_string() value=done.min(moving.total).to_string() aria-label="Tenants done">{counts_short(done, moving.total)}</progress>
            {again}
            {resume}
        </section>
    }
    .into_any()
}

fn counts_short(done: i64, total: i64) -> String {
    format!("{done} of {total}")
}

fn body(moving: &Move, results: &MoveResults, later: bool, failed: Option<String>, title: &str) -> impl IntoView + use<> {
    let from = moving.from.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let running = moving.ended_at.is_none() && !moving.failed;
    let spare = moving.spare_over.then_some(", but for tenants that would be over a limit");
    let shown = view! {
        {progress(moving)}
        <section class="card rows"><div class="card-head"><h2>"Results"</h2></div>{table(moving, results, later)}</section>
    };
    view! {
        <div class="head"><div class="grow">
            <h1><bdi>{title.to_owned()}</bdi></h1>
            <p><a href=format!("/admin/plans/{}", moving.plan)>{moving.plan_name.clone()}</a>{format!(", from version {from}")}{spare}", begun "<Minute at=moving.created_at />" by "<bdi>{moving.by.clone()}</bdi></p>
        </div></div>
        <FormMessage message=failed />
        <FollowPage id="progress".to_owned() running=running>{shown}</FollowPage>
        {running.then(|| view! { <Islands /> })}
    }
}
