//! `/t/{slug}/agents`: the tenant's agents by name, page by page, and how many more there may be.

use maud::{Markup, html};

use crate::domain::capability::{ManageAgents, ViewTenant};
use crate::domain::listing::encode;
use crate::store::agents::{AgentRow, Page};
use crate::ui::pager::pager;
use crate::ui::table::Head::Text;
use crate::ui::table::rows_table;
use crate::ui::text::notice;
use crate::web::frame::PortalFrame;
use crate::web::limit::at_limit;
use crate::web::page::{PageText, islands, page};
use crate::web::request::{self, Context, query};
use crate::web::standing::Limited;

const PAGE: i64 = 50;
/// Longer than any name: what is longer was not made by us.
const MAX_CURSOR: usize = 500;

pub fn agents_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let (done, after) = (query("done"), query("after").filter(|after| after.len() <= MAX_CURSOR).map(|after| after.replace('\0', "")));
        let (me, looker) = request::looker(&slug).await?;
        let mut tx = Context::get().store.look::<ViewTenant>(&looker).await?;
        let agents = tx.list_agents(after.as_deref(), PAGE).await?;
        let space = tx.get_space(Limited::Agents.meter(), 1).await?;
        let (frame, head, may) = (PortalFrame::new(&me, &tx), tx.tenant().clone(), tx.may::<ManageAgents>());
        tx.commit().await?;
        let base = frame.base().to_owned();
        let body = html! {
            div class="head" {
                h1 class="grow" { "Agents" }
                @if may { a class="btn pri" href={ (base) "/agents/new" } { "New agent" } }
            }
            @if let Some(text) = done.and_then(|done| said(&done)) { (notice("ok", html! { (text) })) }
            @if let Some(full) = &space.against { (at_limit(full, &head)) }
            (Limited::Agents.card(&base, &space))
            (list(&agents, after.is_some(), &base, may))
            (islands())
        };
        Ok(frame.page("Agents", "/agents", body))
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

fn list(agents: &Page<AgentRow>, further: bool, base: &str, may: bool) -> Markup {
    if agents.rows.is_empty() {
        let what = if further {
            "There are no more agents."
        } else if may {
            "An agent has a name and a model; its usage is counted for its department and cost centre."
        } else {
            "Members of this tenant can create the first one."
        };
        return html! { div class="card empty" { h2 { "No agents here" } p { (what) } } };
    }
    let first = further.then(|| format!("{base}/agents"));
    let next = agents.next.as_ref().map(|next| format!("{base}/agents?after={}", encode(next)));
    html! {
        div class="card rows" {
            (rows_table(
                "Agents by name",
                &[Text("Agent"), Text("State"), Text("Model"), Text("Department"), Text("Cost centre")],
                &html! { @for agent in &agents.rows { (row(agent, base, may)) } }
            ))
            (pager(agents.rows.len(), first.as_deref(), next.as_deref(), "Pages"))
        }
    }
}

fn row(agent: &AgentRow, base: &str, may: bool) -> Markup {
    let (class, word) = if agent.active { ("state active", "Active") } else { ("state idle", "Inactive") };
    let text = |text: &Option<String>| html! { @if let Some(text) = text { bdi { (text) } } @else { span class="muted" { "none" } } };
    html! {
        tr role="row" {
            td role="cell" class="name" {
                @if may { a href={ (base) "/agents/" (agent.id) } { bdi { (agent.name) } } } @else { b { bdi { (agent.name) } } }
            }
            td role="cell" class="lead" { span class=(class) { (word) } }
            td role="cell" class="long" data-label="Model" { (agent.model) }
            td role="cell" class="long" data-label="Department" { (text(&agent.department)) }
            td role="cell" class="long" data-label="Cost centre" { (text(&agent.cost_center)) }
        }
    }
}
