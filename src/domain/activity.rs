//! Audit events in words: what each action is called and how "recent activity" says it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Everything that is written to an audit chain. The stored text is part of the interface: add, do not rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    TenantCreated,
    TenantSignedUp,
    TenantUpdated,
    TenantSuspended,
    TenantResumed,
    TenantDeleted,
    TenantRestored,
    OwnersMessaged,
    TenantImported,
    ExportRequested,
    ExportMade,
    ExportDownloaded,
    TenantSlugChanged,
    TenantUnpaid,
    TenantPaid,
    TenantProvisioned,
    SetupChanged,
    TrialEnded,
    TrialExtended,
    TrialConverted,
    InviteCreated,
    InviteAccepted,
    InviteResent,
    InviteRevoked,
    MemberRemoved,
    MemberLeft,
    RoleChanged,
    SessionsEnded,
    ResetSent,
    OwnershipTransferred,
    QuotaChanged,
    GrantAdded,
    GrantEnded,
    FeatureSwitched,
    AgentCreated,
    AgentChanged,
    AgentDeleted,
    DocumentUploaded,
    DocumentDeleted,
    DomainAdded,
    DomainVerified,
    DomainMissing,
    DomainFound,
    DomainUnrouted,
    DomainReleased,
    DomainRemoved,
    DomainPrimary,
    KeyCreated,
    KeyRotated,
    KeyRevoked,
    PlanChanged,
    PlanChangeScheduled,
    PlanChangeCancelled,
    SalesAsked,
    SalesAnswered,
    InvoiceIssued,
    QuotaReached,
    UsageUnusual,
    BrandingChanged,
    BrandingPublished,
    BrandingReverted,
    SupportBegan,
    SupportEnded,
}

impl Action {
    pub const ALL: [Action; 63] = [
        Action::TenantCreated,
        Action::TenantSignedUp,
        Action::TenantUpdated,
        Action::TenantSuspended,
        Action::TenantResumed,
        Action::TenantDeleted,
        Action::TenantRestored,
        Action::OwnersMessaged,
        Action::TenantImported,
        Action::ExportRequested,
        Action::ExportMade,
        Action::ExportDownloaded,
        Action::TenantSlugChanged,
        Action::TenantUnpaid,
        Action::TenantPaid,
        Action::TenantProvisioned,
        Action::SetupChanged,
        Action::TrialEnded,
        Action::TrialExtended,
        Action::TrialConverted,
        Action::InviteCreated,
        Action::InviteAccepted,
        Action::InviteResent,
        Action::InviteRevoked,
        Action::MemberRemoved,
        Action::MemberLeft,
        Action::RoleChanged,
        Action::SessionsEnded,
        Action::ResetSent,
        Action::OwnershipTransferred,
        Action::QuotaChanged,
        Action::GrantAdded,
        Action::GrantEnded,
        Action::FeatureSwitched,
        Action::AgentCreated,
        Action::AgentChanged,
        Action::AgentDeleted,
        Action::DocumentUploaded,
        Action::DocumentDeleted,
        Action::DomainAdded,
        Action::DomainVerified,
        Action::DomainMissing,
        Action::DomainFound,
        Action::DomainUnrouted,
        Action::DomainReleased,
        Action::DomainRemoved,
        Action::DomainPrimary,
        Action::KeyCreated,
        Action::KeyRotated,
        Action::KeyRevoked,
        Action::PlanChanged,
        Action::PlanChangeScheduled,
        Action::PlanChangeCancelled,
        Action::SalesAsked,
        Action::SalesAnswered,
        Action::InvoiceIssued,
        Action::QuotaReached,
        Action::UsageUnusual,
        Action::BrandingChanged,
        Action::BrandingPublished,
        Action::BrandingReverted,
        Action::SupportBegan,
        Action::SupportEnded,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Action::TenantCreated => "tenant.created",
            Action::TenantSignedUp => "tenant.signed_up",
            Action::TenantUpdated => "tenant.updated",
            Action::TenantSuspended => "tenant.suspended",
            Action::TenantResumed => "tenant.resumed",
            Action::TenantDeleted => "tenant.deleted",
            Action::TenantRestored => "tenant.restored",
            Action::OwnersMessaged => "tenant.owners_messaged",
            Action::TenantImported => "tenant.imported",
            Action::ExportRequested => "export.requested",
            Action::ExportMade => "export.made",
            Action::ExportDownloaded => "export.downloaded",
            Action::TenantSlugChanged => "tenant.slug_changed",
            Action::TenantUnpaid => "tenant.suspended_unpaid",
            Action::TenantPaid => "tenant.payment_arrived",
            Action::TenantProvisioned => "tenant.provisioned",
            Action::SetupChanged => "tenant.setup_changed",
            Action::TrialEnded => "tenant.trial_ended",
            Action::TrialExtended => "tenant.trial_extended",
            Action::TrialConverted => "tenant.trial_converted",
            Action::InviteCreated => "invite.created",
            Action::InviteAccepted => "invite.accepted",
            Action::InviteResent => "invite.resent",
            Action::InviteRevoked => "invite.revoked",
            Action::MemberRemoved => "member.removed",
            Action::MemberLeft => "member.left",
            Action::RoleChanged => "member.role_changed",
            Action::SessionsEnded => "member.sessions_ended",
            Action::ResetSent => "member.reset_sent",
            Action::OwnershipTransferred => "tenant.ownership_transferred",
            Action::QuotaChanged => "quota.changed",
            Action::GrantAdded => "grant.added",
            Action::GrantEnded => "grant.ended",
            Action::FeatureSwitched => "feature.switched",
            Action::AgentCreated => "agent.created",
            Action::AgentChanged => "agent.changed",
            Action::AgentDeleted => "agent.deleted",
            Action::DocumentUploaded => "document.uploaded",
            Action::DocumentDeleted => "document.deleted",
            Action::DomainAdded => "domain.added",
            Action::DomainVerified => "domain.verified",
            Action::DomainMissing => "domain.missing",
            Action::DomainFound => "domain.found",
            Action::DomainUnrouted => "domain.unrouted",
            Action::DomainReleased => "domain.released",
            Action::DomainRemoved => "domain.removed",
            Action::DomainPrimary => "domain.primary",
            Action::KeyCreated => "key.created",
            Action::KeyRotated => "key.rotated",
            Action::KeyRevoked => "key.revoked",
            Action::PlanChanged => "plan.changed",
            Action::PlanChangeScheduled => "plan.change_scheduled",
            Action::PlanChangeCancelled => "plan.change_cancelled",
            Action::SalesAsked => "sales.asked",
            Action::SalesAnswered => "sales.answered",
            Action::InvoiceIssued => "invoice.issued",
            Action::QuotaReached => "quota.reached",
            Action::UsageUnusual => "usage.unusual",
            Action::BrandingChanged => "branding.changed",
            Action::BrandingPublished => "branding.published",
            Action::BrandingReverted => "branding.reverted",
            Action::SupportBegan => "support.began",
            Action::SupportEnded => "support.ended",
        }
    }
}

/// One line of "recent activity".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    pub at: DateTime<Utc>,
    pub actor: String,
    pub action: String,
    pub target: String,
}

impl Activity {
    /// `suspended the tenant`, `accepted an invite`; an action of a newer version is shown by its key.
    pub fn sentence(&self) -> String {
        let target = &self.target;
        match Action::ALL.into_iter().find(|action| action.as_str() == self.action) {
            Some(Action::TenantCreated) => "created the tenant".to_owned(),
            Some(Action::TenantSignedUp) => "signed up".to_owned(),
            Some(Action::TenantUpdated) => "changed the tenant's facts".to_owned(),
            Some(Action::TenantSuspended) => "suspended the tenant".to_owned(),
            Some(Action::TenantResumed) => "resumed the tenant".to_owned(),
            Some(Action::TenantDeleted) => "deleted the tenant".to_owned(),
            Some(Action::TenantRestored) => "restored the tenant".to_owned(),
            Some(Action::OwnersMessaged) => format!("wrote to the owners: {target}"),
            Some(Action::TenantImported) => format!("brought the tenant in from an archive of {target}"),
            Some(Action::ExportRequested) => "asked for an archive of everything".to_owned(),
            Some(Action::ExportMade) => "made an archive of everything".to_owned(),
            Some(Action::ExportDownloaded) => "downloaded an archive of everything".to_owned(),
            Some(Action::TenantSlugChanged) => format!("changed the slug to {target}"),
            Some(Action::TenantUnpaid) => "suspended the tenant for non-payment".to_owned(),
            Some(Action::TenantPaid) => "noted that the payment arrived".to_owned(),
            Some(Action::TenantProvisioned) => format!("set up the tenant: {target}"),
            Some(Action::SetupChanged) => format!("changed what is left to set up: {target}"),
            Some(Action::TrialEnded) => "ended the trial".to_owned(),
            Some(Action::TrialExtended) => "extended the trial".to_owned(),
            Some(Action::TrialConverted) => "ended the trial early: the plan holds".to_owned(),
            Some(Action::InviteCreated) => format!("invited {target}"),
            Some(Action::InviteAccepted) => "accepted an invite".to_owned(),
            Some(Action::InviteResent) => format!("sent the invite of {target} anew"),
            Some(Action::InviteRevoked) => format!("took back the invite of {target}"),
            Some(Action::MemberRemoved) => format!("removed {target}"),
            Some(Action::MemberLeft) => "left the tenant".to_owned(),
            Some(Action::RoleChanged) => format!("changed the role of {target}"),
            Some(Action::SessionsEnded) => format!("signed {target} out everywhere"),
            Some(Action::ResetSent) => format!("sent {target} a link to set a new password"),
            Some(Action::OwnershipTransferred) => format!("made {target} the owner"),
            Some(Action::QuotaChanged) => format!("changed the {target} quota"),
            Some(Action::GrantAdded) => format!("granted more {target}"),
            Some(Action::GrantEnded) => format!("ended a grant of {target}"),
            Some(Action::FeatureSwitched) => format!("switched the feature {target}"),
            Some(Action::AgentCreated) => format!("created the agent {target}"),
            Some(Action::AgentChanged) => format!("changed the agent {target}"),
            Some(Action::AgentDeleted) => format!("deleted the agent {target}"),
            Some(Action::DocumentUploaded) => format!("uploaded {target}"),
            Some(Action::DocumentDeleted) => format!("deleted the document {target}"),
            Some(Action::DomainAdded) => format!("added the domain {target}"),
            Some(Action::DomainVerified) => format!("verified {target}"),
            Some(Action::DomainMissing) => format!("missed the DNS record of {target}"),
            Some(Action::DomainFound) => format!("found the DNS record of {target} again"),
            Some(Action::DomainUnrouted) => format!("stopped answering at {target}"),
            Some(Action::DomainReleased) => format!("released {target}"),
            Some(Action::DomainRemoved) => format!("removed the domain {target}"),
            Some(Action::DomainPrimary) => format!("made {target} the primary address"),
            Some(Action::KeyCreated) => format!("created the key {target}"),
            Some(Action::KeyRotated) => format!("rotated the key {target}"),
            Some(Action::KeyRevoked) => format!("revoked the key {target}"),
            Some(Action::PlanChanged) => format!("changed the plan to {target}"),
            Some(Action::PlanChangeScheduled) => format!("scheduled the change to {target}"),
            Some(Action::PlanChangeCancelled) => format!("cancelled the change to {target}"),
            Some(Action::SalesAsked) => format!("asked about the plan {target}"),
            Some(Action::SalesAnswered) => format!("answered the question about the plan {target}"),
            Some(Action::InvoiceIssued) => format!("issued the invoice {target}"),
            Some(Action::QuotaReached) => format!("counted {target} of the limit"),
            Some(Action::UsageUnusual) => format!("noticed a day with unusually many {target}"),
            Some(Action::BrandingChanged) => format!("changed the {target} of the branding"),
            Some(Action::BrandingPublished) => format!("published {target} of the branding"),
            Some(Action::BrandingReverted) => format!("went back to {target} of the branding"),
            Some(Action::SupportBegan) => format!("began to look at the tenant as support, as a {target}"),
            Some(Action::SupportEnded) => format!("ended the support access of {target}"),
            None => format!("{} {target}", self.action),
        }
    }

    /// Two letters for the round sign beside the line.
    pub fn initials(&self) -> String {
        initials(&self.actor)
    }
}

/// `Olga Owner` and `olga.owner@acme.example` as `OO`.
pub fn initials(name: &str) -> String {
    let local = name.split('@').next().unwrap_or(name);
    let mut words = local.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let first = words.next().and_then(|word| word.chars().next());
    let second = words.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(second).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_shown_by_two_letters() {
        for (name, letters) in [("Olga Owner", "OO"), ("olga.van.dam@acme.example", "OD"), ("system", "S"), ("", "")] {
            assert_eq!(initials(name), letters);
        }
    }

    #[test]
    fn an_unknown_action_is_shown_by_its_key() {
        let mut event =
            Activity { at: DateTime::UNIX_EPOCH, actor: "system".into(), action: "tenant.suspended".into(), target: "acme".into() };
        assert_eq!(event.sentence(), "suspended the tenant");
        event.action = "tenant.painted".into();
        assert_eq!(event.sentence(), "tenant.painted acme");
    }
}
