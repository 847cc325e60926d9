//! An owner takes everything out of their tenant: with the password once more, made by a job, got once.

use reqwest::Method;
use tenantry::domain::role::Role;

use super::{tables, work};
use crate::resources::shelf::Shelf;
use crate::world::World;
use crate::world::http::Browser;
use crate::world::people::PASSWORD;

async fn ask(browser: &Browser, password: &str) -> u16 {
    browser.fetch("/fn/moving/export", &[("tenant", "acme"), ("export_password", password)]).await.status
}

async fn newest(world: &World) -> String {
    world.text("select id::text from exports order by id desc limit 1").await
}

async fn download(browser: &Browser, export: &str, password: &str) -> crate::world::http::Reply {
    let form = [("export", export), ("download_password", password)];
    browser.ask(Method::POST, "/t/acme/export/download").form(&form).header("accept", "*/*").send().await
}

#[tokio::test]
async fn an_owner_asks_gets_a_mail_and_the_archive_once() {
    let (world, shelf) = (World::start().await, Shelf::default());
    let store = shelf.under(&world.store);
    let acme = world.tenant("acme").with("otto", Role::Owner).with("ada", Role::Admin).await;
    let rival = world.tenant("rival").await;
    let server = world.serve_with(store.clone(), |app| app).await;
    let (owner, otto, ada) =
        (server.sign_in("owner@acme.example").await, server.sign_in("otto@acme.example").await, server.sign_in("ada@acme.example").await);
    assert_eq!((ask(&ada, PASSWORD).await, ada.get("/t/acme/export").await.status), (403, 403), "not an admin");
    assert_eq!(
        (ask(&owner, "wrong").await, ask(&owner, "").await, acme.count("exports").await),
        (422, 422, 0),
        "the password has to be typed"
    );
    assert!(owner.get("/t/acme/settings").await.body.contains("href=\"/t/acme/export\""));
    let reply = owner.post("/fn/moving/export", &[("tenant", "acme"), ("export_password", PASSWORD)]).await;
    assert_eq!(reply.location(), "/t/acme/export?done=asked");
    assert!(owner.get(reply.location()).await.body.contains("Your archive is being made"));
    assert_eq!(ask(&otto, PASSWORD).await, 409, "one at a time");
    let export = newest(&world).await;
    assert_eq!(download(&owner, &export, PASSWORD).await.status, 409, "it is not there yet");
    work(&store).await;
    let page = owner.get("/t/acme/export").await;
    assert!(page.body.contains("Your archive is ready") && page.body.contains("It can be downloaded once"), "{}", page.everything());
    assert_eq!(
        world.texts("select recipient || ': ' || subject from mails where kind = 'notice'").await,
        ["owner@acme.example: The archive of ACME acme is ready"]
    );

    assert_eq!(download(&ada, &export, PASSWORD).await.status, 403);
    assert_eq!(download(&owner, &export, "wrong").await.status, 422);
    let stranger = server.sign_in("owner@rival.example").await;
    assert_eq!(download(&stranger, &export, PASSWORD).await.status, 404);
    let elsewhere = [("export", export.as_str()), ("download_password", PASSWORD)];
    assert_eq!(stranger.fetch("/t/rival/export/download", &elsewhere).await.status, 409, "another tenant's is not there");
    // Another owner may get it; two who click at once get it once.
    let (one, other) = tokio::join!(download(&owner, &export, PASSWORD), download(&otto, &export, PASSWORD));
    assert_eq!((one.status.min(other.status), one.status.max(other.status)), (200, 409));
    let got = if one.status == 200 { one } else { other };
    assert_eq!((got.header("content-type"), got.header("cache-control")), ("application/gzip", "no-store"));
    assert!(got.header("content-disposition").starts_with("attachment; filename=\"acme-"), "{}", got.header("content-disposition"));
    assert_eq!(download(&owner, &export, PASSWORD).await.status, 409, "once");
    let back =
        owner.ask(Method::POST, "/t/acme/export/download").form(&[("export", &export), ("download_password", PASSWORD)]).send().await;
    assert!(back.status == 303 && back.location().starts_with("/t/acme/export?__path=export/download&__err="), "{}", back.everything());
    assert!(owner.get(back.location()).await.body.contains("This archive is not there (any more). Ask for a new one."));
    for action in ["export.requested", "export.made", "export.downloaded"] {
        assert_eq!(acme.count(&format!("audit_events where action = '{action}'")).await, 1, "{action}");
    }
    assert_eq!(rival.count("exports").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn what_is_downloaded_is_the_archive_and_after_a_day_it_is_gone() {
    let (world, shelf) = (World::start().await, Shelf::default());
    let store = shelf.under(&world.store);
    let acme = super::furnished(&world, &store, "acme").await;
    let server = world.serve_with(store.clone(), |app| app).await;
    let owner = server.sign_in("owner@acme.example").await;
    let documents = shelf.keys().await;
    assert_eq!(ask(&owner, PASSWORD).await, 200);
    work(&store).await;
    let made = world.text("select file::text from exports").await;
    let key = format!("tenants/{}/exports/{made}", acme.id);
    assert!(shelf.keys().await.contains(&key), "{:?}", shelf.keys().await);
    let bytes = shelf.bytes(&key).await;
    assert_eq!(world.number("select size_bytes from exports").await, i64::try_from(bytes.len()).expect("small"));
    let folder = super::Folder::new();
    std::fs::write(folder.file("acme.tar.gz"), bytes).expect("written");
    assert_eq!(tables(&folder.file("acme.tar.gz"))["members"].len(), 4);
    while store.sweep_exports().await.expect("swept") > 0 {}
    assert!(shelf.keys().await.contains(&key), "it is kept for 24 hours");
    world.sql("update exports set expires_at = now()").await;
    assert_eq!(download(&owner, &newest(&world).await, PASSWORD).await.status, 409, "its time is over");
    while store.sweep_exports().await.expect("swept") > 0 {}
    assert_eq!(shelf.keys().await, documents, "its file is gone, and no other");
    assert!(owner.get("/t/acme/export").await.body.contains("Ran out"));
    // One whose job was given up has failed, and another can be asked for.
    assert_eq!(ask(&owner, PASSWORD).await, 200);
    world.sql("update jobs set state = 'failed', ended_at = now() where kind = 'make_export' and state = 'queued'").await;
    while store.sweep_exports().await.expect("swept") > 0 {}
    assert!(owner.get("/t/acme/export").await.body.contains("The last archive could not be made"));
    assert_eq!(ask(&owner, PASSWORD).await, 200);
    world.finish().await;
}

#[tokio::test]
async fn a_worker_that_dies_midway_is_followed_by_one_that_makes_it() {
    let (world, shelf) = (World::start().await, Shelf::default());
    let store = shelf.under(&world.store);
    let acme = super::furnished(&world, &store, "acme").await;
    let server = world.serve_with(store.clone(), |app| app).await;
    let owner = server.sign_in("owner@acme.example").await;
    let documents = shelf.keys().await.len();
    assert_eq!(ask(&owner, PASSWORD).await, 200);
    world.sql("delete from jobs where kind <> 'make_export'").await;
    shelf.fill(true);
    let job = store.claim_job().await.expect("the queue answers").expect("it is due");
    assert!(store.make_export(&job).await.is_err(), "the disk is full");
    shelf.fill(false);
    // Its lease runs out; who held it comes back late.
    world.sql("update jobs set run_at = now()").await;
    let second = store.claim_job().await.expect("the queue answers").expect("it is due again");
    store.make_export(&second).await.expect("made");
    assert!(store.make_export(&job).await.is_err(), "the first has lost it");
    assert_eq!((shelf.keys().await.len(), acme.count("exports where state = 'ready'").await), (documents + 1, 1));
    assert_eq!(acme.count("audit_events where action = 'export.made'").await, 1);
    world.finish().await;
}
