//! Who comes at once makes one tenant, and nobody's form is lost (security.md, C13).

use super::{ACME, Entry, complete, link_for, tenants};
use crate::world::World;
use crate::world::http::{Browser, Reply};
use crate::world::people::PASSWORD;

async fn at_once(browsers: Vec<(Browser, String)>) -> Vec<Reply> {
    let racers: Vec<_> =
        browsers.into_iter().map(|(browser, token)| tokio::spawn(async move { complete(&browser, &token).await })).collect();
    let mut replies = Vec::new();
    for racer in racers {
        replies.push(racer.await.expect("no panic"));
    }
    replies
}

fn winners(replies: &[Reply]) -> usize {
    replies.iter().filter(|reply| reply.location().ends_with("/setup?done=welcome")).count()
}

#[tokio::test]
async fn a_link_that_is_used_by_many_windows_at_once_makes_one_tenant() {
    let world = World::start().await;
    let server = world.serve().await;
    let token = link_for(&world, &server.browser(), ACME).await;
    let replies = at_once((0..8).map(|_| (server.browser(), token.clone())).collect()).await;
    assert_eq!((winners(&replies), tenants(&world).await), (1, 1));
    assert!(replies.iter().all(|reply| reply.status == 303), "nobody sees a failure of ours");
    assert_eq!(world.number("select count(*) from users where email = 'nova@acme.example'").await, 1);
    assert_eq!(world.number("select count(*) from audit_events where action = 'tenant.signed_up'").await, 1);
    assert_eq!(world.number("select count(*) from mails where kind = 'signed_up'").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn of_two_links_for_one_slug_the_second_asks_for_another_and_keeps_the_rest() {
    let world = World::start().await;
    let server = world.serve().await;
    let one = link_for(&world, &server.browser(), ACME).await;
    let two = link_for(&world, &server.browser(), Entry { company: "Another Acme", email: "ada@other.example", ..ACME }).await;
    let browsers = [server.browser(), server.browser()];
    let replies = at_once(vec![(browsers[0].clone(), one.clone()), (browsers[1].clone(), two.clone())]).await;
    assert_eq!((winners(&replies), tenants(&world).await), (1, 1));
    let (loser, token) = if winners(&replies[..1]) == 1 { (&browsers[1], &two) } else { (&browsers[0], &one) };
    assert_eq!(
        world.number("select count(*) from users where email like '%@acme.example' or email like '%@other.example'").await,
        1,
        "who lost has lost nothing, and left nothing behind"
    );
    let page = loser.get(&format!("/signup/{token}")).await;
    assert!(page.status == 200 && page.body.contains("Somebody took “acme” meanwhile"), "{}", page.body);
    let done = loser.post("/fn/signup/complete", &[("token", token), ("password", PASSWORD), ("slug", "acme-two")]).await;
    assert_eq!((done.location(), tenants(&world).await), ("/t/acme-two/setup?done=welcome", 2));
    world.finish().await;
}

#[tokio::test]
async fn of_two_links_for_one_new_person_the_second_is_for_their_account() {
    let world = World::start().await;
    let server = world.serve().await;
    let one = link_for(&world, &server.browser(), ACME).await;
    world.sql("update signups set mailed_at = now() - interval '1 hour'").await;
    let two = link_for(&world, &server.browser(), Entry { slug: "acme-two", ..ACME }).await;
    let browsers = [server.browser(), server.browser()];
    let replies = at_once(vec![(browsers[0].clone(), one.clone()), (browsers[1].clone(), two.clone())]).await;
    assert_eq!((winners(&replies), tenants(&world).await), (1, 1), "the password of one of them is set");
    let (winner, token) = if winners(&replies[..1]) == 1 { (&browsers[0], &two) } else { (&browsers[1], &one) };
    assert_eq!(winner.fetch("/fn/signup/complete", &[("token", token)]).await.status, 200, "signed in, the other link works too");
    assert_eq!(tenants(&world).await, 2);
    world.finish().await;
}
