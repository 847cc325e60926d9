//! What platform admins do about alerts and their rules.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;
use uuid::Uuid;

use crate::domain::alert::AlertRuleForm;
use crate::domain::staff::{HandleAlerts, ManageAlertRules};
use crate::web::error::answer;
use crate::web::request::acting_admin;
use crate::web::{Context, UiError};

fn parse_id(id: &str) -> Result<Uuid, UiError> {
    id.parse().map_err(|_| UiError::not_found())
}

/// Says that the caller has seen an alert.
#[server(prefix = "/fn", endpoint = "alerts/acknowledge", input = PostUrl)]
pub async fn acknowledge_alert(alert: String) -> Result<(), UiError> {
    answer(try_acknowledge(&alert).await)
}

async fn try_acknowledge(alert: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let id = parse_id(alert)?;
    let mut tx = Context::get().store.platform::<HandleAlerts>(&admin).await?;
    tx.acknowledge_alert(id).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/health/alerts?done=acknowledged");
    Ok(())
}

/// Gives an alert to somebody of the staff; `assigned_to` of nothing to nobody.
#[server(prefix = "/fn", endpoint = "alerts/assign", input = PostUrl)]
pub async fn assign_alert(alert: String, #[server(default)] assigned_to: String) -> Result<(), UiError> {
    answer(try_assign(&alert, &assigned_to).await)
}

async fn try_assign(alert: &str, assigned_to: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let id = parse_id(alert)?;
    let to = match assigned_to.trim() {
        "" => None,
        person => Some(person.parse().map_err(|_| UiError::field("assigned_to", "Choose somebody of the list."))?),
    };
    let mut tx = Context::get().store.platform::<HandleAlerts>(&admin).await?;
    tx.assign_alert(id, to).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/health/alerts?done=assigned");
    Ok(())
}

fn with_typed(error: UiError, form: &AlertRuleForm) -> UiError {
    error.with_typed(&[
        ("name", &form.name),
        ("metric", &form.metric),
        ("threshold", &form.threshold),
        ("minutes", &form.minutes),
        ("recipients", &form.recipients),
    ])
}

/// Makes a rule. `recipients` are addresses of staff, separated by spaces, commas or lines.
#[server(prefix = "/fn", endpoint = "alert-rules/create", input = PostUrl)]
pub async fn create_alert_rule(
    name: String,
    metric: String,
    threshold: String,
    minutes: String,
    recipients: String,
) -> Result<(), UiError> {
    let form = AlertRuleForm { name, metric, threshold, minutes, recipients };
    answer(try_create(&form).await.map_err(|error| with_typed(error, &form)))
}

async fn try_create(form: &AlertRuleForm) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let rule = form.parse().map_err(UiError::invalid)?;
    let mut tx = Context::get().store.platform::<ManageAlertRules>(&admin).await?;
    tx.create_alert_rule(&rule).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/health/rules?done=created");
    Ok(())
}

/// Changes a rule; an alert that it raised is over.
#[server(prefix = "/fn", endpoint = "alert-rules/change", input = PostUrl)]
pub async fn change_alert_rule(
    rule: String,
    name: String,
    metric: String,
    threshold: String,
    minutes: String,
    recipients: String,
) -> Result<(), UiError> {
    let form = AlertRuleForm { name, metric, threshold, minutes, recipients };
    answer(try_change(&rule, &form).await.map_err(|error| with_typed(error, &form)))
}

async fn try_change(rule: &str, form: &AlertRuleForm) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let id = parse_id(rule)?;
    let changed = form.parse().map_err(UiError::invalid)?;
    let mut tx = Context::get().store.platform::<ManageAlertRules>(&admin).await?;
    tx.change_alert_rule(id, &changed).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/health/rules?done=changed");
    Ok(())
}

/// Deletes a rule; an alert that it raised is over.
#[server(prefix = "/fn", endpoint = "alert-rules/delete", input = PostUrl)]
pub async fn delete_alert_rule(rule: String) -> Result<(), UiError> {
    answer(try_delete(&rule).await)
}

async fn try_delete(rule: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let id = parse_id(rule)?;
    let mut tx = Context::get().store.platform::<ManageAlertRules>(&admin).await?;
    tx.delete_alert_rule(id).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/health/rules?done=deleted");
    Ok(())
}
