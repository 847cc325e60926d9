//! The primary domain: the others lead to it, links begin with it, and it falls away with its proof.

use reqwest::Method;
use tenantry::domain::role::Role;

use super::{Place, unique};
use crate::world::people::PASSWORD;

impl Place {
    async fn choose(&self, name: &str) -> u16 {
        self.owner.fetch("/fn/domains/primary", &[("tenant", "acme"), ("domain", name)]).await.status
    }
}

#[tokio::test]
async fn pages_at_the_other_hosts_lead_to_the_primary_domain_and_nothing_else_does() {
    let place = Place::make().await;
    let (main, other) = (unique("main"), unique("other"));
    place.connect(&main).await;
    place.connect(&other).await;
    assert_eq!(place.choose(&main).await, 200);
    let server = &place.server;
    for host in [server.at(&other), server.portal("acme")] {
        let browser = server.browser_at(&host);
        for (path, method) in [
            ("/", Method::GET),
            ("/usage?month=2026-01", Method::GET),
            ("/login?next=%2Fteam", Method::GET),
            ("/no/such/page", Method::HEAD),
        ] {
            let reply = browser.ask(method, path).send().await;
            assert_eq!((reply.status, reply.location()), (308, format!("http://{}{path}", server.at(&main)).as_str()), "{host}{path}");
            assert_eq!(reply.header("cache-control"), "no-store", "it may end");
        }
        // What a page loads or sends stays where it is.
        assert_eq!(browser.ask(Method::GET, "/login").header("sec-fetch-mode", "navigate").send().await.status, 308);
        let loaded = browser.ask(Method::GET, "/live").header("sec-fetch-mode", "cors").send().await;
        assert!(loaded.location().starts_with("/login"), "{}", loaded.everything());
        let signed_in = browser.post("/fn/auth/sign-in", &[("email", "owner@acme.example"), ("password", PASSWORD)]).await;
        assert_eq!((signed_in.status, signed_in.location()), (303, "/"), "{host}");
        assert_eq!(browser.get("/api/v1/tenant").await.status, 401, "the machine API knows no host");
        assert_eq!(browser.get("/healthz").await.status, 200);
    }
    // At the primary domain and at the platform's own host nothing leads anywhere.
    let here = server.browser_at(&server.at(&main));
    here.sign_in("owner@acme.example").await;
    assert_eq!(here.get("/").await.status, 200);
    assert_eq!(place.owner.get("/t/acme").await.status, 200);
    assert_eq!(place.events(&main).await, ["domain.added", "domain.verified", "domain.primary"]);

    assert_eq!(place.choose(&other).await, 200);
    assert_eq!(here.get("/").await.location(), format!("http://{}/", server.at(&other)), "the other way round");
    assert_eq!(place.choose("").await, 200);
    assert_eq!(here.get("/").await.status, 200);
    assert_eq!(server.browser_at(&server.portal("acme")).get("/login").await.status, 200);
    place.world.finish().await;
}

#[tokio::test]
async fn it_falls_away_when_it_is_not_proved_or_does_not_lead_here() {
    let place = Place::make().await;
    let (main, waits) = (unique("main"), unique("waits"));
    place.prove(&main).await;
    place.add(&waits).await;
    for (name, why) in [(&waits, "verified"), (&main, "does not lead here")] {
        let refused = place.owner.fetch("/fn/domains/primary", &[("tenant", "acme"), ("domain", name)]).await;
        assert!(refused.status == 409 && refused.body.contains(why), "{name}: {}", refused.body);
    }
    place.knot.change(&[&format!("add {main} 60 CNAME acme.localhost.")]).await;
    place.check(&main).await;
    assert_eq!(place.choose(&main).await, 200);
    let portal = place.server.browser_at(&place.server.portal("acme"));
    assert_eq!(portal.get("/login").await.status, 308);

    place.knot.change(&[&format!("delete {main} CNAME"), &format!("add {main} 60 A 198.51.100.7")]).await;
    place.check(&main).await;
    assert_eq!(portal.get("/login").await.status, 200, "nobody is sent to where nobody answers");
    place
        .knot
        .change(&[&format!("delete {main} A"), &format!("add {main} 60 A 192.0.2.1"), &format!("delete _tenantry-challenge.{main} TXT")])
        .await;
    place.check(&main).await;
    assert_eq!(portal.get("/login").await.status, 308, "it leads here again");
    place.world.sql("update domains set missing_since = now() - interval '2 days' where missing_since is not null").await;
    place.check(&main).await;
    assert_eq!(portal.get("/login").await.status, 200);
    assert_eq!(place.server.browser_at(&place.server.at(&main)).get("/login").await.status, 421);
    place.world.finish().await;
}

#[tokio::test]
async fn links_in_mails_and_invites_begin_with_it() {
    let place = Place::make().await;
    let main = unique("main");
    place.connect(&main).await;
    let invite = async |email: &str| {
        let mut console = place.world.console().await;
        let token = console.invite(&place.acme.slug, &email.parse().expect("an address"), Role::Member).await.expect("invited");
        console.commit().await.expect("committed");
        token
    };
    let link_of = async |email: &str| {
        let mut smtp = crate::world::smtp::Smtp::start().await;
        place.world.sql(&format!("update jobs set state = 'cancelled', ended_at = now() where state = 'queued' and id not in (select id from mails where recipient = '{email}')")).await;
        tenantry::jobs::work_off(&place.world.store, &smtp.mailer()).await;
        smtp.next().await.link().to_owned()
    };
    let token = invite("before@new.example").await;
    assert_eq!(link_of("before@new.example").await, format!("https://tenants.example/invite/{}", token.reveal()));
    assert_eq!(place.choose(&main).await, 200);
    let token = invite("after@new.example").await;
    assert_eq!(link_of("after@new.example").await, format!("https://{main}/invite/{}", token.reveal()));
    // A page of the portal stands there without the tenant's slug.
    place
        .world
        .sql(&format!("insert into usage_levels (tenant_id, meter, amount) values ('{}', 'storage', 91000000000)", place.acme.id))
        .await;
    place
        .world
        .sql("update jobs set state = 'cancelled', ended_at = now() where kind = 'notice_mail' and payload->>'percent' = '80'")
        .await;
    tenantry::jobs::work_off(&place.world.store, &crate::world::smtp::mailer(None)).await;
    let root = place.world.account("root@tenantry.example").await;
    place.world.sql(&format!("insert into platform_admins (user_id) values ('{root}')")).await;
    let admin = place.server.sign_in("root@tenantry.example").await;
    let mail = place.world.text("select id::text from mails where kind = 'limit_reached' order by id desc limit 1").await;
    let shown = admin.get(&format!("/admin/mail/{mail}")).await.body;
    assert!(shown.contains(&format!("href=\"http://{}/usage\"", place.server.at(&main))), "{shown}");
    // The invite's own page hands out the same.
    let invite = place.world.text("select id::text from invites where email = 'after@new.example'").await;
    let sheet = place.owner.get(&format!("/t/acme/team/invites/{invite}")).await.body;
    assert!(sheet.contains(&format!("http://{}/invite/{}", place.server.at(&main), token.reveal())), "{sheet}");
    // And it opens there.
    let guest = place.server.browser_at(&place.server.at(&main));
    let opened = guest.get(&format!("/invite/{}", token.reveal())).await;
    assert_eq!(opened.status, 200);
    let joined = guest
        .post("/fn/invite/accept", &[("token", token.reveal()), ("name", "Ada New"), ("password", "seven violet lanterns drift")])
        .await;
    assert_eq!((joined.status, joined.location()), (303, "/?done=welcome"), "{}", joined.everything());
    assert_eq!(guest.get("/").await.status, 200);
    // The platform's own mail stays the platform's.
    let reset = place.owner.post("/fn/reset/request", &[("email", "owner@acme.example")]).await;
    assert_eq!(reset.status, 303);
    tenantry::jobs::work_off(&place.world.store, &crate::world::smtp::mailer(None)).await;
    let mail = place.world.text("select id::text from mails where kind = 'password_reset'").await;
    assert!(admin.get(&format!("/admin/mail/{mail}")).await.body.contains(&format!("http://{}/reset/", place.server.host)));
    place.world.finish().await;
}
