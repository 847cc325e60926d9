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

const fn get(route: &'static str, opens: Opens) -> KeyProbe {
    KeyProbe { route, opens, path: &[], body: None, done: 200 }
}

const fn post(route: &'static str, opens: Opens, body: Option<&'static str>) -> KeyProbe {
    KeyProbe { route, opens, path: &[], body, done: 200 }
}

const fn call(route: &'static str, opens: Opens, body: &'static str, done: u16) -> KeyProbe {
    KeyProbe { route, opens, path: &[], body: Some(body), done }
}

impl KeyProbe {
    const fn answers(mut self, done: u16) -> Self {
        self.done = done;
        self
    }

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

/// Stands for the bytes of an archive, which are no text.
pub const ARCHIVE: &str = "an archive";

/// What belongs to one tenant and is named by its id: gap, and the query for one of a tenant `$T`. The prover puts B's into A's calls.
pub const OWNED: &[(&str, &str)] = &[
    // A fresh one each time: a call may settle it.
    (
        "<lease>",
        "insert into leases (tenant_id, meter, expires_at) values ('$T', 'sessions', now() + interval '1 hour') returning id::text",
    ),
    (
        "<reservation>",
        "with held as (
           insert into usage_counters as c (tenant_id, meter, period_start, used, reserved)
           values ('$T', 'messages', this_month(), 0, 1)
           on conflict on constraint usage_counters_pkey do update set reserved = c.reserved + 1
         )
         insert into reservations (tenant_id, meter, period_start, amount, expires_at)
         values ('$T', 'messages', this_month(), 1, now() + interval '1 hour')
         returning id::text",
    ),
    ("<agent>", "insert into agents (tenant_id, name, model) values ('$T', 'helper ' || gen_random_uuid(), 'large') returning id::text"),
    (
        "<document>",
        "insert into documents (tenant_id, file, name, content_type, size_bytes, created_by)
         values ('$T', gen_random_uuid(), 'notes.txt', 'text/plain', 7, 'tests') returning id::text",
    ),
    ("<thread>", "insert into threads (tenant_id, title) values ('$T', 'hello') returning id::text"),
];

pub const KEYED: &[KeyProbe] = &[
    get("GET /metrics", Platform),
    get("GET /api/v1/platform/tenants", Platform),
    call(
        "POST /api/v1/platform/tenants",
        Platform,
        r#"{"name": "New", "slug": "<new-slug>", "plan": "pro", "owner_email": "n@new.example", "monthly_budget_usd": "50.00"}"#,
        201,
    ),
    get("GET /api/v1/platform/tenants/{slug}", Platform).at(&[("{slug}", "acme")]),
    call(
        "POST /api/v1/platform/tenants/{slug}/clone",
        Platform,
        r#"{"name": "Another", "slug": "<new-slug>", "owner_email": "n@new.example"}"#,
        201,
    )
    .at(&[("{slug}", "acme")]),
    get("GET /api/v1/platform/tenants/{slug}/provisioning", Platform).at(&[("{slug}", "acme")]),
    call("PATCH /api/v1/platform/tenants/{slug}", Platform, r#"{"name": "Renamed", "monthly_budget_usd": null}"#, 200)
        .at(&[("{slug}", "<open>")]),
    call("POST /api/v1/platform/tenants/{slug}/suspend", Platform, r#"{"reason": "unpaid"}"#, 200).at(&[("{slug}", "<open>")]),
    get("DELETE /api/v1/platform/tenants/{slug}", Platform).at(&[("{slug}", "<open>")]),
    get("POST /api/v1/platform/tenants/{slug}/restore", Platform).at(&[("{slug}", "<deleted>")]),
    get("POST /api/v1/platform/tenants/{slug}/export", Platform).at(&[("{slug}", "<open>")]).answers(202),
    get("GET /api/v1/platform/tenants/{slug}/export", Platform).at(&[("{slug}", "<exported>")]),
    get("GET /api/v1/platform/tenants/{slug}/export/archive", Platform).at(&[("{slug}", "<archived>")]),
    call("POST /api/v1/platform/tenants/import", Platform, ARCHIVE, 201).at(&[("/import", "/import?slug=<new-slug>")]),
    get("GET /api/v1/platform/tenants/{slug}/usage", Platform).at(&[("{slug}", "acme")]),
    get("POST /api/v1/platform/tenants/{slug}/resume", Platform).at(&[("{slug}", "<suspended>")]),
    call("POST /api/v1/platform/tenants/{slug}/invites", Platform, r#"{"email": "guest@new.example", "role": "viewer"}"#, 201)
        .at(&[("{slug}", "<open>")]),
    get("GET /api/v1/platform/plans", Platform),
    call("PUT /api/v1/platform/tenants/{slug}/plan", Platform, r#"{"plan": "starter"}"#, 200).at(&[("{slug}", "<open>")]),
    call("POST /api/v1/platform/tenants/{slug}/trial/extend", Platform, r#"{"until": "<later>"}"#, 200).at(&[("{slug}", "<trial>")]),
    get("POST /api/v1/platform/tenants/{slug}/trial/convert", Platform).at(&[("{slug}", "<trial>")]),
    call("POST /api/v1/platform/tenants/{slug}/unpaid", Platform, r#"{"owed": "two invoices"}"#, 200).at(&[("{slug}", "<open>")]),
    get("POST /api/v1/platform/tenants/{slug}/paid", Platform).at(&[("{slug}", "<unpaid>")]),
    get("GET /api/v1/platform/tenants/{slug}/quotas", Platform).at(&[("{slug}", "acme")]),
    call("PUT /api/v1/platform/tenants/{slug}/quotas/{meter}", Platform, r#"{"limit": 200, "reason": "a deal", "until": "<later>"}"#, 200)
        .at(&[("{slug}", "<open>"), ("{meter}", "tokens")]),
    get("DELETE /api/v1/platform/tenants/{slug}/quotas/{meter}", Platform)
        .at(&[("{slug}", "<overridden>"), ("{meter}", "tokens?reason=over")]),
    call(
        "POST /api/v1/platform/tenants/{slug}/quotas/{meter}/grants",
        Platform,
        r#"{"amount": 5, "reason": "sorry", "until": "<later>"}"#,
        201,
    )
    .at(&[("{slug}", "<open>"), ("{meter}", "tokens")]),
    get("GET /api/v1/platform/tenants/{slug}/features", Platform).at(&[("{slug}", "acme")]),
    call("PUT /api/v1/platform/tenants/{slug}/features/{key}", Platform, r#"{"enabled": true, "reason": "a pilot", "until": null}"#, 200)
        .at(&[("{slug}", "<open>"), ("{key}", "sso")]),
    get("DELETE /api/v1/platform/tenants/{slug}/features/{key}", Platform).at(&[("{slug}", "<open>"), ("{key}", "sso?reason=over")]),
    get("GET /api/v1/platform/alerts", Platform),
    get("POST /api/v1/platform/alerts/{id}/acknowledge", Platform).at(&[("{id}", "<alert>")]).answers(204),
    get("GET /api/v1/tenant", With(Scope::Read)),
    get("GET /api/v1/features/{key}", With(Scope::Read)).at(&[("{key}", "webhooks")]),
    post("POST /api/v1/quota/{meter}/consume", With(Scope::Usage), Some(r#"{"amount": 1}"#)).at(&[("{meter}", "tokens")]),
    post("POST /api/v1/quota/{meter}/reserve", With(Scope::Usage), Some(r#"{"amount": 1, "ttl_seconds": 60}"#))
        .at(&[("{meter}", "tokens")]),
    post("POST /api/v1/quota/reservations/{id}/commit", With(Scope::Usage), None).at(&[("{id}", "<reservation>")]),
    post("POST /api/v1/quota/reservations/{id}/release", With(Scope::Usage), None).at(&[("{id}", "<reservation>")]),
    post("POST /api/v1/quota/{meter}/leases", With(Scope::Usage), None).at(&[("{meter}", "sessions")]),
    post("POST /api/v1/quota/{meter}/leases/{id}/heartbeat", With(Scope::Usage), None).at(&[("{meter}", "sessions"), ("{id}", "<lease>")]),
    post("POST /api/v1/quota/{meter}/leases/{id}/release", With(Scope::Usage), None).at(&[("{meter}", "sessions"), ("{id}", "<lease>")]),
    get("GET /api/v1/agents", With(Scope::Resources)),
    call("POST /api/v1/agents", With(Scope::Resources), r#"{"name": "<new-name>", "model": "large", "department": "Sales"}"#, 201),
    get("GET /api/v1/agents/{id}", With(Scope::Resources)).at(&[("{id}", "<agent>")]),
    call("PATCH /api/v1/agents/{id}", With(Scope::Resources), r#"{"active": false}"#, 200).at(&[("{id}", "<agent>")]),
    get("DELETE /api/v1/agents/{id}", With(Scope::Resources)).at(&[("{id}", "<agent>")]).answers(204),
    get("GET /api/v1/knowledge", With(Scope::Resources)),
    call("POST /api/v1/knowledge", With(Scope::Resources), "something to read", 201).at(&[("/knowledge", "/knowledge?name=notes.txt")]),
    get("GET /api/v1/knowledge/{id}", With(Scope::Resources)).at(&[("{id}", "<document>")]),
    get("GET /api/v1/knowledge/{id}/content", With(Scope::Resources)).at(&[("{id}", "<kept>")]),
    get("DELETE /api/v1/knowledge/{id}", With(Scope::Resources)).at(&[("{id}", "<document>")]).answers(204),
    get("GET /api/v1/threads", With(Scope::Resources)),
    call("POST /api/v1/threads", With(Scope::Resources), r#"{"title": "Hello", "agent": "<agent>"}"#, 201),
    get("GET /api/v1/threads/{id}/messages", With(Scope::Resources)).at(&[("{id}", "<thread>")]),
    call("POST /api/v1/threads/{id}/messages", With(Scope::Resources), r#"{"role": "user", "content": "hi"}"#, 201)
        .at(&[("{id}", "<thread>")]),
    get("GET /api/v1/usage", With(Scope::Read)),
    call("POST /api/v1/usage", With(Scope::Usage), r#"[{"meter": "tokens", "amount": 5, "idempotency_key": "probe"}]"#, 202),
];
