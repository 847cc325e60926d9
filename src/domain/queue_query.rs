//! The console's lists of jobs and mail as addresses: `?state=&kind=&after=`, so that a view is a link. What cannot be read is left out.

use uuid::Uuid;

use super::job::{JobKind, JobState, MailState};

pub const PAGE_SIZE: usize = 50;

/// `/admin/jobs`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JobQuery {
    pub state: Option<JobState>,
    pub kind: Option<JobKind>,
    pub after: Option<Uuid>,
}

/// `/admin/mail`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MailQuery {
    pub state: Option<MailState>,
    pub after: Option<Uuid>,
}

fn read<T: std::str::FromStr>(get: &impl Fn(&str) -> Option<String>, key: &str) -> Option<T> {
    get(key)?.trim().parse().ok()
}

fn address(path: &str, pairs: &[(&str, Option<String>)]) -> String {
    // Keys of enums and ids in hex: nothing to encode.
    let set: Vec<String> = pairs.iter().filter_map(|(key, value)| Some(format!("{key}={}", value.as_ref()?))).collect();
    if set.is_empty() { path.to_owned() } else { format!("{path}?{}", set.join("&")) }
}

impl JobQuery {
    pub fn parse(get: impl Fn(&str) -> Option<String>) -> Self {
        Self { state: read(&get, "state"), kind: read(&get, "kind"), after: read(&get, "after") }
    }

    pub fn is_filtered(&self) -> bool {
        self.state.is_some() || self.kind.is_some()
    }

    /// The address of this view.
    pub fn href(&self) -> String {
        let (state, kind) = (self.state.map(|state| state.as_str().to_owned()), self.kind.map(|kind| kind.as_str().to_owned()));
        address("/admin/jobs", &[("state", state), ("kind", kind), ("after", self.after.map(|id| id.simple().to_string()))])
    }
}

impl MailQuery {
    pub fn parse(get: impl Fn(&str) -> Option<String>) -> Self {
        Self { state: read(&get, "state"), after: read(&get, "after") }
    }

    /// The address of this view.
    pub fn href(&self) -> String {
        let state = self.state.map(|state| state.as_str().to_owned());
        address("/admin/mail", &[("state", state), ("after", self.after.map(|id| id.simple().to_string()))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_a_link_and_back() {
        let query = JobQuery { state: Some(JobState::Failed), kind: Some(JobKind::EndTrial), after: Some(Uuid::from_u128(7)) };
        assert_eq!(query.href(), "/admin/jobs?state=failed&kind=end_trial&after=00000000000000000000000000000007");
        let pairs = [("state", "failed"), ("kind", "end_trial"), ("after", "00000000000000000000000000000007")];
        assert_eq!(JobQuery::parse(|key| pairs.iter().find(|(k, _)| *k == key).map(|(_, v)| v.to_string())), query);
        assert_eq!(JobQuery::parse(|_| Some("nonsense".to_owned())), JobQuery::default());
        assert_eq!(MailQuery { state: Some(MailState::Bounced), after: None }.href(), "/admin/mail?state=bounced");
        assert_eq!(MailQuery::default().href(), "/admin/mail");
    }
}
