//! `/admin/bulk`: what would happen, then a job that does it, each tenant once.

use tenantry::domain::job::JobKind;
use tenantry::jobs::work_off;

use crate::world::http::Browser;
use crate::world::smtp::mailer;
use crate::world::{Tenant, World};

use super::{done, page, staff, texts};

pub(super) async fn choose(root: &Browser, action: &str, slugs: &[&str]) -> String {
    let mut form = vec![("action", action), ("which", "ticked")];
    form.extend(slugs.iter().map(|slug| ("tenant[]", *slug)));
    done(root, "/fn/bulk/draft", &form).await.location().to_owned()
}

pub(super) fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// Word and reason of each tenant on the page of a run.
pub(super) async fn lines(root: &Browser, path: &str) -> Vec<(String, String, String)> {
    let shown = page(root, path).await;
    let (slugs, words, notes) = (texts(&shown, "td.name span"), texts(&shown, "td.lead"), texts(&shown, "td.long"));
    slugs.into_iter().zip(words).zip(notes).map(|((slug, word), note)| (slug, word, note)).collect()
}

pub(super) fn is(lines: &[(String, String, String)]) -> Vec<(&str, &str)> {
    lines.iter().map(|(slug, word, _)| (slug.as_str(), word.as_str())).collect()
}

pub(super) async fn suspended(world: &World, name: &str) -> Tenant {
    let tenant = world.tenant(name).await;
    let mut console = world.console().await;
    console.suspend_tenant(&tenant.slug, &"unpaid".parse().expect("a reason")).await.expect("suspended");
    console.commit().await.expect("committed");
    tenant
}

#[tokio::test]
async fn many_are_suspended_after_a_dry_run_that_says_what_would_happen() {
    let world = World::start().await;
    let (acme, globex, held) = (world.tenant("acme").await, world.tenant("globex").trial(14).await, suspended(&world, "held").await);
    let other = world.tenant("other").await;
    let server = world.serve().await;
    let root = staff(&world, &server, "root").await;

    let run = choose(&root, "suspend", &["held", "globex", "acme", "no-such-tenant"]).await;
    let asks = page(&root, &run).await;
    assert_eq!(texts(&asks, "h1"), ["Suspend tenants"]);
    assert_eq!(root.fetch("/fn/bulk/start", &[("run", id(&run))]).await.status, 409, "not before the reason is there");
    assert_eq!(root.fetch("/fn/bulk/details", &[("run", id(&run)), ("reason", " ")]).await.status, 422);
    done(&root, "/fn/bulk/details", &[("run", id(&run)), ("reason", "Unpaid since May")]).await;

    let would = lines(&root, &run).await;
    assert_eq!(is(&would), [("acme", "Would be done"), ("globex", "Would be done"), ("held", "Would be refused")]);
    assert_eq!(would[2].2, "It is suspended already.");
    let shown = root.get(&run).await.body;
    for text in ["Nothing has happened yet.", "2 tenants are", "1 is", "Suspend 2 tenants", "Unpaid since May"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    assert_eq!(acme.status().await, "active");

    // Held meanwhile by somebody else: the run decides anew.
    done(&root, "/fn/tenants/suspend", &[("slug", "globex"), ("reason", "fraud")]).await;
    done(&root, "/fn/bulk/start", &[("run", id(&run))]).await;
    let running = root.get(&run).await;
    assert_eq!(running.header("refresh"), "2", "{}", running.everything());
    work_off(&world.store, &mailer(None)).await;
    let over = root.get(&run).await;
    assert_eq!(over.header("refresh"), "", "it is over");
    let after = lines(&root, &run).await;
    assert_eq!(is(&after), [("acme", "Done"), ("globex", "Refused"), ("held", "Refused")]);
    assert!(after[1].2.contains("suspended already"), "{after:?}");
    assert_eq!(is(&lines(&root, &format!("{run}?outcome=done")).await), [("acme", "Done")]);
    let reason = |tenant: &Tenant| format!("select status_reason from tenants where id = '{}'", tenant.id);
    assert_eq!((world.text(&reason(&acme)).await, world.text(&reason(&globex)).await), ("Unpaid since May".into(), "fraud".into()));
    assert_eq!((held.status().await, other.status().await), ("suspended".into(), "active".into()));
    let told = "select actor from audit_events where action = 'tenant.suspended' and after like '%Unpaid since May%'";
    assert_eq!(world.texts(told).await, ["root@tenantry.example"]);
    assert_eq!(world.number("select count(*) from platform_events where action = 'bulk.started'").await, 1);

    // Once is once.
    assert_eq!(root.fetch("/fn/bulk/start", &[("run", id(&run))]).await.status, 409);
    assert_eq!(root.fetch("/fn/bulk/details", &[("run", id(&run)), ("reason", "Another")]).await.status, 409);
    assert_eq!(texts(&page(&root, "/admin/bulk").await, "td.lead"), ["Done, some refused"]);
    world.finish().await;
}

#[tokio::test]
async fn all_of_a_view_are_resumed_given_a_plan_or_written_to() {
    let world = World::start().await;
    let (acme, globex) = (suspended(&world, "acme").await, suspended(&world, "globex").await);
    let free = world.tenant("free").on("free").await;
    let orphan = world.tenant("orphan").on("free").not_set_up().await;
    let server = world.serve().await;
    let root = staff(&world, &server, "root").await;
    world.sql("delete from jobs").await;

    let all = |action: &'static str, view: &'static str| [("action", action), ("which", "view"), ("view", view)];
    let resume = done(&root, "/fn/bulk/draft", &all("resume", "q=state:suspended")).await.location().to_owned();
    assert_eq!(is(&lines(&root, &resume).await), [("acme", "Would be done"), ("globex", "Would be done")]);
    done(&root, "/fn/bulk/start", &[("run", id(&resume))]).await;
    work_off(&world.store, &mailer(None)).await;
    assert_eq!((acme.status().await, globex.status().await), ("active".into(), "active".into()));

    let plan = done(&root, "/fn/bulk/draft", &all("change_plan", "q=plan:pro,starter")).await.location().to_owned();
    assert_eq!(root.fetch("/fn/bulk/details", &[("run", id(&plan)), ("plan", "gold")]).await.status, 422);
    done(&root, "/fn/bulk/details", &[("run", id(&plan)), ("plan", "starter")]).await;
    done(&root, "/fn/bulk/start", &[("run", id(&plan))]).await;
    work_off(&world.store, &mailer(None)).await;
    assert_eq!(is(&lines(&root, &plan).await), [("acme", "Done"), ("globex", "Done")]);
    assert_eq!(world.number("select count(*) from tenant_summaries s join plans p on p.id = s.plan_id where p.key = 'starter'").await, 2);

    let letter = [("subject", "Maintenance"), ("message", "On Sunday.\r\n\r\nFor an hour <b>.")];
    let mail = done(&root, "/fn/bulk/draft", &all("message", "q=plan:free")).await.location().to_owned();
    let mut form = vec![("run", id(&mail))];
    form.extend(letter);
    done(&root, "/fn/bulk/details", &form).await;
    assert_eq!(is(&lines(&root, &mail).await), [("free", "Would be done"), ("orphan", "Would be refused")]);
    done(&root, "/fn/bulk/start", &[("run", id(&mail))]).await;
    work_off(&world.store, &mailer(None)).await;
    assert_eq!(is(&lines(&root, &mail).await), [("free", "Done"), ("orphan", "Refused")]);
    assert_eq!(
        world.texts("select recipient || ' ' || subject from mails where kind = 'notice'").await,
        ["owner@free.example Maintenance"]
    );
    assert_eq!(free.count("audit_events where action = 'tenant.owners_messaged'").await, 1);
    assert_eq!(orphan.count("audit_events where action = 'tenant.owners_messaged'").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn nothing_chosen_is_said_and_a_view_that_cannot_be_read_is_not_all_tenants() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve().await;
    let root = staff(&world, &server, "root").await;
    for form in [
        &[("action", "suspend"), ("which", "ticked")][..],
        &[("action", "suspend"), ("tenant[]", "no-such-tenant")],
        &[("action", "suspend"), ("which", "view"), ("view", "q=tokens:lots")],
        &[("action", "suspend"), ("which", "view"), ("view", "q=state:trial")],
        &[("action", "delete"), ("tenant[]", "acme")],
    ] {
        assert_eq!(root.fetch("/fn/bulk/draft", form).await.status, 422, "{form:?}");
    }
    assert_eq!(world.number("select count(*) from bulk_runs").await, 0);
    let from = format!("http://{}/admin/tenants?panel=select", server.host);
    let reply = root
        .ask(reqwest::Method::POST, "/fn/bulk/draft")
        .form(&[("action", "suspend"), ("which", "ticked")])
        .header("referer", &from)
        .send()
        .await;
    let shown = page(&root, reply.location()).await;
    assert_eq!(texts(&shown, "[role=alert]"), ["Choose at least one tenant."]);
    assert_eq!(root.get("/admin/bulk/nonsense").await.status, 404);
    world.finish().await;
}

/// Begins a suspension of these tenants; its job is due.
async fn begin(world: &World, root: &Browser, slugs: &[&str]) -> String {
    let run = choose(root, "suspend", slugs).await;
    done(root, "/fn/bulk/details", &[("run", id(&run)), ("reason", "unpaid")]).await;
    world.sql("delete from jobs").await;
    done(root, "/fn/bulk/start", &[("run", id(&run))]).await;
    run
}

#[tokio::test]
async fn a_worker_that_dies_midway_is_followed_by_another_and_each_tenant_is_done_once() {
    let world = World::start().await;
    let mut tenants = Vec::new();
    for n in 0..6 {
        tenants.push(world.tenant(&format!("t{n}")).await);
    }
    let server = world.serve().await;
    let root = staff(&world, &server, "root").await;
    let run = begin(&world, &root, &["t0", "t1", "t2", "t3", "t4", "t5"]).await;
    let dying = world.store.claim_job().await.expect("asked").expect("a due job");
    assert_eq!(dying.kind, JobKind::Bulk);
    for _ in 0..2 {
        assert!(world.store.bulk_step(&dying).await.expect("a step"));
    }
    // In the middle of the third, nothing of which is kept.
    {
        let third = world.store.bulk_step(&dying);
        tokio::pin!(third);
        let soon = tokio::time::timeout(std::time::Duration::from_millis(1), &mut third).await;
        assert!(soon.is_err(), "it takes longer than that");
    }
    assert!(world.store.claim_job().await.expect("asked").is_none(), "its lease stands");
    world.sql("update jobs set run_at = now() where state = 'running'").await;
    work_off(&world.store, &mailer(None)).await;
    assert!(world.store.bulk_step(&dying).await.is_err(), "who lost the lease does nothing any more");
    for tenant in &tenants {
        assert_eq!((tenant.status().await, tenant.count("audit_events where action = 'tenant.suspended'").await), ("suspended".into(), 1));
    }
    assert_eq!(texts(&page(&root, &run).await, ".tabs a"), ["All 6", "Done 6", "Refused 0"]);
    world.finish().await;
}

#[tokio::test]
async fn who_is_no_admin_any_more_gets_no_further() {
    let world = World::start().await;
    let (one, two) = (world.tenant("one").await, world.tenant("two").await);
    let server = world.serve().await;
    let (root, other) = (staff(&world, &server, "root").await, staff(&world, &server, "other").await);
    let run = begin(&world, &root, &["one", "two"]).await;
    let job = world.store.claim_job().await.expect("asked").expect("a due job");
    assert!(world.store.bulk_step(&job).await.expect("a step"));
    world.sql("delete from platform_admins a using users u where u.id = a.user_id and u.email = 'root@tenantry.example'").await;
    while world.store.bulk_step(&job).await.expect("a step") {}
    assert_eq!((one.status().await, two.status().await), ("suspended".into(), "active".into()));
    let after = lines(&other, &run).await;
    assert_eq!(is(&after), [("one", "Done"), ("two", "Refused")]);
    assert_eq!(after[1].2, "Whoever began this may not do it any more.");
    world.finish().await;
}
