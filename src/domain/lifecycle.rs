//! What each state of a tenant lets through, by every way in. One table; whoever decides asks it: transactions of people and of keys
//! (`store/access.rs`), invites, the queue, files that staff take out, and, in SQL, the function `life_allows`, which a test holds to this.
//!
//! `tests/all/lifecycle.rs` tries each cell on the real server.

use super::status::TenantStatus;

/// How somebody or something comes to a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// A page of its portal.
    Page,
    /// A function that its people call.
    Function,
    /// The list of tenants that a signed-in person's session has.
    Session,
    /// A call of the machine API with one of its keys.
    ApiKey,
    /// Somebody is invited, or accepts.
    Invite,
    /// A job of the queue.
    Job,
    /// Files with its data, for staff.
    Export,
    /// Hosts of its own: `{slug}.<platform host>` and custom domains.
    Domain,
}

impl Way {
    pub const ALL: [Way; 8] = [Way::Page, Way::Function, Way::Session, Way::ApiKey, Way::Invite, Way::Job, Way::Export, Way::Domain];

    /// As `life_allows` calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Way::Page => "page",
            Way::Function => "function",
            Way::Session => "session",
            Way::ApiKey => "api_key",
            Way::Invite => "invite",
            Way::Job => "job",
            Way::Export => "export",
            Way::Domain => "domain",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Allow,
    /// It is there to be seen, with the reason why nothing can be done.
    ReadOnly,
    Refuse,
}

use Verdict::{Allow, ReadOnly, Refuse};

/// The verdict of each way, in the order of [`Way::ALL`].
const fn row(status: TenantStatus) -> [Verdict; 8] {
    match status {
        // Half a tenant is nobody's yet; the job that makes it goes on.
        TenantStatus::Provisioning => [Refuse, Refuse, Refuse, Refuse, Refuse, Allow, Refuse, Refuse],
        TenantStatus::Trial | TenantStatus::Active => [Allow; 8],
        // Who owes something for some days works on: only a decision of staff ends that.
        TenantStatus::PastDue => [Allow; 8],
        // Its people find it and read why; what is owed is billed, what was promised by mail is sent, and staff may hand its data out.
        TenantStatus::Suspended => [Refuse, Refuse, ReadOnly, Refuse, Refuse, Allow, Allow, ReadOnly],
        // Jobs wait for its restoration, but for those that settle what was (`JobKind::settles`). Staff restore it before they take data out.
        TenantStatus::Deleted => [Refuse; 8],
    }
}

/// What a tenant in this state lets through on this way.
pub const fn verdict(status: TenantStatus, way: Way) -> Verdict {
    let [page, function, session, api_key, invite, job, export, domain] = row(status);
    match way {
        Way::Page => page,
        Way::Function => function,
        Way::Session => session,
        Way::ApiKey => api_key,
        Way::Invite => invite,
        Way::Job => job,
        Way::Export => export,
        Way::Domain => domain,
    }
}

/// Whether it is not refused.
pub const fn allows(status: TenantStatus, way: Way) -> bool {
    !matches!(verdict(status, way), Verdict::Refuse)
}

/// The states that refuse this way, as they are stored.
pub fn refusing(way: Way) -> Vec<String> {
    TenantStatus::ALL.into_iter().filter(|status| !allows(*status, way)).map(|status| status.as_str().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_does_not_know_whether_a_page_or_a_function_opened_it() {
        for status in TenantStatus::ALL {
            assert_eq!(verdict(status, Way::Page), verdict(status, Way::Function), "{status:?}");
            assert_eq!(allows(status, Way::Page), status.is_open(), "{status:?}");
        }
    }

    #[test]
    fn states_that_refuse_are_listed_as_they_are_stored() {
        assert_eq!(refusing(Way::Job), ["deleted"]);
        assert_eq!(refusing(Way::Invite), ["provisioning", "suspended", "deleted"]);
    }
}
