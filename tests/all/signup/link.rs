//! The link in the mail makes the tenant: for its person, once, while it is fresh.

use tenantry::jobs::work_off;

use super::{ACME, Entry, complete, link_for, tenants};
use crate::mail::keep_all;
use crate::world::World;
use crate::world::people::PASSWORD;
use crate::world::smtp::mailer;

#[tokio::test]
async fn somebody_new_signs_up_and_owns_a_tenant_in_a_trial() {
    let world = World::start().await;
    let server = world.serve().await;
    let browser = server.browser();
    let token = link_for(&world, &browser, ACME).await;
    assert_eq!(tenants(&world).await, 0, "nothing is made before the address is proved");
    // The mail is opened on another machine.
    let phone = server.browser();
    let page = phone.get(&format!("/signup/{token}")).await;
    assert!(page.status == 200 && page.body.contains("14 days free, then $49 a month"), "{}", page.body);
    let short = phone.fetch("/fn/signup/complete", &[("token", &token), ("password", "short")]).await;
    assert!(short.status == 422 && short.body.contains("\"field\":\"password\"") && !short.body.contains("short\""), "{}", short.body);

    let done = complete(&phone, &token).await;
    assert_eq!((done.status, done.location()), (303, "/t/acme/setup?done=welcome"), "{}", done.everything());
    let wizard = phone.get(done.location()).await;
    assert!(wizard.status == 200 && wizard.body.contains("Your first agent"), "{}", wizard.body);

    let facts = "select concat_ws(' ', t.name, t.slug, t.status, p.key, t.owner_email, t.billing_email, m.role, u.name,
                   t.trial_ends_at between now() + interval '13 days' and now() + interval '15 days',
                   (select count(*) from jobs j where j.tenant_id = t.id and j.kind = 'end_trial' and j.run_at = t.trial_ends_at),
                   (select count(*) from billing_heads h where h.tenant_id = t.id))
                 from tenants t join plan_versions v on v.id = t.plan_version_id join plans p on p.id = v.plan_id
                 join members m on m.tenant_id = t.id join users u on u.id = m.user_id";
    assert_eq!(world.texts(facts).await, ["Acme acme trial pro nova@acme.example nova@acme.example owner Nova New t 1 1"]);
    let events = "select concat_ws(' ', actor_kind, actor, action, target) from audit_events";
    assert_eq!(world.texts(events).await, ["member nova@acme.example tenant.signed_up acme"]);
    let platform = "select concat_ws(' ', actor, action, target) from platform_events where action like 'tenant.%'";
    assert_eq!(world.texts(platform).await, ["nova@acme.example tenant.signed_up acme"]);
    assert!(phone.get("/t/acme/audit").await.body.contains("signed up"));
    assert_eq!(
        world.number("select count(*) from tenant_summaries where slug = 'acme' and status = 'trial'").await,
        1,
        "the console lists it"
    );
    keep_all(&world).await;
    let welcome = "select concat_ws(' ', m.recipient, m.subject, m.outcome, t.slug) from mails m join jobs j on j.id = m.id
                   join tenants t on t.id = j.tenant_id";
    assert_eq!(world.texts(welcome).await, ["nova@acme.example Welcome to Acme kept acme"]);

    // The browser that it began in says so, and begins anew when asked.
    let first = browser.get("/signup").await;
    assert!(first.body.contains("Acme is set up"), "{}", first.body);
    server.sign_in("nova@acme.example").await;
    world.finish().await;
}

#[tokio::test]
async fn an_account_signs_up_for_another_tenant_signed_in_and_nobody_else_does() {
    let world = World::start().await;
    let (_one, _globex) = (world.tenant("one").await, world.tenant("globex").await);
    let server = world.serve().await;
    let entry = Entry { plan: "free", email: "owner@one.example", ..ACME };
    let token = link_for(&world, &server.browser(), entry).await;
    let path = format!("/signup/{token}");

    let nobody = server.browser();
    let page = nobody.get(&path).await;
    assert!(
        page.status == 200 && page.body.contains("/login?next=%2Fsignup%2F") && !page.body.contains("type=\"password\""),
        "{}",
        page.body
    );
    let other = server.sign_in("owner@globex.example").await;
    let page = other.get(&path).await;
    assert!(page.status == 403 && page.body.contains("owner@one.example") && page.body.contains("Sign out"), "{}", page.body);
    for browser in [&nobody, &other] {
        let reply = browser.fetch("/fn/signup/complete", &[("token", &token), ("password", PASSWORD)]).await;
        assert_eq!(reply.status, 403, "{}", reply.body);
    }
    assert_eq!(tenants(&world).await, 2);

    let own = server.sign_in("owner@one.example").await;
    let before = own.cookie("session");
    let done = own.post("/fn/signup/complete", &[("token", &token)]).await;
    assert_eq!((done.status, done.location()), (303, "/t/acme/setup?done=welcome"), "{}", done.everything());
    assert_ne!(own.cookie("session"), before, "more power, another id");
    assert_eq!(own.get("/t/acme").await.status, 200);
    assert_eq!(world.text("select status || ' ' || (trial_ends_at is null) from tenants where slug = 'acme'").await, "active true");
    assert_eq!(world.number("select count(*) from users where email = 'owner@one.example'").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn a_link_that_was_used_has_run_out_or_was_made_up_says_so() {
    let world = World::start().await;
    let server = world.serve().await;
    let browser = server.browser();
    let token = link_for(&world, &browser, ACME).await;
    let path = format!("/signup/{token}");
    world.sql("update signups set expires_at = now() - interval '1 second'").await;
    let late = browser.get(&path).await;
    assert!(late.status == 410 && late.body.contains("This link has run out") && late.body.contains("/signup\""), "{}", late.body);
    assert_eq!(browser.fetch("/fn/signup/complete", &[("token", &token), ("password", PASSWORD)]).await.status, 409);
    assert_eq!(tenants(&world).await, 0);
    // One button sends a new one, and with it the old one is over.
    assert!(browser.get("/signup").await.body.contains("The link has run out"));
    world.sql("update signups set mailed_at = now() - interval '1 day'").await;
    browser.post("/fn/signup/resend", &[]).await;
    let token = super::mailed_token(&world).await;
    assert_eq!(browser.get(&path).await.status, 404);

    assert_eq!(complete(&browser, &token).await.status, 303);
    let used = browser.get(&format!("/signup/{token}")).await;
    assert!(used.status == 410 && used.body.contains("This link was used already") && used.body.contains("/t/acme"), "{}", used.body);
    let used = browser.fetch("/fn/signup/complete", &[("token", &token), ("password", PASSWORD)]).await;
    assert_eq!((used.status, tenants(&world).await), (409, 1));

    // What is somebody else's link of another kind is nothing here, like what nobody has.
    let globex = world.tenant("globex").not_set_up().await;
    let stranger = server.browser();
    let mut bodies = Vec::new();
    for token in [globex.setup.reveal().to_owned(), "x".repeat(43), "short".to_owned()] {
        let page = stranger.get(&format!("/signup/{token}")).await;
        let nonce =
            page.header("content-security-policy").split('\'').find_map(|part| part.strip_prefix("nonce-")).expect("a nonce").to_owned();
        bodies.push((page.status, page.body.replace(&nonce, "")));
        assert_eq!(stranger.fetch("/fn/signup/complete", &[("token", &token), ("password", PASSWORD)]).await.status, 409);
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]) && bodies[0].0 == 404);
    world.finish().await;
}

#[tokio::test]
async fn what_is_not_to_be_had_any_more_is_asked_for_anew_beside_its_field() {
    let world = World::start().await;
    let server = world.serve().await;
    let browser = server.browser();
    let token = link_for(&world, &browser, ACME).await;
    let path = format!("/signup/{token}");
    world.tenant("acme").on("free").await;
    world.sql("update plans set archived_at = now() where key = 'pro'").await;
    let page = browser.get(&path).await.body;
    assert!(page.contains("Somebody took “acme” meanwhile") && page.contains("not sold any more"), "{page}");
    let send = async |slug: &str, plan: &str| {
        browser.fetch("/fn/signup/complete", &[("token", &token), ("password", PASSWORD), ("slug", slug), ("plan", plan)]).await
    };
    for (slug, plan, field) in [
        ("", "", "slug"),
        ("acme", "free", "slug"),
        ("Not A Slug", "free", "slug"),
        ("acme-two", "", "plan"),
        ("acme-two", "enterprise", "plan"),
    ] {
        let reply = send(slug, plan).await;
        assert!(reply.status == 422 && reply.body.contains(&format!("\"field\":\"{field}\"")), "{slug} {plan}: {}", reply.body);
        assert_eq!(tenants(&world).await, 1);
    }
    assert_eq!(send("acme-two", "starter").await.status, 200);
    assert_eq!(browser.get("/t/acme-two/setup").await.status, 200);
    world.finish().await;
}

#[tokio::test]
async fn a_mail_that_cannot_be_sent_undoes_no_tenant() {
    let world = World::start().await;
    let server = world.serve().await;
    let browser = server.browser();
    let token = link_for(&world, &browser, ACME).await;
    assert_eq!(complete(&browser, &token).await.status, 303);
    let gone = mailer(Some("smtp://127.0.0.1:9"));
    work_off(&world.store, &gone).await;
    assert_eq!(world.texts("select j.state from mails m join jobs j on j.id = m.id where m.kind = 'signed_up'").await, ["queued"]);
    world.sql("update mails set outcome = 'bounced', outcome_at = now() where kind = 'signed_up'").await;
    assert_eq!((browser.get("/t/acme").await.status, world.text("select status from tenants").await.as_str()), (200, "trial"));
    world.finish().await;
}

#[tokio::test]
async fn sign_ups_are_forgotten_a_week_after_their_link_ran_out() {
    let world = World::start().await;
    let server = world.serve().await;
    for entry in [ACME, Entry { slug: "acme-two", email: "other@acme.example", ..ACME }] {
        super::fill_in(&server.browser(), entry).await;
    }
    world.sql("update signups set expires_at = now() - interval '8 days' where slug = 'acme'; update signups set expires_at = now() - interval '6 days' where slug = 'acme-two'").await;
    world.store.sweep().await.expect("swept");
    assert_eq!(world.texts("select slug from signups").await, ["acme-two"]);
    world.finish().await;
}

/// security.md, C7: links begin with the configured address, whatever a request says.
#[tokio::test]
async fn the_link_in_the_mail_does_not_follow_headers() {
    let world = World::start().await;
    let server = world.serve().await;
    let browser = server.browser();
    super::begin(&browser, ACME).await;
    let reply = browser
        .ask(reqwest::Method::POST, "/fn/signup/person")
        .form(&[("name", "Nova New"), ("email", ACME.email)])
        .header("x-forwarded-host", "evil.example")
        .header("forwarded", "host=evil.example")
        .send()
        .await;
    assert_eq!(reply.location(), "/signup?step=mail");
    assert_eq!(super::mailed_token(&world).await.len(), 43);
    assert_eq!(world.number("select count(*) from mails where letter::text like '%evil%'").await, 0);
    world.finish().await;
}
