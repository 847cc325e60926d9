//! A slug that was given up: it leads the tenant's own people to the new one, staff find the tenant by it, and nobody else gets it.

use reqwest::Method;
use tenantry::domain::slug::Slug;
use tenantry::store::tenant_facts::TenantEdit;
use tenantry::store::{Constraint, Result, StoreError};

use crate::staff::staff;
use crate::world::World;
use crate::world::people::slug;

async fn rename(world: &World, from: &str, to: &str) -> Result<()> {
    let mut console = world.console().await;
    console.update_tenant(&slug(from), &TenantEdit { slug: Some(slug(to)), ..TenantEdit::default() }).await?;
    console.commit().await
}

#[tokio::test]
async fn old_addresses_lead_its_people_to_the_new_ones_and_others_learn_nothing() {
    let world = World::start().await;
    let (acme, _globex) = (world.tenant("acme").await, world.tenant("globex").await);
    let server = world.serve().await;
    let (owner, foreign) = (server.sign_in("owner@acme.example").await, server.sign_in("owner@globex.example").await);
    let at_host = server.browser_at(&server.portal("acme"));
    at_host.sign_in("owner@acme.example").await;
    rename(&world, "acme", "acme-two").await.expect("renamed");

    for rest in ["", "/team?q=olga&role=owner", "/agents/new"] {
        let reply = owner.get(&format!("/t/acme{rest}")).await;
        assert_eq!((reply.status, reply.location()), (303, format!("/t/acme-two{rest}").as_str()));
        assert_eq!(owner.get(reply.location()).await.status, 200, "{rest}");
    }
    let reply = at_host.get("/team?q=olga").await;
    assert_eq!((reply.status, reply.location()), (303, format!("http://{}/team?q=olga", server.portal("acme-two")).as_str()));
    // A form of a page that is open since before is carried out.
    let sent = owner.post("/fn/agents/create", &[("tenant", "acme"), ("name", "Helper"), ("model", "large")]).await;
    assert!(sent.status == 303 && acme.count("agents").await == 1, "{}", sent.everything());

    // For everybody else an alias is a slug that nobody has.
    for browser in [&foreign, &server.browser()] {
        for path in ["/t/{}", "/t/{}/team", "/t/{}/audit.jsonl"] {
            let (alias, nobody) = (browser.get(&path.replace("{}", "acme")).await, browser.get(&path.replace("{}", "nope")).await);
            assert_eq!((alias.status, alias.body.replace("acme", "nope").len()), (nobody.status, nobody.body.len()), "{path}");
        }
        let form = |tenant| [("tenant", tenant), ("name", "Helper"), ("model", "large")];
        let (alias, nobody) =
            (browser.fetch("/fn/agents/create", &form("acme")).await, browser.fetch("/fn/agents/create", &form("nope")).await);
        assert_eq!((alias.status, alias.body), (nobody.status, nobody.body));
    }
    let (alias, nobody) = (server.browser_at(&server.portal("acme")), server.browser_at(&server.portal("nope")));
    let (alias, nobody) = (alias.get("/login").await.body, nobody.get("/login").await.body);
    assert!(!alias.contains("ACME") && alias.replace("acme", "nope").len() == nobody.len(), "its sign-in page is nobody's");
    world.finish().await;
}

#[tokio::test]
async fn staff_and_their_keys_and_commands_find_a_tenant_by_a_slug_that_it_had() {
    let scene = crate::world::scene::Scene::set().await;
    rename(&scene.world, "acme", "acme-two").await.expect("renamed");
    let (platform, machine) = (crate::world::keys::KeyActor::Platform.key().expect("a key"), scene.server.browser());
    for rest in ["", "/usage"] {
        let found = machine.ask(Method::GET, &format!("/api/v1/platform/tenants/acme{rest}")).bearer(&platform).send().await;
        assert_eq!(found.status, 200, "{}", found.everything());
    }
    let suspended =
        machine.ask(Method::POST, "/api/v1/platform/tenants/acme/suspend").bearer(&platform).json(r#"{"reason": "a pause"}"#).send().await;
    assert_eq!(suspended.status, 200, "{}", suspended.everything());
    let root = scene.browser(crate::world::scene::Actor::Platform);
    for rest in ["", "/users?q=olga", "/quotas", "/usage", "/billing", "/features", "/branding", "/domains", "/audit", "/settings"] {
        let reply = root.get(&format!("/admin/tenants/acme{rest}")).await;
        assert_eq!((reply.status, reply.location()), (303, format!("/admin/tenants/acme-two{rest}").as_str()));
        assert_eq!(root.get(reply.location()).await.status, 200, "{rest}");
    }
    scene.finish().await;
}

#[tokio::test]
async fn a_slug_in_use_or_kept_is_taken_and_one_s_own_can_be_taken_back() {
    let world = World::start().await;
    let (_acme, _globex) = (world.tenant("acme").await, world.tenant("globex").await);
    let taken = |done: Result<()>| matches!(done, Err(StoreError::Conflict(Constraint::TenantSlug)));
    assert!(taken(rename(&world, "acme", "globex").await), "in use");
    rename(&world, "acme", "acme-two").await.expect("renamed");
    assert!(taken(rename(&world, "globex", "acme").await), "kept");
    let made = world.tenant("acme").create().await;
    assert!(matches!(made, Err(StoreError::Conflict(Constraint::TenantSlug))), "kept, for new tenants too");
    let mut tx = world.store.public().await.expect("open");
    assert!(!tx.is_slug_free(&slug("acme")).await.expect("asked"), "and for who signs up");
    tx.commit().await.expect("ended");
    assert!(!world.console().await.is_slug_free(&slug("acme")).await.expect("asked"));

    rename(&world, "acme-two", "acme").await.expect("taken back");
    assert_eq!(world.texts("select slug from tenant_slug_aliases").await, ["acme-two"]);
    rename(&world, "acme-two", "acme-three").await.expect("found by the one that it had");
    assert_eq!(world.texts("select slug from tenant_slug_aliases order by slug").await, ["acme", "acme-two"]);
    world.finish().await;
}

#[tokio::test]
async fn twenty_who_want_a_slug_that_is_given_up_in_this_moment_do_not_get_it() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    for n in 0..10 {
        let _other = world.tenant(&format!("other-{n}")).await;
    }
    let mut racers = Vec::new();
    for n in 0..10 {
        let world = world.clone();
        racers.push(tokio::spawn(async move { rename(&world, &format!("other-{n}"), "acme").await.is_ok() }));
    }
    let renamed = {
        let world = world.clone();
        tokio::spawn(async move { rename(&world, "acme", "acme-two").await })
    };
    renamed.await.expect("no panic").expect("renamed");
    let mut won = 0;
    for racer in racers {
        won += i32::from(racer.await.expect("no panic"));
    }
    assert_eq!(won, 0);
    assert_eq!(world.number("select count(*) from tenants t join tenant_slug_aliases a on a.slug = t.slug").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn owners_change_the_slug_themselves_and_see_those_that_they_keep() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("ada", tenantry::domain::role::Role::Admin).await;
    let _globex = world.tenant("globex").await;
    let server = world.serve().await;
    let (owner, admin) = (server.sign_in("owner@acme.example").await, server.sign_in("ada@acme.example").await);
    let form = |new: &'static str, repeated: &'static str| [("tenant", "acme"), ("new_slug", new), ("repeat_slug", repeated)];
    assert_eq!(admin.fetch("/fn/settings/slug", &form("acme-two", "acme")).await.status, 403, "not for an admin");
    for (new, repeated, field) in
        [("A b", "acme", "new_slug"), ("acme-two", "acm", "repeat_slug"), ("globex", "acme", "new_slug"), ("admin", "acme", "new_slug")]
    {
        let refused = owner.fetch("/fn/settings/slug", &form(new, repeated)).await;
        assert!(refused.status == 422 && refused.body.contains(&format!("\"field\":\"{field}\"")), "{new}: {}", refused.everything());
    }
    let reply = owner.post("/fn/settings/slug", &form("acme-two", "acme")).await;
    assert_eq!((reply.status, reply.location()), (303, "/t/acme-two/settings?done=slug#slug"));
    let page = owner.get("/t/acme-two/settings?done=slug").await;
    assert!(page.body.contains("The slug is changed.") && page.body.contains("Earlier slugs"), "{}", page.body);
    assert_eq!(acme.count("audit_events where action = 'tenant.slug_changed' and actor_kind = 'member'").await, 1);

    // Nobody gathers names: ten are kept, and one of them can be taken back.
    let rest = "insert into tenant_slug_aliases (tenant_id, slug) select id, 'kept-' || n from tenants, generate_series(1, 9) n where slug = 'acme-two'";
    world.sql(rest).await;
    let more = owner.fetch("/fn/settings/slug", &[("tenant", "acme-two"), ("new_slug", "acme-three"), ("repeat_slug", "acme-two")]).await;
    assert!(more.status == 422 && more.body.contains("ten earlier slugs"), "{}", more.everything());
    let back = owner.fetch("/fn/settings/slug", &[("tenant", "acme-two"), ("new_slug", "acme"), ("repeat_slug", "acme-two")]).await;
    assert_eq!(back.status, 200, "{}", back.everything());
    world.finish().await;
}

#[tokio::test]
async fn custom_domains_go_on_under_a_new_slug() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let root = staff(&world, &world.serve().await).await;
    world
        .sql(&format!(
            "insert into domains (tenant_id, name, token, state, points, added_by) values ('{}', 'portal.acme.example', repeat('0', 64), 'verified', true, 'test')",
            acme.id
        ))
        .await;
    rename(&world, "acme", "acme-two").await.expect("renamed");
    world.store.read_routes().await.expect("read");
    let two: Slug = slug("acme-two");
    assert_eq!(world.store.routes().tenant_of("portal.acme.example"), Some(&two));
    assert_eq!(root.get("/admin/tenants/acme-two/domains").await.status, 200);
    world.finish().await;
}
