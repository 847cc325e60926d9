//! The three steps: what is typed stays, in this browser and as it was.

use super::{ACME, Entry, begin, fill_in, mailed_token};
use crate::world::World;
use crate::world::people::PASSWORD;

#[tokio::test]
async fn the_first_step_that_is_not_done_opens_and_all_that_was_typed_is_there() {
    let world = World::start().await;
    let server = world.serve().await;
    let browser = server.browser();
    assert!(browser.get("/signup").await.body.contains("<h1>Sign up"));
    assert!(browser.get("/signup?step=mail").await.body.contains("<h1>Sign up"), "no step is jumped over");
    let wrong = browser.fetch("/fn/signup/company", &[("name", "<b>Acme"), ("slug", "Not A Slug")]).await;
    assert!(
        wrong.status == 422 && wrong.body.contains("\"field\":\"name\"") && wrong.body.contains("\"field\":\"slug\""),
        "{}",
        wrong.body
    );
    let page = browser.get("/signup").await.body;
    assert!(page.contains("&lt;b&gt;Acme") && page.contains("Not A Slug"), "what was wrong is kept too: {page}");

    begin(&browser, ACME).await;
    let person = browser.get("/signup").await.body;
    assert!(person.contains("<h1>About you"), "{person}");
    let back = browser.post("/fn/signup/person", &[("name", "Nova"), ("email", "not yet"), ("go", "back")]).await;
    assert_eq!((back.status, back.location()), (303, "/signup?step=plan"));
    assert!(browser.get("/signup?step=company").await.body.contains("value=\"acme\""));
    let person = browser.get("/signup?step=you").await.body;
    assert!(person.contains("value=\"Nova\"") && person.contains("value=\"not yet\""), "{person}");
    fill_in(&browser, ACME).await;
    let mailbox = browser.get("/signup").await.body;
    assert!(mailbox.contains("<h1>Look into your mailbox") && mailbox.contains(ACME.email), "{mailbox}");

    // Another browser knows nothing of it.
    let other = server.browser();
    assert!(!other.get("/signup").await.everything().contains("acme"));
    assert_eq!(other.fetch("/fn/signup/resend", &[]).await.status, 200);
    assert_eq!(world.number("select count(*) from mails").await, 1);
    browser.post("/fn/signup/restart", &[]).await;
    assert!(browser.get("/signup").await.body.contains("<h1>Sign up"), "begun anew");
    world.finish().await;
}

#[tokio::test]
async fn a_cookie_that_somebody_changed_is_no_form() {
    let world = World::start().await;
    let server = world.serve().await;
    let browser = server.browser();
    fill_in(&browser, ACME).await;
    let kept = browser.cookie("signup").expect("kept in a cookie");
    for n in [0, 5, 23, kept.len() / 2, kept.len() - 3] {
        let mut changed = kept.clone().into_bytes();
        changed[n] = if changed[n] == b'A' { b'B' } else { b'A' };
        let thief = server.browser();
        thief.set_cookie("signup", &String::from_utf8(changed).expect("ASCII"));
        let page = thief.get("/signup").await;
        assert!(page.status == 200 && page.body.contains("<h1>Sign up") && !page.body.contains(ACME.email), "byte {n}");
    }
    let own = server.browser();
    own.set_cookie("signup", &kept);
    assert!(own.get("/signup").await.body.contains(ACME.email), "the control: unchanged it is the form");
    assert!(browser.get("/signup").await.headers.get("set-cookie").is_none(), "looking changes nothing");
    world.finish().await;
}

#[tokio::test]
async fn a_form_that_is_sent_twice_is_one_sign_up_and_one_mail() {
    let world = World::start().await;
    let server = world.serve().await;
    let browser = server.browser();
    begin(&browser, ACME).await;
    let clicks: Vec<_> = (0..10)
        .map(|_| {
            let browser = browser.clone();
            tokio::spawn(async move { browser.post("/fn/signup/person", &[("name", "Nova New"), ("email", ACME.email)]).await })
        })
        .collect();
    for click in clicks {
        let reply = click.await.expect("no panic");
        assert_eq!((reply.status, reply.location()), (303, "/signup?step=mail"), "{}", reply.everything());
    }
    assert_eq!(world.number("select count(*) from signups").await, 1);
    assert_eq!(world.number("select count(*) from mails").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn another_mail_goes_after_two_minutes_with_the_same_link_and_to_another_address_with_another() {
    let world = World::start().await;
    let server = world.serve().await;
    let browser = server.browser();
    fill_in(&browser, ACME).await;
    let first = mailed_token(&world).await;
    let soon = browser.fetch("/fn/signup/resend", &[]).await;
    assert!(soon.status == 429 && soon.body.contains("seconds"), "{}", soon.body);
    let told = browser
        .ask(reqwest::Method::POST, "/fn/signup/resend")
        .form(&[])
        .header("referer", &format!("http://{}/signup", server.host))
        .send()
        .await;
    assert!(told.location().starts_with("/signup?__path="), "{}", told.everything());
    assert!(browser.get(told.location()).await.body.contains("A mail went out a moment ago"));
    // Nor from a form in another browser.
    fill_in(&server.browser(), Entry { slug: "acme-two", ..ACME }).await;
    assert_eq!(world.number("select count(*) from mails").await, 1);
    world.sql("update signups set mailed_at = mailed_at - interval '2 minutes'").await;
    let again = browser.post("/fn/signup/resend", &[]).await;
    assert_eq!((again.status, again.location()), (303, "/signup?step=mail&done=sent"));
    assert_eq!((world.number("select count(*) from mails").await, mailed_token(&world).await), (2, first.clone()));

    let reply = browser.post("/fn/signup/person", &[("name", "Nova New"), ("email", "other@acme.example")]).await;
    assert_eq!(reply.location(), "/signup?step=mail");
    let second = mailed_token(&world).await;
    let (old, new) = (browser.get(&format!("/signup/{first}")).await, browser.get(&format!("/signup/{second}")).await);
    assert_eq!((old.status, new.status), (410, 200), "who has the first mailbox has proved nothing of the second");
    assert!(new.body.contains("other@acme.example"));
    assert!(super::complete(&browser, &first).await.location().contains("__err"));
    assert_eq!(super::tenants(&world).await, 0);
    // Back and forth sends no second mail to either.
    browser.post("/fn/signup/person", &[("name", "Nova New"), ("email", ACME.email)]).await;
    browser.post("/fn/signup/person", &[("name", "Nova New"), ("email", "other@acme.example")]).await;
    assert_eq!(world.number("select count(*) from mails").await, 3);
    world.finish().await;
}

/// security.md, H2: an account is nothing that others may find out.
#[tokio::test]
async fn the_answer_is_the_same_whether_the_address_has_an_account_or_not() {
    let world = World::start().await;
    world.account("taken@acme.example").await;
    let server = world.serve().await;
    let mut answers = Vec::new();
    for email in ["taken@acme.example", "fresh@acme.example"] {
        let browser = server.browser();
        begin(&browser, ACME).await;
        let reply = browser.fetch("/fn/signup/person", &[("name", "Nova New"), ("email", email)]).await;
        let page = browser.get("/signup").await;
        let nonce =
            page.header("content-security-policy").split('\'').find_map(|part| part.strip_prefix("nonce-")).expect("a nonce").to_owned();
        answers.push((reply.status, reply.body, page.body.replace(email, "EMAIL").replace(&nonce, "NONCE")));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(world.number("select count(*) from mails").await, 2);
    world.finish().await;
}

#[tokio::test]
async fn the_public_learns_of_a_slug_whether_it_is_free_and_not_too_often() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve_slowly(1).await;
    let browser = server.browser();
    for (slug, answer) in [
        ("acme", "“acme” is taken. Choose another."),
        ("free", ""),
        ("Not A Slug", "Use lower-case letters, digits and hyphens only; begin and end with a letter or digit."),
        ("signup", "This word is reserved for the platform. Choose another."),
    ] {
        let reply = browser.fetch("/fn/signup/check-slug", &[("slug", slug)]).await;
        assert_eq!((reply.status, serde_json::from_str::<String>(&reply.body).expect("a text").as_str()), (200, answer), "{slug}");
    }
    let mut refused = 0;
    for _ in 0..20 {
        let reply = browser.fetch("/fn/signup/check-slug", &[("slug", "free")]).await;
        refused += i32::from(reply.status == 429);
    }
    assert!(refused >= 8, "{refused}");

    // Taken is taken, and said beside its field.
    let server = world.serve().await;
    let browser = server.browser();
    let taken = browser.fetch("/fn/signup/company", &[("name", "Acme"), ("slug", "acme")]).await;
    assert!(taken.status == 422 && taken.body.contains("is taken"), "{}", taken.body);
    let page = browser.get("/signup").await.body;
    assert!(page.contains("<h1>Sign up") && page.contains("is taken"), "the step stays open: {page}");
    world.finish().await;
}

#[tokio::test]
async fn only_plans_that_people_choose_themselves_can_be_chosen() {
    let world = World::start().await;
    let server = world.serve().await;
    let browser = server.browser();
    browser.post("/fn/signup/company", &[("name", "Acme"), ("slug", "acme")]).await;
    let page = browser.get("/signup").await.body;
    assert!(page.contains("Choose Starter") && page.contains("mailto:support@localhost?subject="), "{page}");
    for plan in ["enterprise", "platinum", ""] {
        assert_eq!(browser.fetch("/fn/signup/plan", &[("plan", plan)]).await.status, 422, "{plan}");
    }
    assert_eq!(browser.fetch("/fn/signup/plan", &[("plan", "starter")]).await.status, 200);
    // Not sold any more between the second step and the third: back to the second, with all else kept.
    world.sql("update plans set archived_at = now() where key = 'starter'").await;
    let person = browser.post("/fn/signup/person", &[("name", "Nova New"), ("email", ACME.email)]).await;
    assert_eq!((person.location(), world.number("select count(*) from mails").await), ("/signup?step=plan", 0));
    browser.post("/fn/signup/plan", &[("plan", "pro")]).await;
    assert!(browser.get("/signup").await.body.contains(ACME.email));
    world.finish().await;
}

#[tokio::test]
async fn somebody_who_is_signed_in_finds_name_and_address_filled_in() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let browser = world.serve().await.sign_in("owner@acme.example").await;
    begin(&browser, Entry { slug: "acme-two", ..ACME }).await;
    let page = browser.get("/signup").await.body;
    assert!(page.contains("value=\"owner@acme.example\"") && page.contains("value=\"Nova New\""), "{page}");
    world.finish().await;
}

#[tokio::test]
async fn where_nobody_may_sign_up_pages_and_functions_are_not_there() {
    let world = World::start().await;
    let (closed, open) = (world.serve_closed().await, world.serve().await);
    let token = super::link_for(&world, &open.browser(), ACME).await;
    let browser = closed.browser();
    for path in ["/signup".to_owned(), format!("/signup/{token}")] {
        let page = browser.get(&path).await;
        assert!(page.status == 404 && page.body.contains("Sign-up is closed") && page.body.contains("support@localhost"), "{}", page.body);
    }
    for (function, fields) in [
        ("company", &[("name", "Acme"), ("slug", "acme")][..]),
        ("check-slug", &[("slug", "acme")]),
        ("plan", &[("plan", "pro")]),
        ("person", &[("name", "Nova"), ("email", "a@b.example")]),
        ("resend", &[]),
        ("restart", &[]),
        ("complete", &[("token", token.as_str()), ("password", PASSWORD)]),
    ] {
        assert_eq!(browser.fetch(&format!("/fn/signup/{function}"), fields).await.status, 404, "{function}");
    }
    assert!(!browser.get("/login").await.body.contains("/signup") && open.browser().get("/login").await.body.contains("/signup"));
    let portal = open.browser_at(&open.portal("acme"));
    assert_eq!(super::complete(&open.browser(), &token).await.status, 303, "the control");
    assert!(!portal.get("/login").await.body.contains("/signup"), "at a tenant's own host people do not sign up");
    world.finish().await;
}
