//! The life of a tenant on its page of the console: what each step would do, and what it does.

use crate::staff::{done, refused, staff};
use crate::world::World;

#[tokio::test]
async fn each_step_says_beforehand_what_it_comes_to() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("vi", tenantry::domain::role::Role::Viewer).await;
    let _key = acme.key("one").await;
    world
        .sql(&format!(
            "insert into agents (tenant_id, name, model) select '{id}', 'agent ' || n, 'm' from generate_series(1, 3) n;
             insert into invites (tenant_id, email, role, token_hash, invited_by, expires_at)
             values ('{id}', 'guest@acme.example', 'viewer', sha256('guest'), 'test', now() + interval '1 day')",
            id = acme.id
        ))
        .await;
    let root = staff(&world, &world.serve().await).await;
    let page = root.get("/admin/tenants/acme").await.body;
    assert!(page.contains("2 members, 1 API key and 1 open invite"), "{page}");
    assert!(page.contains("removed for good: 3 agents,"), "{page}");
    for missing in ["Extend trial", "Payment arrived", "Restore"] {
        assert!(!page.contains(missing), "{missing} is not for an active tenant");
    }
    world.finish().await;
}

#[tokio::test]
async fn owners_are_told_of_a_suspension_when_that_is_asked_for() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let root = staff(&world, &world.serve().await).await;
    let mails = "select count(*) from mails where recipient = 'owner@acme.example' and subject like '%is suspended%'";
    done(&root, "/fn/tenants/suspend", &[("slug", "acme"), ("reason", "a pause")]).await;
    assert_eq!(world.number(mails).await, 0, "the box was not ticked");
    done(&root, "/fn/tenants/resume", &[("slug", "acme")]).await;
    done(&root, "/fn/tenants/suspend", &[("slug", "acme"), ("reason", "a pause"), ("tell", "on")]).await;
    done(&root, "/fn/tenants/suspend-unpaid", &[("slug", "acme"), ("owed", "two invoices"), ("tell_unpaid", "on")]).await;
    assert_eq!(world.number(mails).await, 2);
    let told = world.text("select string_agg(letter::text, ' ') from mails where subject like '%is suspended%'").await;
    assert!(told.contains("a pause") && told.contains("two invoices"), "{told}");
    let here = "/admin/tenants/acme";
    done(&root, "/fn/tenants/resume", &[("slug", "acme")]).await;
    assert_eq!(refused(&root, "/fn/tenants/suspend", here, &[("slug", "acme"), ("reason", " ")]).await, ["reason"]);
    assert_eq!(acme.status().await, "suspended", "for non-payment");
    world.finish().await;
}

#[tokio::test]
async fn a_trial_is_extended_and_its_job_with_it() {
    let world = World::start().await;
    let acme = world.tenant("acme").trial(3).await;
    let root = staff(&world, &world.serve().await).await;
    let here = "/admin/tenants/acme";
    let day = async |days: i64| world.text(&format!("select (today() + {days})::text")).await;
    for wrong in ["", "soon", "2020-01-01", &day(1).await, &day(400).await] {
        let form = [("slug", "acme"), ("trial_until", wrong)];
        assert_eq!(refused(&root, "/fn/tenants/extend-trial", here, &form).await, ["trial_until"], "{wrong}");
    }
    let page = done(&root, "/fn/tenants/extend-trial", &[("slug", "acme"), ("trial_until", &day(20).await)]).await;
    assert!(page.body.contains("The trial is extended."), "{}", page.body);
    let ends = "select count(*) from tenants t join jobs j on j.tenant_id = t.id and j.kind = 'end_trial' and j.run_at = t.trial_ends_at
                where t.trial_ends_at = (today() + 21)::timestamp at time zone 'utc'";
    assert_eq!((world.number(ends).await, acme.count("jobs where kind = 'end_trial'").await), (1, 1));
    assert_eq!(acme.count("audit_events where action = 'tenant.trial_extended'").await, 1);
    // Its job is gone already, as after one that ran a moment before: another one is queued.
    world.sql("update jobs set state = 'done', ended_at = now() where kind = 'end_trial'").await;
    done(&root, "/fn/tenants/extend-trial", &[("slug", "acme"), ("trial_until", &day(30).await)]).await;
    assert_eq!(acme.count("jobs where kind = 'end_trial' and state = 'queued'").await, 1);

    let page = done(&root, "/fn/tenants/convert-trial", &[("slug", "acme")]).await;
    assert!(page.body.contains("The trial is over"), "{}", page.body);
    assert_eq!(acme.status().await, "active");
    assert_eq!(acme.count("billing_days where day = today() and pays").await, 1, "it is billed from today on");
    assert_eq!(root.fetch("/fn/tenants/convert-trial", &[("slug", "acme")]).await.status, 409, "once");
    assert_eq!(root.fetch("/fn/tenants/extend-trial", &[("slug", "acme"), ("trial_until", &day(60).await)]).await.status, 409);
    world.finish().await;
}

#[tokio::test]
async fn a_deleted_tenants_page_opens_for_staff_and_restores_it() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let server = world.serve().await;
    let (root, owner) = (staff(&world, &server).await, server.sign_in("owner@acme.example").await);
    let here = "/admin/tenants/acme";
    let wrong = [("slug", "acme"), ("confirm_slug", "acme corp")];
    assert_eq!(refused(&root, "/fn/tenants/delete", here, &wrong).await, ["confirm_slug"]);
    assert_eq!(acme.status().await, "active");
    let page = done(&root, "/fn/tenants/delete", &[("slug", "acme"), ("confirm_slug", "acme"), ("tell_deleted", "on")]).await;
    for text in ["Deleted. Nothing of it is lost yet.", "it can be restored as it was.", "/admin/tenants/acme/purge", "Restore"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    assert_eq!(world.number("select count(*) from mails where recipient = 'owner@acme.example' and subject like '%was deleted%'").await, 1);
    assert_eq!(owner.get("/t/acme").await.status, 404);
    for gone in ["users", "quotas", "usage", "billing", "features", "branding", "domains", "settings"] {
        assert_eq!(root.get(&format!("{here}/{gone}")).await.status, 404, "{gone}");
        assert!(!page.body.contains(&format!("{here}/{gone}\"")), "no tab leads to {gone}");
    }
    let page = done(&root, "/fn/tenants/restore", &[("slug", "acme")]).await;
    assert!(page.body.contains("Restored, as it was."), "{}", page.body);
    assert_eq!(owner.get("/t/acme").await.status, 200);
    assert_eq!(root.fetch("/fn/tenants/restore", &[("slug", "acme")]).await.status, 409, "once");

    done(&root, "/fn/tenants/delete", &[("slug", "acme"), ("confirm_slug", "acme")]).await;
    world.sql("update tenants set purge_after = now()").await;
    let page = root.get(here).await;
    assert!(page.body.contains("Its 30 days are over.") && !page.body.contains("Restore"), "{}", page.body);
    world.finish().await;
}

#[tokio::test]
async fn the_page_says_what_asks_for_somebody() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let root = staff(&world, &world.serve().await).await;
    acme.open::<tenantry::domain::capability::ViewTenant>("owner").await.expect("open").commit().await.expect("noted");
    let page = root.get("/admin/tenants/acme").await.body;
    assert!(page.contains("nothing asks for you"), "{page}");
    world
        .sql(&format!(
            r#"insert into jobs (tenant_id, kind, payload, run_at, state, ended_at) values ('{id}', 'check_domain', '{{}}', now(), 'failed', now());
               select mail_post('{id}', 'gone@acme.example', 'notice', 'Told', '{{"kind": "notice", "subject": "Told", "paragraphs": [], "page": null}}');
               update mails set outcome = 'bounced', outcome_at = now() where recipient = 'gone@acme.example';
               insert into domains (tenant_id, name, token, state, missing_since, added_by)
               values ('{id}', 'lost.acme.example', repeat('0', 64), 'lost', now() - interval '3 days', 'test');
               insert into usage_levels (tenant_id, meter, amount) values ('{id}', 'storage', 99000000000);
               insert into unusual_days (tenant_id, meter, day, amount, mean) values ('{id}', 'tokens', today(), 900, 100)"#,
            id = acme.id
        ))
        .await;
    let page = root.get("/admin/tenants/acme").await.body;
    for text in ["5 to look at", "1 failed job", "1 bounced mail", "lost.acme.example", "Storage 99 %", "Tokens on"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    world.finish().await;
}
