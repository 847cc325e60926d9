//! One line for every route of the machine API: what opens it, a valid input, and what it answers then. A new route adds its line here;
//! without it the prover fails.

use tenantry::domain::key::Scope;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opens {
    /// A tenant's key with this scope.
    With(Scope),
    /// A platform key.
    #[expect(dead_code, reason = "the platform's routes come with the next commit")]
    Platform,
}

#[derive(Debug, Clone, Copy)]
pub struct KeyProbe {
    /// As the document lists it: `GET /api/v1/features/{key}`.
    pub route: &'static str,
    pub opens: Opens,
    /// What stands in the path's gaps: `("{key}", "webhooks")`. Values may have gaps of the scene in turn, such as `<open>`.
    pub path: &'static [(&'static str, &'static str)],
    /// JSON, with gaps of the scene such as `<new-slug>`.
    pub body: Option<&'static str>,
    pub done: u16,
}

const fn get(route: &'static str, opens: Opens) -> KeyProbe {
    KeyProbe { route, opens, path: &[], body: None, done: 200 }
}

const fn post(route: &'static str, opens: Opens, body: &'static str, done: u16) -> KeyProbe {
    KeyProbe { route, opens, path: &[], body: Some(body), done }
}

impl KeyProbe {
    const fn at(mut self, path: &'static [(&'static str, &'static str)]) -> Self {
        self.path = path;
        self
    }

    pub fn method(&self) -> &'static str {
        self.route.split_once(' ').expect("method and path").0
    }

    pub fn has(&self, gap: &str) -> bool {
        self.path.iter().any(|(_, value)| value.contains(gap)) || self.body.is_some_and(|body| body.contains(gap))
    }
}

use Opens::With;

/// What belongs to one tenant and is named by its id: gap, and the query for one of a tenant `$T`. The prover puts B's into A's calls.
pub const OWNED: &[(&str, &str)] = &[];

pub const KEYED: &[KeyProbe] = &[
    get("GET /api/v1/tenant", With(Scope::Read)),
    get("GET /api/v1/features/{key}", With(Scope::Read)).at(&[("{key}", "webhooks")]),
    get("GET /api/v1/usage", With(Scope::Read)),
    post("POST /api/v1/usage", With(Scope::Usage), r#"[{"meter": "tokens", "amount": 5, "idempotency_key": "probe"}]"#, 202),
];
