//! Leaving steps out, and the reminder of them.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::capability::SetUpTenant;
use crate::domain::setup::SetupStep;
use crate::web::error::answer;
use crate::web::request::acting_member;
use crate::web::{Context, RequestInfo, UiError};

/// Leaves a step out, and goes on with the next.
#[server(prefix = "/fn", endpoint = "setup/skip", input = PostUrl)]
pub async fn skip_step(tenant: String, step: String) -> Result<(), UiError> {
    answer(try_skip(&tenant, &step).await)
}

async fn try_skip(tenant: &str, step: &str) -> Result<(), UiError> {
    let (_, slug, member) = acting_member(tenant).await?;
    let mut tx = Context::get().store.tenant::<SetUpTenant>(&member).await?;
    let step: SetupStep = step.parse().map_err(|_| UiError::not_found())?;
    tx.skip_setup_step(step).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("{}/setup", RequestInfo::get().portal_base(&slug)));
    Ok(())
}

/// Takes the reminder off the dashboard.
#[server(prefix = "/fn", endpoint = "setup/dismiss", input = PostUrl)]
pub async fn dismiss_setup(tenant: String) -> Result<(), UiError> {
    answer(try_dismiss(&tenant).await)
}

async fn try_dismiss(tenant: &str) -> Result<(), UiError> {
    let (_, slug, member) = acting_member(tenant).await?;
    let mut tx = Context::get().store.tenant::<SetUpTenant>(&member).await?;
    tx.dismiss_setup().await?;
    tx.commit().await?;
    let base = RequestInfo::get().portal_base(&slug);
    leptos_axum::redirect(if base.is_empty() { "/" } else { &base });
    Ok(())
}

#[cfg(test)]
mod tests {
    use leptos::server_fn::ServerFn as _;

    #[test]
    fn the_dashboards_form_goes_to_the_function_that_dismisses() {
        assert_eq!(super::DismissSetup::PATH, crate::web::frame::DISMISS_SETUP);
    }
}
