//! `/t/{slug}/agents`: the tenant's agents by name, page by page, and how many more there may be.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::domain::capability::{ManageAgents, ViewTenant};
use crate::domain::listing::encode;
use crate::domain::quantity::Unit;
use crate::domain::quota::{Level, Quota};
use crate::store::agents::{AgentRow, Page};
use crate::ui::meter::QuotaBar;
use crate::ui::text::Notice;
use crate::web::frame::PortalFrame;
use crate::web::limit::at_limit;
use crate::web::page;
use crate::web::request::{self, Context, query};

const PAGE: i64 = 50;
/// Longer than any name: what is longer was not made by us.
const MAX_CURSOR: usize = 500;

#[component]
pub fn AgentsPage() -> impl IntoView {
    let slug = use_params_map().with_untracked(|params| params.get("slug")).unwrap_or_default();
    page(async move {
        let (done, after) = (query("done"), query("after").filter(|after| after.len() <= MAX_CURSOR).map(|after| after.replace('\0', "")));
        let (me, member) = request::member(&slug).await?;
        let mut tx = Context::get().store.tenant::<ViewTenant>(&member).await?;
        let agents = tx.list_agents(after.as_deref(), PAGE).await?;
        let ((used, limit), full) = (tx.get_level("agents").await?, tx.find_limit("agents", 1).await?);
        let (frame, head, may) = (PortalFrame::new(&me, &tx), tx.tenant().clone(), tx.may::<ManageAgents>());
        tx.commit().await?;
        let base = frame.base().to_owned();
        let quota = Quota { label: "Agents".to_owned(), level: Level::Units { used, limit, unit: Unit::Count }, resets: None };
        let notice = done.and_then(|done| said(&done)).map(|text| view! { <Notice kind="ok">{text}</Notice> });
        let body = view! {
            <div class="head">
                <h1 class="grow">"Agents"</h1>
                {may.then(|| view! { <a class="btn pri" href=format!("{base}/agents/new")>"New agent"</a> })}
            </div>
            {notice}
            {full.map(|full| at_limit(&full, &head))}
            <section class="card pad"><QuotaBar quota=quota /></section>
            {list(agents, after.is_some(), &base, may)}
        };
        Ok(frame.view("Agents", "/agents", body.into_any()))
    })
}

fn said(done: &str) -> Option<&'static str> {
    match done {
        "created" => Some("The agent is created."),
        "changed" => Some("The agent is changed."),
        "activated" => Some("The agent is active."),
        "deactivated" => Some("The agent is deactivated. It keeps its place among the agents that your plan allows."),
        "deleted" => Some("The agent is deleted, and its place is free."),
        _ => None,
    }
}

fn list(agents: Page<AgentRow>, further: bool, base: &str, may: bool) -> AnyView {
    if agents.rows.is_empty() {
        let what = if further {
            "There are no more agents."
        } else if may {
            "An agent has a name and a model; its usage is counted for its department and cost centre."
        } else {
            "Members of this tenant can create the first one."
        };
        return view! { <div class="card empty"><h2>"No agents here"</h2><p>{what}</p></div> }.into_any();
    }
    let rows = agents.rows.into_iter().map(|agent| row(agent, base, may)).collect_view();
    let (first, next) = (format!("{base}/agents"), agents.next.map(|next| format!("{base}/agents?after={}", encode(&next))));
    let foot = (further || next.is_some()).then(|| {
        view! {
            <nav class="foot" aria-label="Pages"><div class="pager">
                {further.then(|| view! { <a class="btn" href=first>"First page"</a> })}
                {next.map(|next| view! { <a class="btn" href=next>"Next page"</a> })}
            </div></nav>
        }
    });
    view! {
        <div class="card rows">
            <table role="table">
                <caption class="visually-hidden">"Agents by name"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Agent"</th><th role="columnheader" scope="col">"State"</th>
                    <th role="columnheader" scope="col">"Model"</th><th role="columnheader" scope="col">"Department"</th>
                    <th role="columnheader" scope="col">"Cost centre"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
            {foot}
        </div>
    }
    .into_any()
}

fn row(agent: AgentRow, base: &str, may: bool) -> impl IntoView + use<> {
    let (class, word) = if agent.active { ("state active", "Active") } else { ("state idle", "Inactive") };
    let name = match may {
        true => view! { <a href=format!("{base}/agents/{}", agent.id)><bdi>{agent.name}</bdi></a> }.into_any(),
        false => view! { <b><bdi>{agent.name}</bdi></b> }.into_any(),
    };
    let none = || view! { <span class="muted">"none"</span> }.into_any();
    let text = |text: Option<String>| text.map_or_else(none, |text| view! { <bdi>{text}</bdi> }.into_any());
    view! {
        <tr role="row">
            <td role="cell" class="name">{name}</td>
            <td role="cell" class="lead"><span class=class>{word}</span></td>
            <td role="cell" class="long" data-label="Model">{agent.model}</td>
            <td role="cell" class="long" data-label="Department">{text(agent.department)}</td>
            <td role="cell" class="long" data-label="Cost centre">{text(agent.cost_center)}</td>
        </tr>
    }
}
