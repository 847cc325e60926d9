//! `/admin/templates`, and tenants that are made from one.

use clap::Parser as _;
use tenantry::cli::output::{Output, Refusal};
use tenantry::cli::{Cli, Command, Installed, Surroundings};
use tenantry::domain::sample::SampleSet;
use tenantry::jobs::work_off;

use super::{done, events, hidden, refused, staff};
use crate::world::World;
use crate::world::people::slug;
use crate::world::smtp::mailer;

fn new<'a>(slug: &'a str, plan: &'a str, template: &'a str, sample: &'a str) -> [(&'static str, &'a str); 6] {
    [("name", "New"), ("slug", slug), ("plan", plan), ("owner_email", "olga@new.example"), ("template", template), ("sample_data", sample)]
}

async fn count(world: &World, of: &str, slug: &str) -> i64 {
    world.number(&format!("select count(*) from {of} x join tenants t on t.id = x.tenant_id where t.slug = '{slug}'")).await
}

async fn cli(world: &World, words: &[&str]) -> Result<(), Refusal> {
    let cli = Cli::try_parse_from(["tenantry", "tenant"].iter().chain(words)).expect("a good command line");
    let Command::Installed(Installed::OnStore(command)) = cli.command else { panic!("it works on the store") };
    let around = Surroundings { base_url: "http://localhost:3000".to_owned(), demo_password: None, owner: None };
    command.run(&world.store, &around, &Output::new(true)).await
}

#[tokio::test]
async fn a_tenant_from_a_template_is_nobodys_until_its_last_step_and_then_all_there() {
    let world = World::start().await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let form = root.get("/admin/tenants/new?template=customer-support").await;
    for text in ["Template", "Customer support", "Sample data", "As the template says"] {
        assert!(form.body.contains(text), "{text}: {}", form.body);
    }
    let page =
        done(&root, "/fn/tenants/create", &[&new("helpers", "", "customer-support", "on")[..], &[("trial_days", "14")]].concat()).await;
    for text in ["Setting up New", "the template Customer support", "Conversations", "To do", "Nobody is let in before"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    let tenant = world.text("select id::text from tenants where slug = 'helpers'").await;
    assert_eq!(world.text("select status from tenants where slug = 'helpers'").await, "provisioning");
    assert_eq!((count(&world, "invites", "helpers").await, world.number("select count(*) from mails").await), (0, 0), "nobody is told yet");
    assert!(root.get("/admin/tenants/helpers").await.body.contains("It is being set up"));
    assert_eq!(root.fetch("/fn/tenants/suspend", &[("slug", "helpers"), ("reason", "no")]).await.status, 409);
    assert_eq!(root.fetch("/fn/tenants/retry-steps", &[("slug", "helpers")]).await.status, 409, "it is under way");

    work_off(&world.store, &mailer(None)).await;
    let page = root.get("/admin/tenants/helpers/provisioning").await;
    for text in ["It is set up.", "/invite/", "olga@new.example"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    assert!(!page.body.contains("To do") && !page.body.contains("Look again"));
    assert_eq!(
        world.text("select status || ' ' || (trial_ends_at > now() + interval '13 days')::text from tenants where slug = 'helpers'").await,
        "trial true"
    );
    for (of, n) in [("agents", 3), ("documents", 3), ("threads", 50), ("invites", 1), ("members", 0), ("brandings", 1)] {
        assert_eq!(count(&world, of, "helpers").await, n, "{of}");
    }
    let messages = count(&world, "messages", "helpers").await;
    assert!(messages > 150);
    // They count towards its quotas, on the days on which they were said.
    let counted = format!("select sum(amount)::bigint from usage_days where tenant_id = '{tenant}' and meter = 'messages'");
    assert_eq!(world.number(&counted).await, messages);
    assert!(world.number(&format!("select count(*) from usage_days where tenant_id = '{tenant}' and meter = 'messages'")).await > 5);
    let bytes = "select sum(size_bytes)::bigint from documents";
    assert_eq!(
        world.number(bytes).await,
        world.number(&format!("select amount from usage_levels where tenant_id = '{tenant}' and meter = 'storage'")).await
    );
    assert_eq!(
        world.text("select agents || ' ' || (storage_bytes > 0)::text from tenant_summaries where slug = 'helpers'").await,
        "3 true"
    );
    assert_eq!(
        count(&world, "audit_events", "helpers").await,
        1 + 1 + 3 + 3 + 1 + 1,
        "created, branding, agents, documents, opened, invited"
    );
    assert_eq!(world.text("select p.key from tenants t join plan_versions v on v.id = t.plan_version_id join plans p on p.id = v.plan_id where t.slug = 'helpers'").await, "starter");

    // The owner finds it all there.
    let link = page.body.split("/invite/").nth(1).and_then(|rest| rest.split('"').next()).expect("a link").to_owned();
    let token = link.parse().expect("a token");
    world.accept(&world.store, &token).await.expect("the invite is open");
    let owner = server.sign_in("olga@new.example").await;
    assert!(owner.get("/t/helpers/agents").await.body.contains("Technical Help"));
    let shelf = owner.get("/t/helpers/knowledge").await;
    assert!(shelf.body.contains("Warranty.md"), "{}", shelf.body);
    let document = shelf.body.split("/t/helpers/knowledge/").nth(1).and_then(|rest| rest.split('"').next()).expect("a document").to_owned();
    assert!(owner.get(&format!("/t/helpers/knowledge/{document}")).await.body.contains('#'));
    world.finish().await;
}

#[tokio::test]
async fn a_server_that_is_killed_midway_is_taken_over_once() {
    let world = World::start().await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    done(&root, "/fn/tenants/create", &new("helpers", "pro", "customer-support", "on")).await;
    let another = world.another_store(2, 2);
    let job = another.claim_job().await.expect("the queue answers").expect("a due job");
    // Settings, agents, a document, of the next one the file; three conversations' turns.
    for _ in 0..3 {
        assert!(another.provision_turn(&job).await.expect("done"));
    }
    let page = root.get("/admin/tenants/helpers/provisioning").await;
    assert!(page.body.contains("1 of 3") && page.body.contains("Running"), "{}", page.body);
    world.sql("update jobs set run_at = now() where state = 'running'").await;
    let taken = world.store.claim_job().await.expect("the queue answers").expect("its lease has run out");
    assert!(another.provision_turn(&job).await.is_err(), "who lost the lease does nothing any more");
    assert!(world.store.claim_job().await.expect("the queue answers").is_none(), "one has it");
    world.store.provision(&taken).await.expect("all that is left");
    for (of, n) in [("agents", 3), ("documents", 3), ("threads", 50), ("invites", 1), ("loose_files", 0)] {
        assert_eq!(count(&world, of, "helpers").await, n, "{of}");
    }
    assert_eq!(world.text("select status from tenants where slug = 'helpers'").await, "active");
    assert_eq!(world.number("select count(*) from audit_events where action = 'tenant.provisioned'").await, 1);
    another.close().await;
    world.finish().await;
}

#[tokio::test]
async fn what_does_not_succeed_can_be_tried_again_or_deleted() {
    let world = World::start().await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    done(&root, "/fn/tenants/create", &new("helpers", "pro", "customer-support", "on")).await;
    let tenant = world.text("select id::text from tenants where slug = 'helpers'").await;
    // Quotas have become too small meanwhile: one for the last document, then one for any conversation, of whichever month it is.
    world
        .sql(&format!(
            "insert into entitlement_overrides (tenant_id, meter, quota, reason, created_by)
             values ('{tenant}', 'storage', {}, 'r', 'c'), ('{tenant}', 'messages', 0, 'r', 'c')",
            SampleSet::CustomerSupport.bytes() - 1
        ))
        .await;
    for (meter, there) in [("storage", (3, 2, 0)), ("messages", (3, 3, 0))] {
        work_off(&world.store, &mailer(None)).await;
        let page = root.get("/admin/tenants/helpers/provisioning").await;
        for text in ["It stopped: ", "A quota of the tenant has become too small", "Try again now", "Stopped"] {
            assert!(page.body.contains(text), "{meter}: {text}: {}", page.body);
        }
        assert_eq!(world.text("select status from tenants where slug = 'helpers'").await, "provisioning");
        assert_eq!(count(&world, "invites", "helpers").await, 0);
        let kept = (
            count(&world, "agents", "helpers").await,
            count(&world, "documents", "helpers").await,
            count(&world, "threads", "helpers").await,
        );
        assert_eq!(kept, there, "{meter}: what is done stays done");
        world.sql(&format!("update entitlement_overrides set quota = 1000000 where meter = '{meter}'")).await;
        done(&root, "/fn/tenants/retry-steps", &[("slug", "helpers")]).await;
        assert_eq!(root.fetch("/fn/tenants/retry-steps", &[("slug", "helpers")]).await.status, 409, "once");
    }
    work_off(&world.store, &mailer(None)).await;
    assert!(root.get("/admin/tenants/helpers/provisioning").await.body.contains("It is set up."));
    for (of, n) in [("agents", 3), ("documents", 3), ("threads", 50)] {
        assert_eq!(count(&world, of, "helpers").await, n, "nothing is there twice: {of}");
    }
    assert_eq!(root.fetch("/fn/tenants/retry-steps", &[("slug", "helpers")]).await.status, 409);

    // One that is deleted midway stays so, and goes on when it is restored.
    done(&root, "/fn/tenants/create", &new("gone", "pro", "internal-knowledge", "on")).await;
    let job = world.store.claim_job().await.expect("the queue answers").expect("a due job");
    assert!(world.store.provision_turn(&job).await.expect("one thing is done"));
    let mut console = world.console().await;
    console.delete_tenant(&slug("gone")).await.expect("deleted");
    console.commit().await.expect("committed");
    assert!(world.store.provision_turn(&job).await.is_err());
    world.store.fail_job(&job, "deleted", false).await.expect("kept");
    assert_eq!(root.get("/admin/tenants/gone/provisioning").await.status, 404);
    let mut console = world.console().await;
    console.restore_tenant(&slug("gone")).await.expect("restored");
    console.commit().await.expect("committed");
    done(&root, "/fn/tenants/retry-steps", &[("slug", "gone")]).await;
    work_off(&world.store, &mailer(None)).await;
    assert_eq!(
        (world.text("select status from tenants where slug = 'gone'").await.as_str(), count(&world, "threads", "gone").await),
        ("active", 20)
    );
    world.finish().await;
}

#[tokio::test]
async fn a_template_that_does_not_fit_is_refused_beside_its_field_and_makes_nothing() {
    let world = World::start().await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let page = "/admin/tenants/new";
    world.sql("update plan_entitlements e set quota = case e.meter when 'agents' then 2 else 100 end
               from plan_versions v, plans p where v.id = e.plan_version_id and p.id = v.plan_id and p.key = 'free' and e.meter in ('agents', 'messages')").await;
    for (form, field, why) in [
        (new("a", "free", "customer-support", ""), "template", "The template brings 3 agents; the quota is 2. Choose a larger plan."),
        (new("a", "free", "internal-knowledge", "on"), "", ""),
        (new("a", "pro", "nothing", ""), "template", "There is no such template."),
        (new("a", "", "", ""), "plan", "Choose a plan."),
        (new("A b", "pro", "customer-support", ""), "slug", ""),
    ] {
        if field.is_empty() {
            continue;
        }
        let reply = root.post("/fn/tenants/create", &form).await;
        let shown = root.get(&format!("{page}?{}", reply.location().split_once('?').expect("refused").1)).await;
        assert!(shown.body.contains(why) && shown.body.contains(&format!("id=\"{field}-error\"")), "{form:?}: {}", shown.body);
    }
    assert_eq!(world.number("select count(*) from tenants").await, 0);
    done(&root, "/fn/templates/create", &[("key", "bare"), ("name", "Bare")]).await;
    let reply = root.fetch("/fn/tenants/create", &new("a", "pro", "bare", "on")).await;
    assert!(reply.status == 422 && reply.body.contains("This template has no sample data."), "{}", reply.everything());
    done(&root, "/fn/templates/delete", &[("template", "customer-support")]).await;
    let reply = root.fetch("/fn/tenants/create", &new("a", "pro", "", "on")).await;
    assert!(reply.status == 422 && reply.body.contains("was deleted"), "{}", reply.everything());
    // A plain tenant is made in one go, as ever.
    done(&root, "/fn/tenants/create", &new("plain", "pro", "", "")).await;
    assert_eq!(world.text("select status from tenants where slug = 'plain'").await, "active");
    assert_eq!(world.number("select count(*) from provisionings").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn templates_are_made_changed_and_deleted_once_and_by_one_at_a_time() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    world
        .sql(&format!(
            "insert into agents (tenant_id, name, model, department) values ('{id}', 'Scout', 'large', 'Sales');
             insert into branding_versions (tenant_id, number, look, css, mails, published_by)
               values ('{id}', 1, '{{\"name\": \"Acme!\", \"accent\": \"#0b7285\", \"sign_in_text\": \"Hello\"}}', 'h1 {{ color: red }}', '{{}}', 'x');
             insert into brandings (tenant_id, look, mails, changed_by, version, last_version) values ('{id}', '{{}}', '{{}}', 'x', 1, 1);
             update tenants set allowed_models = array['large', 'small'], default_model = 'small' where id = '{id}'",
            id = acme.id
        ))
        .await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let page = root.get("/admin/templates/new?of=acme").await;
    for text in ["Scout; large; Sales", "#0b7285", "Hello", "As acme is now", "CSS of its own belongs to it"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    assert!(!page.body.contains("Acme!"), "its name is its own");
    assert!(root.get("/admin/templates/new?of=nobody").await.body.contains("There is no tenant with the slug"));
    let form = [
        ("key", "sales"),
        ("name", "Sales"),
        ("plan", "pro"),
        ("agents", "Scout; large; Sales\nCloser; small"),
        ("accent", "#0b7285"),
        ("allowed_models", "large\nsmall"),
        ("default_model", "small"),
        ("of", "acme"),
    ];
    let list = done(&root, "/fn/templates/create", &form).await;
    assert!(list.body.contains("Sales") && list.body.contains("2 agents"), "{}", list.body);
    for (bad, fields) in [
        (vec![("key", "sales"), ("name", "Other")], vec!["key"]),
        (vec![("key", "other"), ("name", "SALES")], vec!["name"]),
        (vec![("key", "other"), ("name", "Other"), ("plan", "gold")], vec!["plan"]),
        (
            vec![("key", "X y"), ("name", ""), ("agents", "x"), ("accent", "blue"), ("sample", "x")],
            vec!["key", "name", "agents", "accent", "sample"],
        ),
    ] {
        let mut found = refused(&root, "/fn/templates/create", "/admin/templates/new", &bad).await;
        let mut fields = fields;
        found.sort();
        fields.sort_unstable();
        assert_eq!(found, fields, "{bad:?}");
    }
    let revision = hidden(&root, "/admin/templates/sales", "revision").await;
    let change = |revision: &'static str, agents: &'static str| {
        [("template", "sales"), ("revision", revision), ("name", "Sales"), ("plan", "pro"), ("agents", agents), ("accent", "#0b7285")]
    };
    assert_eq!(revision, "1");
    for _ in 0..2 {
        done(&root, "/fn/templates/change", &change("1", "Scout; large")).await;
    }
    assert_eq!(events(&world, "template.changed").await, 1);
    assert_eq!(root.fetch("/fn/templates/change", &change("1", "Hunter; large")).await.status, 409, "the second sees a conflict");
    assert_eq!(
        world.text("select content->>'css' from templates where key = 'sales'").await,
        "h1 { color: red }",
        "what the form does not show stays"
    );

    done(&root, "/fn/tenants/create", &new("first", "", "sales", "")).await;
    work_off(&world.store, &mailer(None)).await;
    assert_eq!(
        world.text("select string_agg(name, ' ') from agents where tenant_id = (select id from tenants where slug = 'first')").await,
        "Scout"
    );
    for _ in 0..2 {
        done(&root, "/fn/templates/delete", &[("template", "sales")]).await;
    }
    assert_eq!(events(&world, "template.deleted").await, 1);
    assert_eq!(root.get("/admin/templates/sales").await.status, 404);
    assert_eq!(root.fetch("/fn/templates/change", &change("2", "")).await.status, 404);
    assert_eq!(count(&world, "agents", "first").await, 1, "a tenant is its own from then on");
    world.finish().await;
}

#[tokio::test]
async fn command_line_and_api_make_tenants_from_templates_too() {
    let world = World::start().await;
    let create =
        ["create", "--name", "One", "--slug", "one", "--owner-email", "o@one.example", "--template", "customer-support", "--sample-data"];
    cli(&world, &create).await.expect("made");
    assert_eq!(world.text("select status from tenants where slug = 'one'").await, "active");
    assert_eq!((count(&world, "agents", "one").await, count(&world, "threads", "one").await), (3, 50));
    cli(&world, &["create", "--name", "Two", "--slug", "two", "--plan", "pro", "--owner-email", "o@two.example", "--sample-data"])
        .await
        .expect("made");
    assert_eq!((count(&world, "agents", "two").await, count(&world, "threads", "two").await), (3, 50), "of customer-support");
    let unknown =
        cli(&world, &["create", "--name", "X", "--slug", "x", "--plan", "pro", "--owner-email", "o@x.example", "--template", "x"]).await;
    let Err(Refusal::Refused { errors, .. }) = unknown else { panic!("there is none: {unknown:?}") };
    assert_eq!(errors[0].field, "template");
    assert!(Cli::try_parse_from(["tenantry", "tenant", "create", "--name", "X", "--slug", "x", "--owner-email", "o@x.example"]).is_err());

    let server = world.serve().await;
    let key = format!("pk_{:-<43}", "scripts");
    world
        .sql(&format!(
            "insert into platform_keys (name, prefix, key_hash, created_by) values ('scripts', 'pk_scripts', sha256('{key}'), 'a test')"
        ))
        .await;
    let post = async |path: &str, body: &str| {
        let reply =
            server.browser().ask(reqwest::Method::POST, &format!("/api/v1/platform/tenants{path}")).bearer(&key).json(body).send().await;
        (reply.status, serde_json::from_str::<serde_json::Value>(&reply.body).expect("JSON"))
    };
    let body = r#"{"name": "Api", "slug": "scripted", "plan": "pro", "owner_email": "o@api.example", "template": "internal-knowledge", "sample_data": true}"#;
    let (status, made) = post("", body).await;
    assert_eq!((status, &made["status"], &made["setup_url"]), (201, &"provisioning".into(), &serde_json::Value::Null), "{made}");
    let get = async |path: &str| {
        let reply = server.browser().ask(reqwest::Method::GET, path).bearer(&key).send().await;
        serde_json::from_str::<serde_json::Value>(&reply.body).expect("JSON")
    };
    let steps = async || get(made["steps_url"].as_str().expect("a path")).await;
    assert_eq!(steps().await["steps"][3]["total"], 20);
    work_off(&world.store, &mailer(None)).await;
    let after = steps().await;
    assert_eq!(after["status"], "active");
    assert!(after["setup_url"].as_str().is_some_and(|url| url.contains("/invite/")), "{after}");
    let (status, refusal) = post("", &body.replace("internal-knowledge", "nothing").replace("\"scripted\"", "\"other\"")).await;
    assert_eq!((status, &refusal["errors"][0]["field"]), (422, &"template".into()), "{refusal}");
    let (status, made) =
        post("/scripted/clone", r#"{"name": "Copy", "slug": "copy", "owner_email": "c@api.example", "with_data": true}"#).await;
    assert_eq!((status, &made["status"]), (201, &"provisioning".into()), "{made}");
    work_off(&world.store, &mailer(None)).await;
    assert_eq!(count(&world, "threads", "copy").await, 20);
    assert_eq!(post("/nobody/clone", r#"{"name": "Copy", "slug": "copy2", "owner_email": "c@api.example"}"#).await.0, 404);
    // What is not made in steps has none; what is not there, is not there.
    assert_eq!(
        post(
            "",
            &body.replace("\"template\": \"internal-knowledge\", \"sample_data\": true", "\"trial_days\": 0").replace("scripted", "plain")
        )
        .await
        .0,
        201
    );
    let at_once = get("/api/v1/platform/tenants/plain/provisioning").await;
    assert_eq!((&at_once["status"], &at_once["steps"]), (&"active".into(), &serde_json::json!([])), "{at_once}");
    assert_eq!(get("/api/v1/platform/tenants/nobody/provisioning").await["status"], 404);
    world.finish().await;
}
