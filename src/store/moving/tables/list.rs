//! The list: every table of a tenant stands here once.

use super::Kind::{As, Bytes, Id, Look, Number, Of, Person, PersonName, Plain, Plan};
use super::Table;

/// In the order in which they come in: what is pointed to before what points. What triggers count (messages, documents) comes before the
/// counts themselves, which are then as they were.
pub const EXPORTED: &[Table] = &[
    Table::new(
        "members",
        "(select u.email from users u where u.id = t.user_id)",
        &[("user_id", Person), ("name", PersonName), ("role", Plain), ("joined_at", Plain), ("last_active_at", Plain)],
    ),
    // Who of the staff invited is nobody in another installation: what their right still holds, the archive holds; what it holds no more stays
    // nobody's, as with a member who left.
    Table::new(
        "invites",
        "t.id",
        &[
            ("id", Id),
            ("email", Plain),
            ("name", Plain),
            ("role", Plain),
            ("invited_by", Plain),
            ("inviter_kind", As("case when t.inviter_kind = 'member' or not invite_backed(t) then 'member' else 'system' end")),
            ("inviter_id", Person),
            ("replaces", Of("invites")),
            ("created_at", Plain),
            ("expires_at", Plain),
            ("accepted_at", Plain),
            ("revoked_at", Plain),
        ],
    )
    .without(&["token_hash", "request_id"]),
    Table::new(
        "entitlement_overrides",
        "t.meter",
        &[("meter", Plain), ("quota", Plain), ("reason", Plain), ("created_by", Plain), ("created_at", Plain), ("expires_at", Plain)],
    ),
    Table::new(
        "quota_grants",
        "t.id",
        &[
            ("id", Id),
            ("meter", Plain),
            ("amount", Plain),
            ("drawn", Plain),
            ("reason", Plain),
            ("created_by", Plain),
            ("created_at", Plain),
            ("expires_at", Plain),
            ("ended", Plain),
        ],
    ),
    Table::new(
        "agents",
        "t.id",
        &[
            ("id", Id),
            ("name", Plain),
            ("model", Plain),
            ("department", Plain),
            ("cost_center", Plain),
            ("active", Plain),
            ("created_at", Plain),
            ("updated_at", Plain),
        ],
    ),
    // The file has the document's id in the archive.
    Table::new(
        "documents",
        "t.id",
        &[("id", Id), ("name", Plain), ("content_type", Plain), ("size_bytes", Plain), ("created_by", Plain), ("created_at", Plain)],
    )
    .without(&["file", "upload_hash"]),
    Table::new("threads", "t.id", &[("id", Id), ("title", Plain), ("agent_id", Of("agents")), ("messages", Plain), ("created_at", Plain)]),
    Table::new(
        "messages",
        "t.thread_id, t.number",
        &[("thread_id", Of("threads")), ("number", Plain), ("role", Plain), ("content", Plain), ("created_at", Plain)],
    ),
    Table::new(
        "brand_images",
        "t.created_at, t.id",
        &[("id", Id), ("content", Bytes), ("width", Plain), ("height", Plain), ("created_at", Plain)],
    ),
    Table::new(
        "branding_versions",
        "t.number",
        &[("number", Plain), ("look", Look), ("css", Plain), ("mails", Plain), ("published_at", Plain), ("published_by", Plain)],
    ),
    Table::new(
        "brandings",
        "t.tenant_id",
        &[
            ("look", Look),
            ("css", Plain),
            ("mails", Plain),
            ("revision", Plain),
            ("changed_at", Plain),
            ("changed_by", Plain),
            ("version", Plain),
            ("last_version", Plain),
        ],
    ),
    // Proved again where it comes to: the text of its record is another one there. Of names that were removed only that text is kept.
    Table::new("domains", "t.name", &[("name", Plain), ("state", Plain), ("is_primary", Plain), ("added_by", Plain), ("added_at", Plain)])
        .without(&["token", "points", "verified_at", "missing_since", "told", "checked_at", "next_check_at", "checks", "report"])
        .only("t.state <> 'removed'"),
    Table::new("setups", "t.tenant_id", &[("skipped", Plain), ("dismissed_at", Plain)]),
    Table::new(
        "sales_requests",
        "t.id",
        &[
            ("id", Id),
            ("plan", Plain),
            ("message", Plain),
            ("asked_by", Plain),
            ("asked_at", Plain),
            ("answered_by", Plain),
            ("answered_at", Plain),
        ],
    ),
    Table::new(
        "plan_changes",
        "t.id",
        &[
            ("id", Id),
            ("from_version_id", Plan),
            ("to_version_id", Plan),
            ("state", Plain),
            ("effective_at", Plain),
            ("requested_by", Plain),
            ("requested_at", Plain),
            ("settled_at", Plain),
        ],
    )
    .without(&["choices"]),
    Table::new("billing_heads", "t.tenant_id", &[("next_number", Plain)]).without(&["version", "next_period"]),
    Table::new(
        "invoices",
        "t.number",
        &[
            ("id", Id),
            ("number", Plain),
            ("series", Plain),
            ("period", Plain),
            ("issued_at", Plain),
            ("due_on", Plain),
            ("payment", Plain),
            ("terms", Plain),
            ("bill_to", Plain),
            ("email", Plain),
            ("total_usd", Number),
        ],
    ),
    Table::new(
        "invoice_lines",
        "(select i.number from invoices i where i.tenant_id = t.tenant_id and i.id = t.invoice_id), t.position",
        &[("invoice_id", Of("invoices")), ("position", Plain), ("kind", Plain), ("description", Plain), ("amount_usd", Number)],
    ),
    Table::new(
        "notices",
        "t.meter, t.period, t.percent",
        &[("meter", Plain), ("period", Plain), ("percent", Plain), ("used", Number), ("quota", Number), ("at", Plain)],
    ),
    Table::new("unusual_days", "t.meter, t.day", &[("meter", Plain), ("day", Plain), ("amount", Plain), ("mean", Number), ("at", Plain)]),
    Table::new(
        "refusals",
        "t.meter, t.key_prefix, t.at",
        &[("meter", Plain), ("key_prefix", Plain), ("at", Plain), ("times", Plain), ("used", Plain), ("quota", Plain), ("source", Plain)],
    ),
    Table::new(
        "usage_events",
        "t.idempotency_key, t.period",
        &[
            ("period", Plain),
            ("idempotency_key", Plain),
            ("meter", Plain),
            ("amount", Plain),
            ("at", Plain),
            ("model", Plain),
            ("agent", Plain),
            ("cost_center", Plain),
            ("direction", Plain),
            ("cost_usd", Number),
            ("received_at", Plain),
        ],
    ),
    Table::new(
        "usage_breakdowns",
        "t.day, t.meter, t.model, t.agent, t.cost_center",
        &[
            ("day", Plain),
            ("meter", Plain),
            ("model", Plain),
            ("agent", Plain),
            ("cost_center", Plain),
            ("amount", Plain),
            ("cost_usd", Number),
        ],
    ),
    // What is held is given back: reservations do not leave.
    Table::new(
        "usage_counters",
        "t.meter, t.period_start",
        &[
            ("meter", Plain),
            ("period_start", Plain),
            ("used", Plain),
            ("overage", Plain),
            ("degraded", Plain),
            ("drawn", Plain),
            ("day", Plain),
            ("unfolded", Plain),
        ],
    )
    .without(&["reserved", "rule_granted", "rule_quota", "rule_resets_at", "rule_until"]),
    Table::new(
        "usage_pending",
        "t.meter, t.period_start, t.day",
        &[("meter", Plain), ("period_start", Plain), ("day", Plain), ("amount", Plain), ("since", Plain)],
    ),
    Table::new("usage_days", "t.meter, t.day", &[("meter", Plain), ("day", Plain), ("amount", Plain), ("cost_usd", Number)]),
    Table::new("usage_levels", "t.meter", &[("meter", Plain), ("amount", Plain), ("documents", Plain)]),
    Table::new(
        "api_keys",
        "t.id",
        &[
            ("name", Plain),
            ("scopes", Plain),
            ("created_by", Plain),
            ("created_at", Plain),
            ("expires_at", Plain),
            ("revoked_at", Plain),
            ("last_used_at", Plain),
            ("calls_a_minute", Plain),
        ],
    )
    .without(&["id", "prefix", "key_hash"])
    .stays("a key is known by its hash alone, which does not leave: make new ones"),
    Table::new(
        "feature_overrides",
        "t.feature",
        &[("feature", Plain), ("enabled", Plain), ("reason", Plain), ("created_by", Plain), ("created_at", Plain), ("expires_at", Plain)],
    )
    .stays("what staff switched for it is for the staff here to switch"),
    Table::new(
        "billing_days",
        "t.day",
        &[("day", Plain), ("plan_version_id", Plan), ("price_usd", Number), ("pays", Plain), ("overage", Plain)],
    )
    .stays("what was used until now is billed where it was used: here the first day is the one on which it comes"),
];

/// Tables of which nothing leaves, and why.
pub const LEFT_OUT: &[(&str, &str)] = &[
    ("api_counters", "calls of the minute that runs"),
    ("api_key_counters", "calls of the minute that runs, by key"),
    ("audit_events", "leaves as `audit.jsonl`, as its own download has it"),
    ("audit_heads", "leaves in the manifest and in `audit.jsonl`"),
    ("exports", "archives that were made: this is one"),
    ("idempotency_keys", "answers that are kept for a day, for programs that ask again"),
    ("imports", "files of people that wait to be carried out, a day at most"),
    ("leases", "sessions of programs that run now"),
    ("loose_files", "files that no document stands for"),
    ("plan_move_results", "what became of it when staff moved many tenants to another plan"),
    ("provisioning_steps", "how far its making is"),
    ("provisionings", "how it was made, for the one server that makes it"),
    ("reservations", "quantities that programs hold now"),
    ("staff_facts", "what staff note for themselves"),
    ("support_accesses", "who of the staff looked in: the audit log says it"),
    ("tenant_restores", "one-time links"),
    ("tenant_slug_aliases", "addresses in this installation"),
];

/// The audit log, as `/t/{slug}/audit.jsonl` has it: its head, then the events.
pub(in crate::store::moving) const AUDIT_LINES: &str = "
    select line
    from (
      select 0 as n, json_build_object(
        'tenantry_audit', 1, 'tenant_id', t.id, 'slug', t.slug, 'seq', coalesce(h.seq, 0), 'hash', coalesce(encode(h.hash, 'hex'), ''))::text as line
      from tenants t
      left join audit_heads h on h.tenant_id = t.id
      union all
      select e.seq, json_build_object(
        'seq', e.seq, 'at', e.at, 'actor_kind', e.actor_kind, 'actor_id', e.actor_id, 'actor', e.actor, 'action', e.action, 'target', e.target,
        'before', e.before, 'after', e.after, 'origin', e.origin, 'prev_hash', encode(e.prev_hash, 'hex'), 'hash', encode(e.hash, 'hex'))::text
      from audit_events e
    ) l
    order by n";
