//! Custom domains, against a real DNS server and through the real resolver: added, proved, answered, missed, released.

mod adding;
mod answering;
mod life;
mod primary;
mod proving;
mod servers;

use tenantry::jobs::work_off_with;
use tenantry::store::Store;

use crate::world::http::{Browser, Reply, Server};
use crate::world::knot::Knot;
use crate::world::smtp::mailer;
use crate::world::{Tenant, World};

/// A name that no other test has.
fn unique(label: &str) -> String {
    format!("{label}-{}.example", &uuid::Uuid::new_v4().simple().to_string()[..12])
}

/// A tenant, a server that asks DNS, and the tenant's owner in a browser.
struct Place {
    world: World,
    knot: &'static Knot,
    server: Server,
    acme: Tenant,
    owner: Browser,
}

impl Place {
    async fn make() -> Place {
        let world = World::start().await;
        let acme = world.tenant("acme").await;
        let server = world.serve_asking_dns(world.store.clone(), |app| app).await;
        let owner = server.sign_in("owner@acme.example").await;
        Place { world, knot: Knot::shared(), server, acme, owner }
    }

    async fn add(&self, name: &str) {
        let reply = add(&self.owner, "acme", name).await;
        assert_eq!((reply.status, reply.location().split('?').next()), (303, Some("/t/acme/domains")), "{name}: {}", reply.everything());
    }

    /// What the TXT record of the name has to say.
    async fn token(&self, name: &str) -> String {
        token(&self.world, "acme", name).await
    }

    /// Adds a name, sets its record, and lets a job see it.
    async fn prove(&self, name: &str) {
        self.add(name).await;
        self.knot.change(&[&txt(name, &self.token(name).await)]).await;
        self.check(name).await;
        assert_eq!(self.state(name).await, "verified");
    }

    /// Proves a name that leads here.
    async fn connect(&self, name: &str) {
        self.add(name).await;
        self.knot.change(&[&txt(name, &self.token(name).await), &format!("add {name} 60 CNAME acme.localhost.")]).await;
        self.check(name).await;
        assert_eq!(self.state(name).await, "verified");
    }

    /// Lets a job look at it now.
    async fn check(&self, name: &str) {
        check(&self.world, &self.world.store, name).await;
    }

    async fn state(&self, name: &str) -> String {
        self.world.text(&format!("select state from domains where name = '{name}' and tenant_id = '{}'", self.acme.id)).await
    }

    /// The page of the tenant's domains.
    async fn page(&self) -> String {
        let page = self.owner.get("/t/acme/domains").await;
        assert_eq!(page.status, 200);
        page.body
    }

    /// What happened to the name, oldest first.
    async fn events(&self, name: &str) -> Vec<String> {
        self.world
            .texts(&format!("select action from audit_events where tenant_id = '{}' and target = '{name}' order by seq", self.acme.id))
            .await
    }
}

async fn add(browser: &Browser, slug: &str, name: &str) -> Reply {
    browser.post("/fn/domains/add", &[("tenant", slug), ("domain", name)]).await
}

async fn token(world: &World, slug: &str, name: &str) -> String {
    world
        .text(&format!("select d.token from domains d join tenants t on t.id = d.tenant_id where t.slug = '{slug}' and d.name = '{name}'"))
        .await
}

fn txt(name: &str, text: &str) -> String {
    format!("add _tenantry-challenge.{name} 60 TXT \"{text}\"")
}

/// Every check of this name that is due or not, as a server with this store does it; its mails are kept.
async fn check(world: &World, store: &Store, name: &str) {
    world.sql(&format!("update domains set next_check_at = now() where name = '{name}' and state <> 'removed'")).await;
    store.queue_domain_checks().await.expect("queued");
    work_off_with(store, &mailer(None), &Knot::shared().dns()).await;
    store.read_routes().await.expect("read");
}
