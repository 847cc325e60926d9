//! The steps in which a tenant comes to be from a template, or as a clone.

use std::str::FromStr;

/// The stored text is part of the interface: add, do not rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Look, models, quotas of its own.
    Settings,
    Agents,
    Documents,
    Conversations,
    /// Opens the tenant and invites its owner.
    Open,
}

impl Step {
    pub const ALL: [Step; 5] = [Step::Settings, Step::Agents, Step::Documents, Step::Conversations, Step::Open];

    pub fn as_str(self) -> &'static str {
        match self {
            Step::Settings => "settings",
            Step::Agents => "agents",
            Step::Documents => "documents",
            Step::Conversations => "conversations",
            Step::Open => "open",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Step::Settings => "Settings and branding",
            Step::Agents => "Agents",
            Step::Documents => "Documents",
            Step::Conversations => "Conversations",
            Step::Open => "Open it and invite the owner",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a step")]
pub struct UnknownStep;

impl FromStr for Step {
    type Err = UnknownStep;

    fn from_str(text: &str) -> Result<Self, UnknownStep> {
        Step::ALL.into_iter().find(|step| step.as_str() == text).ok_or(UnknownStep)
    }
}
