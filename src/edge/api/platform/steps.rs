//! Tenants that are made in steps: clones, and how far they and those from templates have come.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::extract::{Admin, ApiJson, ApiPath};
use super::super::json::whole_or_none;
use super::super::problem::{BadBody, Code, Conflicts, Missing, Problem, Refusals};
use super::change::{begun_tenant, link};
use super::words::{MadeTenant, slug};
use crate::domain::clone_form::CloneForm;
use crate::domain::staff::ManageTenants;
use crate::edge::router::AppState;
use crate::store::provisioning;
use crate::store::{Constraint, StoreError};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClone {
    #[schema(min_length = 1, max_length = 120, format = "name", example = "Acme Staging")]
    name: String,
    /// In addresses: lower-case letters, digits and hyphens.
    #[schema(min_length = 1, max_length = 40, format = "slug", example = "acme-staging")]
    slug: String,
    #[schema(format = "email", example = "owner@acme.example")]
    owner_email: String,
    /// 0 or nothing starts the plan at once.
    #[serde(default, deserialize_with = "whole_or_none")]
    #[schema(maximum = 365, example = 0)]
    trial_days: Option<u16>,
    /// Documents and conversations too.
    #[serde(default)]
    with_data: bool,
}

/// How far a tenant has come that is made in steps.
#[derive(Serialize, ToSchema)]
pub struct Steps {
    slug: String,
    /// `provisioning` until the last step is done.
    status: String,
    steps: Vec<StepLine>,
    /// What went wrong last; staff try it again in the console.
    error: Option<String>,
    /// Once it is done, and until it is used: hand it to the owner.
    setup_url: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct StepLine {
    /// `settings`, `agents`, `documents`, `conversations` or `open`.
    #[schema(example = "conversations")]
    step: String,
    ended: bool,
    done: i64,
    /// 0 when there is nothing to count.
    total: i64,
}

/// Clone a tenant
///
/// Plan, settings, branding, quotas of its own and agents; with data documents and conversations too. Members, invites, keys, domains, audit
/// log, usage and bills are never cloned. The clone is made in steps. Needs a platform key.
#[utoipa::path(
    post, path = "/platform/tenants/{slug}/clone", tag = "Platform", params(("slug" = String, Path, example = "acme")),
    security(("platform_key" = [])), request_body = NewClone, responses(
        (status = 201, body = MadeTenant, links(
            ("steps" = (operation_id = "get_provisioning", parameters(("slug" = "$response.body#/slug"))))
        )),
        Missing, Conflicts, BadBody, Refusals
    )
)]
pub async fn clone_tenant(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath(path): ApiPath<String>,
    ApiJson(new): ApiJson<NewClone>,
) -> Result<(StatusCode, [(header::HeaderName, String); 1], Json<MadeTenant>), Problem> {
    let source = slug(&path)?;
    let form = CloneForm {
        name: new.name,
        slug: new.slug,
        owner_email: new.owner_email,
        trial_days: new.trial_days.map(|days| days.to_string()).unwrap_or_default(),
        with_data: new.with_data,
    };
    let parsed = form.parse().map_err(Problem::invalid)?;
    let clone = provisioning::NewClone {
        slug: parsed.slug,
        name: parsed.name,
        owner_email: parsed.owner_email,
        trial_days: parsed.trial_days,
        with_data: form.with_data,
    };
    let mut tx = state.context.store.platform::<ManageTenants>(&admin).await?;
    let begun = match tx.clone_tenant(&source, &clone).await {
        Err(StoreError::Conflict(Constraint::TenantSlug)) => {
            return Err(Problem::new(Code::Conflict, "This slug is taken. Choose another.").about("slug"));
        }
        begun => begun?,
    };
    tx.commit().await?;
    let body = begun_tenant(&begun.slug);
    Ok((StatusCode::CREATED, [(header::LOCATION, format!("/api/v1/platform/tenants/{}", begun.slug))], Json(body)))
}

/// Follow the steps of a tenant
///
/// Of one that was made from a template, or as a clone; the list is empty for others. Needs a platform key.
#[utoipa::path(
    get, path = "/platform/tenants/{slug}/provisioning", tag = "Platform", params(("slug" = String, Path, example = "acme-staging")),
    security(("platform_key" = [])), responses((status = 200, body = Steps), Missing, Refusals)
)]
pub async fn get_provisioning(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath(path): ApiPath<String>,
) -> Result<Json<Steps>, Problem> {
    let slug = slug(&path)?;
    let mut read = state.context.store.platform_read(&admin).await?;
    let found = match read.get_provisioning(&slug).await {
        Err(StoreError::NotFound) => {
            let tenant = read.look_at(&slug).await?;
            let status = tenant.status.as_str().to_owned();
            return Ok(Json(Steps { slug: slug.to_string(), status, steps: Vec::new(), error: None, setup_url: None }));
        }
        found => found?,
    };
    let steps = found.steps.iter().map(|line| StepLine {
        step: line.step.as_str().to_owned(),
        ended: line.ended,
        done: line.done,
        total: line.total,
    });
    Ok(Json(Steps {
        slug: found.slug.to_string(),
        status: found.status.as_str().to_owned(),
        steps: steps.collect(),
        error: found.last_error.clone().filter(|_| found.is_stuck()),
        setup_url: found.setup.as_ref().map(|(token, _)| link(&state, &found.slug, token)),
    }))
}
