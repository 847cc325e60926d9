//! Rules of staff's own: a figure of the platform beyond a threshold for so long raises one alert and one mail to each who is to be told, and
//! one more when it is over.

use std::collections::HashMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::access::stored;
use super::guarded::Guarded;
use super::handle::{PlatformRead, PlatformTx, Store};
use super::{Result, StoreError, mail};
use crate::domain::FieldError;
use crate::domain::alert::{AlertKind, AlertRule, Metric};
use crate::domain::email::Email;
use crate::domain::mail::{Letter, Notice, PageLink};
use crate::domain::traffic::Counts;

/// A rule, and where it stands.
#[derive(Debug, Clone)]
pub struct KeptRule {
    pub id: Uuid,
    pub rule: AlertRule,
    /// The figure when it was looked at last.
    pub value: Option<Decimal>,
    /// Whether its alert stands.
    pub alerting: bool,
}

struct Row {
    id: Uuid,
    name: String,
    metric: String,
    threshold: Decimal,
    minutes: i32,
    recipients: Vec<String>,
    value: Option<Decimal>,
    alerting: bool,
}

impl Row {
    fn kept(self) -> Result<KeptRule> {
        let recipients = self.recipients.iter().map(|email| stored(email.parse())).collect::<Result<Vec<Email>>>()?;
        let rule = AlertRule {
            name: stored(self.name.parse())?,
            metric: stored(self.metric.parse())?,
            threshold: self.threshold,
            minutes: self.minutes,
            recipients,
        };
        Ok(KeptRule { id: self.id, rule, value: self.value, alerting: self.alerting })
    }
}

fn as_json(rule: &AlertRule) -> Value {
    json!({
        "name": rule.name,
        "metric": rule.metric.as_str(),
        "threshold": rule.threshold,
        "minutes": rule.minutes,
        "recipients": rule.recipients,
    })
}

impl PlatformRead {
    /// All of them, by name.
    pub async fn list_alert_rules(&mut self) -> Result<Vec<KeptRule>> {
        let rows = sqlx::query_as!(
            Row,
            r#"
            select
              r.id, r.name, r.metric, r.threshold, r.minutes, r.recipients, r.value,
              exists (select from alerts a where a.kind = 'rule' and a.subject = r.id::text and a.resolved_at is null) as "alerting!"
            from alert_rules r
            order by lower(r.name), r.id
            "#,
        )
        .fetch_all(self.tx.conn())
        .await?;
        rows.into_iter().map(Row::kept).collect()
    }

    /// # Errors
    /// `NotFound`
    pub async fn get_alert_rule(&mut self, id: Uuid) -> Result<KeptRule> {
        sqlx::query_as!(
            Row,
            r#"
            select
              r.id, r.name, r.metric, r.threshold, r.minutes, r.recipients, r.value,
              exists (select from alerts a where a.kind = 'rule' and a.subject = r.id::text and a.resolved_at is null) as "alerting!"
            from alert_rules r
            where r.id = $1
            "#,
            id,
        )
        .fetch_one(self.tx.conn())
        .await?
        .kept()
    }
}

/// Most rules that there may be: each is looked at every minute.
const MOST_RULES: i64 = 100;

impl PlatformTx {
    /// Whoever is told has to work here.
    async fn check_recipients(&mut self, rule: &AlertRule) -> Result<()> {
        let emails: Vec<String> = rule.recipients.iter().map(ToString::to_string).collect();
        let strangers = sqlx::query_scalar!(
            r#"
            select e.email as "email!"
            from unnest($1::text[]) e (email)
            where not exists (
              select from active_platform_admins a
              join users u on u.id = a.user_id
              where u.email = e.email)
            "#,
            &emails,
        )
        .fetch_all(self.read.tx.conn())
        .await?;
        match strangers.first() {
            None => Ok(()),
            Some(stranger) => {
                Err(StoreError::Invalid(FieldError::new("recipients", format!("{stranger} is not of the platform's staff."))))
            }
        }
    }

    /// # Errors
    /// `Invalid` beside `recipients` for who does not work here, beside `name` when there are too many rules.
    pub async fn create_alert_rule(&mut self, rule: &AlertRule) -> Result<()> {
        self.check_recipients(rule).await?;
        let n = sqlx::query_scalar!(r#"select count(*) as "n!" from alert_rules"#).fetch_one(self.read.tx.conn()).await?;
        if n >= MOST_RULES {
            let message = format!("There are {MOST_RULES} rules already. Delete one that is no longer needed.");
            return Err(StoreError::Invalid(FieldError::new("name", message)));
        }
        let emails: Vec<String> = rule.recipients.iter().map(ToString::to_string).collect();
        sqlx::query!(
            "insert into alert_rules (name, metric, threshold, minutes, recipients) values ($1, $2, $3, $4, $5)",
            rule.name.as_str(),
            rule.metric.as_str(),
            rule.threshold,
            rule.minutes,
            &emails,
        )
        .execute(self.read.tx.conn())
        .await?;
        self.audit_platform("alert_rule.created", rule.name.as_str(), None, Some(as_json(rule))).await
    }

    /// From now on the rule is looked at anew: what it raised before is over.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` beside `recipients`.
    pub async fn change_alert_rule(&mut self, id: Uuid, rule: &AlertRule) -> Result<()> {
        self.check_recipients(rule).await?;
        let before = self.lock_alert_rule(id).await?;
        if before == *rule {
            return Ok(());
        }
        let emails: Vec<String> = rule.recipients.iter().map(ToString::to_string).collect();
        sqlx::query!(
            r#"
            update alert_rules
            set name = $2, metric = $3, threshold = $4, minutes = $5, recipients = $6, holds_since = null, value = null
            where id = $1
            "#,
            id,
            rule.name.as_str(),
            rule.metric.as_str(),
            rule.threshold,
            rule.minutes,
            &emails,
        )
        .execute(self.read.tx.conn())
        .await?;
        resolve(&mut self.read.tx, id).await?;
        self.audit_platform("alert_rule.changed", rule.name.as_str(), Some(as_json(&before)), Some(as_json(rule))).await
    }

    /// # Errors
    /// `NotFound`
    pub async fn delete_alert_rule(&mut self, id: Uuid) -> Result<()> {
        let before = self.lock_alert_rule(id).await?;
        resolve(&mut self.read.tx, id).await?;
        sqlx::query!("delete from alert_rules where id = $1", id).execute(self.read.tx.conn()).await?;
        self.audit_platform("alert_rule.deleted", before.name.as_str(), Some(as_json(&before)), None).await
    }

    async fn lock_alert_rule(&mut self, id: Uuid) -> Result<AlertRule> {
        sqlx::query!("select id from alert_rules where id = $1 for update", id)
            .fetch_optional(self.read.tx.conn())
            .await?
            .ok_or(StoreError::NotFound)?;
        Ok(self.get_alert_rule(id).await?.rule)
    }
}

/// The rule's alert, if one stands, is over; says whether one was.
async fn resolve(tx: &mut Guarded, rule: Uuid) -> Result<bool> {
    let done = sqlx::query!(
        "update alerts set resolved_at = now() where kind = $1 and subject = $2 and resolved_at is null",
        AlertKind::Rule.as_str(),
        rule.to_string(),
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// A figure; `None`: nobody knows it now.
type Values = HashMap<&'static str, Option<Decimal>>;

async fn measure(tx: &mut Guarded) -> Result<Values> {
    let now = sqlx::query!(
        r#"
        select
          (select extract(epoch from now() - min(run_at)) / 60 from jobs where state = 'queued' and run_at <= now()) as queue_age,
          (select count(*) from jobs j
           where j.state = 'failed'
             and j.ended_at > now() - interval '1 day'
             and not exists (select from mails m where m.id = j.id and m.outcome = 'bounced')) as "failed!",
          (select count(*) from pg_stat_activity where datname = current_database()) as "connections!",
          current_setting('max_connections')::int as "most!",
          (select count(*) from tenant_summaries where peak_percent >= 80 and status in ('trial', 'active', 'past_due')) as "near!",
          (select min(disk_free) from server_minutes where at > now() - interval '5 minutes') as disk_free
        "#,
    )
    .fetch_one(tx.conn())
    .await?;
    let minutes = sqlx::query!("select requests, errors, latency from server_minutes where at > now() - interval '5 minutes'")
        .fetch_all(tx.conn())
        .await?;
    let mut counts = Counts::default();
    for minute in minutes {
        counts.add(&Counts::of(minute.requests, minute.errors, &minute.latency));
    }
    let number = |n: i64| Some(Decimal::from(n));
    Ok(HashMap::from([
        (Metric::ErrorRate.as_str(), Decimal::from_f64(counts.error_percent())),
        // Without a request nothing is slow.
        (Metric::Latency.as_str(), counts.took(95).map_or(Some(Decimal::ZERO), |took| Decimal::from_f64(took.milliseconds()))),
        (Metric::QueueAge.as_str(), Some(now.queue_age.unwrap_or_default())),
        (Metric::FailedJobs.as_str(), number(now.failed)),
        (Metric::Connections.as_str(), Some(Decimal::from(now.connections) * Decimal::ONE_HUNDRED / Decimal::from(now.most.max(1)))),
        (Metric::NearLimit.as_str(), number(now.near)),
        (Metric::DiskFree.as_str(), now.disk_free.map(Decimal::from)),
    ]))
}

impl Store {
    /// Looks at every rule. One server at a time; what others find is the same.
    pub async fn watch_rules(&self) -> Result<()> {
        let mut tx = self.worker(None).await?;
        let alone = sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock(hashtext('tenantry.alert_rules')) as "alone!""#)
            .fetch_one(tx.conn())
            .await?;
        let any = sqlx::query_scalar!(r#"select exists (select from alert_rules) as "any!""#).fetch_one(tx.conn()).await?;
        if !alone || !any {
            return tx.rollback().await;
        }
        let values = measure(&mut tx).await?;
        let rows = sqlx::query_as!(
            Row,
            r#"
            select
              r.id, r.name, r.metric, r.threshold, r.minutes, r.recipients, r.value,
              exists (select from alerts a where a.kind = 'rule' and a.subject = r.id::text and a.resolved_at is null) as "alerting!"
            from alert_rules r
            order by r.id
            for update of r
            "#,
        )
        .fetch_all(tx.conn())
        .await?;
        for row in rows {
            let kept = row.kept()?;
            if let Some(value) = values.get(kept.rule.metric.as_str()).copied().flatten() {
                watch_rule(&mut tx, &kept, value.round_dp(2)).await?;
            }
        }
        tx.commit().await
    }
}

async fn watch_rule(tx: &mut Guarded, kept: &KeptRule, value: Decimal) -> Result<()> {
    let KeptRule { id, rule, alerting, .. } = kept;
    let holds = rule.holds(value);
    let long_enough = sqlx::query_scalar!(
        r#"
        update alert_rules
        set value = $2, holds_since = case when $3 then coalesce(holds_since, now()) end
        where id = $1
        returning coalesce(holds_since <= now() - make_interval(mins => minutes), false) as "long!"
        "#,
        id,
        value,
        holds,
    )
    .fetch_one(tx.conn())
    .await?;
    let figure = rule.metric.amount(value);
    if holds && long_enough && !alerting {
        sqlx::query!(
            "insert into alerts (kind, subject, detail) values ($1, $2, $3) on conflict do nothing",
            AlertKind::Rule.as_str(),
            id.to_string(),
            format!("{}: {}; it is {figure}", rule.name, rule.sentence()),
        )
        .execute(tx.conn())
        .await?;
        let said = format!("{}, as the rule “{}” says. It is {figure} now.", rule.sentence(), rule.name);
        tell(tx, rule, format!("Alert: {}", rule.name), said).await?;
    } else if !holds && *alerting && resolve(tx, *id).await? {
        let said = format!("What the rule “{}” looks at is as it should be again: {} is {figure} now.", rule.name, rule.metric.short());
        tell(tx, rule, format!("Over: {}", rule.name), said).await?;
    }
    Ok(())
}

/// Mails to those of the rule's people who still work here.
async fn tell(tx: &mut Guarded, rule: &AlertRule, subject: String, said: String) -> Result<()> {
    let emails: Vec<String> = rule.recipients.iter().map(ToString::to_string).collect();
    let here = sqlx::query_scalar!(
        "select u.email from active_platform_admins a join users u on u.id = a.user_id where u.email = any ($1) order by u.email",
        &emails,
    )
    .fetch_all(tx.conn())
    .await?;
    let page = Some(PageLink { label: "Open the health page".to_owned(), path: "/admin/health".to_owned() });
    let letter = Letter::Notice(Notice { subject, paragraphs: vec![said], page });
    for email in here {
        mail::post(tx.conn(), None, &stored(email.parse())?, &letter).await?;
    }
    Ok(())
}
