//! What a tenant's people are told by mail, and who is.

use tenantry::domain::role::Role;
use tenantry::jobs::work_off;

use super::keep_all;
use crate::world::World;
use crate::world::smtp::Smtp;

#[tokio::test]
async fn owners_and_admins_are_told_of_a_limit_by_its_highest_threshold() {
    let world = World::start().await;
    let mut smtp = Smtp::start().await;
    let acme = world.tenant("acme").with("ada", Role::Admin).with("mel", Role::Member).with("vi", Role::Viewer).await;
    world.sql("delete from jobs").await;
    let id = acme.id;
    world.sql(&format!("insert into usage_levels (tenant_id, meter, amount) values ('{id}', 'storage', 91000000000)")).await;
    assert_eq!(acme.count("jobs where kind = 'notice_mail'").await, 2, "80 and 90 per cent");
    work_off(&world.store, &smtp.mailer()).await;
    let mut told = Vec::new();
    for _ in 0..2 {
        let mail = smtp.next().await;
        assert_eq!(mail.header("subject"), "ACME acme: 90 % of the limit of storage is used");
        assert!(mail.text.contains("Storage: 91 GB of 100 GB are used.") && mail.link().ends_with("/t/acme/usage"), "{}", mail.text);
        told.extend(mail.recipients);
    }
    told.sort();
    assert_eq!(told, ["ada@acme.example", "owner@acme.example"]);
    assert_eq!(acme.count("jobs where kind = 'notice_mail' and state = 'done'").await, 2);
    assert_eq!(acme.count("jobs where kind = 'mail'").await, 2);
    world.finish().await;
}

#[tokio::test]
async fn the_people_of_a_closed_tenant_are_told_nothing() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    world.sql("delete from jobs").await;
    world.sql(&format!("insert into usage_levels (tenant_id, meter, amount) values ('{}', 'storage', 91000000000)", acme.id)).await;
    let mut console = world.console().await;
    console.suspend_tenant(&acme.slug, &"unpaid".parse().expect("a reason")).await.expect("suspended");
    console.commit().await.expect("committed");
    keep_all(&world).await;
    assert_eq!(acme.count("jobs where kind = 'notice_mail' and state = 'done'").await, 2);
    assert_eq!(acme.count("jobs where kind = 'mail'").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn a_mail_goes_with_its_tenant_and_an_old_one_with_time() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    keep_all(&world).await;
    assert_eq!(acme.count("jobs where kind = 'mail' and state = 'done'").await, 2, "the owner's invite and welcome");
    world.sql("update jobs set ended_at = now() - interval '29 days'").await;
    world.store.sweep().await.expect("swept");
    assert_eq!(acme.count("jobs").await, 2);
    world.sql("update jobs set ended_at = now() - interval '31 days'").await;
    assert!(world.store.sweep().await.expect("swept") > 0);
    assert_eq!((acme.count("jobs").await, world.number("select count(*) from mails").await), (0, 0));
    world.finish().await;
}
