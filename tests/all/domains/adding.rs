//! Which names can be added, and what is said of the others.

use super::{Place, add, check, token, txt, unique};
use crate::world::World;

#[tokio::test]
async fn a_name_that_cannot_be_connected_is_refused_beside_its_field() {
    let place = Place::make().await;
    let long = "x".repeat(300);
    for (name, why) in [
        ("", "Enter a domain"),
        ("localhost", "a name of the platform itself"),
        ("acme.localhost", "a name of the platform itself"),
        ("127.0.0.1", "an IP address"),
        ("[::1]", "an IP address"),
        ("2130706433", "an IP address"),
        ("co.uk", "a public suffix"),
        ("github.io", "a public suffix"),
        ("intranet", "not a whole name"),
        ("printer.local", "not in the public DNS"),
        ("*.acme.example", "stands for many"),
        ("https://portal.acme.example/", "the name alone"),
        ("por tal.acme.example", "not a name as DNS knows them"),
        ("-portal.acme.example", "not a name as DNS knows them"),
        ("portal\u{0}.acme.example", "not a name as DNS knows them"),
        (&long, "too long"),
    ] {
        let reply = place.owner.fetch("/fn/domains/add", &[("tenant", "acme"), ("domain", name)]).await;
        assert_eq!(reply.status, 422, "{name}: {}", reply.everything());
        let said: serde_json::Value = serde_json::from_str(&reply.body).expect("JSON");
        assert_eq!(said["fields"][0]["field"], "domain", "{name}");
        assert!(said["fields"][0]["message"].as_str().is_some_and(|text| text.contains(why)), "{name}: {said}");
    }
    assert_eq!(place.acme.count("domains").await, 0);
    // Without scripts the page says it, and what was typed is still there.
    let refused = add(&place.owner, "acme", "co.uk").await;
    let page = place.owner.get(&format!("/t/acme/domains{}", &refused.location()[refused.location().find('?').expect("an error")..])).await;
    assert!(page.body.contains("a public suffix") && page.body.contains("value=\"co.uk\""), "{}", page.body);

    place.add("portal.acme.example").await;
    assert_eq!(place.acme.count("domains").await, 1);
    let again = place.owner.fetch("/fn/domains/add", &[("tenant", "acme"), ("domain", "PORTAL.acme.example.")]).await;
    assert!(again.status == 422 && again.body.contains("on your list already"), "{}", again.body);
    place.world.finish().await;
}

#[tokio::test]
async fn an_internationalized_name_is_shown_in_both_spellings_with_the_records_to_set() {
    let place = Place::make().await;
    let mark = &unique("x")[2..14];
    let ascii = format!("xn--bcher-{mark}-gsb.example");
    let reply = add(&place.owner, "acme", &format!("Bücher-{mark}.example")).await;
    assert_eq!(reply.status, 303, "{}", reply.everything());
    let ascii_is = place.world.text("select name from domains").await;
    assert!(ascii_is.starts_with("xn--bcher-"), "{ascii_is}, such as {ascii}");
    let page = place.page().await;
    let token = place.token(&ascii_is).await;
    assert_eq!(token.len(), 64, "256 bits");
    for shown in
        [&format!("bücher-{mark}.example"), &ascii_is, &token, &format!("_tenantry-challenge.{ascii_is}"), "192.0.2.1", "2001:db8::1"]
    {
        assert!(page.contains(shown), "{shown} in {page}");
    }
    // Below the name that was registered there can be a CNAME.
    place.add("portal.acme.example").await;
    assert!(place.page().await.contains("value=\"acme.localhost\""));
    assert_eq!(place.events("portal.acme.example").await, ["domain.added"]);
    place.world.finish().await;
}

#[tokio::test]
async fn a_plan_without_custom_domains_adds_none_and_answers_none() {
    let place = Place::make().await;
    let name = unique("portal");
    place.connect(&name).await;
    assert_eq!(place.server.browser_at(&place.server.at(&name)).get("/login").await.status, 200);

    let starter = "(select v.id from plan_versions v join plans p on p.id = v.plan_id where p.key = 'starter')";
    place.world.sql(&format!("update tenants set plan_version_id = {starter} where id = '{}'", place.acme.id)).await;
    place.world.store.read_routes().await.expect("read");
    assert_eq!(place.server.browser_at(&place.server.at(&name)).get("/login").await.status, 421);
    let refused = place.owner.fetch("/fn/domains/add", &[("tenant", "acme"), ("domain", &unique("more"))]).await;
    assert!(refused.status == 422 && refused.body.contains("Your plan does not include custom domains."), "{}", refused.body);
    let page = place.page().await;
    assert!(page.contains("Your plan does not include custom domains.") && page.contains(&name) && !page.contains("Add domain"), "{page}");

    let pro = "(select v.id from plan_versions v join plans p on p.id = v.plan_id where p.key = 'pro')";
    place.world.sql(&format!("update tenants set plan_version_id = {pro} where id = '{}'", place.acme.id)).await;
    place.world.store.read_routes().await.expect("read");
    assert_eq!(place.server.browser_at(&place.server.at(&name)).get("/login").await.status, 200);
    place.world.finish().await;
}

#[tokio::test]
async fn who_has_proved_nothing_blocks_nobody_and_who_has_blocks_the_others() {
    let place = Place::make().await;
    let rival = place.world.tenant("rival").await;
    let (name, other) = (unique("portal"), place.server.sign_in("owner@rival.example").await);
    place.add(&name).await;
    assert_eq!(add(&other, "rival", &name).await.status, 303, "a claim alone is nobody's");
    let (ours, theirs) = (place.token(&name).await, token(&place.world, "rival", &name).await);
    assert_ne!(ours, theirs);

    place.knot.change(&[&txt(&name, &ours)]).await;
    place.check(&name).await;
    assert_eq!(place.state(&name).await, "verified");
    assert_eq!(rival.count("domains where state = 'pending'").await, 1);
    // Even with a record of its own the rival does not get it.
    place.knot.change(&[&txt(&name, &theirs)]).await;
    check(&place.world, &place.world.store, &name).await;
    assert_eq!((place.state(&name).await.as_str(), rival.count("domains where state = 'pending'").await), ("verified", 1));
    assert!(other.get("/t/rival/domains").await.body.contains("Another tenant has connected this name and proved it"));
    let third = place.world.tenant("third").await;
    let refused =
        place.server.sign_in("owner@third.example").await.fetch("/fn/domains/add", &[("tenant", "third"), ("domain", &name)]).await;
    assert!(refused.status == 422 && refused.body.contains("proved that it is theirs"), "{}", refused.body);
    assert_eq!(third.count("domains").await, 0);

    // Taken back, it is free at once.
    let removed = place.owner.post("/fn/domains/remove", &[("tenant", "acme"), ("domain", &name)]).await;
    assert_eq!(removed.status, 303, "{}", removed.everything());
    check(&place.world, &place.world.store, &name).await;
    assert_eq!(rival.count("domains where state = 'verified'").await, 1);
    place.world.finish().await;
}

#[tokio::test]
async fn of_two_who_prove_a_name_at_once_one_gets_it() {
    let place = Place::make().await;
    let rival = place.world.tenant("rival").await;
    let other = place.server.sign_in("owner@rival.example").await;
    let names: Vec<String> = (0..10).map(|_| unique("race")).collect();
    for name in &names {
        place.add(name).await;
        assert_eq!(add(&other, "rival", name).await.status, 303);
        place.knot.change(&[&txt(name, &place.token(name).await), &txt(name, &token(&place.world, "rival", name).await)]).await;
    }
    place.world.sql("update domains set next_check_at = now()").await;
    place.world.store.queue_domain_checks().await.expect("queued");
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let store = place.world.another_store(2, 2);
            let dns = place.knot.dns();
            tokio::spawn(async move {
                tenantry::jobs::work_off_with(&store, &crate::world::smtp::mailer(None), &dns).await;
                store.close().await;
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("no panic");
    }
    let held = place.acme.count("domains where state = 'verified'").await + rival.count("domains where state = 'verified'").await;
    assert_eq!(held, 10, "each name has one tenant");
    assert_eq!(place.world.number("select count(distinct name) from domains where state = 'verified'").await, 10);
    place.world.finish().await;
}

#[tokio::test]
async fn a_token_is_made_once_whatever_happens_to_its_name() {
    let place = Place::make().await;
    let name = unique("portal");
    place.add(&name).await;
    let first = place.token(&name).await;
    for _ in 0..100 {
        place.check(&name).await;
        assert_eq!(place.token(&name).await, first);
    }
    assert_eq!(place.owner.post("/fn/domains/remove", &[("tenant", "acme"), ("domain", &name)]).await.status, 303);
    assert!(!place.page().await.contains(&first));
    place.add(&name).await;
    assert_eq!(place.token(&name).await, first);
    assert!(place.page().await.contains(&first));
    place.world.finish().await;
}

#[tokio::test]
async fn there_is_a_limit_of_names_and_of_checks_a_minute() {
    let place = Place::make().await;
    for n in 0..20 {
        place.add(&format!("n{n}.acme.example")).await;
    }
    let refused = place.owner.fetch("/fn/domains/add", &[("tenant", "acme"), ("domain", "more.acme.example")]).await;
    assert!(refused.status == 422 && refused.body.contains("There can be 20 domains"), "{}", refused.body);
    let mut statuses = Vec::new();
    for n in 0..7 {
        let name = format!("n{n}.acme.example");
        statuses.push(place.owner.fetch("/fn/domains/check", &[("tenant", "acme"), ("domain", &name)]).await.status);
    }
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 429]);
    // Others have checks of their own.
    place.world.tenant("other").await;
    let other = place.server.sign_in("owner@other.example").await;
    assert_eq!(add(&other, "other", "n1.acme.example").await.status, 303);
    assert_eq!(other.fetch("/fn/domains/check", &[("tenant", "other"), ("domain", "n1.acme.example")]).await.status, 200);
    place.world.finish().await;
}

#[tokio::test]
async fn the_platform_reads_what_a_tenant_has_and_changes_nothing() {
    let place = Place::make().await;
    let name = unique("portal");
    place.connect(&name).await;
    let world: &World = &place.world;
    let root = world.account("root@tenantry.example").await;
    world.sql(&format!("insert into platform_admins (user_id) values ('{root}')")).await;
    let page = place.server.sign_in("root@tenantry.example").await.get("/admin/tenants/acme/domains").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains(&name) && page.body.contains("Verified") && page.body.contains("all records are right"), "{}", page.body);
    assert!(!page.body.contains("/fn/domains/"));
    place.world.finish().await;
}
