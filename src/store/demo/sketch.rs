//! What is decided about a demo tenant before its rows are drawn. Pure: `now` is an argument.

use chrono::{DateTime, Utc};

use crate::domain::role::Role;
use crate::domain::status::TenantStatus;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanKey {
    Free,
    Starter,
    Pro,
    Enterprise,
}

/// The default catalogue's quotas, for levels that look right; the database's own are what holds.
pub struct Limits {
    pub agents: Option<i64>,
    pub tokens: Option<i64>,
    pub storage: i64,
    pub api_calls: i64,
    pub api_rate: i64,
    pub sessions: i64,
}

pub const GB: i64 = 1_000_000_000;
pub const MILLION: i64 = 1_000_000;

impl PlanKey {
    pub fn as_str(self) -> &'static str {
        match self {
            PlanKey::Free => "free",
            PlanKey::Starter => "starter",
            PlanKey::Pro => "pro",
            PlanKey::Enterprise => "enterprise",
        }
    }

    pub fn limits(self) -> Limits {
        let limits = |agents, tokens: Option<i64>, storage_gb, api_calls, api_rate, sessions| Limits {
            agents,
            tokens: tokens.map(|millions| millions * MILLION),
            storage: storage_gb * GB,
            api_calls,
            api_rate,
            sessions,
        };
        match self {
            PlanKey::Free => limits(Some(5), Some(1), 1, 1_000, 100, 5),
            PlanKey::Starter => limits(Some(10), Some(5), 10, 10_000, 500, 25),
            PlanKey::Pro => limits(Some(100), Some(50), 100, 50_000, 5_000, 100),
            PlanKey::Enterprise => limits(None, None, 5_000, 1_000_000, 20_000, 1_000),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub email: String,
    pub name: String,
    pub role: Role,
    /// Gets the demo password; everybody else has none.
    pub signs_in: bool,
}

/// Who belongs to the tenant: the known ones, then strangers up to these numbers.
#[derive(Debug, Clone)]
pub struct Team {
    /// The owner first.
    pub known: Vec<Person>,
    /// Owners and admins together.
    pub admins: usize,
    /// Members and viewers together.
    pub members: usize,
}

/// How many messages were sent.
#[derive(Debug, Clone, Copy)]
pub enum Messages {
    /// In the last 30 days, today included, and in the 30 before.
    Exact { last: i64, before: i64 },
    /// Today exactly, unless it is suspended by now; the days before follow from it.
    Level(i64),
}

#[derive(Debug, Clone)]
pub struct Sketch {
    pub slug: String,
    pub name: String,
    pub plan: PlanKey,
    pub status: TenantStatus,
    pub status_since: DateTime<Utc>,
    /// For suspended ones.
    pub status_reason: Option<&'static str>,
    pub contract_cents: Option<i64>,
    pub budget_cents: Option<i64>,
    pub billing_email: String,
    /// Where its people have their mail.
    pub mail: String,
    pub accent: &'static str,
    pub trial_ends_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub team: Team,
    pub agents: i64,
    /// Bytes.
    pub storage: i64,
    /// This month.
    pub tokens: i64,
    /// This month, in cents.
    pub cost_cents: i64,
    pub messages: Messages,
}

impl Sketch {
    pub fn owner(&self) -> Option<&Person> {
        self.team.known.first()
    }

    pub fn owner_email(&self) -> &str {
        self.owner().map_or("", |owner| &owner.email)
    }
}
