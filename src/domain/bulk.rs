//! Actions on many tenants at once: which there are, who may do each, what it needs, and what it would do to one tenant.

mod dry_run;

use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use dry_run::{Facts, FeatureNow, Verdict, verdict};

use super::FieldError;
use super::feature_switch::Switch;
use super::quantity::plural;
use super::reason::{Reason, ReasonError};
use super::staff::{ManageTenantPlans, ManageTenants, StaffCapability as _, StaffRole};

/// Tenants of one bulk action.
pub const MOST_TENANTS: usize = 20_000;
const MAX_SUBJECT: usize = 150;
const MAX_MESSAGE: usize = 4_000;

/// The stored text is part of the interface: add, do not rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkAction {
    Suspend,
    Resume,
    ChangePlan,
    SwitchFeature,
    Message,
}

impl BulkAction {
    pub const ALL: [BulkAction; 5] =
        [BulkAction::Suspend, BulkAction::Resume, BulkAction::ChangePlan, BulkAction::SwitchFeature, BulkAction::Message];

    pub fn as_str(self) -> &'static str {
        match self {
            BulkAction::Suspend => "suspend",
            BulkAction::Resume => "resume",
            BulkAction::ChangePlan => "change_plan",
            BulkAction::SwitchFeature => "switch_feature",
            BulkAction::Message => "message",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            BulkAction::Suspend => "Suspend tenants",
            BulkAction::Resume => "Resume tenants",
            BulkAction::ChangePlan => "Change plans",
            BulkAction::SwitchFeature => "Switch a feature",
            BulkAction::Message => "Message owners",
        }
    }

    /// On the button that does it: `Suspend 12 tenants`.
    pub fn button(self, tenants: i64) -> String {
        let tenants = plural(tenants, "tenant", "tenants");
        match self {
            BulkAction::Suspend => format!("Suspend {tenants}"),
            BulkAction::Resume => format!("Resume {tenants}"),
            BulkAction::ChangePlan => format!("Change the plan of {tenants}"),
            BulkAction::SwitchFeature => format!("Switch it for {tenants}"),
            BulkAction::Message => format!("Send to the owners of {tenants}"),
        }
    }

    /// Whether the role has what the action asks for; the same right as for one tenant.
    pub fn allowed_to(self, role: StaffRole) -> bool {
        match self {
            BulkAction::Suspend | BulkAction::Resume | BulkAction::SwitchFeature | BulkAction::Message => ManageTenants::allows(role),
            BulkAction::ChangePlan => ManageTenantPlans::allows(role),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Choose what to do.")]
pub struct UnknownAction;

impl FromStr for BulkAction {
    type Err = UnknownAction;

    fn from_str(text: &str) -> Result<Self, UnknownAction> {
        BulkAction::ALL.into_iter().find(|action| action.as_str() == text).ok_or(UnknownAction)
    }
}

/// What was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DetailsForm {
    pub reason: String,
    pub plan: String,
    pub feature: String,
    pub state: String,
    pub until: String,
    pub subject: String,
    pub message: String,
}

/// What an action needs besides tenants. Stored as JSON: add fields with a default, rename none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Details {
    Suspend {
        reason: String,
    },
    Resume,
    /// A plan's key.
    ChangePlan {
        plan: String,
    },
    SwitchFeature {
        /// A feature's key.
        feature: String,
        /// `None` is as the plan says.
        enabled: Option<bool>,
        reason: String,
        until: Option<DateTime<Utc>>,
    },
    Message {
        subject: String,
        paragraphs: Vec<String>,
    },
}

fn parse_subject(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("Enter a subject.".to_owned()),
        n if n > MAX_SUBJECT => Err(format!("Use at most {MAX_SUBJECT} characters.")),
        _ if text.chars().any(char::is_control) => Err("Leave out line breaks and invisible characters.".to_owned()),
        _ => Ok(text.to_owned()),
    }
}

/// Paragraphs, which blank lines part.
fn parse_message(text: &str) -> Result<Vec<String>, String> {
    let text = text.replace("\r\n", "\n");
    match text.trim().chars().count() {
        0 => return Err("Enter what to tell the owners.".to_owned()),
        n if n > MAX_MESSAGE => return Err("Use at most 4,000 characters.".to_owned()),
        _ if text.chars().any(|c| c.is_control() && c != '\n') => return Err("Leave out invisible characters.".to_owned()),
        _ => {}
    }
    Ok(text.split("\n\n").map(|paragraph| paragraph.trim().replace('\n', " ")).filter(|paragraph| !paragraph.is_empty()).collect())
}

impl Details {
    /// # Errors
    /// All that is wrong at once. Whether there is such a plan or feature is not known here.
    pub fn parse(action: BulkAction, form: &DetailsForm, now: DateTime<Utc>) -> Result<Self, Vec<FieldError>> {
        let wrong = |field: &str, message: String| vec![FieldError::new(field, message)];
        match action {
            BulkAction::Suspend => {
                let reason: Reason = form.reason.parse().map_err(|error: ReasonError| wrong("reason", error.to_string()))?;
                Ok(Details::Suspend { reason: reason.as_str().to_owned() })
            }
            BulkAction::Resume => Ok(Details::Resume),
            BulkAction::ChangePlan => match form.plan.trim() {
                "" => Err(wrong("plan", "Choose a plan.".to_owned())),
                plan => Ok(Details::ChangePlan { plan: plan.to_owned() }),
            },
            BulkAction::SwitchFeature => {
                let feature = form.feature.trim();
                let unchosen = feature.is_empty().then(|| FieldError::new("feature", "Choose a feature."));
                match (unchosen, Switch::parse(&form.state, &form.reason, &form.until, now)) {
                    (None, Ok(switch)) => Ok(Details::SwitchFeature {
                        feature: feature.to_owned(),
                        enabled: switch.enabled,
                        reason: switch.reason.as_str().to_owned(),
                        until: switch.until,
                    }),
                    (unchosen, switch) => Err(unchosen.into_iter().chain(switch.err().into_iter().flatten()).collect()),
                }
            }
            BulkAction::Message => match (parse_subject(&form.subject), parse_message(&form.message)) {
                (Ok(subject), Ok(paragraphs)) => Ok(Details::Message { subject, paragraphs }),
                (subject, message) => {
                    let errors = [("subject", subject.err()), ("message", message.err())];
                    Err(errors.into_iter().filter_map(|(field, error)| Some(FieldError::new(field, error?))).collect())
                }
            },
        }
    }
}

/// What became of one tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Refused,
}

impl Outcome {
    pub const ALL: [Outcome; 2] = [Outcome::Done, Outcome::Refused];

    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Refused => "refused",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Outcome::Done => "Done",
            Outcome::Refused => "Refused",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Choose one of the list.")]
pub struct UnknownOutcome;

impl FromStr for Outcome {
    type Err = UnknownOutcome;

    fn from_str(text: &str) -> Result<Self, UnknownOutcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == text).ok_or(UnknownOutcome)
    }
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// Chosen, and nothing done yet.
    Draft,
    Running,
    Done,
}

impl FromStr for RunState {
    type Err = UnknownOutcome;

    fn from_str(text: &str) -> Result<Self, UnknownOutcome> {
        match text {
            "draft" => Ok(RunState::Draft),
            "running" => Ok(RunState::Running),
            "done" => Ok(RunState::Done),
            _ => Err(UnknownOutcome),
        }
    }
}

#[cfg(test)]
mod tests;
