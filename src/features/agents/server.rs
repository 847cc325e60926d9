//! What members do to agents.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::agent::{AgentChange, AgentForm};
use crate::domain::capability::ManageAgents;
use crate::domain::ids::AgentId;
use crate::domain::local_path::local_or;
use crate::domain::slug::Slug;
use crate::store::{Constraint, StoreError};
use crate::web::error::answer;
use crate::web::request::acting_member;
use crate::web::{Context, RequestInfo, UiError};

fn agent_id(text: &str) -> Result<AgentId, UiError> {
    text.parse().map(AgentId).map_err(|_| UiError::not_found())
}

fn back(slug: &Slug, done: &str) {
    leptos_axum::redirect(&format!("{}/agents?done={done}", RequestInfo::get().portal_base(slug)));
}

fn refusal(error: StoreError) -> UiError {
    match error {
        StoreError::Conflict(Constraint::AgentName) => UiError::field("name", "There is an agent with this name already. Choose another."),
        error => error.into(),
    }
}

fn typed(error: UiError, form: &AgentForm) -> UiError {
    error.with_typed(&[("name", &form.name), ("model", &form.model), ("department", &form.department), ("cost_center", &form.cost_center)])
}

/// Makes an agent, active at once; then to `next` on this host, else to the list.
#[server(prefix = "/fn", endpoint = "agents/create", input = PostUrl)]
pub async fn create_agent(
    tenant: String,
    name: String,
    model: String,
    #[server(default)] department: String,
    #[server(default)] cost_center: String,
    #[server(default)] next: String,
) -> Result<(), UiError> {
    let form = AgentForm { name, model, department, cost_center };
    answer(try_create(&tenant, &form, &next).await.map_err(|error| typed(error, &form)))
}

async fn try_create(tenant: &str, form: &AgentForm, next: &str) -> Result<(), UiError> {
    let (_, slug, member) = acting_member(tenant).await?;
    let mut tx = Context::get().store.tenant::<ManageAgents>(&member).await?;
    let new = form.parse().map_err(UiError::invalid)?;
    tx.create_agent(&new).await.map_err(refusal)?;
    tx.commit().await?;
    match local_or(next, "") {
        "" => back(&slug, "created"),
        next => leptos_axum::redirect(next),
    }
    Ok(())
}

/// Changes what the form holds; whether the agent is active stays.
#[server(prefix = "/fn", endpoint = "agents/change", input = PostUrl)]
pub async fn change_agent(
    tenant: String,
    agent: String,
    name: String,
    model: String,
    #[server(default)] department: String,
    #[server(default)] cost_center: String,
) -> Result<(), UiError> {
    let form = AgentForm { name, model, department, cost_center };
    answer(try_change(&tenant, &agent, &form).await.map_err(|error| typed(error, &form)))
}

async fn try_change(tenant: &str, agent: &str, form: &AgentForm) -> Result<(), UiError> {
    let (_, slug, member) = acting_member(tenant).await?;
    let mut tx = Context::get().store.tenant::<ManageAgents>(&member).await?;
    let agent = agent_id(agent)?;
    let new = form.parse().map_err(UiError::invalid)?;
    tx.change_agent(agent, &new.into()).await.map_err(refusal)?;
    tx.commit().await?;
    back(&slug, "changed");
    Ok(())
}

/// `active` is `yes` or `no`.
#[server(prefix = "/fn", endpoint = "agents/activate", input = PostUrl)]
pub async fn activate_agent(tenant: String, agent: String, active: String) -> Result<(), UiError> {
    answer(try_activate(&tenant, &agent, &active).await)
}

async fn try_activate(tenant: &str, agent: &str, active: &str) -> Result<(), UiError> {
    let (_, slug, member) = acting_member(tenant).await?;
    let mut tx = Context::get().store.tenant::<ManageAgents>(&member).await?;
    let agent = agent_id(agent)?;
    let active = match active {
        "yes" => true,
        "no" => false,
        _ => return Err(UiError::field("active", "Choose yes or no.")),
    };
    tx.change_agent(agent, &AgentChange { active: Some(active), ..AgentChange::default() }).await?;
    tx.commit().await?;
    back(&slug, if active { "activated" } else { "deactivated" });
    Ok(())
}

/// Deletes an agent; its conversations stay.
#[server(prefix = "/fn", endpoint = "agents/delete", input = PostUrl)]
pub async fn delete_agent(tenant: String, agent: String) -> Result<(), UiError> {
    answer(try_delete(&tenant, &agent).await)
}

async fn try_delete(tenant: &str, agent: &str) -> Result<(), UiError> {
    let (_, slug, member) = acting_member(tenant).await?;
    let mut tx = Context::get().store.tenant::<ManageAgents>(&member).await?;
    tx.delete_agent(agent_id(agent)?).await?;
    tx.commit().await?;
    back(&slug, "deleted");
    Ok(())
}

#[cfg(test)]
mod tests {
    use leptos::server_fn::ServerFn as _;

    #[test]
    fn the_setup_wizards_form_goes_to_the_function_that_creates_agents() {
        assert_eq!(super::CreateAgent::PATH, crate::web::frame::CREATE_AGENT);
    }
}
