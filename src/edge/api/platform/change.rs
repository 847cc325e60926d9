//! What a platform key does to tenants. Each writes its audit event with the key as its actor.

use std::str::FromStr;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};

use super::super::extract::{Admin, ApiJson, ApiPath};
use super::super::problem::{BadBody, Code, Conflicts, Missing, OverQuota, Problem, Refusals};
use super::words::{MadeInvite, MadeTenant, NewInvite, NewTenant, Status, Suspend, TenantChange, TenantFacts, reason, slug};
use crate::domain::FieldError;
use crate::domain::agent::take;
use crate::domain::email::{Email, EmailError};
use crate::domain::new_tenant::NewTenantForm;
use crate::domain::role::{Role, UnknownRole};
use crate::domain::staff::{HelpTenants, ManageTenants};
use crate::domain::staff_facts::Tags;
use crate::edge::router::AppState;
use crate::store::tenant_facts::TenantEdit;
use crate::store::{Constraint, StoreError};

/// The form's field under the name that it has here.
fn renamed(mut errors: Vec<FieldError>) -> Vec<FieldError> {
    for error in &mut errors {
        if error.field == "monthly_budget" {
            error.field = "monthly_budget_usd".to_owned();
        }
    }
    errors
}

/// What a form may leave empty, a call leaves out.
pub(super) fn refuse_blank(fields: &[(&str, &Option<String>)]) -> Result<(), Problem> {
    let blank = fields.iter().filter(|(_, value)| value.as_ref().is_some_and(|value| value.trim().is_empty()));
    let errors: Vec<FieldError> = blank.map(|(field, _)| FieldError::new(field, "Leave this field out, or fill it in.")).collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

/// A tenant whose steps are still to be done.
pub(super) fn begun_tenant(slug: &crate::domain::slug::Slug) -> MadeTenant {
    MadeTenant {
        slug: slug.to_string(),
        status: "provisioning".to_owned(),
        setup_url: None,
        steps_url: Some(format!("/api/v1/platform/tenants/{slug}/provisioning")),
    }
}

pub(super) fn link(state: &AppState, slug: &crate::domain::slug::Slug, token: &crate::domain::token::Token) -> String {
    format!("{}/invite/{}", state.context.link_base(slug), token.reveal())
}

/// Create a tenant
///
/// Its owner gets a link that works once. With `template` or `sample_data` the tenant is made in steps, and is open to nobody before the last
/// one is done. Needs a platform key.
#[utoipa::path(
    post, path = "/platform/tenants", tag = "Platform", security(("platform_key" = [])), request_body = NewTenant,
    responses(
        (status = 201, body = MadeTenant, links(
            ("get" = (operation_id = "get_tenant", parameters(("slug" = "$response.body#/slug")))),
            ("update" = (operation_id = "update_tenant", parameters(("slug" = "$response.body#/slug")))),
            ("usage" = (operation_id = "get_tenant_usage", parameters(("slug" = "$response.body#/slug")))),
            ("suspend" = (operation_id = "suspend_tenant", parameters(("slug" = "$response.body#/slug")))),
            ("delete" = (operation_id = "delete_tenant", parameters(("slug" = "$response.body#/slug")))),
            ("invite" = (operation_id = "invite_to_tenant", parameters(("slug" = "$response.body#/slug"))))
        )),
        Conflicts, BadBody, Refusals
    )
)]
pub async fn create_tenant(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiJson(new): ApiJson<NewTenant>,
) -> Result<(StatusCode, [(header::HeaderName, String); 1], Json<MadeTenant>), Problem> {
    refuse_blank(&[("monthly_budget_usd", &new.monthly_budget_usd), ("billing_email", &new.billing_email), ("template", &new.template)])?;
    let (template, sample) = (new.template.unwrap_or_default(), new.sample_data);
    let form = NewTenantForm {
        name: new.name,
        slug: new.slug,
        plan: new.plan,
        owner_email: new.owner_email,
        trial_days: new.trial_days.map(|days| days.to_string()).unwrap_or_default(),
        monthly_budget: new.monthly_budget_usd.unwrap_or_default(),
        billing_email: new.billing_email.unwrap_or_default(),
    };
    let new = form.parse().map_err(|errors| Problem::invalid(renamed(errors)))?;
    let mut tx = state.context.store.platform::<ManageTenants>(&admin).await?;
    let template = tx.find_template(&template, sample).await?;
    let made = match &template {
        Some(template) => tx.create_from_template(&new, template, sample).await.map(|begun| begun_tenant(&begun.slug)),
        None => tx.create_tenant(&new).await.map(|made| MadeTenant {
            setup_url: Some(link(&state, &made.slug, &made.setup_token)),
            steps_url: None,
            slug: made.slug.to_string(),
            status: made.status.as_str().to_owned(),
        }),
    };
    let body = match made {
        // Of what creating looks up, only the plan can be missing.
        Err(StoreError::NotFound) => return Err(Problem::field("plan", "There is no such plan.")),
        Err(StoreError::Conflict(Constraint::TenantSlug)) => {
            return Err(Problem::new(Code::Conflict, "This slug is taken. Choose another.").about("slug"));
        }
        made => made?,
    };
    tx.commit().await?;
    Ok((StatusCode::CREATED, [(header::LOCATION, format!("/api/v1/platform/tenants/{}", body.slug))], Json(body)))
}

/// Reads all fields that are there.
fn edit(change: &TenantChange) -> Result<TenantEdit, Vec<FieldError>> {
    let mut errors = Vec::new();
    let edit = TenantEdit {
        name: change.name.as_deref().and_then(|name| take(&mut errors, "name", name)),
        slug: change.slug.as_deref().and_then(|slug| take(&mut errors, "slug", slug)),
        billing_email: change.billing_email.as_deref().and_then(|email| take(&mut errors, "billing_email", email)),
        monthly_budget: clearable(&mut errors, "monthly_budget_usd", change.monthly_budget_usd.as_ref()),
        region: clearable(&mut errors, "region", change.region.as_ref()),
        tags: change.tags.as_ref().and_then(|tags| Tags::of(tags).map_err(|error| errors.push(FieldError::new("tags", error))).ok()),
        notes: None,
    };
    if errors.is_empty() { Ok(edit) } else { Err(errors) }
}

/// A field that null takes away.
fn clearable<T: FromStr<Err: ToString>>(errors: &mut Vec<FieldError>, field: &str, given: Option<&Option<String>>) -> Option<Option<T>> {
    match given {
        None => None,
        Some(None) => Some(None),
        Some(Some(text)) => take(errors, field, text).map(Some),
    }
}

/// Change a tenant
///
/// The slug that it had before still finds it here, and leads its people to the new one. Needs a platform key.
#[utoipa::path(
    patch, path = "/platform/tenants/{slug}", tag = "Platform", params(("slug" = String, Path, example = "acme")),
    security(("platform_key" = [])), request_body = TenantChange,
    responses((status = 200, body = TenantFacts), Missing, Conflicts, BadBody, Refusals)
)]
pub async fn update_tenant(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath(path): ApiPath<String>,
    ApiJson(change): ApiJson<TenantChange>,
) -> Result<Json<TenantFacts>, Problem> {
    let slug = slug(&path)?;
    let edit = edit(&change).map_err(Problem::invalid)?;
    let mut tx = state.context.store.platform::<ManageTenants>(&admin).await?;
    match tx.update_tenant(&slug, &edit).await {
        Err(StoreError::Conflict(Constraint::TenantSlug)) => {
            return Err(Problem::new(Code::Conflict, "This slug is taken. Choose another.").about("slug"));
        }
        done => done?,
    }
    // By the slug that it has now, or had: both find it.
    let tenant = tx.get_tenant(&slug).await?;
    tx.commit().await?;
    Ok(Json(tenant.into()))
}

/// Suspend a tenant
///
/// From the next statement on its people and keys are refused and shown the reason. Needs a platform key.
#[utoipa::path(
    post, path = "/platform/tenants/{slug}/suspend", tag = "Platform", params(("slug" = String, Path, example = "acme")),
    security(("platform_key" = [])), request_body = Suspend,
    responses(
        (status = 200, body = Status, links(("resume" = (operation_id = "resume_tenant", parameters(("slug" = "$response.body#/slug")))))),
        Missing, Conflicts, BadBody, Refusals
    )
)]
pub async fn suspend_tenant(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath(path): ApiPath<String>,
    ApiJson(suspend): ApiJson<Suspend>,
) -> Result<Json<Status>, Problem> {
    let slug = slug(&path)?;
    let reason = reason("reason", &suspend.reason)?;
    let mut tx = state.context.store.platform::<ManageTenants>(&admin).await?;
    tx.suspend_tenant(&slug, &reason).await?;
    tx.commit().await?;
    Ok(Json(Status { slug: slug.to_string(), status: "suspended".to_owned() }))
}

/// Resume a suspended tenant
///
/// It gets back the state that it had. Needs a platform key.
#[utoipa::path(
    post, path = "/platform/tenants/{slug}/resume", tag = "Platform", params(("slug" = String, Path, example = "acme")),
    security(("platform_key" = [])), responses((status = 200, body = Status), Missing, Conflicts, Refusals)
)]
pub async fn resume_tenant(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath(path): ApiPath<String>,
) -> Result<Json<Status>, Problem> {
    let slug = slug(&path)?;
    let mut tx = state.context.store.platform::<ManageTenants>(&admin).await?;
    let status = tx.resume_tenant(&slug).await?;
    tx.commit().await?;
    Ok(Json(Status { slug: slug.to_string(), status: status.as_str().to_owned() }))
}

/// Invite somebody to a tenant
///
/// Open invites count towards the plan's limit of members. Needs a platform key.
#[utoipa::path(
    post, path = "/platform/tenants/{slug}/invites", tag = "Platform", operation_id = "invite_to_tenant", params(("slug" = String, Path, example = "acme")),
    security(("platform_key" = [])), request_body = NewInvite, responses((status = 201, body = MadeInvite), Missing, Conflicts, BadBody, Refusals, OverQuota)
)]
pub async fn invite(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath(path): ApiPath<String>,
    ApiJson(new): ApiJson<NewInvite>,
) -> Result<(StatusCode, Json<MadeInvite>), Problem> {
    let slug = slug(&path)?;
    let mut errors = Vec::new();
    let email = new.email.parse::<Email>().map_err(|error: EmailError| errors.push(FieldError::new("email", error))).ok();
    let role = new.role.parse::<Role>().map_err(|error: UnknownRole| errors.push(FieldError::new("role", error))).ok();
    let (Some(email), Some(role)) = (email, role) else { return Err(Problem::invalid(errors)) };
    let mut tx = state.context.store.platform::<HelpTenants>(&admin).await?;
    let token = match tx.invite(&slug, &email, role).await {
        Err(StoreError::Conflict(Constraint::InviteOpen)) => {
            return Err(Problem::new(Code::Conflict, "An invite to this e-mail is open already.").about("email"));
        }
        Err(StoreError::Conflict(Constraint::Member)) => {
            return Err(Problem::new(Code::Conflict, "This person is a member already.").about("email"));
        }
        token => token?,
    };
    tx.commit().await?;
    let body = MadeInvite { email: email.as_str().to_owned(), role: role.as_str().to_owned(), invite_url: link(&state, &slug, &token) };
    Ok((StatusCode::CREATED, Json(body)))
}
