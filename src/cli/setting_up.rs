//! Does the steps of a tenant that is made from a template or as a clone, or waits for the server that does them.

use std::time::Duration;

use super::operator;
use super::output::{Output, Refusal};
use crate::domain::slug::Slug;
use crate::domain::status::TenantStatus;
use crate::domain::token::Token;
use crate::jobs::provision::set_up_now;
use crate::store::Store;
use crate::store::provisioning::Begun;

/// How often another server's progress is looked at.
const LOOK: Duration = Duration::from_millis(300);

/// The tenant's slug, its state and the owner's set-up link, once all is done. A running server may have taken the job: then it is followed.
pub async fn set_up(store: &Store, begun: &Begun, out: &Output) -> Result<(Slug, TenantStatus, Token), Refusal> {
    let what = format!("the tenant {}", begun.slug);
    let refusal = |error| Refusal::of(error, &what);
    loop {
        set_up_now(store, begun.job).await.map_err(refusal)?;
        let found = store.platform_read(&operator()).await.map_err(refusal)?.get_provisioning(&begun.slug).await.map_err(refusal)?;
        if let Some((token, _)) = found.setup.clone().filter(|_| found.status != TenantStatus::Provisioning) {
            for line in &found.steps {
                let count = if line.done > 0 { format!(": {}", line.done) } else { String::new() };
                out.note(&format!("{}{count}", line.step.label()));
            }
            return Ok((found.slug, found.status, token));
        }
        if found.is_stuck() {
            let why = found.last_error.unwrap_or_else(|| "its job was cancelled".to_owned());
            return Err(Refusal::new(format!(
                "{} is not set up yet: {why}. See /admin/tenants/{}/provisioning, or delete it.",
                begun.slug, begun.slug
            )));
        }
        tokio::time::sleep(LOOK).await;
    }
}
