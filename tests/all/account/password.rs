//! Changing the password.

use super::is_signed_in;
use crate::world::World;
use crate::world::people::PASSWORD;

const NEW: &str = "velvet orchard ninety kites";
const CHANGE: &str = "/fn/account/password";

#[tokio::test]
async fn a_new_password_replaces_the_old_one_and_ends_all_other_sessions() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve().await;
    let (here, there) = (server.sign_in("owner@acme.example").await, server.sign_in("owner@acme.example").await);
    let reply = here.post(CHANGE, &[("current_password", PASSWORD), ("new_password", NEW)]).await;
    assert_eq!((reply.status, reply.location()), (303, "/account?done=password#your-password"));
    assert!(is_signed_in(&here).await && !is_signed_in(&there).await);
    let try_with = async |password| {
        server.browser().fetch("/fn/auth/sign-in", &[("email", "owner@acme.example"), ("password", password)]).await.status
    };
    assert_eq!((try_with(PASSWORD).await, try_with(NEW).await), (422, 200));
    assert_eq!(world.number("select count(*) from platform_events where action = 'password.changed'").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn the_current_password_is_asked_for_and_the_new_one_is_as_at_joining() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let server = world.serve().await;
    let (here, there) = (server.sign_in("owner@acme.example").await, server.sign_in("owner@acme.example").await);
    for (current, new, wrong) in [
        ("not my password", NEW, "current_password"),
        ("", NEW, "current_password"),
        (PASSWORD, "wq7-Zvu9", "new_password"),
        (PASSWORD, "passwordpassword", "new_password"),
        (PASSWORD, "owner@acme.example", "new_password"),
    ] {
        let reply = here.fetch(CHANGE, &[("current_password", current), ("new_password", new)]).await;
        assert_eq!(reply.status, 422, "{current} {new}");
        assert!(reply.body.contains(&format!("\"field\":\"{wrong}\"")) && !reply.body.contains(NEW), "{}", reply.body);
    }
    assert!(is_signed_in(&there).await);
    // Beside a second factor eight characters are enough, unless they are easy to guess.
    world.plant_factor(acme.owner()).await;
    assert_eq!(here.fetch(CHANGE, &[("current_password", PASSWORD), ("new_password", "password")]).await.status, 422);
    assert_eq!(here.fetch(CHANGE, &[("current_password", PASSWORD), ("new_password", "wq7-Zvu9")]).await.status, 200);
    world.finish().await;
}
