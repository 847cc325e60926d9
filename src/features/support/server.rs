//! `support/begin`, `support/end`, `support/stop`.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::capability::ManageSettings;
use crate::domain::reason::{Reason, ReasonError};
use crate::domain::slug::Slug;
use crate::domain::staff::HelpTenants;
use crate::store::StoreError;
use crate::web::error::answer;
use crate::web::request::{acting_member, find_me, session};
use crate::web::{Context, RequestInfo, UiError};

/// Lets this session look at a tenant as support.
#[server(prefix = "/fn", endpoint = "support/begin", input = PostUrl)]
pub async fn begin_support(slug: String, reason: String) -> Result<(), UiError> {
    answer(try_begin(&slug, &reason).await.map_err(|error| error.with_typed(&[("reason", &reason)])))
}

async fn try_begin(slug: &str, reason: &str) -> Result<(), UiError> {
    let me = find_me().await?.ok_or_else(UiError::signed_out)?;
    let admin = me.platform_admin().ok_or_else(UiError::not_found)?;
    let slug: Slug = slug.parse().map_err(|_| UiError::not_found())?;
    let context = Context::get();
    let mut tx = context.store.platform::<HelpTenants>(&admin).await?;
    // The right to look at all comes before what is wrong with the form.
    let reason: Reason = reason.parse().map_err(|error: ReasonError| match error {
        ReasonError::Empty => UiError::field("reason", "Enter a reason: it stands in the tenant's audit log."),
        ReasonError::TooLong | ReasonError::Invisible => UiError::field("reason", error.to_string()),
    })?;
    tx.begin_support(&me, &slug, &reason).await?;
    tx.commit().await?;
    // Other power, another id (security.md, C9).
    context.store.renew_session(&session()).await?;
    leptos_axum::redirect(&format!("/t/{slug}"));
    Ok(())
}

/// Ends what this session looks at.
#[server(prefix = "/fn", endpoint = "support/end", input = PostUrl)]
pub async fn end_support() -> Result<(), UiError> {
    answer(try_end().await)
}

async fn try_end() -> Result<(), UiError> {
    let me = find_me().await?.ok_or_else(UiError::signed_out)?;
    let admin = me.platform_admin().ok_or_else(UiError::not_found)?;
    let context = Context::get();
    let mut tx = context.store.platform::<HelpTenants>(&admin).await?;
    // Its time may be over since the page was opened: then nothing is left to be done.
    let to = match me.support() {
        Some(access) => {
            match tx.end_support(access).await {
                Ok(()) | Err(StoreError::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
            format!("/admin/tenants/{}/support?done=ended", access.slug)
        }
        None => "/admin".to_owned(),
    };
    tx.commit().await?;
    context.store.renew_session(&session()).await?;
    leptos_axum::redirect(&to);
    Ok(())
}

/// Ends a support access to the tenant of the owner who asks.
#[server(prefix = "/fn", endpoint = "support/stop", input = PostUrl)]
pub async fn stop_support(tenant: String, access: String) -> Result<(), UiError> {
    answer(try_stop(&tenant, &access).await)
}

async fn try_stop(tenant: &str, access: &str) -> Result<(), UiError> {
    let (_, slug, member) = acting_member(tenant).await?;
    let mut tx = Context::get().store.tenant::<ManageSettings>(&member).await?;
    let access = access.parse().map_err(|_| UiError::not_found())?;
    tx.end_support(access).await?;
    tx.commit().await?;
    let base = RequestInfo::get().portal_base(&slug);
    leptos_axum::redirect(&format!("{base}/audit?action=support.ended"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use leptos::server_fn::ServerFn as _;

    #[test]
    fn the_forms_of_the_banners_go_to_their_functions() {
        assert_eq!(super::EndSupport::PATH, crate::web::frame::END_SUPPORT);
        assert_eq!(super::StopSupport::PATH, crate::web::frame::STOP_SUPPORT);
    }
}
