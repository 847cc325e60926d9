//! An archive becomes a tenant, for scripts.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::extract::{Admin, ApiQuery};
use super::super::knowledge::Bytes;
use super::super::problem::{BadArchiveFile, Code, Problem, Refusals};
use super::import_words::ImportFacts;
use crate::domain::slug::Slug;
use crate::domain::staff::MoveTenants;
use crate::edge::router::AppState;
use crate::edge::spool::{NotSpooled, away};
use crate::edge::tenant_import::bring::{Refused, bring};
use crate::edge::tenant_import::too_large;
use crate::edge::upload::drain;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Place {
    /// The new tenant's slug; else the one that it had.
    #[serde(default)]
    #[param(min_length = 1, max_length = 40, format = "slug", example = "acme-two")]
    slug: Option<String>,
    /// A plan, in the version that is sold now; else the plan and version that it had.
    #[serde(default)]
    #[param(min_length = 1, format = "plan", example = "pro")]
    plan: Option<String>,
}

/// Make a tenant of an archive
///
/// The body is the archive as it is, at most 2 GB. It is verified before anything is written; then all of it comes in, or nothing. Domains
/// have to be proved again. Needs a platform key.
#[utoipa::path(
    post, path = "/platform/tenants/import", tag = "Platform", operation_id = "import_tenant", params(Place), security(("platform_key" = [])),
    request_body(content = Bytes, content_type = "application/gzip", description = "`application/octet-stream` is taken as well."),
    responses(
        (status = 201, body = ImportFacts, links(("get" = (operation_id = "get_tenant", parameters(("slug" = "$response.body#/slug")))))),
        BadArchiveFile, Refusals
    )
)]
pub async fn import_tenant(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiQuery(place): ApiQuery<Place>,
    request: Request,
) -> Result<(StatusCode, [(header::HeaderName, String); 1], Json<ImportFacts>), Problem> {
    let store = &state.context.store;
    store.platform::<MoveTenants>(&admin).await?.commit().await?;
    let headers = request.headers();
    let (kind, declared) = (is_archive(headers), length(headers));
    let mut bytes = request.into_body().into_data_stream();
    let taken = async {
        kind?;
        // Before any of it stands on the disk.
        if declared.is_some_and(|bytes| bytes > state.spool.most()) {
            return Err(unspooled(NotSpooled::TooLarge(state.spool.most())));
        }
        let slug = place.slug.as_deref().map(str::parse::<Slug>).transpose().map_err(|wrong| Problem::field("slug", wrong))?;
        Ok((slug, state.spool.take(&mut bytes).await.map_err(unspooled)?))
    };
    let (slug, archive) = match taken.await {
        Ok(taken) => taken,
        Err(problem) => {
            drain::<axum::Error>(&mut bytes).await;
            return Err(problem);
        }
    };
    let imported = bring(store, &admin, Arc::new(archive), slug, place.plan.as_deref()).await.map_err(refusal)?;
    let facts = ImportFacts::from(imported);
    Ok((StatusCode::CREATED, [(header::LOCATION, format!("/api/v1/platform/tenants/{}", facts.slug))], Json(facts)))
}

/// Also when it does not say what it is.
fn is_archive(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let kind = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/gzip" | "application/x-gzip" | "application/octet-stream" => Ok(()),
        _ => Err(Problem::new(
            Code::WrongContentType,
            "Send the archive itself as the body, with the header “Content-Type: application/gzip”.",
        )),
    }
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn unspooled(why: NotSpooled) -> Problem {
    match why {
        NotSpooled::TooLarge(most) => Problem::new(Code::TooLarge, too_large(most)),
        NotSpooled::BrokenOff => Problem::new(Code::Malformed, "The body broke off."),
        NotSpooled::Unwritten(error) => away(error).into(),
    }
}

fn refusal(refused: Refused) -> Problem {
    let taken = |text: String| Problem::new(Code::Conflict, text).about("slug");
    match refused {
        Refused::Invalid(field) => Problem::invalid(vec![field]),
        Refused::Taken { slug, same: true } => taken(format!("This archive came in before, as {slug}. Nothing was done again.")),
        Refused::Taken { slug, same: false } => taken(format!("The slug {slug} is taken: choose another. Nothing was imported.")),
        Refused::Store(error) => error.into(),
    }
}
