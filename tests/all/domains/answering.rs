//! A proved name shows the portal, with sessions of its own; any other name is nobody's.

use super::{Place, unique};

#[tokio::test]
async fn a_proved_name_is_the_portal_and_others_are_nobody() {
    let place = Place::make().await;
    let (name, waits) = (unique("portal"), unique("waits"));
    place.add(&waits).await;
    place.prove(&name).await;
    let at = |name: &str| place.server.browser_at(&place.server.at(name));

    let here = at(&name);
    let page = here.get("/").await;
    assert_eq!((page.status, page.location()), (303, "/login?next=%2F"));
    assert!(here.get("/login").await.body.contains("ACME acme"), "in the tenant's name");
    here.sign_in("owner@acme.example").await;
    let page = here.get("/").await;
    assert!(page.status == 200 && page.body.contains("href=\"/team\""), "without /t/acme: {}", page.body);
    assert_eq!(here.get("/admin").await.status, 404, "the console is not here");
    for (unknown, status) in [
        (waits.as_str(), 421),
        (&unique("never")[..], 421),
        (&format!("www.{name}")[..], 421),
        (&format!("{name}.")[..], 421),
        (&name.to_uppercase()[..], 303),
    ] {
        assert_eq!(at(unknown).get("/").await.status, status, "{unknown}");
    }
    // Somebody else's people find nothing of theirs here.
    place.world.tenant("other").await;
    let stranger = at(&name);
    stranger.sign_in("owner@other.example").await;
    assert_eq!(stranger.get("/").await.status, 404);

    let removed = place.owner.post("/fn/domains/remove", &[("tenant", "acme"), ("domain", &name)]).await;
    assert_eq!(removed.status, 303);
    assert_eq!(here.get("/").await.status, 421, "from this moment on");
    assert_eq!(place.events(&name).await, ["domain.added", "domain.verified", "domain.removed"]);
    place.world.finish().await;
}

#[tokio::test]
async fn a_session_belongs_to_the_host_that_it_began_at() {
    let place = Place::make().await;
    let (one, two) = (unique("one"), unique("two"));
    place.prove(&one).await;
    place.prove(&two).await;
    let (one, two) = (place.server.at(&one), place.server.at(&two));
    let begun = place.server.browser_at(&one);
    let reply = begun.post("/fn/auth/sign-in", &[("email", "owner@acme.example"), ("password", crate::world::people::PASSWORD)]).await;
    let cookie = reply.header("set-cookie").to_lowercase();
    assert!(cookie.contains("httponly") && cookie.contains("path=/") && !cookie.contains("domain="), "{cookie}");
    assert_eq!(begun.get("/").await.status, 200);
    for elsewhere in [&two, &place.server.host, &place.server.portal("acme")] {
        let carried = begun.carried_to(elsewhere);
        let page = if *elsewhere == place.server.host { "/t/acme" } else { "/" };
        let reply = carried.get(page).await;
        assert!(reply.status == 303 && reply.location().starts_with("/login"), "{elsewhere}: {}", reply.everything());
        let refused = carried.fetch("/fn/domains/add", &[("tenant", "acme"), ("domain", "more.acme.example")]).await;
        assert_eq!(refused.status, 401, "{elsewhere}");
    }
    // A form on one of the names is not taken at another.
    let forged = begun
        .ask(reqwest::Method::POST, "/fn/auth/sign-out")
        .form(&[])
        .header("origin", &format!("http://{two}"))
        .without("sec-fetch-site");
    assert_eq!(forged.send().await.status, 403);
    assert_eq!(begun.get("/").await.status, 200);
    place.world.finish().await;
}

#[tokio::test]
async fn what_holds_of_the_tenant_holds_at_its_name() {
    let place = Place::make().await;
    let name = unique("portal");
    place.prove(&name).await;
    let here = place.server.browser_at(&place.server.at(&name));
    here.sign_in("owner@acme.example").await;
    let mut console = place.world.console().await;
    console.suspend_tenant(&place.acme.slug, &"unpaid".parse().expect("a reason")).await.expect("suspended");
    console.commit().await.expect("committed");
    place.world.store.read_routes().await.expect("read");
    let page = here.get("/").await;
    assert!(page.status == 403 && page.body.contains("unpaid"), "{}", page.body);
    let mut console = place.world.console().await;
    console.delete_tenant(&place.acme.slug).await.expect("deleted");
    console.commit().await.expect("committed");
    place.world.store.read_routes().await.expect("read");
    assert_eq!(here.get("/").await.status, 421);
    let mut console = place.world.console().await;
    console.restore_tenant(&place.acme.slug).await.expect("restored");
    console.resume_tenant(&place.acme.slug).await.expect("resumed");
    console.commit().await.expect("committed");
    place.world.store.read_routes().await.expect("read");
    assert_eq!(here.get("/").await.status, 200);
    place.world.finish().await;
}

#[tokio::test]
async fn the_name_that_somebody_stands_at_is_not_pulled_away_under_them() {
    let place = Place::make().await;
    let name = unique("portal");
    place.prove(&name).await;
    let here = place.server.browser_at(&place.server.at(&name));
    here.sign_in("owner@acme.example").await;
    assert_eq!(here.get("/domains").await.status, 200);
    let refused = here.fetch("/fn/domains/remove", &[("tenant", "acme"), ("domain", &name)]).await;
    assert!(refused.status == 409 && refused.body.contains("You are at this address now"), "{}", refused.body);
    assert_eq!(place.owner.fetch("/fn/domains/remove", &[("tenant", "acme"), ("domain", &name)]).await.status, 200);
    place.world.finish().await;
}
