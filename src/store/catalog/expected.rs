//! What the database should be made of, written by hand: a table, policy or function that is missing here is a finding.

/// One row a tenant's: `tenant_id`, forced policies.
pub const TENANT_TABLES: &[&str] = &[
    "agents",
    "api_counters",
    "api_key_counters",
    "api_keys",
    "audit_events",
    "audit_heads",
    "documents",
    "entitlement_overrides",
    "idempotency_keys",
    "invites",
    "jobs",
    "leases",
    "loose_files",
    "members",
    "messages",
    "notices",
    "quota_grants",
    "refusals",
    "reservations",
    "threads",
    "unusual_days",
    "usage_breakdowns",
    "usage_counters",
    "usage_days",
    "usage_events",
    "usage_levels",
    "usage_pending",
];
/// Policies of their own shape, see [`SPECIAL_POLICIES`].
pub const SPECIAL_TABLES: &[&str] = &["tenants", "users"];
/// No privilege for the app login at all.
pub const PLATFORM_TABLES: &[&str] = &[
    "platform_admins",
    "platform_days",
    "platform_events",
    "platform_keys",
    "recovery_codes",
    "second_factor_setups",
    "second_factors",
    "sessions",
    "tenant_counts",
    "tenant_summaries",
    "_sqlx_migrations",
];
/// The same for everybody; the app may only read.
pub const GLOBAL_TABLES: &[&str] =
    &["features", "meters", "model_prices", "plan_entitlements", "plan_features", "plan_versions", "plans", "usage_closed_periods"];
pub const VIEWS: &[&str] = &["active_platform_admins", "active_platform_keys", "meter_levels", "quotas"];
/// Functions that run with the definer's rights.
pub const DEFINER_FUNCTIONS: &[&str] = &[
    "account_change",
    "api_lease",
    "api_settle",
    "audit_append",
    "audit_by_system",
    "close_usage_periods",
    "count_documents",
    "count_messages",
    "count_summaries",
    "end_grant",
    "invite_accept",
    "invite_find",
    "key_find",
    "make_usage_partitions",
    "notice_people",
    "notice_summary",
    "notice_usage",
    "password_change",
    "platform_audit_append",
    "quota_consume",
    "quota_lease",
    "quota_reserve",
    "quota_settle",
    "quota_sweep",
    "raise_notices",
    "raise_unusual",
    "record_usage",
    "recovery_code_use",
    "recovery_codes_are",
    "recovery_codes_renew",
    "refusal_note",
    "roll_platform_days",
    "room_lock",
    "second_factor_ask",
    "second_factor_begin",
    "second_factor_confirm",
    "second_factor_failed",
    "second_factor_passed",
    "second_factor_remove",
    "second_factor_setup",
    "second_factor_since",
    "second_factor_state",
    "second_factor_try",
    "session_create",
    "session_delete",
    "session_load",
    "session_revoke",
    "session_save",
    "session_touch",
    "sessions_of",
    "sessions_revoke_others",
    "sessions_sweep",
    "set_first_password",
    "sign_in_user",
    "summarize_changed_plans",
    "summarize_new",
    "summarize_new_month",
    "sweep_overrides",
    "sweep_usage",
    "tenant_of_host",
    "tenant_settings_change",
    "usage_fold",
];

/// Unique indexes that reach across tenants on purpose: the hash of a link or key finds its row before the tenant is known.
pub(super) const UNIQUE_ACROSS: &[&str] = &["api_keys_hash", "invites_token"];
/// The body of `app_tenant()`.
pub(super) const CONTEXT: &str = "select nullif(current_setting('app.tenant_id', true), '')::uuid";
pub(super) const OWN_ROWS: &str = "(tenant_id = ( SELECT app_tenant() AS app_tenant))";
pub(super) const ALL_OR_ONE: &str =
    "((( SELECT app_tenant() AS app_tenant) IS NULL) OR (tenant_id = ( SELECT app_tenant() AS app_tenant)))";

/// Table, policy, role, command (`*` all, `r` select), using, with check.
pub(super) type PolicyText = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

pub(super) const SPECIAL_POLICIES: &[PolicyText] = &[
    (
        "tenants",
        "tenant",
        "tenantry_app",
        "*",
        "(id = ( SELECT app_tenant() AS app_tenant))",
        "(id = ( SELECT app_tenant() AS app_tenant))",
    ),
    (
        "tenants",
        "platform",
        "tenantry_platform",
        "*",
        "((( SELECT app_tenant() AS app_tenant) IS NULL) OR (id = ( SELECT app_tenant() AS app_tenant)))",
        "((( SELECT app_tenant() AS app_tenant) IS NULL) OR (id = ( SELECT app_tenant() AS app_tenant)))",
    ),
    ("tenants", "definer", "tenantry_definer", "*", "true", "true"),
    (
        "users",
        "tenant",
        "tenantry_app",
        "r",
        "(EXISTS ( SELECT\n   FROM members\n  WHERE ((members.tenant_id = ( SELECT app_tenant() AS app_tenant)) AND (members.user_id = users.id))))",
        "",
    ),
    ("users", "platform", "tenantry_platform", "*", "true", "true"),
    ("users", "definer", "tenantry_definer", "*", "true", "true"),
];
