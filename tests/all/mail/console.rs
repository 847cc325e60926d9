//! What platform admins see of mail and jobs, and do about them.

use tenantry::jobs::work_off;

use super::{invite, keep_all, quiet, states};
use crate::world::World;
use crate::world::http::{Browser, Server};
use crate::world::smtp::Smtp;

async fn root(world: &World, server: &Server) -> Browser {
    let root = world.account("root@tenantry.example").await;
    world.sql(&format!("insert into platform_admins (user_id) values ('{root}')")).await;
    server.sign_in("root@tenantry.example").await
}

async fn events(world: &World) -> Vec<String> {
    world.texts("select concat_ws(' ', action, target) from platform_events where action not like 'user.%' order by seq").await
}

#[tokio::test]
async fn a_kept_mail_is_shown_as_it_looks_with_a_link_that_works() {
    let world = World::start().await;
    let acme = quiet(&world, "acme").await;
    let server = world.serve().await;
    let root = root(&world, &server).await;
    invite(&acme, "nova@new.example").await;
    keep_all(&world).await;
    let list = root.get("/admin/mail").await;
    assert!(list.status == 200 && list.body.contains("nova@new.example") && list.body.contains("Join ACME acme"), "{}", list.body);
    let id = world.text("select id::text from mails").await;
    let page = root.get(&format!("/admin/mail/{id}")).await;
    let html = root.get(&format!("/admin/mail/{id}/html")).await;
    let base = format!("http://{}/invite/", server.host);
    for shown in [&page, &html] {
        let (_, rest) = shown.body.split_once(&format!("href=\"{base}")).expect("a link");
        let token = rest.split_once('"').expect("its end").0;
        assert_eq!(server.browser().get(&format!("/invite/{token}")).await.status, 200);
    }
    let policy = html.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && policy.contains("sandbox") && !policy.contains("script"), "{policy}");
    assert_eq!((html.header("x-frame-options"), page.header("x-frame-options")), ("SAMEORIGIN", "DENY"));
    world.finish().await;
}

/// It went to its recipient: staff who could read it could be that person.
#[tokio::test]
async fn the_link_of_a_mail_that_is_or_will_be_sent_is_not_shown() {
    let world = World::start().await;
    let mut smtp = Smtp::start().await;
    let _acme = quiet(&world, "acme").await;
    let server = world.serve().await;
    let root = root(&world, &server).await;
    server.browser().post("/fn/reset/request", &[("email", "owner@acme.example")]).await;
    keep_all(&world).await;
    let id = world.text("select id::text from mails").await;
    let (page, html) = (format!("/admin/mail/{id}"), format!("/admin/mail/{id}/html"));
    assert!(root.get(&page).await.body.contains("/reset/"), "kept: that is how it is read");
    assert_eq!(root.post("/fn/mail/send-again", &[("mail", &id)]).await.location(), format!("{page}?done=queued"));
    for sent in [false, true] {
        if sent {
            work_off(&world.store, &smtp.mailer()).await;
            assert!(smtp.next().await.link().contains("/reset/"));
        }
        for shown in [root.get(&page).await, root.get(&html).await] {
            assert!(shown.status == 200 && !shown.body.contains("/reset/") && shown.body.contains("went to the recipient only"), "{sent}");
        }
    }
    world.finish().await;
}

#[tokio::test]
async fn a_bounce_is_shown_with_what_the_server_said_and_can_be_sent_again() {
    let world = World::start().await;
    let mut smtp = Smtp::start().await;
    let acme = quiet(&world, "acme").await;
    let server = world.serve().await;
    let root = root(&world, &server).await;
    invite(&acme, "gone@new.example").await;
    invite(&acme, "busy@new.example").await;
    work_off(&world.store, &smtp.mailer()).await;
    for (state, shown, hidden) in [("bounced", "gone@", "busy@"), ("waiting", "busy@", "gone@"), ("sent", "No such mail", "@new.example")] {
        let list = root.get(&format!("/admin/mail?state={state}")).await;
        assert!(list.body.contains(shown) && !list.body.contains(hidden), "{state}: {}", list.body);
    }
    let id = world.text("select id::text from mails where recipient like 'gone%'").await;
    assert!(root.get(&format!("/admin/mail/{id}")).await.body.contains("There is no such mailbox here"));
    let waiting = world.text("select id::text from mails where recipient like 'busy%'").await;
    assert_eq!(root.fetch("/fn/mail/send-again", &[("mail", &waiting)]).await.status, 409);

    world.sql("update mails set recipient = 'nova@new.example' where recipient like 'gone%'").await;
    assert_eq!(root.fetch("/fn/mail/send-again", &[("mail", &id)]).await.status, 200);
    assert_eq!(states(&world, "nova@new.example").await, ["queued 0"]);
    work_off(&world.store, &smtp.mailer()).await;
    assert_eq!(smtp.next().await.recipients, ["nova@new.example"]);
    assert_eq!(events(&world).await, ["mail.sent_again nova@new.example"]);
    world.finish().await;
}

#[tokio::test]
async fn a_job_is_cancelled_tried_again_and_both_are_on_record() {
    let world = World::start().await;
    let acme = world.tenant("acme").trial(14).await;
    let server = world.serve().await;
    let root = root(&world, &server).await;
    let id = world.text("select id::text from jobs where kind = 'end_trial'").await;
    let list = root.get("/admin/jobs?kind=end_trial&state=queued").await;
    assert!(list.body.contains("End a trial") && list.body.contains("ACME acme"), "{}", list.body);
    assert_eq!(root.post("/fn/jobs/cancel", &[("job", &id)]).await.location(), "/admin/jobs?done=cancelled");
    world.sql(&format!("update tenants set trial_ends_at = now() where id = '{}'; update jobs set run_at = now()", acme.id)).await;
    keep_all(&world).await;
    assert_eq!(acme.status().await, "trial", "cancelled is not done");
    assert_eq!(root.fetch("/fn/jobs/cancel", &[("job", &id)]).await.status, 409);
    assert_eq!(root.fetch("/fn/jobs/retry", &[("job", &id)]).await.status, 200);
    keep_all(&world).await;
    assert_eq!(acme.status().await, "active");
    assert_eq!(root.fetch("/fn/jobs/retry", &[("job", &id)]).await.status, 409, "done is done");
    assert_eq!(root.fetch("/fn/jobs/retry", &[("job", &uuid::Uuid::nil().to_string())]).await.status, 404);
    assert_eq!(root.fetch("/fn/jobs/cancel", &[("job", "nonsense")]).await.status, 404);
    assert_eq!(events(&world).await, ["job.cancelled end_trial", "job.retried end_trial"]);
    world.finish().await;
}

#[tokio::test]
async fn lists_page_by_key_and_each_row_stands_once() {
    let world = World::start().await;
    let acme = quiet(&world, "acme").await;
    let server = world.serve().await;
    let root = root(&world, &server).await;
    let told = r#"{"kind": "notice", "subject": "Told", "paragraphs": [], "page": null}"#;
    world
        .sql(&format!(
            "select mail_post('{}', 'nova-' || to_char(n, 'fm00') || '@new.example', 'notice', 'Told', '{told}') from generate_series(0, 59) n",
            acme.id
        ))
        .await;
    let first = root.get("/admin/mail?state=waiting").await.body;
    let (_, rest) = first.split_once("rel=\"next\" href=\"").expect("a second page");
    let second = root.get(&rest.split_once('"').expect("its end").0.replace("&amp;", "&")).await.body;
    let shown = |body: &str| (0..60).filter(|n| body.contains(&format!("nova-{n:02}@"))).collect::<Vec<_>>();
    let (one, two) = (shown(&first), shown(&second));
    assert_eq!((one.len(), two.len(), two.iter().any(|n| one.contains(n))), (50, 10, false));
    assert!(!second.contains("rel=\"next\"") && second.contains("First page"));
    let jobs = root.get("/admin/jobs?kind=mail").await.body;
    assert_eq!((jobs.matches("Do it now").count(), jobs.contains("rel=\"next\"")), (50, true));
    for nonsense in ["/admin/mail?state=x&after=y", "/admin/jobs?state=x&kind=y&after=z", "/admin/mail/nonsense"] {
        let reply = root.get(nonsense).await;
        assert!(reply.status == 200 || reply.status == 404, "{nonsense}");
    }
    world.finish().await;
}
