//! One line for every route of the machine API: what opens it, a valid input, and what it answers then. A new route adds its line here;
//! without it the prover fails.

use tenantry::domain::key::Scope;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opens {
    /// A tenant's key with this scope.
    With(Scope),
    /// A platform key.
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

const fn send(route: &'static str, opens: Opens, body: &'static str, done: u16) -> KeyProbe {
    KeyProbe { route, opens, path: &[], body: Some(body), done }
}

const fn get(route: &'static str, opens: Opens) -> KeyProbe {
    KeyProbe { route, opens, path: &[], body: None, done: 200 }
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

use Opens::{Platform, With};

/// What belongs to one tenant and is named by its id: gap, and the query for one of a tenant `$T`. The prover puts B's into A's calls.
pub const OWNED: &[(&str, &str)] = &[];

pub const KEYED: &[KeyProbe] = &[
    get("GET /metrics", Platform),
    get("GET /api/v1/tenant", With(Scope::Read)),
    get("GET /api/v1/features/{key}", With(Scope::Read)).at(&[("{key}", "webhooks")]),
    get("GET /api/v1/platform/tenants", Platform),
    send(
        "POST /api/v1/platform/tenants",
        Platform,
        r#"{"name": "New", "slug": "<new-slug>", "plan": "pro", "owner_email": "n@new.example", "monthly_budget_usd": "50.00"}"#,
        201,
    ),
    get("GET /api/v1/platform/tenants/{slug}", Platform).at(&[("{slug}", "acme")]),
    send("PATCH /api/v1/platform/tenants/{slug}", Platform, r#"{"name": "Renamed", "monthly_budget_usd": null}"#, 200)
        .at(&[("{slug}", "<open>")]),
    send("POST /api/v1/platform/tenants/{slug}/suspend", Platform, r#"{"reason": "unpaid"}"#, 200).at(&[("{slug}", "<open>")]),
    get("POST /api/v1/platform/tenants/{slug}/resume", Platform).at(&[("{slug}", "<suspended>")]),
    send("POST /api/v1/platform/tenants/{slug}/invites", Platform, r#"{"email": "guest@new.example", "role": "viewer"}"#, 201)
        .at(&[("{slug}", "<open>")]),
];
