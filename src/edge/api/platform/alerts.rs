//! What deserves a look, and that somebody has seen it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::super::agents::id;
use super::super::extract::{Admin, ApiPath, ApiQuery};
use super::super::problem::{BadQuery, Conflicts, Missing, Problem, Refusals};
use crate::domain::alert::AlertKind;
use crate::domain::staff::HandleAlerts;
use crate::edge::router::AppState;
use crate::store::alerts;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AlertQuery {
    /// Those that stand, or those that ended within 90 days; those that stand without.
    #[param(inline)]
    state: Option<AlertState>,
    /// `near_limit`, `unusual_usage`, `quiet`, `failed_jobs`, `failing_domain` or `rule`; all without.
    #[param(pattern = "^(near_limit|unusual_usage|quiet|failed_jobs|failing_domain|rule)$", example = "near_limit")]
    kind: Option<String>,
    /// `next` of the page before.
    after: Option<Uuid>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum AlertState {
    #[default]
    Standing,
    Over,
}

#[derive(Serialize, ToSchema)]
pub struct AlertPage {
    /// Newest first.
    alerts: Vec<Alert>,
    /// Give it as `after` to get the next page; null on the last one.
    next: Option<Uuid>,
}

#[derive(Serialize, ToSchema)]
pub struct Alert {
    id: Uuid,
    #[schema(example = "near_limit")]
    kind: String,
    /// The slug; null for what concerns the platform.
    tenant: Option<String>,
    #[schema(example = "Tokens at 92 %")]
    detail: String,
    raised_at: DateTime<Utc>,
    /// When it ended, by itself.
    resolved_at: Option<DateTime<Utc>>,
    /// Who has seen it first.
    acknowledged_by: Option<String>,
    acknowledged_at: Option<DateTime<Utc>>,
    /// Whose it is.
    assigned_to: Option<String>,
}

impl From<alerts::Alert> for Alert {
    fn from(alert: alerts::Alert) -> Self {
        let (acknowledged_by, acknowledged_at) = alert.acknowledged.unzip();
        Self {
            id: alert.id,
            kind: alert.kind.as_str().to_owned(),
            tenant: alert.tenant.map(|(slug, _)| slug),
            detail: alert.detail,
            raised_at: alert.raised_at,
            resolved_at: alert.resolved_at,
            acknowledged_by,
            acknowledged_at,
            assigned_to: alert.assigned.map(|(_, name)| name),
        }
    }
}

/// List alerts
///
/// 50 at a time. Needs a platform key.
#[utoipa::path(
    get, path = "/platform/alerts", tag = "Platform", params(AlertQuery), security(("platform_key" = [])),
    responses((status = 200, body = AlertPage), BadQuery, Refusals)
)]
pub async fn list_alerts(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiQuery(query): ApiQuery<AlertQuery>,
) -> Result<Json<AlertPage>, Problem> {
    let kind: Option<AlertKind> = match &query.kind {
        Some(kind) => Some(kind.parse().map_err(|_| Problem::field("kind", "There is no such kind of alert."))?),
        None => None,
    };
    let open = query.state.unwrap_or_default() == AlertState::Standing;
    let mut read = state.context.store.platform_read(&admin).await?;
    let page = read.list_alerts(open, kind, query.after).await?;
    Ok(Json(AlertPage { alerts: page.rows.into_iter().map(Alert::from).collect(), next: page.next }))
}

/// Acknowledge an alert
///
/// Others see that somebody knows; whoever was first stays it. An alert ends by itself when what it is about is over. Needs a platform key.
#[utoipa::path(
    post, path = "/platform/alerts/{id}/acknowledge", tag = "Platform", params(("id" = Uuid, Path)), security(("platform_key" = [])),
    responses((status = 204, description = "It is acknowledged."), Missing, Conflicts, Refusals)
)]
pub async fn acknowledge_alert(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath(alert): ApiPath<String>,
) -> Result<StatusCode, Problem> {
    let alert: Uuid = id(&alert)?;
    let mut tx = state.context.store.platform::<HandleAlerts>(&admin).await?;
    tx.acknowledge_alert(alert).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
