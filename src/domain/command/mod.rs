//! Plain-language commands of the console: a small grammar with synonyms ([`grammar`]), parsed into a typed command. Nothing is done here:
//! whoever typed it is shown what it means, and confirms.
//!
//! What stands in the grammar is what the help page lists; what it does not understand is said, with the nearest that it does.

mod grammar;
mod matching;
mod nearest;
#[cfg(test)]
mod tests;

use std::fmt;

use super::amount;
use super::listing::{Sort, SortKey, TenantQuery};
use super::quantity::Unit;
use super::staff::{ManageQuotas, ManageTenantPlans, ManageTenants, StaffCapability as _, StaffRole};
use super::status::TenantStatus;

pub use grammar::{RULES, Rule};

/// Longest command, in characters and in words.
pub const MOST: usize = 300;
const MOST_WORDS: usize = 60;

/// What there is to name: plans and meters are data, pages depend on who asks.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    /// Key and name.
    pub plans: Vec<(String, String)>,
    pub meters: Vec<MeterWord>,
    /// Address and label.
    pub pages: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
pub struct MeterWord {
    pub key: String,
    pub label: String,
    pub unit: Unit,
}

/// A page of one tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Overview,
    Users,
    Quotas,
    Usage,
    Billing,
    Features,
    Branding,
    Domains,
    Audit,
    Support,
    Settings,
}

impl Tab {
    /// With the words by which people call it.
    const ALL: [(Tab, &'static str, &'static [&'static str]); 11] = [
        (Tab::Overview, "", &["overview", "page", "details", "summary"]),
        (Tab::Users, "/users", &["users", "user", "members", "member", "people", "team"]),
        (Tab::Quotas, "/quotas", &["quotas", "quota", "limits", "limit", "overrides", "grants"]),
        (Tab::Usage, "/usage", &["usage", "consumption", "activity"]),
        (Tab::Billing, "/billing", &["billing", "invoices", "invoice", "bills", "bill", "payments"]),
        (Tab::Features, "/features", &["features", "feature", "switches"]),
        (Tab::Branding, "/branding", &["branding", "brand", "look", "logo"]),
        (Tab::Domains, "/domains", &["domains", "domain", "hosts"]),
        (Tab::Audit, "/audit", &["audit", "audit log", "log", "history", "events"]),
        (Tab::Support, "/support", &["support", "support access", "portal"]),
        (Tab::Settings, "/settings", &["settings", "facts"]),
    ];

    fn find(text: &str) -> Option<Tab> {
        Tab::ALL.iter().find(|(_, _, words)| words.contains(&text)).map(|(tab, _, _)| *tab)
    }

    /// Below the tenant's own page.
    pub fn path(self) -> &'static str {
        Tab::ALL.iter().find(|(tab, _, _)| *tab == self).map_or("", |(_, path, _)| path)
    }

    pub fn label(self) -> &'static str {
        Tab::ALL.iter().find(|(tab, _, _)| *tab == self).map_or("overview", |(_, _, words)| words[0])
    }
}

/// Which tenants a list shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    All,
    State(TenantStatus),
    Plan(String),
    NearLimits,
    ByCost,
}

impl Which {
    pub fn href(&self) -> String {
        let query = |query: TenantQuery| query.href();
        match self {
            Which::All => query(TenantQuery::default()),
            Which::State(status) => query(TenantQuery::default().with_state(Some(*status))),
            Which::Plan(plan) => query(TenantQuery::default().with_plan(Some(plan))),
            Which::ByCost => query(TenantQuery { sort: Some(Sort { key: SortKey::Cost, descending: true }), ..TenantQuery::default() }),
            Which::NearLimits => "/admin/usage".to_owned(),
        }
    }

    pub fn label(&self) -> String {
        match self {
            Which::All => "All tenants".to_owned(),
            Which::State(status) => format!("Tenants in the state “{}”", status.label()),
            Which::Plan(plan) => format!("Tenants with the plan {plan}"),
            Which::NearLimits => "Tenants near a limit".to_owned(),
            Which::ByCost => "Tenants by cost".to_owned(),
        }
    }
}

/// What leads somewhere and changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Go {
    /// Address and label.
    Page(String, String),
    /// A tenant, by slug or name as it was typed.
    Tenant(String, Tab),
    Tenants(Which),
    NewTenant {
        name: String,
        plan: Option<String>,
    },
}

/// What changes one tenant, named by slug or name as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub tenant: String,
    pub to: Becomes,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Becomes {
    /// A plan's key.
    OnPlan(String),
    Suspended {
        /// Empty where none was typed: it is asked for before.
        reason: String,
    },
    Resumed,
    /// A meter's key and its quota; `None` is unlimited.
    Limited(String, Option<i64>, Unit),
}

impl Becomes {
    /// Whether somebody of this role may do it.
    pub fn allows(&self, role: StaffRole) -> bool {
        match self {
            Becomes::OnPlan(_) => ManageTenantPlans::allows(role),
            Becomes::Suspended { .. } | Becomes::Resumed => ManageTenants::allows(role),
            Becomes::Limited(..) => ManageQuotas::allows(role),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Go(Go),
    Change(Change),
}

/// As it is read again: whoever confirms, confirms this.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenant = quoted(&self.tenant);
        match &self.to {
            Becomes::OnPlan(plan) => write!(f, "change plan of {tenant} to {plan}"),
            Becomes::Suspended { reason } if reason.is_empty() => write!(f, "suspend {tenant}"),
            Becomes::Suspended { reason } => write!(f, "suspend {tenant} because {reason}"),
            Becomes::Resumed => write!(f, "resume {tenant}"),
            Becomes::Limited(meter, quota, unit) => {
                write!(
                    f,
                    "set {meter} limit of {tenant} to {}",
                    quota.map_or_else(|| "unlimited".to_owned(), |quota| amount::exact(quota, *unit))
                )
            }
        }
    }
}

/// Names of several words, or of a word of the grammar, stand in quotation marks.
fn quoted(name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if plain && !matching::is_word_of_the_grammar(name) { name.to_owned() } else { format!("\"{name}\"") }
}

/// Why a text is no command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotUnderstood {
    Empty,
    TooLong,
    /// Understood but for one word: what is wrong with it.
    Word(String),
    /// Nothing fits. The text as it may have been meant, if a letter or two make it one, and examples that come near.
    Text {
        meant: Option<String>,
        near: Vec<&'static str>,
    },
}

/// Reads a command.
///
/// # Errors
/// What was not understood, with what would be.
pub fn parse(text: &str, words: &Vocabulary) -> Result<Command, NotUnderstood> {
    let text = text.trim();
    if text.is_empty() {
        return Err(NotUnderstood::Empty);
    }
    if text.chars().count() > MOST {
        return Err(NotUnderstood::TooLong);
    }
    let tokens = matching::tokens(text);
    if tokens.len() > MOST_WORDS {
        return Err(NotUnderstood::TooLong);
    }
    for found in matching::readings(text, &tokens) {
        match found.rule.build(&found, words) {
            Ok(command) => return Ok(command),
            Err(Some(why)) => return Err(NotUnderstood::Word(why)),
            Err(None) => {}
        }
    }
    Err(nearest::nearest(text, &tokens, words))
}
