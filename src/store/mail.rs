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

mod list;
mod notices;
mod outbox;

use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;
use url::Url;
use uuid::Uuid;

use super::Result;
use super::access::stored;
use super::handle::Store;
use crate::domain::branding::Look;
use crate::domain::email::Email;
use crate::domain::ids::{JobId, TenantId};
use crate::domain::mail::{Brand, Letter, Mail, Target, Templates};
use crate::domain::role::Role;
use crate::domain::slug::Slug;

pub use list::{MailPage, MailRow, ShownMail};
pub(super) use notices::caretakers;
pub use outbox::{Delivery, Outgoing};

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

/// Queues the mails of invites that were just made.
pub(super) async fn post_invites(conn: &mut PgConnection, tenant: TenantId, invites: &[Uuid]) -> Result<()> {
    let rows = sqlx::query!(
        r#"
        select i.id, i.email, i.role, i.invited_by, i.expires_at, t.name
        from invites i
        join tenants t on t.id = i.tenant_id
        where i.tenant_id = $1
          and i.id = any ($2)
        order by i.id
        "#,
        tenant.0,
        invites,
    )
    .fetch_all(&mut *conn)
    .await?;
    let (mut recipients, mut kinds, mut subjects, mut letters) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let role: Role = stored(row.role.parse())?;
        let letter = Letter::Invite { invite: row.id, tenant: row.name, role, invited_by: row.invited_by, expires_at: row.expires_at };
        recipients.push(row.email);
        kinds.push(letter.kind());
        subjects.push(letter.subject());
        letters.push(as_json(&letter));
    }
    sqlx::query!(
        r#"
        select mail_post($1, m.recipient, m.kind, m.subject, m.letter)
        from unnest($2::text[], $3::text[], $4::text[], $5::jsonb[]) as m (recipient, kind, subject, letter)
        "#,
        tenant.0,
        &recipients,
        &kinds as &[&str],
        &subjects,
        &letters,
    )
    .fetch_all(conn)
    .await?;
    Ok(())
}

/// Whose letter it is: the tenant's published branding, as it is when the letter is written out; without a tenant the platform's own.
async fn brand(conn: &mut PgConnection, tenant: Option<Uuid>) -> Result<Brand> {
    let found = sqlx::query!(
        r#"
        select t.name, t.accent, b.look as "look?: Json<Look>", b.mails as "mails?: Json<Templates>"
        from tenants t
        left join shown_brandings b on b.tenant_id = t.id
        where t.id = $1
        "#,
        tenant,
    )
    .fetch_optional(conn)
    .await?;
    let Some(found) = found else { return Ok(Brand::default()) };
    let look = found.look.map(|look| look.0).unwrap_or_default();
    Ok(Brand {
        name: look.name.unwrap_or(found.name),
        accent: look.accent.unwrap_or(found.accent),
        templates: found.mails.map(|mails| mails.0).unwrap_or_default(),
    })
}

/// The tenant's primary domain, while it is answered and leads here: where links into its portal begin.
async fn own_host(conn: &mut PgConnection, tenant: Option<Uuid>) -> Result<Option<OwnHost>> {
    let row = sqlx::query!(r#"select name as "name!", slug as "slug!" from routed_domains where tenant_id = $1 and leads"#, tenant)
        .fetch_optional(conn)
        .await?;
    row.map(|row| Ok(OwnHost { name: row.name, slug: stored(row.slug.parse())? })).transpose()
}

/// A host at which a tenant's portal stands without `/t/{slug}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnHost {
    pub name: String,
    pub slug: Slug,
}

impl OwnHost {
    /// The address there of what is at `path` at the platform's host, `base`.
    pub fn link(&self, base: &Url, path: &str) -> String {
        let within = path.strip_prefix(&format!("/t/{}", self.slug)).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        format!("{}{}", at_host(base, &self.name), within.unwrap_or(path))
    }
}

/// Another host of the same server, with its scheme and port.
pub fn at_host(base: &Url, host: &str) -> String {
    let port = base.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{host}{port}", base.scheme())
}

fn letter(stored_as: Value) -> Result<Letter> {
    stored(serde_json::from_value(stored_as))
}

impl Store {
    /// A letter as it is sent, or as the console shows it: links begin with `base`, which is the configured address and nothing that came with a
    /// request, or with the tenant's primary domain. Without `secrets` a one-time link is withheld.
    pub fn write_out(&self, letter: &Letter, brand: &Brand, base: &Url, home: Option<&OwnHost>, secrets: bool) -> Mail {
        let path = match letter.target() {
            Some(Target::OneTime(link)) if secrets => Some(link.path(&self.secret.link_token(link))),
            Some(Target::OneTime(_)) | None => None,
            Some(Target::Page(path)) => Some(path.into_owned()),
        };
        let link = path.map(|path| match home {
            Some(home) => home.link(base, &path),
            None => format!("{}{path}", base.as_str().trim_end_matches('/')),
        });
        letter.write(brand, link.as_deref())
    }
}
