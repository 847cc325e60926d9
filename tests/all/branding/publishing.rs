//! From a draft to what everybody sees, and back.

use reqwest::Method;
use tenantry::domain::role::Role;

use super::{acme, publish, revision, save};
use crate::world::World;

const LOOK: &[(&str, &str)] =
    &[("name", "Acme Works"), ("accent", "#0b7285"), ("sign_in_text", "Welcome to the works.\nCall 4711 for help.")];

#[tokio::test]
async fn a_draft_is_seen_by_nobody_until_it_is_published_and_then_by_everybody() {
    let world = World::start().await;
    let (tenant, owner) = acme(&world).await;
    let reply = save(&owner, LOOK).await;
    assert_eq!((reply.status, reply.location()), (303, "/t/acme/branding?done=saved"), "{}", reply.body);
    assert!(owner.get("/t/acme/branding").await.body.contains("Changes the name, the accent colour, the sign-in text"));
    let anybody = owner.server.browser_at(&owner.server.portal("acme"));
    assert!(!owner.get("/t/acme").await.body.contains("Acme Works"));
    assert!(!anybody.get("/login").await.body.contains("Acme Works"));
    let preview = owner.get("/t/acme/branding/preview/portal").await;
    assert!(preview.body.contains("Acme Works") && preview.body.contains("--accent:#0b7285"), "{}", preview.body);
    assert!(preview.header("content-security-policy").contains("frame-ancestors 'self'") && !preview.body.contains("<script"));
    assert!(owner.get("/t/acme/branding/preview/sign-in").await.body.contains("Call 4711 for help."));

    let reply = publish(&owner, &tenant).await;
    assert_eq!((reply.status, reply.location()), (303, "/t/acme/branding?done=published"));
    let dashboard = owner.get("/t/acme").await;
    assert!(dashboard.body.contains("Acme Works") && dashboard.body.contains("--accent:#0b7285"));
    for path in ["/login", "/reset"] {
        let page = anybody.get(path).await;
        assert!(page.body.contains("Acme Works") && page.body.contains("--accent:#0b7285"), "{path}: {}", page.body);
        assert_eq!(page.body.contains("Call 4711 for help."), path == "/login");
    }
    assert!(!owner.get("/account").await.body.contains("Acme Works"), "the account is a person's, not a tenant's");
    assert_eq!(tenant.count("audit_events where action in ('branding.changed', 'branding.published')").await, 2);
    world.finish().await;
}

#[tokio::test]
async fn going_back_makes_an_earlier_version_the_published_one_again() {
    let world = World::start().await;
    let (tenant, owner) = acme(&world).await;
    for name in ["First", "Second"] {
        save(&owner, &[("name", name)]).await;
        assert_eq!(publish(&owner, &tenant).await.status, 303);
    }
    assert!(owner.get("/t/acme").await.body.contains("Second"));
    let back = |version: &'static str, revision: String| {
        let owner = owner.clone();
        async move { owner.post("/fn/branding/use", &[("tenant", "acme"), ("version", version), ("revision", &revision)]).await }
    };
    let reply = back("1", revision(&tenant).await).await;
    assert_eq!(reply.location(), "/t/acme/branding?done=used");
    let page = owner.get("/t/acme/branding").await;
    assert!(owner.get("/t/acme").await.body.contains("First") && page.body.contains(r#"value="First""#), "the draft follows");
    assert!(page.body.contains("Go back to version 2") && !page.body.contains("Go back to version 1"));
    let unknown = owner.fetch("/fn/branding/use", &[("tenant", "acme"), ("version", "77"), ("revision", &revision(&tenant).await)]).await;
    assert_eq!(unknown.status, 404);
    assert_eq!(tenant.count("audit_events where action = 'branding.reverted' and target = 'version 1'").await, 1);
    // Numbers go on where they were.
    save(&owner, &[("name", "Third")]).await;
    publish(&owner, &tenant).await;
    assert_eq!(tenant.count("brandings where version = 3").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn what_somebody_else_changed_meanwhile_is_not_written_over_and_what_was_typed_stays() {
    let world = World::start().await;
    let (tenant, owner) = acme(&world).await;
    let seen = revision(&tenant).await;
    save(&owner, &[("name", "Mine"), ("revision", &seen)]).await;
    let reply = save(&owner, &[("name", "From another window"), ("revision", &seen)]).await;
    assert_eq!(reply.status, 409);
    assert!(reply.body.contains("Somebody changed the branding meanwhile") && reply.body.contains("From another window"));
    let stale = owner.fetch("/fn/branding/publish", &[("tenant", "acme"), ("revision", &seen)]).await;
    assert_eq!(stale.status, 409);
    assert_eq!(publish(&owner, &tenant).await.status, 303);
    assert_eq!(tenant.count("branding_versions where look->>'name' = 'Mine'").await, 1);
    let again = owner.fetch("/fn/branding/publish", &[("tenant", "acme"), ("revision", &revision(&tenant).await)]).await;
    assert_eq!(again.status, 409, "nothing is new: {}", again.body);
    world.finish().await;
}

#[tokio::test]
async fn a_bad_field_changes_nothing_and_everything_typed_comes_back() {
    let world = World::start().await;
    let (tenant, owner) = acme(&world).await;
    let css = format!("h1 {{ color: red }}\n{}\nh1 {{ position: fixed }}", "/* long */".repeat(400));
    let reply = save(&owner, &[("name", "Good name"), ("accent", "#ffd43b"), ("css", &css), ("invite_body", "Hi {{nobody}}")]).await;
    assert_eq!(reply.status, 422);
    for said in [
        "on the light page it has 1.3:1",
        "Use #",
        "Line 3: ",
        "there is no variable {{nobody}} here",
        r#"value="Good name""#,
        "/* long */".repeat(400).as_str(),
    ] {
        assert!(reply.body.contains(said), "{said} is missing in {}", reply.body);
    }
    assert_eq!(tenant.count("brandings").await, 0);
    // One click takes what was proposed.
    let at = reply.body.find("name=\"use_accent\" value=\"").expect("a proposal") + "name=\"use_accent\" value=\"".len();
    let proposed = &reply.body[at..at + 7];
    let reply = save(&owner, &[("accent", "#ffd43b"), ("use_accent", proposed)]).await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    assert_eq!(tenant.count(&format!("brandings where look->>'accent' = '{proposed}'")).await, 1);
    // Clearing a field clears it.
    save(&owner, &[("accent", "")]).await;
    assert_eq!(tenant.count("brandings where look = '{}'").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn what_was_typed_comes_back_as_text_and_never_as_markup() {
    let world = World::start().await;
    let (_tenant, owner) = acme(&world).await;
    let hostile = "</textarea></style><script>alert(1)</script><b>&lt;";
    for field in ["name", "accent", "css", "sign_in_text", "invite_subject", "invite_body", "show"] {
        for path in ["/t/acme/branding", "/t/acme/branding/preview"] {
            let reply = owner.ask(Method::POST, path).parts(&[(field, None, hostile.as_bytes()), ("revision", None, b"77")]).send().await;
            assert!(!reply.body.contains("<script>alert") && !reply.body.contains("<b>&lt;"), "{field} at {path}: {}", reply.body);
        }
    }
    let kept = "Fish & chips </textarea><i>";
    assert_eq!(save(&owner, &[("sign_in_text", kept)]).await.status, 303);
    for path in ["/t/acme/branding", "/t/acme/branding/preview/sign-in"] {
        let page = owner.get(path).await;
        assert!(page.body.contains("Fish &amp; chips &lt;/textarea") && !page.body.contains("<i>"), "{path}: {}", page.body);
    }
    world.finish().await;
}

#[tokio::test]
async fn a_plan_without_branding_shows_the_default_look_and_deletes_nothing() {
    let world = World::start().await;
    let (tenant, owner) = acme(&world).await;
    save(&owner, LOOK).await;
    publish(&owner, &tenant).await;
    let plan = |key: &str| {
        format!(
            "update tenants set plan_version_id = (select v.id from plan_versions v join plans p on p.id = v.plan_id where p.key = '{key}') where id = '{}'",
            tenant.id
        )
    };
    world.sql(&plan("starter")).await;
    assert!(!owner.get("/t/acme").await.body.contains("Acme Works"));
    assert!(!owner.server.browser_at(&owner.server.portal("acme")).get("/login").await.body.contains("Acme Works"));
    let page = owner.get("/t/acme/branding").await;
    assert!(page.body.contains("Your plan has no branding of its own.") && !page.body.contains("Publish the saved draft"));
    assert_eq!(save(&owner, &[("name", "Prepared")]).await.status, 303, "a draft can be prepared");
    let refused = owner.fetch("/fn/branding/publish", &[("tenant", "acme"), ("revision", &revision(&tenant).await)]).await;
    assert_eq!(refused.status, 409);
    world.sql(&plan("pro")).await;
    assert!(owner.get("/t/acme").await.body.contains("Acme Works"));
    assert_eq!(publish(&owner, &tenant).await.status, 303);
    world.finish().await;
}

#[tokio::test]
async fn a_member_may_not_and_staff_may_look() {
    let world = World::start().await;
    let tenant = world.tenant("acme").with("mel", Role::Member).await;
    let root = world.account("root@tenantry.example").await;
    world.sql(&format!("insert into platform_admins (user_id) values ('{root}')")).await;
    let server = world.serve().await;
    let (owner, mel, root) = (
        server.sign_in("owner@acme.example").await,
        server.sign_in("mel@acme.example").await,
        server.sign_in("root@tenantry.example").await,
    );
    assert_eq!(mel.get("/t/acme/branding").await.status, 403);
    let sent = mel.ask(Method::POST, "/t/acme/branding").parts(&[("name", None, b"Mel's")]).header("accept", "*/*").send().await;
    assert_eq!((sent.status, tenant.count("brandings").await), (403, 0));
    save(&owner, LOOK).await;
    publish(&owner, &tenant).await;
    save(&owner, &[("name", "Next")]).await;
    let page = root.get("/admin/tenants/acme/branding").await;
    assert!(page.body.contains("version 1 is published") && page.body.contains("Acme Works") && page.body.contains("Next"));
    assert!(!page.body.contains("Go back"), "staff look, and change nothing");
    world.finish().await;
}

#[tokio::test]
async fn a_look_that_was_published_is_on_the_next_page_of_every_server() {
    let world = World::start().await;
    let (tenant, owner) = acme(&world).await;
    save(&owner, LOOK).await;
    publish(&owner, &tenant).await;
    // The look comes with the membership that every transaction reads: there is nothing to be stale.
    let other = world.serve_with(world.another_store(2, 1), |app| app).await.sign_in("owner@acme.example").await;
    assert!(other.get("/t/acme").await.body.contains("Acme Works"));
    save(&owner, &[("name", "Changed")]).await;
    publish(&owner, &tenant).await;
    assert!(other.get("/t/acme").await.body.contains("Changed"), "the next page of every server");
    world.finish().await;
}
