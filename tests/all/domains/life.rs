//! A name that was proved and whose record goes: warned, unrouted after 48 hours, released after 30 days.

use super::{Place, add, check, token, txt, unique};

impl Place {
    /// Moves the time at which the record was first missed into the past.
    async fn missing_for(&self, name: &str, how_long: &str) {
        self.world
            .sql(&format!(
                "update domains set missing_since = now() - interval '{how_long}' where name = '{name}' and missing_since is not null"
            ))
            .await;
        self.check(name).await;
    }

    async fn subjects(&self, recipient: &str) -> Vec<String> {
        self.world.texts(&format!("select subject from mails where recipient = '{recipient}' and kind = 'notice' order by id")).await
    }

    async fn answers(&self, name: &str) -> u16 {
        self.server.browser_at(&self.server.at(name)).get("/login").await.status
    }
}

#[tokio::test]
async fn a_record_that_is_gone_is_told_then_acted_upon_then_final() {
    let place = Place::make().await;
    let rival = place.world.tenant("rival").await;
    let other = place.server.sign_in("owner@rival.example").await;
    let name = unique("portal");
    place.connect(&name).await;
    add(&other, "rival", &name).await;
    assert_eq!(rival.count("domains").await, 0, "it is acme's");

    place.knot.change(&[&format!("delete _tenantry-challenge.{name} TXT")]).await;
    place.check(&name).await;
    assert_eq!((place.state(&name).await.as_str(), place.answers(&name).await), ("verified", 200));
    assert_eq!(place.subjects("owner@acme.example").await, [format!("The DNS record of {name} is missing")]);
    let page = place.page().await;
    assert!(page.contains(&format!("The DNS record of {name} is missing.")) && page.contains("Your portal answers there until"), "{page}");

    place.missing_for(&name, "47 hours 59 minutes").await;
    assert_eq!((place.state(&name).await.as_str(), place.answers(&name).await), ("verified", 200));
    place.missing_for(&name, "48 hours").await;
    assert_eq!((place.state(&name).await.as_str(), place.answers(&name).await), ("lost", 421));
    place.check(&name).await;
    let told = [format!("The DNS record of {name} is missing"), format!("Your portal does not answer at {name} any more")];
    assert_eq!(place.subjects("owner@acme.example").await, told, "each once");
    assert!(place.page().await.contains("The name is kept for you until"));

    // For 30 days nobody else gets it, record or not.
    place.missing_for(&name, "29 days 23 hours").await;
    assert_eq!(place.state(&name).await, "lost");
    assert_eq!(add(&other, "rival", &name).await.status, 303, "the form comes back");
    assert_eq!(rival.count("domains").await, 0);
    place.missing_for(&name, "30 days").await;
    assert_eq!(place.state(&name).await, "pending");
    assert_eq!(place.subjects("owner@acme.example").await.len(), 3);
    assert_eq!(place.events(&name).await, ["domain.added", "domain.verified", "domain.missing", "domain.unrouted", "domain.released"]);
    assert_eq!(add(&other, "rival", &name).await.status, 303);
    place.knot.change(&[&txt(&name, &token(&place.world, "rival", &name).await)]).await;
    check(&place.world, &place.world.store, &name).await;
    assert_eq!(rival.count("domains where state = 'verified'").await, 1);
    assert_eq!(place.answers(&name).await, 200);
    place.world.finish().await;
}

#[tokio::test]
async fn a_record_that_comes_back_makes_everything_good() {
    let place = Place::make().await;
    let name = unique("portal");
    place.prove(&name).await;
    let (set, gone) = (txt(&name, &place.token(&name).await), format!("delete _tenantry-challenge.{name} TXT"));
    place.knot.change(&[&gone]).await;
    place.check(&name).await;
    place.knot.change(&[&set]).await;
    place.check(&name).await;
    assert_eq!(place.acme.count("domains where state = 'verified' and missing_since is null and told is null").await, 1);
    // After 48 hours too: the same record brings it back.
    place.knot.change(&[&gone]).await;
    place.check(&name).await;
    place.missing_for(&name, "3 days").await;
    assert_eq!(place.answers(&name).await, 421);
    place.knot.change(&[&set]).await;
    place.check(&name).await;
    assert_eq!((place.state(&name).await.as_str(), place.answers(&name).await), ("verified", 200));
    let events = place.events(&name).await;
    assert_eq!(events[1..], ["domain.verified", "domain.missing", "domain.found", "domain.missing", "domain.unrouted", "domain.verified"]);
    // Told anew each time it went.
    assert_eq!(place.subjects("owner@acme.example").await.len(), 3);
    place.world.finish().await;
}

#[tokio::test]
async fn who_presses_the_button_first_takes_no_mail_away_from_the_others() {
    let place = Place::make().await;
    let name = unique("portal");
    place.prove(&name).await;
    place.knot.change(&[&format!("delete _tenantry-challenge.{name} TXT")]).await;
    assert_eq!(place.owner.post("/fn/domains/check", &[("tenant", "acme"), ("domain", &name)]).await.status, 303);
    assert_eq!(place.subjects("owner@acme.example").await, [""; 0]);
    // It is due at once.
    assert_eq!(place.world.store.queue_domain_checks().await.expect("queued"), 1);
    tenantry::jobs::work_off_with(&place.world.store, &crate::world::smtp::mailer(None), &place.knot.dns()).await;
    assert_eq!(place.subjects("owner@acme.example").await.len(), 1);
    place.world.finish().await;
}

#[tokio::test]
async fn our_own_dns_server_being_away_is_held_against_nobody() {
    let place = Place::make().await;
    let name = unique("portal");
    place.prove(&name).await;
    let nobody = std::net::SocketAddr::from(([127, 0, 0, 1], 9));
    place.world.sql("update domains set next_check_at = now()").await;
    place.world.store.queue_domain_checks().await.expect("queued");
    tenantry::jobs::work_off_with(&place.world.store, &crate::world::smtp::mailer(None), &crate::world::knot::dns_at(nobody)).await;
    assert_eq!(place.acme.count("domains where state = 'verified' and missing_since is null").await, 1);
    let failed = place.acme.count("jobs where kind = 'check_domain' and state = 'queued' and last_error like '%DNS server%'").await;
    assert_eq!(failed, 1, "it is tried again");
    place.world.finish().await;
}

#[tokio::test]
async fn checks_come_by_themselves_and_each_once() {
    let place = Place::make().await;
    let name = unique("portal");
    place.add(&name).await;
    assert_eq!(place.world.store.queue_domain_checks().await.expect("queued"), 0, "not within the first minute");
    place.world.sql("update domains set next_check_at = now() - interval '1 second'").await;
    let stores = [place.world.store.clone(), place.world.another_store(2, 2)];
    let (one, two) = tokio::join!(stores[0].queue_domain_checks(), stores[1].queue_domain_checks());
    assert_eq!(one.expect("queued") + two.expect("queued"), 1);
    tenantry::jobs::work_off_with(&stores[1], &crate::world::smtp::mailer(None), &place.knot.dns()).await;
    stores[1].close().await;
    let next = place.world.number("select round(extract(epoch from next_check_at - checked_at) / 60)::bigint from domains").await;
    assert_eq!(next, 1, "a minute later, then ever more seldom");
    place.check(&name).await;
    assert_eq!(place.world.number("select round(extract(epoch from next_check_at - checked_at) / 60)::bigint from domains").await, 2);
    place.world.finish().await;
}
