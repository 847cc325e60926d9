//! The outbox as platform admins see it.

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::OwnHost;
use crate::domain::ids::JobId;
use crate::domain::job::{JobState, MailState};
use crate::domain::mail::{Brand, Letter};
use crate::domain::queue_query::{MailQuery, PAGE_SIZE};
use crate::domain::staff::{ManageStaff, StaffCapability as _};
use crate::store::access::{Staff, stored};
use crate::store::handle::{PlatformRead, PlatformTx};
use crate::store::job_list::requeue;
use crate::store::{Result, StoreError};

/// One line of the list.
#[derive(Debug, Clone)]
pub struct MailRow {
    pub id: JobId,
    pub recipient: String,
    /// A kind of letters, see [`crate::domain::mail::kind_label`].
    pub kind: String,
    pub subject: String,
    /// Slug and name; `None` for the platform's own mail.
    pub tenant: Option<(String, String)>,
    pub state: MailState,
    pub attempts: i32,
    pub last_error: Option<String>,
    /// What the mail server said when it took or refused it.
    pub reply: Option<String>,
    pub posted_at: DateTime<Utc>,
    /// When it is tried next, while it waits.
    pub next_try: Option<DateTime<Utc>>,
    /// When it was sent, kept or refused.
    pub settled_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone)]
pub struct MailPage {
    pub rows: Vec<MailRow>,
    /// Where the next page begins.
    pub next: Option<Uuid>,
    pub now: DateTime<Utc>,
}

/// A mail with what it says.
#[derive(Debug, Clone)]
pub struct ShownMail {
    pub row: MailRow,
    pub letter: Letter,
    pub brand: Brand,
    pub home: Option<OwnHost>,
    /// Whether it is to somebody of the platform's own staff.
    pub to_staff: bool,
    pub now: DateTime<Utc>,
}

impl ShownMail {
    /// Whether its one-time link may be seen: only of a mail that nobody got but the console. A link to an account of the staff would give
    /// its role away: those who see it may give that anyway.
    pub fn shows_secrets(&self, reader: Option<Staff>) -> bool {
        let may = !self.to_staff || reader.is_some_and(|reader| ManageStaff::allows(reader.role));
        self.row.state == MailState::Kept && may
    }
}

/// What both queries below select.
struct Found {
    id: Uuid,
    recipient: String,
    kind: String,
    subject: String,
    slug: Option<String>,
    name: Option<String>,
    outcome: Option<String>,
    outcome_at: Option<DateTime<Utc>>,
    reply: Option<String>,
    state: String,
    attempts: i32,
    last_error: Option<String>,
    run_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
}

impl Found {
    fn row(self) -> Result<MailRow> {
        let state = MailState::of(stored(self.state.parse::<JobState>())?, self.outcome.as_deref());
        Ok(MailRow {
            id: JobId(self.id),
            recipient: self.recipient,
            kind: self.kind,
            subject: self.subject,
            tenant: self.slug.zip(self.name),
            state,
            attempts: self.attempts,
            last_error: self.last_error,
            reply: self.reply,
            posted_at: self.created_at,
            next_try: (state == MailState::Waiting).then_some(self.run_at),
            settled_at: self.outcome_at,
        })
    }
}

/// The outcome that a state asks for, and else the states of the job without one.
fn filter(state: Option<MailState>) -> (Option<&'static str>, Option<Vec<String>>) {
    let jobs = |states: &[JobState]| Some(states.iter().map(|state| state.as_str().to_owned()).collect());
    match state {
        None => (None, None),
        Some(MailState::Sent) => (Some("sent"), None),
        Some(MailState::Kept) => (Some("kept"), None),
        Some(MailState::Bounced) => (Some("bounced"), None),
        Some(MailState::Waiting) => (None, jobs(&[JobState::Queued, JobState::Running])),
        Some(MailState::Failed) => (None, jobs(&[JobState::Failed])),
        Some(MailState::Cancelled) => (None, jobs(&[JobState::Cancelled])),
    }
}

impl PlatformRead {
    /// One page, newest first.
    pub async fn list_mails(&mut self, query: &MailQuery) -> Result<MailPage> {
        let (outcome, jobs) = filter(query.state);
        let found = sqlx::query_as!(
            Found,
            r#"
            select
              m.id, m.recipient, m.kind, m.subject, t.slug as "slug?", t.name as "name?", m.outcome, m.outcome_at, m.reply,
              j.state, j.attempts, j.last_error, j.run_at, j.created_at
            from mails m
            join jobs j on j.id = m.id
            left join tenants t on t.id = j.tenant_id
            where ($1::uuid is null or m.id < $1)
              and ($2::text is null or m.outcome = $2)
              and ($3::text[] is null or (m.outcome is null and j.state = any ($3)))
            order by m.id desc
            limit $4
            "#,
            query.after,
            outcome,
            jobs.as_deref(),
            i64::try_from(PAGE_SIZE + 1).unwrap_or(i64::MAX),
        )
        .fetch_all(self.tx.conn())
        .await?;
        let mut rows = found.into_iter().map(Found::row).collect::<Result<Vec<_>>>()?;
        let more = rows.len() > PAGE_SIZE;
        rows.truncate(PAGE_SIZE);
        let next = rows.last().filter(|_| more).map(|row| row.id.0);
        Ok(MailPage { rows, next, now: self.now().await? })
    }

    /// # Errors
    /// `NotFound`.
    pub async fn get_mail(&mut self, id: JobId) -> Result<ShownMail> {
        let found = sqlx::query_as!(
            Found,
            r#"
            select
              m.id, m.recipient, m.kind, m.subject, t.slug as "slug?", t.name as "name?", m.outcome, m.outcome_at, m.reply,
              j.state, j.attempts, j.last_error, j.run_at, j.created_at
            from mails m
            join jobs j on j.id = m.id
            left join tenants t on t.id = j.tenant_id
            where m.id = $1
            "#,
            id.0,
        )
        .fetch_one(self.tx.conn())
        .await?;
        let of = sqlx::query!(
            r#"
            select m.letter, j.tenant_id,
              exists (select from platform_admins a join users u on u.id = a.user_id where u.email = m.recipient) as "to_staff!"
            from mails m
            join jobs j on j.id = m.id
            where m.id = $1
            "#,
            id.0,
        )
        .fetch_one(self.tx.conn())
        .await?;
        let brand = super::brand(self.tx.conn(), of.tenant_id).await?;
        let home = super::own_host(self.tx.conn(), of.tenant_id).await?;
        Ok(ShownMail { row: found.row()?, letter: super::letter(of.letter)?, brand, home, to_staff: of.to_staff, now: self.now().await? })
    }
}

impl PlatformTx {
    /// Queues a mail anew, whatever became of it.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` for one that is on its way.
    pub async fn send_mail_again(&mut self, id: JobId) -> Result<()> {
        let mail = sqlx::query!(
            "select m.recipient, m.subject, m.outcome, j.state from mails m join jobs j on j.id = m.id where m.id = $1 for update of j",
            id.0,
        )
        .fetch_optional(self.read.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        let state = MailState::of(stored(mail.state.parse::<JobState>())?, mail.outcome.as_deref());
        if state == MailState::Waiting {
            return Err(StoreError::WrongState("This mail waits to be sent already."));
        }
        requeue(self.read.tx.conn(), id).await?;
        let before = json!({ "mail": id, "subject": mail.subject, "state": state.as_str() });
        self.audit_platform("mail.sent_again", &mail.recipient, Some(before), None).await
    }
}
