//! The steps of a tenant that is made from a template or as a clone: by a worker, or by whoever asked for it on the command line.

use super::Failure;
use crate::domain::ids::JobId;
use crate::store::jobs::Claimed;
use crate::store::{Result, Store, StoreError};

pub(super) async fn set_up(store: &Store, job: &Claimed) -> std::result::Result<(), Failure> {
    match store.provision(job).await {
        // It will not go better by itself: somebody has to look at it.
        Err(StoreError::WrongState(why)) => Err(Failure::ForGood(why)),
        done => Ok(done?),
    }
}

/// Does this job now, unless somebody else has it. What goes wrong is kept with the job, as a worker keeps it.
///
/// # Errors
/// What the database says.
pub async fn set_up_now(store: &Store, job: JobId) -> Result<()> {
    let Some(claimed) = store.claim_this_job(job).await? else { return Ok(()) };
    let (why, again) = match set_up(store, &claimed).await {
        Ok(()) => return Ok(()),
        Err(Failure::Later(why)) => (why, true),
        Err(Failure::ForGood(why)) => (why.to_owned(), false),
    };
    store.fail_job(&claimed, &why, again).await
}
