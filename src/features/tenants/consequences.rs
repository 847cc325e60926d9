//! What closing or deleting a tenant comes to, in words and figures, before anybody does it.

use crate::domain::quantity::{self, Unit};
use crate::domain::when;
use crate::store::tenant_deletion::DAYS;
use crate::store::tenant_detail::TenantDetail;
use crate::store::tenant_health::Health;

/// `7 members, 3 API keys and 1 domain`, without what there is none of.
fn counted(parts: &[(i64, &str, &str)]) -> String {
    let parts: Vec<String> = parts.iter().filter(|(n, ..)| *n > 0).map(|(n, one, more)| quantity::plural(*n, one, more)).collect();
    match parts.split_last() {
        None => "nobody and nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    }
}

/// What is refused while the tenant is closed.
pub(super) fn stops(tenant: &TenantDetail, health: &Health) -> String {
    let members: i64 = tenant.members.iter().map(|(_, n)| n).sum();
    let life = &health.life;
    counted(&[
        (members, "member", "members"),
        (life.keys, "API key", "API keys"),
        (life.open_invites, "open invite", "open invites"),
        (life.domains, "custom domain", "custom domains"),
    ])
}

/// What a deletion does at once, and what it does when its 30 days are over.
pub(super) fn deletion(tenant: &TenantDetail, health: &Health) -> [String; 2] {
    let life = &health.life;
    let goes = counted(&[
        (life.agents, "agent", "agents"),
        (life.documents, "document", "documents"),
        (life.threads, "conversation", "conversations"),
    ]);
    let storage = quantity::short(tenant.storage_bytes, Unit::Bytes);
    let jobs = match life.waiting_jobs {
        0 => String::new(),
        n => format!(" {} until it is restored.", quantity::plural(n, "job of it waits", "jobs of it wait")),
    };
    let purge = when::day((tenant.now + chrono::Days::new(u64::try_from(DAYS).unwrap_or(0))).date_naive());
    [
        format!("As if it had never been, from the next click on: {}.{jobs}", stops(tenant, health)),
        format!(
            "Until {purge} it can be restored as it is. Then its data is removed for good: {goes}, {storage} of files, its usage, its members. \
             Its slug stays taken until then, and what is owed stays owed."
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn what_there_is_none_of_is_not_counted() {
        for (parts, text) in [
            ([7, 3, 1], "7 members, 3 keys and 1 domain"),
            ([1, 0, 2], "1 member and 2 domains"),
            ([0, 1, 0], "1 key"),
            ([0, 0, 0], "nobody and nothing"),
        ] {
            assert_eq!(counted(&[(parts[0], "member", "members"), (parts[1], "key", "keys"), (parts[2], "domain", "domains")]), text);
        }
    }
}
