//! The figures of one tenant's dashboard, as its own people see them: base tables under their policies.

use chrono::{DateTime, NaiveDate, Utc};

use super::Result;
use super::handle::TenantTx;
use crate::domain::activity::Activity;
use crate::domain::capability::ViewTenant;
use crate::domain::money::Usd;

/// What stands beside the quota bars. The month's cost and the budget are a [level](super::notices::Level) like others.
#[derive(Debug, Clone)]
pub struct Figures {
    pub plan: String,
    /// The contract's price, else the plan version's.
    pub price: Usd,
    pub trial_ends_at: Option<DateTime<Utc>>,
    pub members: i64,
    pub admins: i64,
    pub open_invites: i64,
    /// The last 30 days, today included, and the 30 before.
    pub messages: i64,
    pub messages_before: i64,
    pub today: NaiveDate,
    /// Steps of setting up that are open; `None` where nobody has to be reminded of any.
    pub open_steps: Option<i32>,
}

#[derive(Debug, Clone)]
pub struct Dashboard {
    pub figures: Figures,
    pub activity: Vec<Activity>,
}

impl TenantTx<ViewTenant> {
    pub async fn dashboard(&mut self) -> Result<Dashboard> {
        // In a file of its own: the benchmark's baseline sends the very same statement.
        let row = sqlx::query_file!("src/store/dashboard.sql", self.head.id.0).fetch_one(self.tx.conn()).await?;
        let figures = Figures {
            plan: row.plan,
            price: Usd(row.price),
            trial_ends_at: row.trial_ends_at,
            members: row.members,
            admins: row.admins,
            open_invites: row.open_invites,
            messages: row.messages,
            messages_before: row.messages_before,
            today: row.today,
            open_steps: row.open_steps.filter(|open| *open > 0),
        };
        Ok(Dashboard { figures, activity: self.list_activity(6).await? })
    }
}
