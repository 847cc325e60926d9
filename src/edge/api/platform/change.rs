//! What a platform key does to tenants. Each writes its audit event with the key as its actor.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};

use super::super::extract::{Admin, ApiJson, ApiPath};
use super::super::problem::{BadBody, Code, Conflicts, Missing, OverQuota, Problem, Refusals};
use super::words::{MadeInvite, MadeTenant, NewInvite, NewTenant, Status, Suspend, TenantChange, TenantFacts, slug};
use crate::domain::FieldError;
use crate::domain::email::{Email, EmailError};
use crate::domain::new_tenant::NewTenantForm;
use crate::domain::reason::{Reason, ReasonError};
use crate::domain::role::{Role, UnknownRole};
use crate::edge::router::AppState;
use crate::store::tenants::TenantEdit;
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
fn refuse_blank(fields: &[(&str, &Option<String>)]) -> Result<(), Problem> {
    let blank = fields.iter().filter(|(_, value)| value.as_ref().is_some_and(|value| value.trim().is_empty()));
    let errors: Vec<FieldError> = blank.map(|(field, _)| FieldError::new(field, "Leave this field out, or fill it in.")).collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

fn link(state: &AppState, slug: &crate::domain::slug::Slug, token: &crate::domain::token::Token) -> String {
    format!("{}/invite/{}", state.context.link_base(slug), token.reveal())
}

/// Create a tenant
///
/// Its owner gets a link that works once. Needs a platform key.
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
    refuse_blank(&[("monthly_budget_usd", &new.monthly_budget_usd), ("billing_email", &new.billing_email)])?;
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
    let mut tx = state.context.store.platform(&admin).await?;
    let made = match tx.create_tenant(&new).await {
        // Of what creating looks up, only the plan can be missing.
        Err(StoreError::NotFound) => return Err(Problem::field("plan", "There is no such plan.")),
        Err(StoreError::Conflict(Constraint::TenantSlug)) => {
            return Err(Problem::new(Code::Conflict, "This slug is taken. Choose another.").about("slug"));
        }
        made => made?,
    };
    tx.commit().await?;
    let body = MadeTenant {
        slug: made.slug.to_string(),
        status: made.status.as_str().to_owned(),
        setup_url: link(&state, &made.slug, &made.setup_token),
    };
    Ok((StatusCode::CREATED, [(header::LOCATION, format!("/api/v1/platform/tenants/{}", made.slug))], Json(body)))
}

/// Change a tenant
///
/// Needs a platform key.
#[utoipa::path(
    patch, path = "/platform/tenants/{slug}", tag = "Platform", params(("slug" = String, Path, example = "acme")),
    security(("platform_key" = [])), request_body = TenantChange, responses((status = 200, body = TenantFacts), Missing, BadBody, Refusals)
)]
pub async fn update_tenant(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath(path): ApiPath<String>,
    ApiJson(change): ApiJson<TenantChange>,
) -> Result<Json<TenantFacts>, Problem> {
    let slug = slug(&path)?;
    let edit = TenantEdit::parse(
        change.name.as_deref(),
        change.billing_email.as_deref(),
        change.monthly_budget_usd.as_ref().map(Option::as_deref),
    )
    .map_err(Problem::invalid)?;
    let mut tx = state.context.store.platform(&admin).await?;
    tx.update_tenant(&slug, &edit).await?;
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
    let reason: Reason = suspend.reason.parse().map_err(|error: ReasonError| Problem::field("reason", error))?;
    let mut tx = state.context.store.platform(&admin).await?;
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
    let mut tx = state.context.store.platform(&admin).await?;
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
    let mut tx = state.context.store.platform(&admin).await?;
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
