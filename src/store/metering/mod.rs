//! Counting what tenants use, exactly: consume, reserve, commit, release, leases. The key is checked by the statement that counts.
//!
//! | file | what |
//! |---|---|
//! | `queue.rs` | who asks to consume stands here; one task writes what waits in one statement and answers after its commit; while the disk is slow it gathers more |
//! | `batch.rs` | that statement: requests in, answers out. `quota_consume` counts a batch that fits as sets, any other request by request |
//! | `away.rs` | what is answered while the database cannot be reached |
//! | `holds.rs` | reserve, commit, release |
//! | `leases.rs` | what runs at the same time |
//! | `upkeep.rs` | what is done later: days for the pages, what expired |

mod away;
mod batch;
mod holds;
mod leases;
mod queue;
mod upkeep;

pub use batch::{Consume, Consumed, Idempotency};
pub use holds::{Hold, Reserved, Settled, Settling};
pub use leases::{Lease, Leasing};
pub use queue::Queue;
pub use upkeep::{FOLD, FOLDED_AT_ONCE};
