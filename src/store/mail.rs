//! The outbox: a mail is queued in the transaction of its cause, and whoever queues it waits for nothing.
//!
//! **No one-time link is kept.** A row holds the letter with the id of the link that it is about; the token is derived from the secret key
//! when the letter is written out ([`Store::write_out`]), as those of invites always were, and the database knows its hash only. So the outbox
//! can be read, copied or restored without giving a link away. With SMTP configured no page ever shows one: it went to its recipient. Where
//! none is configured, mails are `kept`: the console shows them with their links, which is how people get in then.
//!
//! **Sent at least once.** The job of a mail is claimed, then the mail is sent without any lock or connection held, then it is marked. A server
//! that is killed between the last two sends it again when the lease ends: with the same Message-ID, made from the mail's id, by which
//! mail programs know it for the same.

use serde_json::Value;
use sqlx::PgConnection;
use url::Url;
use uuid::Uuid;

use super::access::stored;
use super::handle::Store;
use super::{Result, StoreError};
use crate::domain::email::Email;
use crate::domain::ids::{JobId, TenantId};
use crate::domain::mail::{Brand, Letter, Mail, OneTime, Target};
use crate::domain::role::Role;

/// Queues one mail in the transaction of its cause; it is sent after the commit, in the tenant's branding. Nothing that happens to it
/// later undoes the cause. From a tenant's transaction the tenant is that one or `None`.
pub(super) async fn post(conn: &mut PgConnection, tenant: Option<TenantId>, to: &Email, letter: &Letter) -> Result<JobId> {
    let id = sqlx::query_scalar!(
        r#"select mail_post($1, $2, $3, $4, $5) as "id!""#,
        tenant.map(|tenant| tenant.0),
        to.as_str(),
        letter.kind(),
        letter.subject(),
        as_json(letter),
    )
    .fetch_one(conn)
    .await?;
    Ok(JobId(id))
}

fn as_json(letter: &Letter) -> Value {
    serde_json::to_value(letter).expect("strings, numbers and times in an enum have a JSON form")
}

/// Queues the mail of an invite that was just made.
pub(super) async fn post_invite(conn: &mut PgConnection, tenant: TenantId, invite: Uuid) -> Result<JobId> {
    let row = sqlx::query!(
        r#"
        select i.email, i.role, i.invited_by, i.expires_at, t.name
        from invites i
        join tenants t on t.id = i.tenant_id
        where i.tenant_id = $1
          and i.id = $2
        "#,
        tenant.0,
        invite,
    )
    .fetch_one(&mut *conn)
    .await?;
    let role: Role = stored(row.role.parse())?;
    let letter = Letter::Invite { invite, tenant: row.name, role, invited_by: row.invited_by, expires_at: row.expires_at };
    post(conn, Some(tenant), &stored(row.email.parse())?, &letter).await
}
