//! What `tenantry doctor` found out, part by part, in words for who has to be shown that tenants are kept apart.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One thing that is not as it should be: which rule, where, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub rule: String,
    pub object: String,
    pub found: String,
}

/// What is looked at. The stored text is part of the interface: add, do not rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Tables,
    RowSecurity,
    Policies,
    Partitions,
    Privileges,
    Logins,
    Functions,
    Connections,
    Attempts,
    AuditChains,
}

impl Part {
    pub const ALL: [Part; 10] = [
        Part::Tables,
        Part::RowSecurity,
        Part::Policies,
        Part::Partitions,
        Part::Privileges,
        Part::Logins,
        Part::Functions,
        Part::Connections,
        Part::Attempts,
        Part::AuditChains,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Part::Tables => "Every table is known",
            Part::RowSecurity => "Rows have an owner",
            Part::Policies => "Policies say what they should",
            Part::Partitions => "Parts of large tables are protected too",
            Part::Privileges => "Logins may do no more than they need",
            Part::Logins => "Logins cannot get around the policies",
            Part::Functions => "Functions that look across tenants are known",
            Part::Connections => "Connections come back clean",
            Part::Attempts => "Attempts on another tenant's rows fail",
            Part::AuditChains => "Audit logs are whole",
        }
    }

    /// What was done, of things that [`Part::unit`] counts.
    pub fn method(self) -> &'static str {
        match self {
            Part::Tables => {
                "Each table and view of the database stands on the list of what there should be, and nothing of the list is missing."
            }
            Part::RowSecurity => {
                "Each table with rows of tenants has row-level security, for its own owner too; its keys begin with the tenant, and none reaches across tenants."
            }
            Part::Policies => {
                "Each policy is on the list, for the login that it should be for, with the very condition that it should have."
            }
            Part::Partitions => "Each month's part of a large table has the policies of the whole, and can be used through the whole only.",
            Part::Privileges => {
                "What the logins of portal and console may do with each table was read, and is nothing that they do not need."
            }
            Part::Logins => {
                "The logins are no superusers, bypass no row-level security, own no table, make no roles, and belong to their own group only."
            }
            Part::Functions => {
                "Each function that runs with more rights than its caller is on the list, belongs to one narrow role, and is not for everybody."
            }
            Part::Connections => "A connection that is borrowed is in no transaction and knows no tenant.",
            Part::Attempts => {
                "As the portal's own login: rows of two made-up tenants were read, added, changed and deleted with the right tenant, another one, none, an empty \
                 and a nonsensical one. Only the right tenant reached them. All of it was taken back."
            }
            Part::AuditChains => "Each audit log was computed anew, event by event: none was changed, moved or removed.",
        }
    }

    /// What is counted of it.
    pub fn unit(self, n: i64) -> &'static str {
        let one = n == 1;
        match self {
            Part::Tables if one => "table or view",
            Part::Tables => "tables and views",
            Part::RowSecurity if one => "tenant table",
            Part::RowSecurity => "tenant tables",
            Part::Policies if one => "policy",
            Part::Policies => "policies",
            Part::Partitions if one => "partition",
            Part::Partitions => "partitions",
            Part::Privileges if one => "privilege",
            Part::Privileges => "privileges",
            Part::Logins if one => "login",
            Part::Logins => "logins",
            Part::Functions if one => "function",
            Part::Functions => "functions",
            Part::Connections if one => "connection",
            Part::Connections => "connections",
            Part::Attempts if one => "attempt",
            Part::Attempts => "attempts",
            Part::AuditChains if one => "audit event",
            Part::AuditChains => "audit events",
        }
    }
}

/// One part of a check: how much was looked at, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartResult {
    pub part: Part,
    pub looked_at: i64,
    pub findings: Vec<Found>,
}

/// Who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A platform admin, on the page.
    Console,
    CommandLine,
    /// The job runner, once a day.
    Daily,
}

impl Source {
    pub const ALL: [Source; 3] = [Source::Console, Source::CommandLine, Source::Daily];

    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Console => "console",
            Source::CommandLine => "command line",
            Source::Daily => "daily",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a source of checks")]
pub struct Unknown;

impl std::str::FromStr for Source {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        Source::ALL.into_iter().find(|source| source.as_str() == text).ok_or(Unknown)
    }
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The program's version.
    pub version: String,
    pub finished_at: DateTime<Utc>,
    pub duration_ms: i64,
    pub parts: Vec<PartResult>,
}

impl Report {
    pub fn is_healthy(&self) -> bool {
        self.parts.iter().all(|part| part.findings.is_empty())
    }

    /// How much was looked at in this part.
    pub fn looked_at(&self, part: Part) -> i64 {
        self.parts.iter().filter(|result| result.part == part).map(|result| result.looked_at).sum()
    }

    pub fn findings(&self) -> usize {
        self.parts.iter().map(|part| part.findings.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_finding_makes_a_check_fail() {
        let part = |part, findings| PartResult { part, looked_at: 3, findings };
        let mut report = Report {
            version: "1".to_owned(),
            finished_at: DateTime::UNIX_EPOCH,
            duration_ms: 5,
            parts: vec![part(Part::Tables, vec![]), part(Part::Attempts, vec![])],
        };
        assert!(report.is_healthy());
        assert_eq!((report.looked_at(Part::Attempts), report.looked_at(Part::Logins)), (3, 0));
        report.parts[1].findings.push(Found { rule: "r".into(), object: "agents".into(), found: "f".into() });
        assert!(!report.is_healthy());
        assert_eq!(report.findings(), 1);
    }

    #[test]
    fn what_is_stored_is_read_again() {
        assert!(Source::ALL.into_iter().all(|source| source.as_str().parse() == Ok(source)));
        for part in Part::ALL {
            let text = serde_json::to_string(&part).expect("a word");
            assert_eq!(serde_json::from_str::<Part>(&text).expect("the same"), part);
        }
    }
}
