//! Clones of tenants.

use clap::Parser as _;
use tenantry::cli::output::{Output, Refusal};
use tenantry::cli::{Cli, Command, Installed, Surroundings};
use tenantry::jobs::work_off;

use super::{done, markup, refused, staff};
use crate::world::smtp::mailer;
use crate::world::{Tenant, World};

async fn of(world: &World, slug: &str, what: &str) -> i64 {
    world.number(&format!("select count(*) from {what} x join tenants t on t.id = x.tenant_id where t.slug = '{slug}'")).await
}

/// Acme with something of everything that a tenant may have.
async fn full(world: &World) -> Tenant {
    let acme = world.tenant("acme").with("mel", tenantry::domain::role::Role::Member).await;
    let owner = acme.member("owner").await;
    for (name, text) in [("one.txt", "first"), ("two.txt", "the second one")] {
        let mut upload = world.store.begin_upload(&owner).await.expect("there is room");
        upload.write(&owner, text.as_bytes()).await.expect("written");
        upload.finish(&owner, &name.parse().expect("a name"), "text/plain", None).await.expect("kept");
    }
    acme.key("secret").await;
    acme.limit("agents", 55).await;
    world
        .sql(&format!(
            "insert into agents (tenant_id, name, model, active) values ('{id}', 'Ada', 'large', true), ('{id}', 'Bob', 'small', false);
             insert into threads (tenant_id, title, agent_id, messages, created_at)
               select '{id}', 'thread ' || n, (select id from agents where tenant_id = '{id}' and name = 'Ada'), 3, now() - n * interval '1 hour'
               from generate_series(1, 25) n;
             insert into messages (tenant_id, thread_id, number, role, content, created_at)
               select '{id}', t.id, n, 'user', t.title || ' says ' || n, t.created_at from threads t cross join generate_series(1, 3) n where t.tenant_id = '{id}';
             insert into threads (tenant_id, title, messages) values ('{id}', 'without an agent', 0);
             insert into domains (tenant_id, name, token, state, points, added_by) values ('{id}', 'portal.acme.example', repeat('0', 64), 'verified', true, 'x');
             insert into invites (tenant_id, email, role, token_hash, invited_by, expires_at) values ('{id}', 'g@acme.example', 'viewer', sha256('g'), 'x', now() + interval '1 day');
             insert into quota_grants (tenant_id, meter, amount, reason, created_by, expires_at) values ('{id}', 'tokens', 5, 'r', 'c', now() + interval '1 day');
             with i as (insert into brand_images (tenant_id, content, width, height) values ('{id}', 'png', 1, 1) returning id)
             insert into branding_versions (tenant_id, number, look, css, mails, published_by)
               select '{id}', 1, jsonb_build_object('name', 'Acme!', 'accent', '#0b7285', 'logo_light', i.id), 'h1 {{ color: red }}', '{{}}', 'x' from i;
             insert into brandings (tenant_id, look, mails, changed_by, version, last_version) select tenant_id, look, mails, 'x', 1, 1 from branding_versions where tenant_id = '{id}';
             update tenants set allowed_models = array['large', 'small'], default_model = 'small', monthly_budget_usd = 77, contract_price_usd = 5 where id = '{id}'",
            id = acme.id
        ))
        .await;
    acme
}

fn form<'a>(slug: &'a str, data: &'a str) -> [(&'static str, &'a str); 5] {
    [("source", "acme"), ("name", "Acme Two"), ("slug", slug), ("owner_email", "olga@two.example"), ("with_data", data)]
}

#[tokio::test]
async fn a_clone_with_data_is_the_same_but_for_what_is_secret_or_somebodys() {
    let world = World::start().await;
    let acme = full(&world).await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let page = root.get("/admin/tenants/acme/clone").await;
    for text in ["2 documents (19 B) and 26 conversations", "Plan Pro in version 1", "2 agents", "Members, invites, keys"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    let before =
        world.text(&format!("select string_agg(md5(t::text), ' ' order by id) from threads t where tenant_id = '{}'", acme.id)).await;
    let page = done(&root, "/fn/tenants/clone", &form("two", "on")).await;
    assert!(page.body.contains("Setting up Acme Two") && page.body.contains("Look again"), "{}", page.body);
    work_off(&world.store, &mailer(None)).await;
    let page = root.get("/admin/tenants/two/provisioning").await;
    assert!(page.body.contains("It is set up.") && markup(&page).contains("From <bdi>acme</bdi>"), "{}", page.body);

    for (what, n) in [
        ("agents", 2),
        ("documents", 2),
        ("threads", 26),
        ("messages", 75),
        ("entitlement_overrides", 1),
        ("branding_versions", 1),
        ("brand_images", 1),
    ] {
        assert_eq!((of(&world, "two", what).await, of(&world, "acme", what).await), (n, n), "{what}");
    }
    for (what, n) in
        [("members", 0), ("invites", 1), ("api_keys", 0), ("domains", 0), ("quota_grants", 0), ("invoices", 0), ("loose_files", 0)]
    {
        assert_eq!(of(&world, "two", what).await, n, "{what}");
    }
    // Every conversation says the same to the same agent in the same order.
    let said = |slug: &str| {
        format!(
            "select string_agg(concat_ws(' ', h.title, a.name, m.number, m.content, m.created_at), '|' order by h.title, m.number)
             from threads h left join agents a on a.tenant_id = h.tenant_id and a.id = h.agent_id
             left join messages m on m.tenant_id = h.tenant_id and m.thread_id = h.id
             where h.tenant_id = (select id from tenants where slug = '{slug}')"
        )
    };
    assert_eq!(world.text(&said("two")).await, world.text(&said("acme")).await);
    assert_eq!(
        world.number("select count(*) from threads a join threads b on a.id = b.id and a.tenant_id <> b.tenant_id").await,
        0,
        "ids are its own"
    );
    assert_eq!(
        before,
        world.text(&format!("select string_agg(md5(t::text), ' ' order by id) from threads t where tenant_id = '{}'", acme.id)).await
    );
    let facts = "select concat_ws(' ', allowed_models, default_model, monthly_budget_usd, contract_price_usd, billing_email) from tenants where slug = 'two'";
    assert_eq!(world.text(facts).await, "{large,small} small 77.00 olga@two.example", "a price by contract is not cloned");
    let look = "select v.look->>'accent' || ' ' || coalesce(v.look->>'name', 'no name') || ' ' || (v.look->>'logo_light' = i.id::text)::text
                from branding_versions v join brand_images i on i.tenant_id = v.tenant_id join tenants t on t.id = v.tenant_id where t.slug = 'two'";
    assert_eq!(world.text(look).await, "#0b7285 no name true");
    assert_eq!(world.number("select count(distinct id) from brand_images").await, 2, "images have names of their own");

    // Its files are copies: those of the source may go.
    let link = page.body.split("/invite/").nth(1).and_then(|rest| rest.split('"').next()).expect("a link").to_owned();
    world.accept(&world.store, &link.parse().expect("a token")).await.expect("the invite is open");
    let mut console = world.console().await;
    console.delete_tenant(&acme.slug).await.expect("deleted");
    console.commit().await.expect("committed");
    let owner = server.sign_in("olga@two.example").await;
    let shelf = owner.get("/t/two/knowledge").await.body;
    let texts: Vec<&str> = shelf.split("/t/two/knowledge/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let mut read = Vec::new();
    for id in texts {
        let reply = owner.get(&format!("/t/two/knowledge/{id}")).await;
        if reply.status == 200 {
            read.push(reply.body);
        }
    }
    read.sort();
    read.dedup();
    assert_eq!(read, ["first", "the second one"]);
    world.finish().await;
}

#[tokio::test]
async fn a_clone_without_data_has_the_configuration_only_and_trials_begin_when_it_is_open() {
    let world = World::start().await;
    let _acme = full(&world).await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    done(&root, "/fn/tenants/clone", &[&form("two", "")[..], &[("trial_days", "7")]].concat()).await;
    work_off(&world.store, &mailer(None)).await;
    for (what, n) in [("agents", 2), ("documents", 0), ("threads", 0), ("entitlement_overrides", 1), ("brand_images", 1), ("invites", 1)] {
        assert_eq!(of(&world, "two", what).await, n, "{what}");
    }
    assert_eq!(
        world.text("select status || ' ' || (trial_ends_at > now() + interval '6 days')::text from tenants where slug = 'two'").await,
        "trial true"
    );
    assert_eq!(
        world
            .number("select count(*) from jobs j join tenants t on t.id = j.tenant_id where t.slug = 'two' and j.kind = 'end_trial'")
            .await,
        1
    );
    // Nothing is cloned that is not there, and no slug twice.
    for (bad, fields) in [
        (
            vec![("source", "acme"), ("name", ""), ("slug", "A b"), ("owner_email", "x"), ("trial_days", "-1")],
            vec!["name", "owner_email", "slug", "trial_days"],
        ),
        (form("acme", "").to_vec(), vec!["slug"]),
    ] {
        let mut found = refused(&root, "/fn/tenants/clone", "/admin/tenants/acme/clone", &bad).await;
        found.sort();
        assert_eq!(found, fields);
    }
    let mut missing = form("three", "");
    missing[0].1 = "nobody";
    assert_eq!(root.fetch("/fn/tenants/clone", &missing).await.status, 404);
    assert_eq!(root.get("/admin/tenants/nobody/clone").await.status, 404);
    assert_eq!(root.get("/admin/tenants/acme/provisioning").await.status, 404, "it was not made in steps");
    world.finish().await;
}

#[tokio::test]
async fn a_clone_that_its_quotas_have_no_room_for_is_refused_before_anything_is_made() {
    let world = World::start().await;
    let acme = full(&world).await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    // Said now: this month, whatever day it is.
    world
        .sql(&format!(
            "with t as (insert into threads (tenant_id, title, messages) values ('{id}', 'of today', 11) returning id)
             insert into messages (tenant_id, thread_id, number, role, content) select '{id}', t.id, n, 'user', 'x' from t cross join generate_series(1, 11) n",
            id = acme.id
        ))
        .await;
    acme.limit("messages", 10).await;
    let reply = root.fetch("/fn/tenants/clone", &form("two", "on")).await;
    assert!(reply.status == 422 && reply.body.contains("messages of this month; the quota is 10"), "{}", reply.everything());
    acme.limit("messages", 1_000).await;
    acme.limit("storage", 1).await;
    let reply = root.fetch("/fn/tenants/clone", &form("two", "on")).await;
    assert!(reply.status == 422 && reply.body.contains("with_data"), "{}", reply.everything());
    assert_eq!(world.number("select count(*) from tenants").await, 1);
    done(&root, "/fn/tenants/clone", &form("two", "")).await;
    world.finish().await;
}

#[tokio::test]
async fn a_document_that_is_deleted_meanwhile_is_left_out_and_a_killed_server_is_taken_over() {
    let world = World::start().await;
    let acme = full(&world).await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    done(&root, "/fn/tenants/clone", &form("two", "on")).await;
    world.sql("delete from jobs where kind <> 'provision'").await;
    let another = world.another_store(2, 2);
    let job = another.claim_job().await.expect("the queue answers").expect("a due job");
    for _ in 0..2 {
        assert!(another.provision_turn(&job).await.expect("settings, then agents"));
    }
    // Files of this world are in the memory of its own store: the other one cannot read them, which is an error like any other.
    assert!(another.provision_turn(&job).await.is_err());
    world.sql(&format!("delete from documents where tenant_id = '{}' and name = 'one.txt'", acme.id)).await;
    world.sql("update jobs set run_at = now() where state = 'running'").await;
    work_off(&world.store, &mailer(None)).await;
    assert_eq!(world.text("select status from tenants where slug = 'two'").await, "active");
    assert_eq!((of(&world, "two", "documents").await, of(&world, "two", "agents").await, of(&world, "two", "messages").await), (1, 2, 75));
    another.close().await;
    world.finish().await;
}

#[tokio::test]
async fn the_command_line_clones_too() {
    let world = World::start().await;
    let _acme = full(&world).await;
    let run = async |words: &[&str]| {
        let cli = Cli::try_parse_from(["tenantry", "tenant"].iter().chain(words)).expect("a good command line");
        let Command::Installed(Installed::OnStore(command)) = cli.command else { panic!("it works on the store") };
        let around = Surroundings { base_url: "http://localhost:3000".to_owned(), demo_password: None, owner: None };
        command.run(&world.store, &around, &Output::new(true)).await
    };
    let clone = ["clone", "acme", "--slug", "two", "--name", "Acme Two", "--owner-email", "olga@two.example", "--with-data"];
    run(&clone).await.expect("cloned");
    assert_eq!((of(&world, "two", "threads").await, of(&world, "two", "documents").await), (26, 2));
    let Err(Refusal::Refused { errors, .. }) = run(&clone).await else { panic!("the slug is taken") };
    assert_eq!(errors[0].field, "slug");
    let missing = run(&["clone", "nobody", "--slug", "three", "--name", "Three", "--owner-email", "o@three.example"]).await;
    assert_eq!(missing, Err(Refusal::new("Not found: the tenant nobody.")));
    world.finish().await;
}
