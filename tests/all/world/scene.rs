//! One server, two tenants and everybody who might ask: what the isolation prover plays on.

use std::collections::BTreeMap;

use axum::Router;
use tenantry::domain::bulk::{BulkAction, Details};
use tenantry::domain::capability::ExportTenant;
use tenantry::domain::ids::{TenantId, UserId};
use tenantry::domain::mail::OneTime;
use tenantry::domain::role::Role;
use tenantry::domain::staff::StaffRole;
use tenantry::domain::token::Token;
use tenantry::store::bulk::Chosen;
use tenantry::store::tokens::SecretKey;

use super::World;
use super::http::{Browser, Server};
use super::people::Tenant;

/// Stands in every text of tenant B, and nowhere else.
pub const CANARY: &str = "kwyjibo";
/// A slug as long as B's that nobody has.
pub const NOBODY: &str = "nowhere";

/// Who asks. All but `Platform` and `Foreign` have, or had, to do with tenant A or a third one; `Foreign` owns B.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    Anonymous,
    Viewer,
    Member,
    Admin,
    Owner,
    /// Owner of B.
    Foreign,
    /// Was in A's team when the session began.
    Removed,
    /// Owner of a tenant that was suspended.
    Suspended,
    /// Owner of a tenant that was deleted.
    Deleted,
    /// Owner of a tenant that requires a second factor, without one.
    Unprotected,
    /// An owner of A, with a session that was made at the portal's host.
    OtherHost,
    Platform,
}

impl Actor {
    pub const ALL: [Actor; 12] = [
        Actor::Anonymous,
        Actor::Viewer,
        Actor::Member,
        Actor::Admin,
        Actor::Owner,
        Actor::Foreign,
        Actor::Removed,
        Actor::Suspended,
        Actor::Deleted,
        Actor::Unprotected,
        Actor::OtherHost,
        Actor::Platform,
    ];

    /// The role in A.
    pub fn role(self) -> Option<Role> {
        match self {
            Actor::Viewer => Some(Role::Viewer),
            Actor::Member => Some(Role::Member),
            Actor::Admin => Some(Role::Admin),
            Actor::Owner => Some(Role::Owner),
            Actor::Anonymous
            | Actor::Foreign
            | Actor::Removed
            | Actor::Suspended
            | Actor::Deleted
            | Actor::Unprotected
            | Actor::OtherHost
            | Actor::Platform => None,
        }
    }

    pub fn is_signed_in(self) -> bool {
        !matches!(self, Actor::Anonymous | Actor::OtherHost)
    }
}

pub struct Scene {
    pub world: World,
    pub server: Server,
    pub a: Tenant,
    pub b: Tenant,
    browsers: BTreeMap<Actor, Browser>,
    users: BTreeMap<Actor, String>,
    made: std::sync::atomic::AtomicU32,
}

/// A plan in two versions that neither tenant has, and A as if it had been made in steps.
async fn catalogue(world: &World, a: &Tenant) {
    world
        .sql(
            "with p as (insert into plans (key, name, position) values ('moving', 'Moving', 80) returning id)
             insert into plan_versions (plan_id, version, price_usd) select id, v, v from p cross join generate_series(1, 2) v",
        )
        .await;
    in_steps(world, a, "'done', now()").await;
}

/// The tenant as if it were made from a template, with a job in this state.
async fn in_steps(world: &World, tenant: &Tenant, state: &str) {
    world
        .sql(&format!(
            "with j as (
               insert into jobs (tenant_id, kind, payload, run_at, state, ended_at) values ('{id}', 'provision', '{{}}', now(), {state})
               returning id)
             insert into provisionings (tenant_id, job_id, source, origin, with_data, content, trial_days, actor_kind, actor, actor_origin)
             select '{id}', id, 'template', 'Kit', false, '{{}}', 0, 'operator', 'scene', 'scene' from j;
             insert into provisioning_steps (tenant_id, position, step) values ('{id}', 1, 'settings'), ('{id}', 2, 'open')",
            id = tenant.id
        ))
        .await;
}

impl Scene {
    pub async fn set() -> Scene {
        Self::set_with(|app| app).await
    }

    /// With something around the server, to plant a bug.
    pub async fn set_with(wrap: impl FnOnce(Router) -> Router) -> Scene {
        let world = World::start().await;
        let a = world
            .tenant("acme")
            .with("vi", Role::Viewer)
            .with("mel", Role::Member)
            .with("ada", Role::Admin)
            .with("rex", Role::Member)
            .with("otto", Role::Owner)
            .await;
        let b = world.tenant(CANARY).with("kim", Role::Member).await;
        let (closed, gone) = (world.tenant("closed").await, world.tenant("gone").await);
        let strict = world.tenant("strict").await;
        let root = world.account("root@tenantry.example").await;
        world.sql(&format!("insert into platform_admins (user_id) values ('{root}')")).await;
        for (tenant, word) in [(&a, "plain"), (&b, CANARY)] {
            world
                .sql(&format!(
                    "insert into agents (tenant_id, name, model) select '{id}', '{word} agent ' || n, '{word}' from generate_series(1, 3) n;
                     insert into usage_days (tenant_id, meter, day, amount) values ('{id}', 'tokens', today(), 4711);
                     insert into usage_levels (tenant_id, meter, amount) values ('{id}', 'storage', 815);
                     insert into invites (tenant_id, email, role, token_hash, invited_by, expires_at)
                       values ('{id}', '{word}-guest@{word}.example', 'viewer', sha256('{word}'), '{word}', now() + interval '1 day');
                     insert into imports (tenant_id, file_name, content, created_by)
                       values ('{id}', '{word}.csv', 'name,email,role\n{word},{word}@{word}.example,viewer', '{word}');
                     insert into setups (tenant_id) values ('{id}');
                     insert into entitlement_overrides (tenant_id, meter, quota, reason, created_by) values ('{id}', 'members', null, '{word}', '{word}')",
                    id = tenant.id
                ))
                .await;
        }
        catalogue(&world, &a).await;
        super::keys::plant_all(&world, &a, &b, &closed, &gone).await;
        let server = world.serve_asking_dns(world.store.clone(), wrap).await;
        let mut browsers = BTreeMap::new();
        let mut users = BTreeMap::new();
        for (actor, email) in [
            (Actor::Viewer, "vi@acme.example".to_owned()),
            (Actor::Member, "mel@acme.example".to_owned()),
            (Actor::Admin, "ada@acme.example".to_owned()),
            (Actor::Owner, "owner@acme.example".to_owned()),
            (Actor::Foreign, format!("owner@{CANARY}.example")),
            (Actor::Removed, "rex@acme.example".to_owned()),
            (Actor::Suspended, "owner@closed.example".to_owned()),
            (Actor::Deleted, "owner@gone.example".to_owned()),
            (Actor::Unprotected, "owner@strict.example".to_owned()),
            (Actor::Platform, "root@tenantry.example".to_owned()),
        ] {
            browsers.insert(actor, server.sign_in(&email).await);
            users.insert(actor, email);
        }
        let elsewhere = server.browser_at(&server.portal("acme"));
        elsewhere.sign_in("otto@acme.example").await;
        browsers.insert(Actor::OtherHost, elsewhere.carried_to(&server.host));
        users.insert(Actor::OtherHost, "otto@acme.example".to_owned());
        browsers.insert(Actor::Anonymous, server.browser());
        world
            .sql(&format!(
                "delete from members where user_id = '{}';
                 update tenants set require_second_factor = true where id = '{}';
                 update tenants set status = 'suspended', status_before = 'active', status_reason = 'unpaid' where id = '{}';
                 update tenants set status = 'deleted', deleted_from = 'active', purge_after = now() + interval '30 days' where id = '{}'",
                a.person("rex"),
                strict.id,
                closed.id,
                gone.id
            ))
            .await;
        Scene { world, server, a, b, browsers, users, made: std::sync::atomic::AtomicU32::new(0) }
    }

    pub fn browser(&self, actor: Actor) -> &Browser {
        &self.browsers[&actor]
    }

    /// The same person with a session that may be used up.
    pub async fn spare_browser(&self, actor: Actor) -> Browser {
        match (actor, self.users.get(&actor)) {
            (Actor::OtherHost, Some(email)) => {
                let elsewhere = self.server.browser_at(&self.server.portal("acme"));
                elsewhere.sign_in(email).await;
                elsewhere.carried_to(&self.server.host)
            }
            (_, Some(email)) => self.server.sign_in(email).await,
            (_, None) => self.server.browser(),
        }
    }

    /// Somebody of the platform's staff with this role.
    pub async fn staff(&self, role: StaffRole) -> Browser {
        let email = format!("{}-{}@tenantry.example", role.as_str(), self.next());
        let user = self.world.account(&email).await;
        self.world.sql(&format!("insert into platform_admins (user_id, role) values ('{user}', '{}')", role.as_str())).await;
        self.server.sign_in(&email).await
    }

    /// Everybody of A's team is in it with their own role, whatever calls have made of that.
    pub async fn settle_team(&self) {
        let people = [("vi", Role::Viewer), ("mel", Role::Member), ("ada", Role::Admin), ("owner", Role::Owner)];
        let rows: Vec<String> =
            people.iter().map(|(name, role)| format!("('{}', '{}'::uuid, '{}')", self.a.id, self.a.person(name), role.as_str())).collect();
        self.world
            .sql(&format!(
                "insert into members as m (tenant_id, user_id, role) select t::uuid, u, r from (values {}) v (t, u, r)
                 on conflict on constraint members_pkey do update set role = excluded.role where m.role <> excluded.role;
                 update tenants set status = deleted_from, deleted_from = null, purge_after = null where id = '{id}' and status = 'deleted';
                 update exports set state = 'gone' where state = 'waiting';
                 delete from jobs where kind in ('make_export', 'purge_tenant');
                 update tenants set slug = 'acme' where id = '{id}' and slug <> 'acme';
                 delete from tenant_slug_aliases where tenant_id = '{id}'",
                rows.join(", "),
                id = self.a.id
            ))
            .await;
    }

    /// An account that belongs nowhere.
    pub async fn newcomer(&self) -> (UserId, String) {
        let email = format!("newcomer-{}@new.example", self.next());
        (self.world.account(&email).await, email)
    }

    fn next(&self) -> u32 {
        self.made.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
    }

    /// Fills the gaps of a probe's path or field. What a call uses up is made anew each time.
    ///
    /// `{slug}` the tenant that is asked for; `{member}` somebody in A's team; `{key}` a key of A; `{platform-key}` one of the platform;
    /// `{plan}` and `{meter}` those that there are; `{grant}` one of A; `{new-key}` of a meter that is not there; `{overridden}` a tenant with a
    /// quota of its own; `{number}` of an invoice of A; `{smaller}` what the owner has seen when A has a smaller plan; `{change}` of A that waits;
    /// `{question}` of A that is open; `{new-id}` of nothing; `{today}` the day; `{agent}` and `{document}` of A; `{new-name}` a name that is free;
    /// `{part}` and `{kind}` those of a branding that there are; `{image}` and `{version}` of A's branding; `{draft}` what its page shows when
    /// it has a draft, `{revision}` without;
    /// `{domain}` of A that waits, `{proved}` one that leads here, `{new-domain}` a name of nobody;
    /// `{session}` a second session of the actor; `{token}` an open invite, for the actor if signed in; `{signup}` a link to sign up, likewise;
    /// `{invite}` and `{import}` of A; `{reset}` a mailed link of somebody's, `{link}` one of the actor's; `{restore}` a link of a deleted
    /// tenant; `{staff}` one of the platform's; `{access}` of support to A, that runs; `{mail}`, `{failed-job}`, `{queued-job}`; `{run}` a bulk action that was not begun; `{view}` one that the console's admin saved; `{new-email}` an address of nobody;
    /// `{export}` an archive that A's owners may get, `{staff-export}` one that staff may; `{exported}` a tenant of which one was asked for, `{archived}`
    /// one of which it is there; `{purge}` with its receipt;
    /// `{feature}` and `{template}` that there are; `{idle-plan}` a plan that nobody has; of the plan `moving`: `{its-draft}`, `{drafted-price}` a
    /// price for that, `{mover}` a tenant of its first version, `{new-move}` of one, `{stopped-move}`; `{move}` of the plan `{plan}`; `{stuck}` a
    /// tenant whose steps did not succeed;
    /// `{new-slug}` a slug that is free; `{code}` what the planted secret's app shows; `{open}`, `{trial}`, `{suspended}`, `{unpaid}` and `{deleted}`
    /// tenants in that state; `{spare}` always the same open one, `{later}` a day in some months.
    pub async fn fill(&self, text: &str, actor: Actor, slug: &str) -> String {
        // Pages of the catalogue are about a plan of their own, which has a draft whenever it is asked for.
        let of_catalogue = text.starts_with("/admin/plans/{plan}");
        if text == "/admin/plans/{plan}/draft" {
            self.draft_of_moving(self.next()).await;
        }
        let text = text
            .replace("{slug}", slug)
            .replace("{plan}", if of_catalogue { "moving" } else { "pro" })
            .replace("{meter}", "tokens")
            .replace("{feature}", "sso")
            .replace("{part}", "portal")
            .replace("{kind}", "invite");
        let n = self.next();
        match text.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(gap, _)| gap.to_owned()).as_deref() {
            None => text,
            Some("member") => {
                let user = self.world.account(&format!("extra-{n}@acme.example")).await;
                self.world.join(user, self.a.id, Role::Viewer).await;
                text.replace("{member}", &user.to_string())
            }
            Some("new-email") => text.replace("{new-email}", &format!("guest-{n}@acme.example")),
            Some("invite") => {
                let id = self
                    .world
                    .text(&format!(
                        "insert into invites (tenant_id, email, role, token_hash, invited_by, expires_at)
                         values ('{}', 'waits-{n}@acme.example', 'viewer', sha256('waits {n}'), 'scene', now() + interval '1 day') returning id::text",
                        self.a.id
                    ))
                    .await;
                text.replace("{invite}", &id)
            }
            Some("import") => {
                let id = self
                    .world
                    .text(&format!(
                        "insert into imports (tenant_id, file_name, content, created_by)
                         values ('{}', 'people.csv', convert_to(E'name,email,role\\nPia,pia-{n}@acme.example,viewer', 'UTF8'), 'scene') returning id::text",
                        self.a.id
                    ))
                    .await;
                text.replace("{import}", &id)
            }
            Some("image") => {
                let id = self
                    .world
                    .text(&format!(
                        "insert into brand_images (tenant_id, content, width, height) values ('{}', 'png', 1, 1) returning id::text",
                        self.a.id
                    ))
                    .await;
                text.replace("{image}", &id)
            }
            Some("version") => {
                let id = self
                    .world
                    .text(&format!(
                        r#"insert into branding_versions (tenant_id, number, look, css, mails, published_by)
                           select '{id}', coalesce(max(number), 0) + 1, '{{"name": "Version {n}"}}', 'h1 {{ color: red }}', '{{}}', 'scene'
                           from branding_versions where tenant_id = '{id}' returning number::text"#,
                        id = self.a.id
                    ))
                    .await;
                self.revision("{}").await;
                let last = format!("update brandings set last_version = greatest(last_version, {id}) where tenant_id = '{}'", self.a.id);
                self.world.sql(&last).await;
                text.replace("{version}", &id)
            }
            Some("draft") => text.replace("{draft}", &self.revision(&format!(r#"{{"name": "Draft {n}"}}"#)).await),
            Some("revision") => text.replace("{revision}", &self.revision("{}").await),
            Some("agent") => {
                let id = self
                    .world
                    .text(&format!(
                        "insert into agents (tenant_id, name, model) values ('{}', 'plain helper {n}', 'plain') returning id::text",
                        self.a.id
                    ))
                    .await;
                text.replace("{agent}", &id)
            }
            Some("document") => text.replace("{document}", &self.document(&self.a).await),
            Some("kept") => text.replace("{kept}", &self.document(&self.a).await),
            Some("domain") => text.replace("{domain}", &self.domain(&self.a, "pending").await),
            Some("proved") => text.replace("{proved}", &self.domain(&self.a, "verified").await),
            Some("new-domain") => text.replace("{new-domain}", &format!("new-{n}.acme.example")),
            Some("today") => text.replace("{today}", &self.world.text("select today()::text").await),
            Some("code") => text.replace("{code}", &self.world.code(0).await),
            Some("new-key") => text.replace("{new-key}", &format!("new-{n}")),
            Some("overridden") => {
                let tenant = self.world.tenant(&format!("own-{n}")).await;
                tenant.limit("tokens", 5).await;
                text.replace("{overridden}", tenant.slug.as_str())
            }
            Some("grant") => {
                let id = self
                    .world
                    .text(&format!(
                        "insert into quota_grants (tenant_id, meter, amount, reason, created_by, expires_at)
                         values ('{}', 'tokens', 5, 'extra {n}', 'scene', now() + interval '1 day') returning id::text",
                        self.a.id
                    ))
                    .await;
                text.replace("{grant}", &id)
            }
            Some("new-id") => text.replace("{new-id}", &uuid::Uuid::new_v4().to_string()),
            // A smaller plan, so that there is a dearer one; what its owner has seen of it.
            Some("smaller") => {
                let starter = "(select v.id from plan_versions v join plans p on p.id = v.plan_id where p.key = 'starter')";
                self.world.sql(&format!("update tenants set plan_version_id = {starter} where id = '{}'", self.a.id)).await;
                let seen = self.world.text(&format!("select version::text from billing_heads where tenant_id = '{}'", self.a.id)).await;
                text.replace("{smaller}", &seen)
            }
            Some("change") => {
                self.world.sql("update plan_changes set state = 'cancelled', settled_at = now() where state = 'scheduled'").await;
                text.replace("{change}", &self.plan_change(&self.a, "'scheduled', null").await)
            }
            Some("question") => {
                self.world.sql("update sales_requests set answered_by = 'scene', answered_at = now() where answered_at is null").await;
                let id = self
                    .world
                    .text(&format!(
                        "insert into sales_requests (tenant_id, plan, message, asked_by) values ('{}', 'Enterprise', 'More {n}', 'scene') returning id::text",
                        self.a.id
                    ))
                    .await;
                text.replace("{question}", &id)
            }
            Some("number") => {
                self.a.invoice().await;
                text.replace("{number}", "1")
            }
            Some("new-name") => text.replace("{new-name}", &format!("New name {n}")),
            Some("session") => {
                let id = self.users.get(&actor).map_or_else(|| uuid::Uuid::nil().to_string(), Clone::clone);
                let id = if id.contains('@') {
                    self.world
                        .text(&format!(
                            "insert into sessions (id_hash, user_id, data, expires_at)
                             select sha256('extra {n}'), id, '{{}}', now() + interval '1 day' from users where email = '{id}' returning id::text"
                        ))
                        .await
                } else {
                    id
                };
                text.replace("{session}", &id)
            }
            Some("key") => {
                let id = self
                    .world
                    .text(&format!(
                        "insert into api_keys (tenant_id, name, prefix, key_hash, scopes, created_by)
                         values ('{}', 'extra {n}', 'tk_extra', sha256('extra {n}'), '{{read}}', 'scene') returning id::text",
                        self.a.id
                    ))
                    .await;
                text.replace("{key}", &id)
            }
            Some("platform-key") => {
                let id = self
                    .world
                    .text(&format!(
                        "insert into platform_keys (name, prefix, key_hash, created_by)
                         values ('extra {n}', 'pk_extra', sha256('extra {n}'), 'scene') returning id::text"
                    ))
                    .await;
                text.replace("{platform-key}", &id)
            }
            Some("token") => {
                let plan = self.world.tenant(&format!("fresh-{n}")).not_set_up();
                // An invite is for one person: whoever is signed in gets one of their own.
                let tenant = match self.users.get(&actor).filter(|_| actor.is_signed_in()) {
                    Some(email) => plan.owned_by(email).await,
                    None => plan.await,
                };
                text.replace("{token}", tenant.setup.reveal())
            }
            Some("reset") => {
                let email = format!("forgot-{n}@acme.example");
                self.world.account(&email).await;
                text.replace("{reset}", self.link(OneTime::PasswordReset, &email).await.reveal())
            }
            Some("signup") => {
                // A link is for one address: whoever is signed in gets one of their own.
                let own = self.users.get(&actor).filter(|_| actor.is_signed_in()).cloned();
                let email = own.unwrap_or_else(|| format!("signs-up-{n}@new.example"));
                let link = uuid::Uuid::new_v4();
                let token = SecretKey::new(String::from("a key for tests").into()).link_token(OneTime::SignUp(link));
                self.world
                    .sql(&format!(
                        "insert into signups (form, company, slug, plan, person, email, link, token_hash, expires_at)
                         values (gen_random_uuid(), 'New {n}', 'signed-up-{n}', 'free', 'Nova New', '{email}', '{link}', sha256('{}'), now() + interval '1 day')",
                        token.reveal()
                    ))
                    .await;
                text.replace("{signup}", token.reveal())
            }
            // To the address that the account has: whoever confirms it stays who they are.
            Some("link") => {
                let token = match self.users.get(&actor) {
                    Some(email) => self.link(OneTime::EmailChange, email).await.reveal().to_owned(),
                    None => "x".repeat(43),
                };
                text.replace("{link}", &token)
            }
            Some("restore") => {
                let tenant = self.world.tenant(&format!("lost-{n}")).await;
                let mut console = self.world.console().await;
                console.delete_tenant(&tenant.slug).await.expect("deleted");
                console.commit().await.expect("committed");
                let id = uuid::Uuid::new_v4();
                let token = SecretKey::new(String::from("a key for tests").into()).link_token(OneTime::TenantRestore(id));
                self.world
                    .sql(&format!(
                        "insert into tenant_restores (tenant_id, id, email, token_hash, deleted_at)
                         select id, '{id}', owner_email, sha256('{}'), status_since from tenants where id = '{}'",
                        token.reveal(),
                        tenant.id
                    ))
                    .await;
                text.replace("{restore}", token.reveal())
            }
            Some("mail") => {
                let id = self
                    .world
                    .text(&format!(
                        r#"select mail_post(null, 'extra-{n}@new.example', 'notice', 'Told', '{{"kind": "notice", "subject": "Told", "paragraphs": [], "page": null}}')::text"#
                    ))
                    .await;
                self.world.sql(&format!("update jobs set state = 'failed', ended_at = now() where id = '{id}'")).await;
                text.replace("{mail}", &id)
            }
            Some(gap @ ("failed-job" | "queued-job")) => {
                let ended = if gap == "failed-job" { "'failed', now()" } else { "'queued', null" };
                let id = self
                    .world
                    .text(&format!(
                        "insert into jobs (kind, payload, run_at, state, ended_at) values ('password_reset', '{{}}', now(), {ended}) returning id::text"
                    ))
                    .await;
                text.replace(&format!("{{{gap}}}"), &id)
            }
            // Of a tenant that is nobody's here.
            Some("run") => {
                let tenant = self.world.tenant(&format!("bulk-{n}")).await;
                let mut console = self.world.console().await;
                let (action, slugs) = (BulkAction::Suspend, vec![tenant.slug.clone()]);
                let run = console.draft_bulk(action, &Chosen::Slugs(slugs)).await.expect("chosen");
                console.detail_bulk(run, &Details::Suspend { reason: "unpaid".into() }).await.expect("filled in");
                console.commit().await.expect("committed");
                text.replace("{run}", &run.to_string())
            }
            // Of the console's admin.
            Some("view") => {
                let root = self.users.get(&Actor::Platform).map_or("", String::as_str);
                let id = self
                    .world
                    .text(&format!(
                        "insert into staff_views (user_id, name, query, shared)
                         select id, 'View {n}', 'q=plan:pro', false from users where email = '{root}' returning id::text"
                    ))
                    .await;
                text.replace("{view}", &id)
            }
            Some("export") => {
                let mut tx = self.a.open::<ExportTenant>("owner").await.expect("an owner may");
                tx.ask_for_export().await.expect("asked");
                tx.commit().await.expect("committed");
                text.replace("{export}", &self.made_export(&self.a, false).await)
            }
            Some("staff-export") => {
                self.ask_for_export(&self.a).await;
                text.replace("{staff-export}", &self.made_export(&self.a, true).await)
            }
            Some(gap @ ("exported" | "archived")) => {
                let tenant = self.world.tenant(&format!("moved-{n}")).await;
                self.ask_for_export(&tenant).await;
                if gap == "archived" {
                    self.made_export(&tenant, true).await;
                }
                text.replace(&format!("{{{gap}}}"), tenant.slug.as_str())
            }
            Some("purge") => {
                let id = self
                    .world
                    .text(&format!(
                        "insert into purges (purged_tenant, slug, name, cause, asked_by, deleted_at, facts, files, file_bytes, receipt, done_at)
                         values (gen_random_uuid(), 'purged-{n}', 'Purged', 'due', 'system', now(), '{{}}', 0, 0, '{{}}', now()) returning id::text"
                    ))
                    .await;
                text.replace("{purge}", &id)
            }
            Some("alert") => {
                let id = self
                    .world
                    .text(&format!("insert into alerts (kind, subject, detail) values ('failed_jobs', 'extra {n}', '3 within a day') returning id::text"))
                    .await;
                text.replace("{alert}", &id)
            }
            Some("rule") => {
                let id = self
                    .world
                    .text(&format!(
                        "insert into alert_rules (name, metric, threshold, minutes, recipients)
                         values ('Rule {n}', 'queue_age', 5, 5, '{{root@tenantry.example}}') returning id::text"
                    ))
                    .await;
                text.replace("{rule}", &id)
            }
            Some("check") => {
                let id = self
                    .world
                    .text(
                        "insert into isolation_checks (source, asked_by, finished_at, healthy, version, duration_ms, parts)
                         values ('console', 'scene', now(), true, '0', 5, '[]') returning id::text",
                    )
                    .await;
                text.replace("{check}", &id)
            }
            Some("access") => text.replace("{access}", &self.access(&self.a).await),
            Some("staff") => {
                let user = self.world.account(&format!("staff-{n}@tenantry.example")).await;
                self.world.sql(&format!("insert into platform_admins (user_id, role) values ('{user}', 'support')")).await;
                text.replace("{staff}", &user.to_string())
            }
            Some("template") => {
                let insert = "insert into templates (key, name, content, changed_by)";
                text.replace(
                    "{template}",
                    &self.world.text(&format!("{insert} values ('kit-{n}', 'Kit {n}', '{{}}', 'scene') returning key")).await,
                )
            }
            Some("idle-plan") => {
                self.world
                    .sql(&format!(
                        "with p as (insert into plans (key, name, position) values ('idle-{n}', 'Idle {n}', 90) returning id)
                         insert into plan_versions (plan_id, version, price_usd) select id, 1, 9 from p"
                    ))
                    .await;
                text.replace("{idle-plan}", &format!("idle-{n}"))
            }
            Some("its-draft") => text.replace("{its-draft}", &self.draft_of_moving(n).await),
            Some("drafted-price") => {
                self.draft_of_moving(n).await;
                text.replace("{drafted-price}", &(1_000 + n).to_string())
            }
            Some("mover") => text.replace("{mover}", self.on_moving(n).await.slug.as_str()),
            Some("new-move") => {
                self.on_moving(n).await;
                text.replace("{new-move}", &uuid::Uuid::new_v4().to_string())
            }
            Some("move") => text.replace("{move}", &self.plan_move("moving").await),
            Some("stopped-move") => {
                let id = self.plan_move("moving").await;
                self.world
                    .sql(&format!(
                        "insert into jobs (kind, payload, run_at, state, ended_at)
                         values ('move_tenants', jsonb_build_object('move', '{id}'::uuid), now(), 'failed', now())"
                    ))
                    .await;
                text.replace("{stopped-move}", &id)
            }
            Some("stuck") => {
                let tenant = self.world.tenant(&format!("stuck-{n}")).await;
                self.world.sql(&format!("update tenants set status = 'provisioning' where id = '{}'", tenant.id)).await;
                in_steps(&self.world, &tenant, "'failed', now()").await;
                text.replace("{stuck}", tenant.slug.as_str())
            }
            Some("new-slug") => text.replace("{new-slug}", &format!("new-{n}")),
            Some("open") => text.replace("{open}", self.world.tenant(&format!("open-{n}")).await.slug.as_str()),
            Some("suspended") => {
                let tenant = self.world.tenant(&format!("held-{n}")).await;
                let mut console = self.world.console().await;
                console.suspend_tenant(&tenant.slug, &"unpaid".parse().expect("a reason")).await.expect("suspended");
                console.commit().await.expect("committed");
                text.replace("{suspended}", tenant.slug.as_str())
            }
            Some("unpaid") => {
                let tenant = self.world.tenant(&format!("owes-{n}")).await;
                let mut console = self.world.console().await;
                console.suspend_unpaid(&tenant.slug, &"two invoices".parse().expect("a reason")).await.expect("suspended");
                console.commit().await.expect("committed");
                text.replace("{unpaid}", tenant.slug.as_str())
            }
            Some("trial") => text.replace("{trial}", self.world.tenant(&format!("tries-{n}")).trial(14).await.slug.as_str()),
            Some("later") => text.replace("{later}", &self.world.text("select (today() + 100)::text").await),
            Some("spare") => {
                let there = self.world.number("select count(*) from tenants where slug = 'spare'").await;
                if there == 0 {
                    let _spare = self.world.tenant("spare").await;
                }
                self.world
                    .sql("update tenants set status = deleted_from, deleted_from = null, purge_after = null where slug = 'spare' and status = 'deleted'")
                    .await;
                text.replace("{spare}", "spare")
            }
            Some("deleted") => {
                let tenant = self.world.tenant(&format!("gone-{n}")).await;
                let mut console = self.world.console().await;
                console.delete_tenant(&tenant.slug).await.expect("deleted");
                console.commit().await.expect("committed");
                text.replace("{deleted}", tenant.slug.as_str())
            }
            Some(other) => panic!("no probe knows {{{other}}}"),
        }
    }

    /// Has an archive made for staff; it waits.
    async fn ask_for_export(&self, tenant: &Tenant) {
        let mut console = self.world.console().await;
        console.ask_for_export(&tenant.slug).await.expect("asked");
        console.commit().await.expect("committed");
    }

    /// The archive that waits is made.
    async fn made_export(&self, tenant: &Tenant, for_staff: bool) -> String {
        // Nothing else that waits is anybody's to do here: B's jobs are part of B.
        let first =
            format!("update jobs set run_at = 'epoch' where kind = 'make_export' and state = 'queued' and tenant_id = '{}'", tenant.id);
        self.world.sql(&first).await;
        let job = self.world.store.claim_job().await.expect("the queue answers").expect("it is due");
        self.world.store.make_export(&job).await.expect("made");
        self.world
            .text(&format!(
                "select id::text from exports where tenant_id = '{}' and for_staff = {for_staff} and state = 'ready' order by id desc limit 1",
                tenant.id
            ))
            .await
    }

    /// A draft of the plan `moving`, in its first revision, that differs from what is sold; its id.
    async fn draft_of_moving(&self, n: u32) -> String {
        self.world
            .text(&format!(
                "insert into plan_versions (plan_id, version, price_usd, published_at)
                 select p.id, max(v.version) + 1, {n}, null from plans p join plan_versions v on v.plan_id = p.id and v.published_at is not null
                 where p.key = 'moving' group by p.id
                 on conflict (plan_id) where published_at is null do update set price_usd = excluded.price_usd, revision = 1
                 returning id::text"
            ))
            .await
    }

    /// A tenant with the first version of the plan `moving`.
    async fn on_moving(&self, n: u32) -> Tenant {
        let tenant = self.world.tenant(&format!("mover-{n}")).await;
        self.world
            .sql(&format!(
                "update tenants set plan_version_id = (
                   select v.id from plan_versions v join plans p on p.id = v.plan_id where p.key = 'moving' and v.version = 1)
                 where id = '{}'",
                tenant.id
            ))
            .await;
        tenant
    }

    /// A move to the first version of a plan.
    async fn plan_move(&self, plan: &str) -> String {
        self.world
            .text(&format!(
                "insert into plan_moves (id, plan_id, from_versions, to_version_id, spare_over, total, actor_kind, actor, origin)
                 select gen_random_uuid(), p.id, array[v.id], v.id, false, 0, 'operator', 'scene', 'scene'
                 from plans p join plan_versions v on v.plan_id = p.id and v.version = 1 where p.key = '{plan}' returning id::text"
            ))
            .await
    }

    /// A's branding with this look in its draft; the revision that its page then shows.
    async fn revision(&self, look: &str) -> String {
        // Other calls have given it a smaller plan.
        let pro = "(select v.id from plan_versions v join plans p on p.id = v.plan_id where p.key = 'pro')";
        self.world
            .sql(&format!("update tenants set plan_version_id = {pro} where id = '{}' and plan_version_id <> {pro}", self.a.id))
            .await;
        self.world
            .text(&format!(
                "insert into brandings (tenant_id, look, mails, changed_by) values ('{}', '{look}', '{{}}', 'scene')
                 on conflict on constraint brandings_pkey do update set look = excluded.look returning revision::text",
                self.a.id
            ))
            .await
    }

    /// An open link of this account, as one that was mailed.
    async fn link(&self, of: fn(uuid::Uuid) -> OneTime, email: &str) -> Token {
        let id = uuid::Uuid::new_v4();
        let link = of(id);
        let token = SecretKey::new(String::from("a key for tests").into()).link_token(link);
        let kind = if matches!(link, OneTime::PasswordReset(_)) { "password" } else { "email" };
        self.world
            .sql(&format!(
                "insert into account_links (id, user_id, kind, email, token_hash, expires_at)
                 select '{id}', u.id, '{kind}', u.email, sha256('{}'), now() + interval '1 hour' from users u where u.email = '{email}'",
                token.reveal()
            ))
            .await;
        token
    }

    /// A support access to the tenant that runs, of no session.
    pub async fn access(&self, tenant: &Tenant) -> String {
        self.world
            .text(&format!(
                "insert into support_accesses (tenant_id, staff_id, staff_email, session_id, reason)
                 values ('{}', gen_random_uuid(), 'sue@tenantry.example', gen_random_uuid(), 'a question') returning id::text",
                tenant.id
            ))
            .await
    }

    /// A domain of the tenant in this state.
    pub async fn domain(&self, tenant: &Tenant, state: &str) -> String {
        let n = self.next();
        self.world
            .text(&format!(
                "insert into domains (tenant_id, name, token, state, points, added_by)
                 values ('{}', 'portal-{n}.' || '{}.example', repeat('0', 64), '{state}', true, 'scene') returning name",
                tenant.id, tenant.slug
            ))
            .await
    }

    /// A change of plan, with its state and when that was reached.
    pub async fn plan_change(&self, tenant: &Tenant, state: &str) -> String {
        self.world
            .text(&format!(
                "insert into plan_changes (tenant_id, from_version_id, to_version_id, effective_at, requested_by, state, settled_at)
                 select id, plan_version_id, plan_version_id, now() + interval '1 day', 'scene', {state} from tenants where id = '{}' returning id::text",
                tenant.id
            ))
            .await
    }

    /// A document of the tenant, with its file, brought by its owner.
    pub async fn document(&self, tenant: &Tenant) -> String {
        let owner = tenant.member("owner").await;
        let mut upload = self.world.store.begin_upload(&owner).await.expect("there is room");
        upload.write(&owner, b"something to read").await.expect("written");
        let name = format!("{}-notes.txt", tenant.slug).parse().expect("a name");
        upload.finish(&owner, &name, "text/plain", None).await.expect("kept").id.to_string()
    }

    /// A hash over every row of every table but those that count calls; of sessions and keys without when they were last used.
    pub async fn checksum(&self) -> String {
        self.hash_of(None).await
    }

    /// A hash over every row of tenant B.
    pub async fn checksum_of_b(&self) -> String {
        self.hash_of(Some(self.b.id)).await
    }

    /// How many rows each table has, of this tenant or at all, and the sum of their hashes.
    async fn hash_of(&self, tenant: Option<TenantId>) -> String {
        let (id, all) = (tenant.map(|id| id.to_string()).unwrap_or_default(), tenant.is_none());
        let tables = self
            .world
            .texts(&format!(
                "select format(
                   'select %L as t, sum(hashtextextended(%s, 0)) as h, count(*) as n from %I x where %s%s', relname,
                   case when columns && array['seen_at', 'last_used_at'] then '(to_jsonb(x) - ''seen_at'' - ''last_used_at'')::text'
                        else 'x::text' end,
                   relname,
                   case when {all} then 'true'
                        when 'tenant_id' = any (columns) then 'x.tenant_id = ''{id}'''
                        else 'x.id::text = ''{id}''' end,
                   case when 'meter' = any (columns) then ' and x.meter <> ''api_calls''' end)
                 from (
                   select c.relname::text, array_agg(a.attname::text) as columns
                   from pg_class c
                   join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
                     and c.relname not in ('_sqlx_migrations', 'api_counters', 'api_key_counters')
                   group by c.relname) tables
                 where {all} or columns && array['tenant_id', 'id']"
            ))
            .await;
        self.world
            .text(&format!("select string_agg(t || ' ' || n || ' ' || h, E'\\n' order by t) from ({}) tables", tables.join(" union all ")))
            .await
    }

    /// Every row of every table but those that count calls, each after the name of its table.
    pub async fn rows(&self) -> Vec<String> {
        let tables = self
            .world
            .texts(
                "select format('select %L || '' '' || (to_jsonb(x) - ''seen_at'' - ''last_used_at'')::text as r from %I x', c.relname, c.relname)
                 from pg_class c
                 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
                   and c.relname not in ('_sqlx_migrations', 'api_counters', 'api_key_counters')",
            )
            .await;
        self.world.texts(&tables.join(" union all ")).await
    }

    pub async fn finish(self) {
        self.world.finish().await;
    }

    pub async fn abandon(self) {
        self.world.abandon().await;
    }
}
