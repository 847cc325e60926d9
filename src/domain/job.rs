//! Jobs of the queue: what they do, in which state they are.

use std::str::FromStr;

/// What a job does. The stored text is part of the interface: add, do not rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    Bulk,
    ChangePlan,
    CheckDomain,
    CheckIsolation,
    CloseMonth,
    EndTrial,
    Mail,
    MakeExport,
    MoveTenants,
    NoticeMail,
    PasswordReset,
    Provision,
    PurgeTenant,
}

impl JobKind {
    pub const ALL: [JobKind; 13] = [
        JobKind::Bulk,
        JobKind::ChangePlan,
        JobKind::CheckDomain,
        JobKind::CheckIsolation,
        JobKind::CloseMonth,
        JobKind::EndTrial,
        JobKind::Mail,
        JobKind::MakeExport,
        JobKind::MoveTenants,
        JobKind::NoticeMail,
        JobKind::PasswordReset,
        JobKind::Provision,
        JobKind::PurgeTenant,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            JobKind::Bulk => "bulk",
            JobKind::ChangePlan => "change_plan",
            JobKind::CheckDomain => "check_domain",
            JobKind::CheckIsolation => "check_isolation",
            JobKind::CloseMonth => "close_month",
            JobKind::EndTrial => "end_trial",
            JobKind::Mail => "mail",
            JobKind::MakeExport => "make_export",
            JobKind::MoveTenants => "move_tenants",
            JobKind::NoticeMail => "notice_mail",
            JobKind::PasswordReset => "password_reset",
            JobKind::Provision => "provision",
            JobKind::PurgeTenant => "purge_tenant",
        }
    }

    /// Whether it settles what was or makes what is to be, so that it goes on whatever state its tenant is in; others wait until that is open.
    pub fn settles(self) -> bool {
        match self {
            JobKind::Bulk
            | JobKind::CheckIsolation
            | JobKind::CloseMonth
            | JobKind::Mail
            | JobKind::MoveTenants
            | JobKind::PasswordReset
            | JobKind::Provision
            | JobKind::PurgeTenant => true,
            JobKind::ChangePlan | JobKind::CheckDomain | JobKind::EndTrial | JobKind::MakeExport | JobKind::NoticeMail => false,
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            JobKind::Bulk => "Act on many tenants",
            JobKind::ChangePlan => "Change a plan",
            JobKind::CheckDomain => "Check a domain",
            JobKind::CheckIsolation => "Check isolation",
            JobKind::CloseMonth => "Bill a month",
            JobKind::EndTrial => "End a trial",
            JobKind::Mail => "Send a mail",
            JobKind::MakeExport => "Make an archive",
            JobKind::MoveTenants => "Move tenants to a plan version",
            JobKind::NoticeMail => "Tell of a limit",
            JobKind::PasswordReset => "Look up a password reset",
            JobKind::Provision => "Set up a tenant",
            JobKind::PurgeTenant => "Remove a tenant for good",
        }
    }
}

/// `Send a mail` for `mail`; a kind of a newer version is shown by its key.
pub fn kind_label(kind: &str) -> &str {
    kind.parse::<JobKind>().map_or(kind, |known| known.label())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Choose one of the list.")]
pub struct Unknown;

impl FromStr for JobKind {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        JobKind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(Unknown)
    }
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Waits for its time, or for a worker.
    Queued,
    /// A worker holds it.
    Running,
    Done,
    /// Given up.
    Failed,
    /// Taken back by a platform admin before it began.
    Cancelled,
}

impl JobState {
    pub const ALL: [JobState; 5] = [JobState::Queued, JobState::Running, JobState::Done, JobState::Failed, JobState::Cancelled];

    pub fn as_str(self) -> &'static str {
        match self {
            JobState::Queued => "queued",
            JobState::Running => "running",
            JobState::Done => "done",
            JobState::Failed => "failed",
            JobState::Cancelled => "cancelled",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            JobState::Queued => "Queued",
            JobState::Running => "Running",
            JobState::Done => "Done",
            JobState::Failed => "Failed",
            JobState::Cancelled => "Cancelled",
        }
    }

    /// Whether it can be begun (again) now.
    pub fn can_retry(self) -> bool {
        matches!(self, JobState::Queued | JobState::Failed | JobState::Cancelled)
    }

    /// Whether it can be taken back.
    pub fn can_cancel(self) -> bool {
        self == JobState::Queued
    }
}

impl FromStr for JobState {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        JobState::ALL.into_iter().find(|state| state.as_str() == text).ok_or(Unknown)
    }
}

/// Where a mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailState {
    /// To be sent, for the first time or again.
    Waiting,
    /// A mail server took it.
    Sent,
    /// No mail server is configured: it is to be read in the console.
    Kept,
    /// Refused for good.
    Bounced,
    /// Given up.
    Failed,
    Cancelled,
}

impl MailState {
    pub const ALL: [MailState; 6] =
        [MailState::Waiting, MailState::Sent, MailState::Kept, MailState::Bounced, MailState::Failed, MailState::Cancelled];

    pub fn as_str(self) -> &'static str {
        match self {
            MailState::Waiting => "waiting",
            MailState::Sent => "sent",
            MailState::Kept => "kept",
            MailState::Bounced => "bounced",
            MailState::Failed => "failed",
            MailState::Cancelled => "cancelled",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            MailState::Waiting => "Waiting",
            MailState::Sent => "Sent",
            MailState::Kept => "Kept",
            MailState::Bounced => "Bounced",
            MailState::Failed => "Failed",
            MailState::Cancelled => "Cancelled",
        }
    }

    /// From the state of its job and what became of it.
    pub fn of(job: JobState, outcome: Option<&str>) -> Self {
        match (outcome, job) {
            (Some("sent"), _) => MailState::Sent,
            (Some("kept"), _) => MailState::Kept,
            (Some(_), _) => MailState::Bounced,
            (None, JobState::Queued | JobState::Running) => MailState::Waiting,
            (None, JobState::Cancelled) => MailState::Cancelled,
            (None, JobState::Failed | JobState::Done) => MailState::Failed,
        }
    }
}

impl FromStr for MailState {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        MailState::ALL.into_iter().find(|state| state.as_str() == text).ok_or(Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_again() {
        assert!(JobKind::ALL.into_iter().all(|kind| kind.as_str().parse() == Ok(kind)));
        assert!(JobState::ALL.into_iter().all(|state| state.as_str().parse() == Ok(state)));
        assert!(MailState::ALL.into_iter().all(|state| state.as_str().parse() == Ok(state)));
        assert_eq!((kind_label("mail"), kind_label("paint")), ("Send a mail", "paint"));
    }

    #[test]
    fn a_mail_that_is_sent_again_waits() {
        for (job, outcome, state) in [
            (JobState::Queued, None, MailState::Waiting),
            (JobState::Done, Some("sent"), MailState::Sent),
            (JobState::Done, Some("kept"), MailState::Kept),
            (JobState::Failed, Some("bounced"), MailState::Bounced),
            (JobState::Failed, None, MailState::Failed),
            (JobState::Cancelled, None, MailState::Cancelled),
        ] {
            assert_eq!(MailState::of(job, outcome), state);
        }
    }
}
