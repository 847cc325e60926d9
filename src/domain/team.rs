//! The team page as an address: `?q=&role=&after=&invites_after=`, so that a view is a link.

use std::fmt::Write as _;
use std::str::FromStr;

use uuid::Uuid;

use super::listing::{MAX_QUERY, encode};
use super::role::Role;

/// Members, and invites, on one page.
pub const PAGE_SIZE: i64 = 50;
/// Longer than any name.
const MAX_CURSOR: usize = 500;

/// Where a page of members begins: after this one. Not a secret and not trusted: it only moves the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberCursor {
    /// 1 is owner.
    pub rank: i32,
    /// In lower case.
    pub name: String,
    pub user: Uuid,
}

impl FromStr for MemberCursor {
    type Err = ();

    /// `{rank}.{user}.{name}`
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(3, '.');
        let (Some(rank), Some(user), Some(name)) = (parts.next(), parts.next(), parts.next()) else { return Err(()) };
        Ok(MemberCursor { rank: rank.parse().map_err(|_| ())?, user: user.parse().map_err(|_| ())?, name: name.to_owned() })
    }
}

impl std::fmt::Display for MemberCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.rank, self.user.simple(), self.name)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TeamQuery {
    /// Name or e-mail contain this; trimmed, lower case.
    pub q: String,
    pub role: Option<Role>,
    pub after: Option<MemberCursor>,
    pub invites_after: Option<Uuid>,
}

impl TeamQuery {
    /// Reads the parameters; what cannot be read is left out.
    pub fn parse(get: impl Fn(&str) -> Option<String>) -> Self {
        // PostgreSQL's text holds no NUL.
        let text = |key: &str| get(key).map(|value| value.replace('\0', "").trim().to_owned()).filter(|value| !value.is_empty());
        TeamQuery {
            q: text("q").unwrap_or_default().to_lowercase().chars().take(MAX_QUERY).collect(),
            role: text("role").and_then(|role| role.parse().ok()),
            after: text("after").filter(|after| after.len() <= MAX_CURSOR).and_then(|after| after.parse().ok()),
            invites_after: text("invites_after").and_then(|after| after.parse().ok()),
        }
    }

    pub fn is_filtered(&self) -> bool {
        !self.q.is_empty() || self.role.is_some()
    }

    /// The address of this view, below the tenant's own.
    pub fn href(&self, base: &str) -> String {
        self.at(&format!("{base}/team"))
    }

    /// The address of this view of the page at this path.
    pub fn at(&self, path: &str) -> String {
        let mut pairs: Vec<(&str, String)> = Vec::new();
        if !self.q.is_empty() {
            pairs.push(("q", self.q.clone()));
        }
        pairs.extend(self.role.map(|role| ("role", role.as_str().to_owned())));
        pairs.extend(self.after.as_ref().map(|after| ("after", after.to_string())));
        pairs.extend(self.invites_after.map(|after| ("invites_after", after.simple().to_string())));
        let mut href = path.to_owned();
        for (n, (key, value)) in pairs.iter().enumerate() {
            // Writing to a String cannot fail.
            let _ = write!(href, "{}{key}={}", if n == 0 { '?' } else { '&' }, encode(value));
        }
        href
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_a_link_and_back() {
        let query = TeamQuery {
            q: "olga m.".into(),
            role: Some(Role::Admin),
            after: Some(MemberCursor { rank: 3, name: "max m. müller".into(), user: Uuid::nil() }),
            invites_after: Some(Uuid::nil()),
        };
        let nil = "00000000000000000000000000000000";
        let href = query.href("/t/acme");
        assert_eq!(href, format!("/t/acme/team?q=olga%20m.&role=admin&after=3.{nil}.max%20m.%20m%C3%BCller&invites_after={nil}"));
        let pairs = [
            ("q", " Olga M. ".to_owned()),
            ("role", "admin".into()),
            ("after", format!("3.{nil}.max m. müller")),
            ("invites_after", nil.into()),
        ];
        assert_eq!(TeamQuery::parse(|key| pairs.iter().find(|(k, _)| *k == key).map(|(_, value)| value.clone())), query);
        assert_eq!(TeamQuery::default().href(""), "/team");
    }

    #[test]
    fn nonsense_in_the_address_is_left_out() {
        assert_eq!(TeamQuery::parse(|key| (key != "q").then(|| "x".repeat(1_000))), TeamQuery::default());
        assert_eq!(TeamQuery::parse(|_| Some("\0".into())), TeamQuery::default());
    }
}
