//! What each state of a tenant lets through, cell by cell of the table in `src/domain/lifecycle.rs`, on the real server; and the two causes of a
//! suspension, which know nothing of each other.

use reqwest::Method;
use tenantry::domain::lifecycle::{Verdict, Way, allows, verdict};
use tenantry::domain::role::Role;
use tenantry::domain::status::TenantStatus;
use tenantry::store::StoreError;

use crate::staff::{done, staff};
use crate::world::World;
use crate::world::http::{Browser, Server};
use crate::world::people::Tenant;

/// One tenant, its owner and staff, each in a browser, a key and a domain.
struct Place {
    world: World,
    server: Server,
    acme: Tenant,
    owner: Browser,
    root: Browser,
    key: String,
}

const DOMAIN: &str = "portal.acme.example";

impl Place {
    async fn make() -> Place {
        let world = World::start().await;
        let acme = world.tenant("acme").await;
        let server = world.serve().await;
        let (owner, root) = (server.sign_in("owner@acme.example").await, staff(&world, &server).await);
        let key = acme.key("one").await.text;
        world
            .sql(&format!(
                "insert into domains (tenant_id, name, token, state, points, added_by) values ('{}', '{DOMAIN}', repeat('0', 64), 'verified', true, 'test')",
                acme.id
            ))
            .await;
        Place { world, server, acme, owner, root, key }
    }

    async fn put(&self, status: TenantStatus) {
        let facts = match status {
            TenantStatus::Suspended => {
                "status_before = 'active', status_reason = 'A bill is open.', deleted_from = null, purge_after = null"
            }
            TenantStatus::Deleted => {
                "status_before = null, status_reason = null, deleted_from = 'active', purge_after = now() + interval '30 days'"
            }
            _ => "status_before = null, status_reason = null, deleted_from = null, purge_after = null",
        };
        self.world.sql(&format!("update tenants set status = '{}', {facts} where id = '{}'", status.as_str(), self.acme.id)).await;
    }

    /// Whether the tenant lets this through now, found out by doing it.
    async fn lets_through(&self, status: TenantStatus, way: Way) -> bool {
        self.put(TenantStatus::Active).await;
        let n = format!("{}-{}", status.as_str().replace('_', "-"), way.as_str().replace('_', "-"));
        match way {
            Way::Page => {
                self.put(status).await;
                self.owner.get("/t/acme").await.status == 200
            }
            Way::Function => {
                self.put(status).await;
                let named = format!("Called {n}");
                self.owner.fetch("/fn/settings/change", &[("tenant", "acme"), ("name", &named)]).await;
                self.world.number(&format!("select count(*) from tenants where name = '{named}'")).await == 1
            }
            Way::Session => {
                self.put(status).await;
                let listed = self.owner.get("/tenants").await.body.contains("/t/acme");
                let known = self.world.sign_in(self.acme.owner()).await.member(&self.acme.slug).is_some();
                assert_eq!(listed, known, "{status:?}: the page and the session agree");
                listed
            }
            Way::ApiKey => {
                self.put(status).await;
                let machine = self.server.browser();
                let read = machine.ask(Method::GET, "/api/v1/tenant").bearer(&self.key).send().await.status;
                let consume = machine
                    .ask(Method::POST, "/api/v1/quota/tokens/consume")
                    .bearer(&self.key)
                    .json(r#"{"amount": 1}"#)
                    .send()
                    .await
                    .status;
                assert_eq!(read == 200, consume == 200, "{status:?}: reading {read}, consuming {consume}");
                read == 200
            }
            Way::Invite => {
                let email = format!("{n}@new.example").parse().expect("an address");
                let mut console = self.world.console().await;
                let token = console.invite(&self.acme.slug, &email, Role::Viewer).await.expect("invited while it is active");
                console.commit().await.expect("committed");
                self.put(status).await;
                let other = format!("{n}-2@new.example").parse().expect("an address");
                let mut console = self.world.console().await;
                let invited = console.invite(&self.acme.slug, &other, Role::Viewer).await.is_ok();
                drop(console);
                let accepted = self.world.accept(&self.world.store, &token).await.is_ok();
                assert_eq!(invited, accepted, "{status:?}: inviting and accepting agree");
                accepted
            }
            Way::Job => {
                self.put(status).await;
                self.world
                    .sql(&format!(
                        "delete from jobs; insert into jobs (tenant_id, kind, payload, run_at) values ('{}', 'check_domain', '{{}}', now())",
                        self.acme.id
                    ))
                    .await;
                let claimed = self.world.store.claim_job().await.expect("the queue answers").is_some();
                self.world.sql("delete from jobs").await;
                claimed
            }
            Way::Export => {
                self.put(status).await;
                self.root.get("/admin/tenants/acme/usage.csv").await.status == 200
            }
            Way::Domain => {
                self.put(status).await;
                self.world.store.read_routes().await.expect("read");
                let routed = self.world.store.routes().tenant_of(DOMAIN).is_some();
                let mut tx = self.world.store.public().await.expect("open");
                let named = tx.find_tenant_of_host(&self.acme.slug).await.expect("read").is_some();
                tx.commit().await.expect("ended");
                assert_eq!(routed, named, "{status:?}: the domain and the platform's own host agree");
                routed
            }
        }
    }
}

#[tokio::test]
async fn every_state_lets_through_what_the_table_says() {
    let place = Place::make().await;
    let mut cells = 0;
    for status in TenantStatus::ALL {
        for way in Way::ALL {
            let through = place.lets_through(status, way).await;
            assert_eq!(through, verdict(status, way) != Verdict::Refuse, "{status:?}, {way:?}");
            cells += 1;
        }
    }
    assert_eq!(cells, 48);
    place.put(TenantStatus::Active).await;
    place.world.finish().await;
}

#[tokio::test]
async fn what_can_only_be_seen_says_why() {
    let place = Place::make().await;
    place.put(TenantStatus::Suspended).await;
    for way in [Way::Session, Way::Domain] {
        assert_eq!(verdict(TenantStatus::Suspended, way), Verdict::ReadOnly);
    }
    let page = place.owner.get("/t/acme").await;
    assert!(page.status == 403 && page.body.contains("A bill is open."), "{}", page.everything());
    place.world.finish().await;
}

#[tokio::test]
async fn what_sql_decides_is_the_same_table() {
    let world = World::start().await;
    for status in TenantStatus::ALL {
        for way in Way::ALL {
            let said = world.number(&format!("select life_allows('{}', '{}')::int::bigint", status.as_str(), way.as_str())).await;
            assert_eq!(said == 1, allows(status, way), "{status:?}, {way:?}");
        }
    }
    world.finish().await;
}

#[tokio::test]
async fn jobs_of_a_deleted_tenant_wait_for_it_but_for_what_settles_accounts() {
    let place = Place::make().await;
    let queue = async |kind: &str| {
        place
            .world
            .sql(&format!(
                "delete from jobs; insert into jobs (tenant_id, kind, payload, run_at) values ('{}', '{kind}', '{{}}', now())",
                place.acme.id
            ))
            .await;
        place.world.store.claim_job().await.expect("the queue answers").map(|job| job.kind.as_str())
    };
    place.put(TenantStatus::Deleted).await;
    for settles in ["mail", "close_month", "password_reset"] {
        assert_eq!(queue(settles).await, Some(settles));
    }
    for waits in ["end_trial", "change_plan", "check_domain", "notice_mail"] {
        assert_eq!(queue(waits).await, None, "{waits}");
        place.put(TenantStatus::Active).await;
        assert_eq!(place.world.store.claim_job().await.expect("answers").map(|job| job.kind.as_str()), Some(waits));
        place.put(TenantStatus::Deleted).await;
    }
    place.world.sql("delete from jobs").await;
    place.put(TenantStatus::Active).await;
    place.world.finish().await;
}

#[tokio::test]
async fn staff_and_unpaid_bills_suspend_by_themselves_and_neither_lifts_the_other() {
    let place = Place::make().await;
    let act = async |function: &str, field: &[(&str, &str)]| {
        let form: Vec<(&str, &str)> = [("slug", "acme")].iter().chain(field).copied().collect();
        done(&place.root, &format!("/fn/tenants/{function}"), &form).await.body
    };
    let open = async || place.owner.get("/t/acme").await.status == 200;
    for first in ["staff", "bill"] {
        if first == "staff" {
            act("suspend", &[("reason", "They asked for a pause.")]).await;
            act("suspend-unpaid", &[("owed", "Two invoices.")]).await;
        } else {
            act("suspend-unpaid", &[("owed", "Two invoices.")]).await;
            act("suspend", &[("reason", "They asked for a pause.")]).await;
        }
        let told = place.owner.get("/t/acme").await.body;
        assert!(told.contains("They asked for a pause. Two invoices."), "its people read both: {told}");
        let page = place.root.get("/admin/tenants/acme").await.body;
        assert!(page.contains("Suspended for non-payment: ") && page.contains("They asked for a pause."), "{page}");
        if first == "staff" {
            let page = act("resume", &[]).await;
            assert!(page.contains("The one for non-payment stands.") && !open().await, "{page}");
            assert_eq!(place.root.fetch("/fn/tenants/resume", &[("slug", "acme")]).await.status, 409, "staff do not hold it any more");
            assert!(act("payment-arrived", &[]).await.contains("Its people can work."));
        } else {
            let page = act("payment-arrived", &[]).await;
            assert!(page.contains("The suspension by staff stands.") && !open().await, "{page}");
            assert_eq!(place.root.fetch("/fn/tenants/payment-arrived", &[("slug", "acme")]).await.status, 409, "nothing is owed any more");
            assert!(act("resume", &[]).await.contains("Resumed."));
        }
        assert!(open().await);
        assert_eq!(place.acme.status().await, "active");
    }
    let actions =
        "select string_agg(action, ' ' order by seq) from audit_events where action like 'tenant.%' and action <> 'tenant.created'";
    assert_eq!(
        place.world.text(actions).await,
        "tenant.suspended tenant.suspended_unpaid tenant.resumed tenant.payment_arrived \
         tenant.suspended_unpaid tenant.suspended tenant.payment_arrived tenant.resumed"
    );
    place.world.finish().await;
}

#[tokio::test]
async fn a_payment_makes_a_tenant_that_was_past_due_active() {
    let place = Place::make().await;
    let mut console = place.world.console().await;
    assert!(matches!(console.payment_arrived(&place.acme.slug).await, Err(StoreError::WrongState(_))), "nothing is unpaid");
    drop(console);
    for suspended in [false, true] {
        place.put(TenantStatus::PastDue).await;
        let mut console = place.world.console().await;
        if suspended {
            console.suspend_unpaid(&place.acme.slug, &"two invoices".parse().expect("a reason")).await.expect("suspended");
        }
        assert_eq!(console.payment_arrived(&place.acme.slug).await.expect("noted"), TenantStatus::Active);
        console.commit().await.expect("committed");
        assert_eq!(place.acme.status().await, "active");
    }
    place.world.finish().await;
}
