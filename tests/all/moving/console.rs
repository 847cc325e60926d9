//! What staff do: archives and purges in the console, and by a platform key.

use reqwest::Method;
use tenantry::domain::receipt::SignedReceipt;

use super::work;
use crate::resources::shelf::Shelf;
use crate::world::World;
use crate::world::keys::KeyActor;
use crate::world::people::PASSWORD;
use crate::world::scene::{Actor, Scene};

async fn root(world: &World) -> &'static str {
    let root = world.account("root@tenantry.example").await;
    world.sql(&format!("insert into platform_admins (user_id) values ('{root}')")).await;
    "root@tenantry.example"
}

#[tokio::test]
async fn staff_get_an_archive_of_their_own_which_owners_do_not_see() {
    let (world, shelf) = (World::start().await, Shelf::default());
    let store = shelf.under(&world.store);
    let acme = super::furnished(&world, &store, "acme").await;
    let admin = root(&world).await;
    let server = world.serve_with(store.clone(), |app| app).await;
    let (staff, owner) = (server.sign_in(admin).await, server.sign_in("owner@acme.example").await);
    let asked = |password| [("slug", "acme"), ("export_password", password)];
    assert_eq!(owner.fetch("/fn/moving/export-tenant", &asked(PASSWORD)).await.status, 404);
    assert_eq!(staff.fetch("/fn/moving/export-tenant", &asked("wrong")).await.status, 422);
    assert_eq!(staff.post("/fn/moving/export-tenant", &asked(PASSWORD)).await.location(), "/admin/tenants/acme/export?done=asked");
    work(&store).await;
    assert!(staff.get("/admin/tenants/acme/export").await.body.contains("Your archive is ready"));
    assert!(owner.get("/t/acme/export").await.body.contains("No archives yet"));
    let export = world.text("select id::text from exports").await;
    let form = [("export", export.as_str()), ("download_password", PASSWORD)];
    assert_eq!(owner.fetch("/t/acme/export/download", &form).await.status, 409, "it is not the owners'");
    assert_eq!(
        staff.fetch("/admin/tenants/acme/export/download", &[("export", &export), ("download_password", "wrong")]).await.status,
        422
    );
    for _ in 0..2 {
        let got = staff.fetch("/admin/tenants/acme/export/download", &form).await;
        assert_eq!((got.status, got.header("content-type")), (200, "application/gzip"));
    }
    assert_eq!(acme.count("audit_events where action = 'export.downloaded' and actor_kind = 'platform_admin'").await, 2);
    // Nobody was told by mail: the owners see it in their audit log.
    assert_eq!(world.number("select count(*) from mails where kind = 'notice' and subject like 'The archive%'").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn a_platform_key_asks_waits_and_downloads() {
    let scene = Scene::set().await;
    let browser = scene.server.browser();
    let key = KeyActor::Platform.key().expect("a key");
    let path = "/api/v1/platform/tenants/acme/export";
    let archive = format!("{path}/archive");
    let call = async |method: Method, path: &str| browser.ask(method, path).bearer(&key).header("accept", "application/json").send().await;
    assert_eq!((call(Method::GET, path).await.status, call(Method::GET, &archive).await.status), (404, 409), "none was asked for");
    let asked = call(Method::POST, path).await;
    assert!(asked.status == 202 && asked.body.contains("\"state\":\"waiting\""), "{}", asked.everything());
    assert_eq!((call(Method::POST, path).await.status, call(Method::GET, &archive).await.status), (409, 409));
    work(&scene.world.store).await;
    let ready = call(Method::GET, path).await;
    assert!(ready.status == 200 && ready.body.contains("\"state\":\"ready\""), "{}", ready.everything());
    let got = call(Method::GET, &archive).await;
    assert_eq!((got.status, got.header("content-type")), (200, "application/gzip"));
    assert_eq!(call(Method::POST, "/api/v1/platform/tenants/nowhere/export").await.status, 404);
    assert_eq!(scene.a.count("audit_events where action like 'export.%' and actor_kind = 'platform_key'").await, 2);
    scene.finish().await;
}

#[tokio::test]
async fn staff_remove_a_deleted_tenant_and_get_a_receipt_that_holds() {
    let (world, shelf) = (World::start().await, Shelf::default());
    let store = shelf.under(&world.store);
    let acme = super::furnished(&world, &store, "acme").await;
    let admin = root(&world).await;
    let server = world.serve_with(store.clone(), |app| app).await;
    let staff = server.sign_in(admin).await;
    let purge = |typed, password| [("slug", "acme"), ("confirm_slug", typed), ("confirm_password", password)];
    assert!(staff.get("/admin/tenants/acme/purge").await.body.contains("It is not deleted"));
    assert_eq!(staff.fetch("/fn/moving/purge", &purge("acme", PASSWORD)).await.status, 409, "delete it first");
    let mut console = world.console().await;
    console.delete_tenant(&acme.slug).await.expect("deleted");
    console.commit().await.expect("committed");
    let page = staff.get("/admin/tenants/acme/purge").await;
    assert!(page.status == 200 && page.body.contains("Nothing brings it back"), "{}", page.everything());
    assert_eq!(staff.fetch("/fn/moving/purge", &purge("acme-2", PASSWORD)).await.status, 422);
    assert_eq!(staff.fetch("/fn/moving/purge", &purge("acme", "wrong")).await.status, 422);
    assert_eq!(world.number("select count(*) from jobs where kind = 'purge_tenant'").await, 0);
    assert_eq!(staff.post("/fn/moving/purge", &purge(" acme ", PASSWORD)).await.location(), "/admin/purged?done=asked");
    work(&store).await;
    assert_eq!((staff.get("/admin/tenants/acme/purge").await.status, world.number("select count(*) from tenants").await), (404, 0));
    let list = staff.get("/admin/purged").await;
    let id = world.text("select id::text from purges").await;
    let link = format!("/admin/purged/{id}/receipt.json");
    assert!(list.body.contains(&link) && list.body.contains(&store.receipt_public_key()), "{}", list.everything());
    let got = staff.get(&link).await;
    let receipt: SignedReceipt = serde_json::from_str(&got.body).expect("a receipt");
    assert_eq!(receipt.verify(Some(&store.receipt_public_key())), Ok(()));
    assert_eq!((receipt.receipt.by.as_str(), receipt.receipt.files), ("root@tenantry.example", 2));
    assert_eq!(server.browser().get(&link).await.status, 303);
    world.finish().await;
}

#[tokio::test]
async fn who_is_no_staff_finds_none_of_it() {
    let scene = Scene::set().await;
    for path in ["/admin/purged", "/admin/tenants/acme/export", "/admin/tenants/acme/purge"] {
        assert_eq!(scene.browser(Actor::Owner).get(path).await.status, 404, "{path}");
        assert_eq!(scene.browser(Actor::Platform).get(path).await.status, 200, "{path}");
    }
    scene.finish().await;
}
