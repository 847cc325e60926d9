//! Alerts: what deserves a look, what raises one, and the rules that staff make themselves.

use std::str::FromStr;

use rust_decimal::Decimal;

use super::FieldError;
use super::email::Email;
use super::label::Label;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Choose one of the list.")]
pub struct Unknown;

/// What an alert is about. The stored text is part of the interface: add, do not rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertKind {
    /// A tenant has used 90 % of a limit or of its budget.
    NearLimit,
    /// A day three times as busy as usual.
    UnusualUsage,
    /// Nobody was there and nothing was used for 30 days.
    Quiet,
    /// Jobs were given up within a day.
    FailedJobs,
    /// The DNS record of a custom domain is missing.
    FailingDomain,
    /// A rule of staff's own holds.
    Rule,
}

impl AlertKind {
    pub const ALL: [AlertKind; 6] =
        [AlertKind::NearLimit, AlertKind::UnusualUsage, AlertKind::Quiet, AlertKind::FailedJobs, AlertKind::FailingDomain, AlertKind::Rule];

    pub fn as_str(self) -> &'static str {
        match self {
            AlertKind::NearLimit => "near_limit",
            AlertKind::UnusualUsage => "unusual_usage",
            AlertKind::Quiet => "quiet",
            AlertKind::FailedJobs => "failed_jobs",
            AlertKind::FailingDomain => "failing_domain",
            AlertKind::Rule => "rule",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            AlertKind::NearLimit => "Near a limit",
            AlertKind::UnusualUsage => "Unusual usage",
            AlertKind::Quiet => "Quiet for 30 days",
            AlertKind::FailedJobs => "Failed jobs",
            AlertKind::FailingDomain => "Failing domain",
            AlertKind::Rule => "Alert rule",
        }
    }
}

impl FromStr for AlertKind {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        AlertKind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(Unknown)
    }
}

/// What a rule looks at. The stored text is part of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    ErrorRate,
    Latency,
    QueueAge,
    FailedJobs,
    DiskFree,
    Connections,
    NearLimit,
}

impl Metric {
    pub const ALL: [Metric; 7] = [
        Metric::ErrorRate,
        Metric::Latency,
        Metric::QueueAge,
        Metric::FailedJobs,
        Metric::DiskFree,
        Metric::Connections,
        Metric::NearLimit,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Metric::ErrorRate => "error_rate",
            Metric::Latency => "p95_latency",
            Metric::QueueAge => "queue_age",
            Metric::FailedJobs => "failed_jobs",
            Metric::DiskFree => "disk_free",
            Metric::Connections => "database_connections",
            Metric::NearLimit => "tenants_near_limit",
        }
    }

    /// With what a threshold of it is compared.
    pub fn label(self) -> &'static str {
        match self {
            Metric::ErrorRate => "Errors, in % of requests of five minutes",
            Metric::Latency => "95th percentile of latency in five minutes, in ms",
            Metric::QueueAge => "Age of the oldest due job, in minutes",
            Metric::FailedJobs => "Jobs that failed within a day",
            Metric::DiskFree => "Free space on a disk, in % (alerts below)",
            Metric::Connections => "Database connections, in % of those allowed",
            Metric::NearLimit => "Tenants at 80 % of a limit or more",
        }
    }

    /// As mails and lists say it.
    pub fn short(self) -> &'static str {
        match self {
            Metric::ErrorRate => "Errors",
            Metric::Latency => "95th percentile of latency",
            Metric::QueueAge => "Age of the oldest due job",
            Metric::FailedJobs => "Jobs that failed within a day",
            Metric::DiskFree => "Free space on a disk",
            Metric::Connections => "Database connections",
            Metric::NearLimit => "Tenants at 80 % of a limit or more",
        }
    }

    /// Whether it alerts below its threshold rather than above.
    pub fn is_below(self) -> bool {
        self == Metric::DiskFree
    }

    /// `5 %`
    pub fn amount(self, value: Decimal) -> String {
        let number = value.round_dp(2).normalize();
        match self {
            Metric::ErrorRate | Metric::DiskFree | Metric::Connections => format!("{number} %"),
            Metric::Latency => format!("{number} ms"),
            Metric::QueueAge => format!("{number} min"),
            Metric::FailedJobs | Metric::NearLimit => number.to_string(),
        }
    }

    fn most(self) -> Decimal {
        match self {
            Metric::ErrorRate | Metric::DiskFree | Metric::Connections => Decimal::ONE_HUNDRED,
            Metric::Latency | Metric::QueueAge | Metric::FailedJobs | Metric::NearLimit => Decimal::from(1_000_000),
        }
    }
}

impl FromStr for Metric {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        Metric::ALL.into_iter().find(|metric| metric.as_str() == text).ok_or(Unknown)
    }
}

/// What raises an alert, and whom it tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRule {
    pub name: Label,
    pub metric: Metric,
    pub threshold: Decimal,
    /// How long it has to hold.
    pub minutes: i32,
    pub recipients: Vec<Email>,
}

/// Longest that a rule may have to hold: a day.
const MOST_MINUTES: i32 = 24 * 60;
const MOST_RECIPIENTS: usize = 10;

impl AlertRule {
    /// Whether it holds for this value.
    pub fn holds(&self, value: Decimal) -> bool {
        if self.metric.is_below() { value < self.threshold } else { value > self.threshold }
    }

    /// `Errors above 5 % for 10 minutes`
    pub fn sentence(&self) -> String {
        let side = if self.metric.is_below() { "below" } else { "above" };
        let minutes = if self.minutes == 1 { "a minute".to_owned() } else { format!("{} minutes", self.minutes) };
        format!("{} {side} {} for {minutes}", self.metric.short(), self.metric.amount(self.threshold))
    }
}

/// As it is typed.
#[derive(Debug, Clone, Default)]
pub struct AlertRuleForm {
    pub name: String,
    pub metric: String,
    pub threshold: String,
    pub minutes: String,
    /// Addresses, separated by spaces, commas or lines.
    pub recipients: String,
}

impl AlertRuleForm {
    /// # Errors
    /// Everything that is wrong, beside its field.
    pub fn parse(&self) -> Result<AlertRule, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = self.name.parse::<Label>().map_err(|error| errors.push(FieldError::new("name", error)));
        let metric = self.metric.parse::<Metric>().map_err(|error| errors.push(FieldError::new("metric", error)));
        let threshold = self.threshold.trim().parse::<Decimal>().ok().filter(|n| n.scale() <= 2 && !n.is_sign_negative());
        let most = metric.map_or(Decimal::from(1_000_000), Metric::most);
        if threshold.is_none_or(|n| n > most) {
            errors.push(FieldError::new("threshold", format!("Enter a number from 0 to {most}, with at most two decimals.")));
        }
        let minutes = self.minutes.trim().parse::<i32>().ok().filter(|n| (1..=MOST_MINUTES).contains(n));
        if minutes.is_none() {
            errors.push(FieldError::new("minutes", format!("Enter minutes from 1 to {MOST_MINUTES}.")));
        }
        let recipients = self.parse_recipients().map_err(|error| errors.push(error));
        match (name, metric, threshold, minutes, recipients) {
            (Ok(name), Ok(metric), Some(threshold), Some(minutes), Ok(recipients)) if errors.is_empty() => {
                Ok(AlertRule { name, metric, threshold, minutes, recipients })
            }
            _ => Err(errors),
        }
    }

    fn parse_recipients(&self) -> Result<Vec<Email>, FieldError> {
        let wrong = |message: String| FieldError::new("recipients", message);
        let mut recipients: Vec<Email> = Vec::new();
        for text in self.recipients.split([' ', ',', ';', '\n', '\r', '\t']).filter(|text| !text.is_empty()) {
            let email: Email = text.parse().map_err(|error| wrong(format!("{}: {error}", text.chars().take(60).collect::<String>())))?;
            if !recipients.contains(&email) {
                recipients.push(email);
            }
        }
        match recipients.len() {
            0 => Err(wrong("Enter the address of somebody of the staff.".to_owned())),
            n if n > MOST_RECIPIENTS => Err(wrong(format!("At most {MOST_RECIPIENTS} people."))),
            _ => Ok(recipients),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> AlertRuleForm {
        AlertRuleForm {
            name: "Many errors".into(),
            metric: "error_rate".into(),
            threshold: "2.5".into(),
            minutes: "10".into(),
            recipients: "ada@b.example, BO@b.example\nada@b.example".into(),
        }
    }

    #[test]
    fn what_is_stored_is_read_again() {
        assert!(AlertKind::ALL.into_iter().all(|kind| kind.as_str().parse() == Ok(kind)));
        assert!(Metric::ALL.into_iter().all(|metric| metric.as_str().parse() == Ok(metric)));
    }

    #[test]
    fn a_rule_says_what_it_means() {
        let rule = form().parse().expect("a good form");
        assert_eq!(rule.sentence(), "Errors above 2.5 % for 10 minutes");
        assert_eq!(rule.recipients.len(), 2);
        assert!(rule.holds(Decimal::new(26, 1)) && !rule.holds(Decimal::new(25, 1)));
        let disk = AlertRule { metric: Metric::DiskFree, minutes: 1, ..rule };
        assert_eq!(disk.sentence(), "Free space on a disk below 2.5 % for a minute");
        assert!(disk.holds(Decimal::ONE) && !disk.holds(Decimal::TEN));
    }

    #[test]
    fn what_is_wrong_is_said_beside_its_field() {
        let wrong = |change: fn(&mut AlertRuleForm)| {
            let mut form = form();
            change(&mut form);
            form.parse().map(drop).map_err(|errors| errors.into_iter().map(|error| error.field).collect::<Vec<_>>())
        };
        assert_eq!(wrong(|form| form.name.clear()), Err(vec!["name".to_owned()]));
        assert_eq!(wrong(|form| form.metric = "mood".into()), Err(vec!["metric".to_owned()]));
        for threshold in ["", "-1", "101", "1.234", "NaN", "1e999", "99999999999999999999999999999999999"] {
            let form = AlertRuleForm { threshold: threshold.into(), ..form() };
            assert_eq!(form.parse().expect_err(threshold).len(), 1, "{threshold}");
        }
        for minutes in ["", "0", "1441", "1.5", "-3"] {
            let form = AlertRuleForm { minutes: minutes.into(), ..form() };
            assert_eq!(form.parse().expect_err(minutes)[0].field, "minutes");
        }
        assert_eq!(wrong(|form| form.recipients = " , ".into()), Err(vec!["recipients".to_owned()]));
        assert_eq!(wrong(|form| form.recipients = "nobody".into()), Err(vec!["recipients".to_owned()]));
        assert_eq!(
            wrong(|form| form.recipients = (0..11).map(|n| format!("p{n}@b.example ")).collect()),
            Err(vec!["recipients".to_owned()])
        );
        let all = AlertRuleForm::default().parse().expect_err("nothing is filled in");
        assert_eq!(all.len(), 5);
    }
}
