//! `/t/{slug}/agents/new` and `/t/{slug}/agents/{id}`: one agent's fields, and what else may happen to it.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::{ActivateAgent, ChangeAgent, CreateAgent, DeleteAgent};
use crate::domain::capability::ManageAgents;
use crate::domain::ids::AgentId;
use crate::domain::model_rules::ModelRules;
use crate::domain::when;
use crate::store::access::TenantHead;
use crate::store::agents::AgentRow;
use crate::ui::dialog::ConfirmDialog;
use crate::ui::field::{FormMessage, SelectField, TextField};
use crate::ui::text::inert;
use crate::ui::time::zone;
use crate::web::form::Form;
use crate::web::frame::PortalFrame;
use crate::web::limit::at_limit;
use crate::web::page::{Islands, PageError, PageText, page};
use crate::web::request::{self, Context, query};

pub fn new_agent_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let form = Form::of::<CreateAgent>();
        let (me, member) = request::member(&slug).await?;
        let mut tx = Context::get().store.tenant::<ManageAgents>(&member).await?;
        let full = tx.find_limit("agents", 1).await?;
        let rules = tx.model_rules().await?;
        let (frame, head) = (PortalFrame::new(&me, &tx), tx.tenant().clone());
        tx.commit().await?;
        let agents = format!("{}/agents", frame.base());
        // At the limit the notice says the same, and whom to ask.
        let message = form.message().filter(|message| full.as_ref().is_none_or(|full| full.to_string() != *message));
        let body = view! {
            <div class="head"><div class="grow"><h1>"New agent"</h1><p>"It is active at once."</p></div></div>
            <div class="narrow stack">
                {full.map(|full| inert(at_limit(&full, &head)))}
                <FormMessage message=message />
                <form class="form card pad" method="post" action=CreateAgent::PATH>
                    <input type="hidden" name="tenant" value=head.slug.to_string() />
                    {fields(&form, None, &rules)}
                    <div class="actions"><button class="btn pri">"Create agent"</button><a class="btn" href=agents>"Cancel"</a></div>
                </form>
            </div>
        };
        Ok(frame.view("New agent", "/agents", body.into_any()))
    })
}

pub fn agent_page() -> PageText {
    let (slug, agent) = (request::param("slug"), request::param("agent"));
    page(async move {
        let form = Form::of::<ChangeAgent>();
        let others = [Form::of::<ActivateAgent>(), Form::of::<DeleteAgent>()];
        let asked = query("ask").is_some_and(|ask| ask == "delete");
        let (me, member) = request::member(&slug).await?;
        let mut tx = Context::get().store.tenant::<ManageAgents>(&member).await?;
        let agent = AgentId(agent.parse().map_err(|_| PageError::NotFound)?);
        let agent = tx.get_agent(agent).await?;
        let rules = tx.model_rules().await?;
        let (frame, head) = (PortalFrame::new(&me, &tx), tx.tenant().clone());
        tx.commit().await?;
        let agents = format!("{}/agents", frame.base());
        let message = form.message().or_else(|| others.iter().find_map(Form::message));
        let title = agent.name.clone();
        let body = view! {
            <div class="head">
                <div class="grow"><h1><bdi>{agent.name.clone()}</bdi></h1><p>{state(&agent)}</p></div>
                {activation(&agent, &head)}
                {deletion(&agent, &head, &agents, asked)}
            </div>
            <div class="narrow stack">
                <FormMessage message=message />
                <form class="form card pad" method="post" action=ChangeAgent::PATH>
                    <input type="hidden" name="tenant" value=head.slug.to_string() />
                    <input type="hidden" name="agent" value=agent.id.to_string() />
                    {fields(&form, Some(&agent), &rules)}
                    <div class="actions"><button class="btn pri">"Save"</button><a class="btn" href=agents>"Cancel"</a></div>
                </form>
            </div>
            <Islands />
        };
        Ok(frame.view(&title, "/agents", body.into_any()))
    })
}

fn state(agent: &AgentRow) -> String {
    let state = if agent.active { "Active" } else { "Deactivated; it keeps its place among the agents that your plan allows" };
    format!("{state}. Created {}.", when::day(zone().day_of(agent.created_at)))
}

/// What was typed, else what the agent has, else the tenant's default.
fn fields(form: &Form, agent: Option<&AgentRow>, rules: &ModelRules) -> impl IntoView + use<> {
    let value = |field: &str, now: Option<String>| form.typed(field).or(now);
    view! {
        <TextField
            name="name"
            label="Name"
            value=value("name", agent.map(|agent| agent.name.clone()))
            error=form.error("name")
            hint="No two agents have the same."
        />
        {model_field(form, agent, rules)}
        <div class="cols">
            <TextField
                name="department"
                label="Department"
                required=false
                value=value("department", agent.and_then(|agent| agent.department.clone()))
                error=form.error("department")
            />
            <TextField
                name="cost_center"
                label="Cost centre"
                required=false
                value=value("cost_center", agent.and_then(|agent| agent.cost_center.clone()))
                error=form.error("cost_center")
            />
        </div>
    }
}

/// A choice where the tenant allows some models only. The agent's own stays among them.
fn model_field(form: &Form, agent: Option<&AgentRow>, rules: &ModelRules) -> AnyView {
    let default = || rules.default.as_ref().map(ToString::to_string);
    let value = form.typed("model").or_else(|| agent.map(|agent| agent.model.clone()).or_else(default));
    if rules.allowed.is_empty() {
        return view! {
            <TextField name="model" label="Model" value=value error=form.error("model") hint="What it runs on, as your platform calls it." />
        }
        .into_any();
    }
    let mut models: Vec<String> = rules.allowed.iter().map(ToString::to_string).collect();
    models.extend(agent.map(|agent| agent.model.clone()).filter(|own| !rules.allowed.iter().any(|model| model.as_str() == own)));
    let options = models.into_iter().map(|model| (model.clone(), model)).collect();
    view! { <SelectField name="model" label="Model" options=options value=value error=form.error("model") /> }.into_any()
}

fn activation(agent: &AgentRow, head: &TenantHead) -> impl IntoView + use<> {
    let (label, active) = if agent.active { ("Deactivate", "no") } else { ("Activate", "yes") };
    view! {
        <form method="post" action=ActivateAgent::PATH>
            <input type="hidden" name="tenant" value=head.slug.to_string() />
            <input type="hidden" name="agent" value=agent.id.to_string() />
            <input type="hidden" name="active" value=active />
            <button class="btn">{label}</button>
        </form>
    }
}

fn deletion(agent: &AgentRow, head: &TenantHead, agents: &str, asked: bool) -> impl IntoView + use<> {
    let here = format!("{agents}/{}", agent.id);
    let fields = view! {
        <p>"It stops at once and cannot be brought back. Its conversations and its usage stay; its place is free for another."</p>
        <input type="hidden" name="tenant" value=head.slug.to_string() />
        <input type="hidden" name="agent" value=agent.id.to_string() />
    };
    view! {
        <ConfirmDialog
            id="delete".to_owned()
            label="Delete".to_owned()
            title=format!("Delete {}?", agent.name)
            href=format!("{here}?ask=delete#delete")
            cancel_href=here
            action=DeleteAgent::PATH.to_owned()
            confirm="Delete agent".to_owned()
            danger=true
            open=asked
        >
            {fields}
        </ConfirmDialog>
    }
}
