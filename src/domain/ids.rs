//! Ids, one type a noun, so that one cannot stand where another belongs. UUID version 7, made by the database.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

id! {
    /// A tenant. Never taken from a client: a slug or host is looked up and matched with a membership.
    TenantId,
    /// A person's account.
    UserId,
    /// A session as its owner sees it in a list; not the secret in the cookie.
    SessionId,
    /// A job of the queue.
    JobId,
    /// An agent of a tenant.
    AgentId,
    /// A knowledge document of a tenant.
    DocumentId,
    /// A conversation of a tenant.
    ThreadId,
    /// An invite to a tenant; not the secret in its link.
    InviteId,
    /// A saved view of the tenant list.
    ViewId,
    /// A bulk action.
    BulkId,
    /// A file of people that waits to be carried out.
    ImportId,
}
