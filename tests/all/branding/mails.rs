//! Mails in the look and the words of the tenant that they are from.

use tenantry::jobs::work_off;

use super::{acme, publish, save};
use crate::world::World;
use crate::world::smtp::mailer;

/// The newest mail of this kind, written out: subject and text.
async fn newest(world: &World, kind: &str) -> (String, String, String) {
    let root = world.account(&format!("root-{}@tenantry.example", uuid::Uuid::new_v4().simple())).await;
    world.sql(&format!("insert into platform_admins (user_id) values ('{root}')")).await;
    let admin = world.sign_in(root).await.platform_admin().expect("an admin");
    let id: uuid::Uuid =
        world.text(&format!("select id::text from mails where kind = '{kind}' order by id desc limit 1")).await.parse().expect("an id");
    let mail = world.store.platform_read(&admin).await.expect("open").get_mail(id.into()).await.expect("there");
    let base = url::Url::parse(crate::world::smtp::BASE).expect("an address");
    let written = world.store.write_out(&mail.letter, &mail.brand, &base, None, true);
    (written.subject, written.text, written.html)
}

#[tokio::test]
async fn an_invite_and_a_welcome_speak_with_the_tenants_words() {
    let world = World::start().await;
    let (tenant, owner) = acme(&world).await;
    let words = [
        ("name", "Acme Works"),
        ("accent", "#0b7285"),
        ("css", "h1{color:red}"),
        ("invite_subject", "{{tenant}} is waiting"),
        ("invite_body", "Dear colleague,\n\n{{invited_by}} wants you as {{role}}."),
        ("welcome_body", "Good to have you, {{name}}."),
    ];
    save(&owner, &words).await;
    let sample = owner.get("/t/acme/branding/mail/invite/mail.html").await;
    assert!(sample.body.contains("Acme Works is waiting") && sample.body.contains("Olga Owner wants you as member."), "{}", sample.body);
    assert!(sample.header("content-security-policy").contains("sandbox"));
    owner.post("/fn/team/invite", &[("tenant", "acme"), ("email", "nora@acme.example"), ("role", "member")]).await;
    assert!(newest(&world, "invite").await.1.contains("owner@acme.example invites you to"), "a draft speaks in nobody's mail");
    publish(&owner, &tenant).await;
    let (subject, text, html) = newest(&world, "invite").await;
    assert_eq!(subject, "Acme Works is waiting");
    assert!(text.starts_with("Dear colleague,\n\nowner@acme.example wants you as member.\n\nAccept the invite:\nhttp"), "{text}");
    assert!(text.contains("The link works once") && html.contains("#0b7285") && !html.contains("color:red"));

    let token = text.split("/invite/").nth(1).and_then(|rest| rest.lines().next()).expect("a link").parse().expect("a token");
    world.accept(&world.store, &token).await.expect("joined");
    let (subject, text, _) = newest(&world, "welcome").await;
    assert!(subject.starts_with("Welcome to ") && text.starts_with("Good to have you, Nova New.\n\n"), "{subject}: {text}");
    world.finish().await;
}

#[tokio::test]
async fn a_new_password_is_mailed_in_the_words_of_a_tenant_to_its_own_members_only() {
    let world = World::start().await;
    let (tenant, owner) = acme(&world).await;
    world.tenant("globex").await;
    save(&owner, &[("password_reset_subject", "{{tenant}}: a new password")]).await;
    publish(&owner, &tenant).await;
    let at_acme = owner.server.browser_at(&owner.server.portal("acme"));
    for (email, subject) in [("owner@acme.example", "ACME acme: a new password"), ("owner@globex.example", "Set a new password")] {
        assert_eq!(at_acme.post("/fn/reset/request", &[("email", email)]).await.status, 303);
        work_off(&world.store, &mailer(None)).await;
        assert_eq!(newest(&world, "password_reset").await.0, subject, "{email}");
    }
    let elsewhere = owner.server.browser();
    world.sql("delete from account_links").await;
    elsewhere.post("/fn/reset/request", &[("email", "owner@acme.example")]).await;
    work_off(&world.store, &mailer(None)).await;
    assert_eq!(newest(&world, "password_reset").await.0, "Set a new password", "the platform's own host speaks for itself");
    world.finish().await;
}
