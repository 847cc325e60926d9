//! What a tenant's admins do with its domains.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::capability::ManageDomains;
use crate::domain::domain_state::DomainState;
use crate::domain::hostname::Hostname;
use crate::domain::slug::Slug;
use crate::store::access::Member;
use crate::store::domains::{Adding, MOST};
use crate::store::{Constraint, StoreError};
use crate::web::error::{Kind, answer};
use crate::web::request::find_me;
use crate::web::{Context, RequestInfo, UiError};

async fn member(tenant: &str) -> Result<(Slug, Member), UiError> {
    let me = find_me().await?.ok_or_else(UiError::signed_out)?;
    let slug: Slug = tenant.parse().map_err(|_| UiError::not_found())?;
    let member = me.member(&slug).ok_or_else(UiError::not_found)?;
    Ok((slug, member))
}

fn go(slug: &Slug, done: &str, name: &Hostname) {
    leptos_axum::redirect(&format!("{}/domains?done={done}&name={name}", RequestInfo::get().portal_base(slug)));
}

/// A name that stands on the page; what else is sent is not found.
fn known(name: &str) -> Result<Hostname, UiError> {
    name.parse().map_err(|_| UiError::not_found())
}

/// This server answers by what has just been changed; the others hear of it by themselves.
async fn reroute() {
    if let Err(cause) = Context::get().store.read_routes().await {
        tracing::warn!(%cause, "a change of domains is not known here yet");
    }
}

/// Puts a name on the list, to be proved.
#[server(prefix = "/fn", endpoint = "domains/add", input = PostUrl)]
pub async fn add_domain(tenant: String, domain: String) -> Result<(), UiError> {
    answer(try_add(&tenant, &domain).await.map_err(|error| error.with_typed(&[("domain", &domain)])))
}

async fn try_add(tenant: &str, domain: &str) -> Result<(), UiError> {
    let (slug, member) = member(tenant).await?;
    let context = Context::get();
    let mut tx = context.store.tenant::<ManageDomains>(&member).await?;
    let host = context.site.base_url.host_str().unwrap_or("localhost");
    let name = Hostname::typed(domain, host).map_err(|error| UiError::field("domain", error))?;
    let refusal = match tx.add_domain(&name).await? {
        Adding::Added => None,
        Adding::Listed => Some("This domain is on your list already.".to_owned()),
        Adding::Taken => Some("Another tenant has connected this domain and proved that it is theirs.".to_owned()),
        Adding::Full => Some(format!("There can be {MOST} domains at a time, and 200 over time. Remove one first.")),
        Adding::NotInPlan => Some("Your plan does not include custom domains.".to_owned()),
    };
    if let Some(refusal) = refusal {
        return Err(UiError::field("domain", refusal));
    }
    tx.commit().await?;
    go(&slug, "added", &name);
    Ok(())
}

/// Asks DNS now, and keeps what it says.
#[server(prefix = "/fn", endpoint = "domains/check", input = PostUrl)]
pub async fn check_domain(tenant: String, domain: String) -> Result<(), UiError> {
    answer(try_check(&tenant, &domain).await)
}

async fn try_check(tenant: &str, domain: &str) -> Result<(), UiError> {
    let (slug, member) = member(tenant).await?;
    let context = Context::get();
    let mut tx = context.store.tenant::<ManageDomains>(&member).await?;
    let checking = tx.get_checking(&known(domain)?).await?;
    let id = tx.tenant().id;
    tx.commit().await?;
    if !context.site.domain_checks.allow(id) {
        return Err(UiError::new(Kind::TooMany, "That was often. DNS changes slowly: wait a minute, then check again."));
    }
    // With nothing of the database held.
    let report = context.dns.check(&checking.name, &checking.slug, &checking.token).await;
    let mut tx = context.store.tenant::<ManageDomains>(&member).await?;
    let state = tx.settle_check(&checking.name, &report).await.map_err(|error| match error {
        StoreError::Conflict(Constraint::DomainHeld) => {
            UiError::new(Kind::Conflict, "Another tenant has connected this domain in this very moment and proved that it is theirs.")
        }
        error => error.into(),
    })?;
    tx.commit().await?;
    reroute().await;
    go(&slug, if state == DomainState::Verified { "verified" } else { "checked" }, &checking.name);
    Ok(())
}

/// Makes a domain the portal's primary address; with `domain` empty, none is.
#[server(prefix = "/fn", endpoint = "domains/primary", input = PostUrl)]
pub async fn choose_primary(tenant: String, #[server(default)] domain: String) -> Result<(), UiError> {
    answer(try_choose(&tenant, &domain).await)
}

async fn try_choose(tenant: &str, domain: &str) -> Result<(), UiError> {
    let (slug, member) = member(tenant).await?;
    let mut tx = Context::get().store.tenant::<ManageDomains>(&member).await?;
    let name = if domain.is_empty() { None } else { Some(known(domain)?) };
    tx.choose_primary(name.as_ref()).await?;
    tx.commit().await?;
    reroute().await;
    let done = if name.is_some() { "primary" } else { "no-primary" };
    leptos_axum::redirect(&format!("{}/domains?done={done}", RequestInfo::get().portal_base(&slug)));
    Ok(())
}

/// Takes a domain off the list: it is answered no more and free for others.
#[server(prefix = "/fn", endpoint = "domains/remove", input = PostUrl)]
pub async fn remove_domain(tenant: String, domain: String) -> Result<(), UiError> {
    answer(try_remove(&tenant, &domain).await)
}

async fn try_remove(tenant: &str, domain: &str) -> Result<(), UiError> {
    let (slug, member) = member(tenant).await?;
    let mut tx = Context::get().store.tenant::<ManageDomains>(&member).await?;
    let name = known(domain)?;
    if RequestInfo::get().origin.host.split(':').next() == Some(name.as_str()) {
        return Err(UiError::new(Kind::Conflict, "You are at this address now. Open the portal at another one to remove it."));
    }
    tx.remove_domain(&name).await?;
    tx.commit().await?;
    reroute().await;
    go(&slug, "removed", &name);
    Ok(())
}
