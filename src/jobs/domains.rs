//! A check of one domain: DNS is asked with nothing of the database held, and what follows is kept in the commit that ends the job.

use super::Failure;
use crate::dns::Dns;
use crate::domain::dns_report::{Proof, Silence};
use crate::store::Store;
use crate::store::jobs::Claimed;

pub(super) async fn check(store: &Store, dns: &Dns, job: &Claimed) -> Result<(), Failure> {
    let Some(checking) = store.checking_of(job).await? else {
        // It was removed meanwhile.
        return Ok(store.begin_job(job).await?.finish(job).await?);
    };
    let report = dns.check(&checking.name, &checking.slug, &checking.token).await;
    if matches!(report.proof, Proof::Unanswered { why: Silence::Ours }) {
        return Err(Failure::Later("the DNS server that is asked does not answer".to_owned()));
    }
    let mut tx = store.begin_job(job).await?;
    tx.settle_check(&checking, &report).await?;
    Ok(tx.finish(job).await?)
}
