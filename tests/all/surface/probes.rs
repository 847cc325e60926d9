//! One line for every page, server function and route: the least that may use it, a valid input, and what it answers then.
//! A new feature adds its lines here; without them the prover fails.

use tenantry::domain::role::Role;

use crate::world::people::PASSWORD;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Least {
    /// Also who is not signed in.
    Anybody,
    SignedIn,
    /// In the tenant that `{slug}` names.
    In(Role),
    Platform,
}

#[derive(Debug, Clone, Copy)]
pub struct Probe {
    /// As the server lists it: `GET /t/{slug}`, `POST /fn/team/remove`.
    pub route: &'static str,
    pub least: Least,
    pub input: &'static [(&'static str, &'static str)],
    /// Status for who is not signed in, and for who is, when they may.
    pub done: (u16, u16),
    /// The call ends or replaces the session that it is made with.
    pub uses_up_session: bool,
    /// The input is a file in a form.
    pub file: bool,
    /// The call is made from an account of its own that stands here.
    pub stage: Option<Stage>,
}

/// How far an account is with its second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Signed in halfway: the code is still to come.
    Half,
    /// Has seen a secret that is to be confirmed.
    SettingUp,
    /// Has one.
    Enrolled,
}

const fn page(route: &'static str, least: Least) -> Probe {
    Probe { route, least, input: &[], done: (200, 200), uses_up_session: false, file: false, stage: None }
}

const fn function(route: &'static str, least: Least, input: &'static [(&'static str, &'static str)]) -> Probe {
    Probe { route, least, input, done: (200, 200), uses_up_session: false, file: false, stage: None }
}

impl Probe {
    const fn answers(mut self, anonymous: u16, signed_in: u16) -> Self {
        self.done = (anonymous, signed_in);
        self
    }

    const fn file(mut self) -> Self {
        self.file = true;
        self
    }

    const fn at(mut self, stage: Stage) -> Self {
        self.stage = Some(stage);
        self
    }

    const fn uses_up_session(mut self) -> Self {
        self.uses_up_session = true;
        self
    }

    pub fn path(&self) -> &'static str {
        self.route.split_once(' ').expect("method and path").1
    }

    pub fn is_function(&self) -> bool {
        self.route.starts_with("POST ")
    }

    /// Whether it is a file with a name or a stream, which a refusal of its own belongs to and no page.
    pub fn is_file(&self) -> bool {
        self.path().contains('.') || self.path().ends_with("/live")
    }

    /// Whether the path or a field has this gap.
    pub fn has(&self, gap: &str) -> bool {
        self.path().contains(gap) || self.input.iter().any(|(_, value)| value.contains(gap))
    }
}

use Least::{Anybody, In, Platform, SignedIn};

/// Gaps such as `{slug}` are filled by the scene.
pub const PROBES: &[Probe] = &[
    page("GET /healthz", Anybody),
    page("GET /internal/tls-allowed", Anybody).answers(404, 404),
    page("GET /readyz", Anybody),
    page("GET /api/docs", Anybody),
    page("GET /api/openapi.json", Anybody),
    page("GET /", SignedIn).answers(303, 303),
    page("GET /login", Anybody).answers(200, 303),
    page("GET /login/code", Anybody).answers(303, 303),
    page("GET /logout", SignedIn),
    page("GET /invite/{token}", Anybody),
    page("GET /signup", Anybody),
    page("GET /signup/{signup}", Anybody),
    page("GET /reset", Anybody),
    page("GET /reset/{reset}", Anybody),
    page("GET /restore/{restore}", Anybody),
    page("GET /account", SignedIn),
    page("GET /account/email/{link}", SignedIn),
    page("GET /tenants", SignedIn),
    page("GET /admin", Platform),
    page("GET /admin/bulk", Platform),
    page("GET /admin/bulk/{run}", Platform),
    page("GET /admin/audit", Platform),
    page("GET /admin/audit/events.csv", Platform),
    page("GET /admin/audit/events.jsonl", Platform),
    page("GET /admin/health", Platform),
    page("GET /admin/health/alerts", Platform),
    page("GET /admin/health/rules", Platform),
    page("GET /admin/health/rules/new", Platform),
    page("GET /admin/health/rules/{rule}", Platform),
    page("GET /admin/isolation", Platform),
    page("GET /admin/isolation/{check}", Platform),
    page("GET /admin/isolation/{check}/result.json", Platform),
    page("GET /admin/confirm", Platform),
    page("GET /admin/go", Platform),
    page("GET /admin/go/help", Platform),
    page("GET /admin/features", Platform),
    page("GET /admin/features/new", Platform),
    page("GET /admin/features/{feature}", Platform),
    page("GET /admin/jobs", Platform),
    page("GET /admin/keys", Platform),
    page("GET /admin/mail", Platform),
    page("GET /admin/mail/{mail}", Platform),
    page("GET /admin/mail/{mail}/html", Platform),
    page("GET /admin/meters", Platform),
    page("GET /admin/meters/new", Platform),
    page("GET /admin/meters/{meter}", Platform),
    page("GET /admin/plans", Platform),
    page("GET /admin/plans/new", Platform),
    page("GET /admin/plans/{plan}", Platform),
    page("GET /admin/plans/{plan}/draft", Platform),
    page("GET /admin/plans/{plan}/draft/{meter}", Platform),
    page("GET /admin/plans/{plan}/move", Platform),
    page("GET /admin/plans/{plan}/moves/{move}", Platform),
    page("GET /admin/prices", Platform),
    page("GET /admin/prices/new", Platform),
    page("GET /admin/purged", Platform),
    page("GET /admin/purged/{purge}/receipt.json", Platform),
    page("GET /admin/staff", Platform),
    page("GET /admin/staff/{staff}", Platform),
    page("GET /admin/templates", Platform),
    page("GET /admin/templates/new", Platform),
    page("GET /admin/templates/{template}", Platform),
    page("GET /admin/tenants", Platform),
    page("GET /admin/tenants.csv", Platform),
    page("GET /admin/tenants/new", Platform),
    page("GET /admin/tenants/import", Platform),
    page("GET /admin/tenants/{slug}", Platform),
    page("GET /admin/tenants/{slug}/audit", Platform),
    page("GET /admin/tenants/{slug}/audit.csv", Platform),
    page("GET /admin/tenants/{slug}/audit.jsonl", Platform),
    page("GET /admin/tenants/{slug}/billing", Platform),
    page("GET /admin/tenants/{slug}/branding", Platform),
    page("GET /admin/tenants/{slug}/clone", Platform),
    page("GET /admin/tenants/{slug}/domains", Platform),
    page("GET /admin/tenants/{slug}/export", Platform),
    page("GET /admin/tenants/{slug}/purge", Platform),
    page("GET /admin/tenants/{slug}/features", Platform),
    page("GET /admin/tenants/{slug}/provisioning", Platform),
    page("GET /admin/tenants/{slug}/quotas", Platform),
    page("GET /admin/tenants/{slug}/quotas/{meter}", Platform),
    page("GET /admin/tenants/{slug}/settings", Platform),
    page("GET /admin/tenants/{slug}/support", Platform),
    page("GET /admin/tenants/{slug}/usage", Platform),
    page("GET /admin/tenants/{slug}/usage.csv", Platform),
    page("GET /admin/tenants/{slug}/users", Platform),
    page("GET /admin/usage", Platform),
    page("GET /admin/views", Platform),
    page("GET /t/{slug}", In(Role::Viewer)),
    page("GET /t/{slug}/agents", In(Role::Viewer)),
    page("GET /t/{slug}/agents/new", In(Role::Member)),
    page("GET /t/{slug}/agents/{agent}", In(Role::Member)),
    page("GET /t/{slug}/audit", In(Role::Admin)),
    page("GET /t/{slug}/audit.jsonl", In(Role::Admin)),
    page("GET /t/{slug}/branding", In(Role::Admin)),
    page("GET /t/{slug}/branding/css/{version}/portal.css", In(Role::Viewer)),
    page("GET /t/{slug}/branding/image/{image}/image.png", In(Role::Admin)),
    page("GET /t/{slug}/branding/mail/{kind}/mail.html", In(Role::Admin)),
    page("GET /t/{slug}/branding/preview/{part}", In(Role::Admin)),
    page("GET /t/{slug}/export", In(Role::Owner)),
    page("GET /t/{slug}/knowledge", In(Role::Viewer)),
    page("GET /t/{slug}/knowledge/{document}", In(Role::Viewer)),
    page("GET /t/{slug}/domains", In(Role::Admin)),
    page("GET /t/{slug}/keys", In(Role::Admin)),
    page("GET /t/{slug}/billing", In(Role::Admin)),
    page("GET /t/{slug}/billing/{number}", In(Role::Admin)),
    page("GET /t/{slug}/billing/{number}/invoice.csv", In(Role::Admin)),
    page("GET /t/{slug}/billing/{number}/invoice.pdf", In(Role::Admin)),
    page("GET /t/{slug}/plan", In(Role::Viewer)),
    page("GET /t/{slug}/plan/{plan}", In(Role::Owner)),
    page("GET /t/{slug}/roles", In(Role::Viewer)),
    page("GET /t/{slug}/settings", In(Role::Owner)),
    page("GET /t/{slug}/setup", In(Role::Admin)),
    page("GET /t/{slug}/team", In(Role::Viewer)),
    page("GET /t/{slug}/team/import", In(Role::Admin)),
    page("GET /t/{slug}/team/import/{import}", In(Role::Admin)),
    page("GET /t/{slug}/team/invites/{invite}", In(Role::Admin)),
    page("GET /t/{slug}/team/members/{member}", In(Role::Viewer)),
    page("GET /t/{slug}/usage", In(Role::Viewer)),
    page("GET /t/{slug}/live", In(Role::Viewer)),
    page("GET /t/{slug}/usage.csv", In(Role::Viewer)),
    function("POST /fn/auth/sign-in", Anybody, &[("email", "vi@acme.example"), ("password", PASSWORD)]).uses_up_session(),
    function("POST /fn/auth/code", Anybody, &[("code", "{code}")]).at(Stage::Half),
    function("POST /fn/auth/sign-out", Anybody, &[]).uses_up_session(),
    function("POST /fn/invite/accept", Anybody, &[("token", "{token}"), ("name", "Nova New"), ("password", PASSWORD)]).uses_up_session(),
    // Before the browser has a form: afterwards the second mail would be asked for too soon.
    function("POST /fn/signup/resend", Anybody, &[]),
    function("POST /fn/signup/company", Anybody, &[("name", "New"), ("slug", "{new-slug}")]),
    function("POST /fn/signup/check-slug", Anybody, &[("slug", "{new-slug}")]),
    function("POST /fn/signup/plan", Anybody, &[("plan", "free")]),
    function("POST /fn/signup/person", Anybody, &[("name", "Nova New"), ("email", "nova@new.example")]),
    function("POST /fn/signup/restart", Anybody, &[]),
    function("POST /fn/signup/complete", Anybody, &[("token", "{signup}"), ("password", PASSWORD)]).uses_up_session(),
    function("POST /fn/reset/request", Anybody, &[("email", "nobody@acme.example")]),
    function("POST /fn/reset/set", Anybody, &[("token", "{reset}"), ("password", "seven violet lanterns drift")]),
    function("POST /fn/account/change-email", SignedIn, &[("email", "{new-email}"), ("password", PASSWORD)]),
    function("POST /fn/account/confirm-email", SignedIn, &[("token", "{link}")]),
    function("POST /fn/alerts/acknowledge", Platform, &[("alert", "{alert}")]),
    function("POST /fn/alerts/assign", Platform, &[("alert", "{alert}"), ("assigned_to", "{staff}")]),
    function(
        "POST /fn/alert-rules/create",
        Platform,
        &[("name", "Errors"), ("metric", "error_rate"), ("threshold", "5"), ("minutes", "10"), ("recipients", "root@tenantry.example")],
    ),
    function(
        "POST /fn/alert-rules/change",
        Platform,
        &[
            ("rule", "{rule}"),
            ("name", "Errors"),
            ("metric", "error_rate"),
            ("threshold", "6"),
            ("minutes", "10"),
            ("recipients", "root@tenantry.example"),
        ],
    ),
    function("POST /fn/alert-rules/delete", Platform, &[("rule", "{rule}")]),
    function("POST /fn/isolation/check", Platform, &[]),
    function("POST /fn/jobs/retry", Platform, &[("job", "{failed-job}")]),
    function("POST /fn/jobs/cancel", Platform, &[("job", "{queued-job}")]),
    function("POST /fn/mail/send-again", Platform, &[("mail", "{mail}")]),
    function("POST /fn/account/revoke-session", SignedIn, &[("session", "{session}")]),
    function("POST /fn/account/revoke-others", SignedIn, &[]),
    function("POST /fn/account/theme", SignedIn, &[("theme", "dark")]),
    function("POST /fn/account/profile", SignedIn, &[("name", "{new-name}"), ("time_zone", "Europe/Berlin")]),
    function("POST /fn/account/password", SignedIn, &[("current_password", PASSWORD), ("new_password", PASSWORD)]),
    function("POST /fn/account/factor-begin", SignedIn, &[("factor_password", PASSWORD)]),
    function("POST /fn/account/factor-confirm", SignedIn, &[("first_code", "{code}")]).at(Stage::SettingUp),
    function("POST /fn/account/factor-codes", SignedIn, &[("own_password", PASSWORD), ("own_code", "{code}")]).at(Stage::Enrolled),
    function("POST /fn/account/factor-remove", SignedIn, &[("own_password", PASSWORD), ("own_code", "{code}")]).at(Stage::Enrolled),
    function("POST /fn/setup/skip", In(Role::Admin), &[("tenant", "{slug}"), ("step", "look")]),
    function("POST /fn/setup/dismiss", In(Role::Admin), &[("tenant", "{slug}")]),
    function("POST /fn/settings/change", In(Role::Owner), &[("tenant", "{slug}"), ("name", "{new-name}")]),
    function(
        "POST /fn/settings/delete",
        In(Role::Owner),
        &[("tenant", "{slug}"), ("confirm_slug", "{slug}"), ("confirm_password", PASSWORD)],
    ),
    function("POST /fn/settings/models", In(Role::Owner), &[("tenant", "{slug}"), ("allowed_models", ""), ("default_model", "{new-name}")]),
    function("POST /fn/settings/slug", In(Role::Owner), &[("tenant", "{slug}"), ("new_slug", "{new-slug}"), ("repeat_slug", "{slug}")]),
    function("POST /fn/settings/restore", Anybody, &[("token", "{restore}")]),
    function("POST /fn/agents/create", In(Role::Member), &[("tenant", "{slug}"), ("name", "{new-name}"), ("model", "large")]),
    function(
        "POST /fn/agents/change",
        In(Role::Member),
        &[("tenant", "{slug}"), ("agent", "{agent}"), ("name", "{new-name}"), ("model", "small")],
    ),
    function("POST /fn/agents/activate", In(Role::Member), &[("tenant", "{slug}"), ("agent", "{agent}"), ("active", "no")]),
    function("POST /fn/agents/delete", In(Role::Member), &[("tenant", "{slug}"), ("agent", "{agent}")]),
    function("POST /t/{slug}/knowledge", In(Role::Member), &[("document", "notes.txt")]).file(),
    function("POST /fn/knowledge/delete", In(Role::Member), &[("tenant", "{slug}"), ("document", "{document}")]),
    function("POST /fn/domains/add", In(Role::Admin), &[("tenant", "{slug}"), ("domain", "{new-domain}")]),
    function("POST /fn/domains/check", In(Role::Admin), &[("tenant", "{slug}"), ("domain", "{domain}")]),
    function("POST /fn/domains/primary", In(Role::Admin), &[("tenant", "{slug}"), ("domain", "{proved}")]),
    function("POST /fn/domains/remove", In(Role::Admin), &[("tenant", "{slug}"), ("domain", "{domain}")]),
    function("POST /fn/keys/create", In(Role::Admin), &[("tenant", "{slug}"), ("name", "CI"), ("read", "on")]),
    function("POST /fn/keys/rotate", In(Role::Admin), &[("tenant", "{slug}"), ("key", "{key}"), ("overlap", "24")]),
    function("POST /fn/keys/revoke", In(Role::Admin), &[("tenant", "{slug}"), ("key", "{key}")]),
    function(
        "POST /fn/plan/change",
        In(Role::Owner),
        &[("tenant", "{slug}"), ("plan", "pro"), ("version", "{smaller}"), ("day", "{today}"), ("request", "{new-id}")],
    ),
    function("POST /fn/plan/cancel", In(Role::Owner), &[("tenant", "{slug}"), ("change", "{change}")]),
    function(
        "POST /fn/plan/ask",
        In(Role::Owner),
        &[("tenant", "{slug}"), ("plan", "enterprise"), ("request", "{new-id}"), ("message", "More, please.")],
    ),
    function("POST /fn/billing/email", In(Role::Owner), &[("tenant", "{slug}"), ("email", "bills@acme.example")]),
    function("POST /fn/sales/answer", Platform, &[("slug", "acme"), ("request", "{question}")]),
    function("POST /fn/platform-keys/create", Platform, &[("name", "Deploy")]),
    function("POST /fn/platform-keys/rotate", Platform, &[("key", "{platform-key}"), ("overlap", "0")]),
    function("POST /fn/platform-keys/revoke", Platform, &[("key", "{platform-key}")]),
    function("POST /fn/go/run", Platform, &[("command", "suspend {open}"), ("was", "active"), ("reason", "unpaid")]),
    function("POST /fn/staff/appoint", Platform, &[("email", "{new-email}"), ("role", "support")]),
    function("POST /fn/staff/confirm", Platform, &[("password", PASSWORD)]),
    function("POST /fn/staff/end", Platform, &[("user", "{staff}")]),
    function("POST /fn/staff/role", Platform, &[("user", "{staff}"), ("was", "support"), ("role", "billing")]),
    // The scene's staff need none: this says so again.
    function("POST /fn/staff/second-factor", Platform, &[]),
    function("POST /fn/support/begin", Platform, &[("slug", "{slug}"), ("reason", "a question")]).uses_up_session(),
    function("POST /fn/support/end", Platform, &[]).uses_up_session(),
    function("POST /fn/support/stop", In(Role::Owner), &[("tenant", "{slug}"), ("access", "{access}")]),
    function("POST /fn/team/invite", In(Role::Admin), &[("tenant", "{slug}"), ("email", "{new-email}"), ("role", "viewer")]),
    function("POST /fn/team/resend", In(Role::Admin), &[("tenant", "{slug}"), ("invite", "{invite}")]),
    function("POST /fn/team/revoke", In(Role::Admin), &[("tenant", "{slug}"), ("invite", "{invite}")]),
    function("POST /t/{slug}/branding", In(Role::Admin), &[("sign_in_text", "text")]).file(),
    function("POST /t/{slug}/branding/preview", In(Role::Admin), &[("sign_in_text", "text")]).file(),
    function("POST /fn/branding/publish", In(Role::Admin), &[("tenant", "{slug}"), ("revision", "{draft}")]),
    function("POST /fn/branding/discard", In(Role::Admin), &[("tenant", "{slug}"), ("revision", "{draft}")]),
    function("POST /fn/branding/use", In(Role::Admin), &[("tenant", "{slug}"), ("version", "{version}"), ("revision", "{revision}")]),
    function("POST /t/{slug}/team/import", In(Role::Admin), &[("file", "people.csv")]).file(),
    function("POST /fn/team/import", In(Role::Admin), &[("tenant", "{slug}"), ("import", "{import}")]),
    function("POST /fn/team/role", In(Role::Admin), &[("tenant", "{slug}"), ("member", "{member}"), ("was", "viewer"), ("role", "member")]),
    function("POST /fn/team/remove", In(Role::Admin), &[("tenant", "{slug}"), ("member", "{member}")]),
    function("POST /fn/team/transfer", In(Role::Owner), &[("tenant", "{slug}"), ("member", "{member}"), ("confirm", "{slug}")]),
    function("POST /fn/team/leave", In(Role::Viewer), &[("tenant", "{slug}")]),
    function(
        "POST /fn/tenants/create",
        Platform,
        &[("name", "New"), ("slug", "{new-slug}"), ("plan", "pro"), ("owner_email", "n@new.example")],
    ),
    function("POST /fn/moving/export", In(Role::Owner), &[("tenant", "{slug}"), ("export_password", PASSWORD)]),
    function("POST /t/{slug}/export/download", In(Role::Owner), &[("export", "{export}"), ("download_password", PASSWORD)]),
    function("POST /fn/moving/export-tenant", Platform, &[("slug", "{open}"), ("export_password", PASSWORD)]),
    function("POST /admin/tenants/{slug}/export/download", Platform, &[("export", "{staff-export}"), ("download_password", PASSWORD)]),
    // The archive itself is the prover's.
    function("POST /admin/tenants/import", Platform, &[("slug", "{new-slug}"), ("plan", ""), ("archive", "moved.tar.gz")]).file(),
    // It is queued; no worker runs here.
    function("POST /fn/moving/purge", Platform, &[("slug", "gone"), ("confirm_slug", "gone"), ("confirm_password", PASSWORD)]),
    function("POST /fn/tenants/check-slug", Platform, &[("slug", "{new-slug}")]),
    function("POST /fn/tenants/suspend", Platform, &[("slug", "{open}"), ("reason", "unpaid")]),
    // Plans that neither tenant has: what becomes of them is nothing to them.
    function(
        "POST /fn/plans/create",
        Platform,
        &[("key", "{new-key}"), ("name", "{new-name}"), ("price", "9"), ("position", "9"), ("like", "free")],
    ),
    function("POST /fn/plans/facts", Platform, &[("plan", "{idle-plan}"), ("revision", "1"), ("name", "{new-name}"), ("position", "9")]),
    function("POST /fn/plans/archive", Platform, &[("plan", "{idle-plan}"), ("archived", "yes")]),
    function("POST /fn/plans/draft", Platform, &[("plan", "{idle-plan}")]),
    function(
        "POST /fn/plans/change",
        Platform,
        &[("plan", "{idle-plan}"), ("meter", "{meter}"), ("revision", "-1"), ("quota", "5 M"), ("rule", "block")],
    ),
    function("POST /fn/plans/terms", Platform, &[("plan", "moving"), ("revision", "1"), ("price", "{drafted-price}")]),
    function("POST /fn/plans/publish", Platform, &[("plan", "moving"), ("draft", "{its-draft}"), ("revision", "1")]),
    function("POST /fn/plans/discard", Platform, &[("plan", "moving"), ("draft", "{its-draft}"), ("revision", "1")]),
    function("POST /fn/plans/move", Platform, &[("plan", "moving"), ("from", "1"), ("to", "2"), ("request", "{new-move}")]),
    function("POST /fn/plans/move-one", Platform, &[("plan", "moving"), ("slug", "{mover}"), ("seen", "1"), ("to", "2")]),
    function("POST /fn/plans/resume-move", Platform, &[("plan", "moving"), ("moving", "{stopped-move}")]),
    function("POST /fn/features/create", Platform, &[("key", "{new-key}"), ("label", "{new-name}")]),
    function("POST /fn/features/change", Platform, &[("feature", "sso"), ("label", "{new-name}")]),
    function("POST /fn/templates/create", Platform, &[("key", "{new-key}"), ("name", "{new-name}")]),
    function("POST /fn/templates/change", Platform, &[("template", "{template}"), ("revision", "1"), ("name", "{new-name}")]),
    function("POST /fn/templates/delete", Platform, &[("template", "{template}")]),
    function(
        "POST /fn/tenants/clone",
        Platform,
        &[("source", "{slug}"), ("name", "Another"), ("slug", "{new-slug}"), ("owner_email", "n@new.example")],
    ),
    function("POST /fn/tenants/retry-steps", Platform, &[("slug", "{stuck}")]),
    function(
        "POST /fn/meters/create",
        Platform,
        &[("key", "{new-key}"), ("label", "{new-name}"), ("counting", "day"), ("unit", "count"), ("when_away", "closed")],
    ),
    function("POST /fn/meters/change", Platform, &[("meter", "sessions"), ("label", "{new-name}")]),
    function(
        "POST /fn/prices/add",
        Platform,
        &[("meter", "{meter}"), ("model", "{new-name}"), ("direction", "any"), ("price", "1"), ("per", "1"), ("valid_from", "{today}")],
    ),
    function("POST /fn/quotas/override", Platform, &[("slug", "{slug}"), ("meter", "{meter}"), ("quota", "5"), ("reason", "a deal")]),
    function("POST /fn/quotas/plan", Platform, &[("slug", "{overridden}"), ("meter", "{meter}"), ("removal_reason", "over")]),
    function(
        "POST /fn/quotas/grant",
        Platform,
        &[("slug", "{slug}"), ("meter", "{meter}"), ("amount", "5"), ("grant_until", "{today}"), ("grant_reason", "sorry")],
    ),
    function("POST /fn/quotas/end-grant", Platform, &[("slug", "{slug}"), ("grant", "{grant}")]),
    function("POST /fn/tenants/resume", Platform, &[("slug", "{suspended}")]),
    function("POST /fn/bulk/draft", Platform, &[("action", "resume"), ("tenant[]", "{suspended}")]),
    function("POST /fn/bulk/details", Platform, &[("run", "{run}"), ("reason", "unpaid")]),
    function("POST /fn/bulk/start", Platform, &[("run", "{run}")]),
    function("POST /fn/views/save", Platform, &[("name", "{new-name}"), ("of", "q=plan:pro")]),
    function("POST /fn/views/change", Platform, &[("view", "{view}"), ("name", "{new-name}")]),
    function("POST /fn/views/delete", Platform, &[("view", "{view}")]),
    function("POST /fn/tenants/suspend-unpaid", Platform, &[("slug", "{open}"), ("owed", "two invoices")]),
    function("POST /fn/tenants/payment-arrived", Platform, &[("slug", "{unpaid}")]),
    function("POST /fn/tenants/extend-trial", Platform, &[("slug", "{trial}"), ("trial_until", "{later}")]),
    function("POST /fn/tenants/convert-trial", Platform, &[("slug", "{trial}")]),
    function("POST /fn/tenants/delete", Platform, &[("slug", "{spare}"), ("confirm_slug", "{spare}")]),
    function("POST /fn/tenants/restore", Platform, &[("slug", "{deleted}")]),
    function(
        "POST /fn/tenants/facts",
        Platform,
        &[("slug", "{open}"), ("version", "0"), ("name", "{new-name}"), ("new_slug", "{new-slug}"), ("billing_email", "bills@new.example")],
    ),
    function("POST /fn/features/switch", Platform, &[("slug", "{slug}"), ("feature", "sso"), ("state", "on"), ("reason", "a pilot")]),
    function("POST /fn/users/role", Platform, &[("slug", "{slug}"), ("member", "{member}"), ("was", "viewer"), ("role", "member")]),
    function("POST /fn/users/remove", Platform, &[("slug", "{slug}"), ("member", "{member}")]),
    function("POST /fn/users/end-sessions", Platform, &[("slug", "{slug}"), ("member", "{member}")]),
    function("POST /fn/users/send-reset", Platform, &[("slug", "{slug}"), ("member", "{member}")]),
    function("POST /fn/users/invite", Platform, &[("slug", "{slug}"), ("email", "{new-email}"), ("role", "viewer")]),
    function("POST /fn/users/resend", Platform, &[("slug", "{slug}"), ("invite", "{invite}")]),
    function("POST /fn/users/revoke", Platform, &[("slug", "{slug}"), ("invite", "{invite}")]),
];
