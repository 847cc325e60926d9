//! Archives that are uploaded: with the console's form and with a platform key. What either refuses leaves nothing behind.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::forging::Forgery;
use super::{Folder, export, furnished, regular, small_archive};
use crate::resources::shelf::Shelf;
use crate::world::World;
use crate::world::http::{Browser, Reply};
use crate::world::keys::KeyActor;
use crate::world::scene::{Actor, Scene};

const FORM: &str = "/admin/tenants/import";
const CALL: &str = "/api/v1/platform/tenants/import";

/// A member of the staff with this role.
async fn staff(world: &World, role: &str) -> String {
    let email = format!("{role}@tenantry.example");
    let user = world.account(&email).await;
    world.sql(&format!("insert into platform_admins (user_id, role) values ('{user}', '{role}')")).await;
    email
}

/// What the form sends.
async fn send(browser: &Browser, slug: &str, plan: &str, archive: &[u8]) -> Reply {
    let parts = [("archive", Some("acme.tar.gz"), archive), ("slug", None, slug.as_bytes()), ("plan", None, plan.as_bytes())];
    browser.ask(Method::POST, FORM).parts(&parts).send().await
}

/// What a script sends.
async fn call(browser: &Browser, query: &str, archive: &[u8]) -> (Reply, Value) {
    let key = KeyActor::Platform.key().expect("a key");
    let ask = browser.ask(Method::POST, &format!("{CALL}{query}")).bearer(&key);
    let reply = ask.bytes("application/gzip", archive).header("accept", "application/json").send().await;
    let body = serde_json::from_str(&reply.body).unwrap_or_else(|_| panic!("{}", reply.everything()));
    (reply, body)
}

/// Uploads that still stand on the disk.
fn uploads(world: &World) -> usize {
    std::fs::read_dir(world.uploads()).map_or(0, Iterator::count)
}

/// A world of an archive with some of everything in it.
async fn archive_of_acme(folder: &Folder) -> Vec<u8> {
    let (world, shelf) = (World::start().await, Shelf::default());
    let store = shelf.under(&world.store);
    furnished(&world, &store, "acme").await;
    let path = folder.file("acme.tar.gz");
    export(&store, "acme", &path).await;
    world.finish().await;
    std::fs::read(path).expect("read")
}

#[tokio::test]
async fn an_archive_comes_in_with_the_consoles_form() {
    let (world, shelf, folder) = (World::start().await, Shelf::default(), Folder::new());
    let archive = archive_of_acme(&folder).await;
    let _ada = world.account("ada@acme.example").await;
    let operator = staff(&world, "operator").await;
    let server = world.serve_with(shelf.under(&world.store), |app| app).await;
    let browser = server.sign_in(&operator).await;
    let page = browser.get(FORM).await;
    assert!(page.status == 200 && page.body.contains("at most 2 GB"), "{}", page.everything());
    for there in ["/admin/tenants", "/admin/tenants/new", "/admin/go?q=import"] {
        assert!(browser.get(there).await.body.contains(&format!("href=\"{FORM}\"")), "{there} leads there");
    }
    let sent = send(&browser, "", "", &archive).await;
    assert_eq!((sent.status, sent.location()), (303, "/admin/tenants/acme?done=imported"), "{}", sent.everything());
    let shown = browser.get(sent.location()).await.body;
    for text in ["Imported.", "2 documents", "3 people have", "1 person had", "have to be proved again", "Not taken over: 1 api keys"] {
        assert!(shown.replace("<!>", "").contains(text), "{text}: {shown}");
    }
    assert_eq!(world.number("select count(*) from members").await, 4);
    assert_eq!((shelf.keys().await.len(), uploads(&world)), (2, 0));
    let by = "select actor from audit_events where action = 'tenant.imported'";
    assert_eq!(world.text(by).await, operator);
    // Elsewhere nothing is said of it, and a tenant that began here has nothing to say.
    assert!(!browser.get("/admin/tenants/acme").await.body.contains("Imported."));
    let two = send(&browser, " acme-two ", "starter", &archive).await;
    assert_eq!(two.location(), "/admin/tenants/acme-two?done=imported", "{}", two.everything());
    let plan = "select p.key from tenants t join plan_versions v on v.id = t.plan_version_id join plans p on p.id = v.plan_id where t.slug = 'acme-two'";
    assert_eq!(world.text(plan).await, "starter");
    world.finish().await;
}

#[tokio::test]
async fn an_archive_comes_in_with_a_platform_key() {
    let (scene, folder) = (Scene::set().await, Folder::new());
    let (world, browser) = (&scene.world, scene.server.browser());
    let archive = archive_of_acme(&folder).await;
    let (made, facts) = call(&browser, "?slug=acme-two&plan=enterprise", &archive).await;
    assert_eq!((made.status, made.header("location")), (201, "/api/v1/platform/tenants/acme-two"), "{}", made.everything());
    assert_eq!((&facts["slug"], &facts["status"], &facts["documents"]), (&"acme-two".into(), &"active".into(), &2.into()));
    assert_eq!(facts["rows"]["agents"], 3);
    // Of four members all have an account here.
    assert_eq!((facts["accounts_made"].as_array().map(Vec::len), facts["accounts_joined"].as_array().map(Vec::len)), (Some(0), Some(4)));
    assert!(facts["left_out"].as_array().expect("a list").iter().any(|left| left["what"].as_str().expect("text").starts_with("api_keys")));
    assert_eq!(uploads(world), 0);
    assert_eq!(world.text("select actor_kind from audit_events where action = 'tenant.imported'").await, "platform_key");
    let (again, problem) = call(&browser, "?slug=acme-two&plan=enterprise", &archive).await;
    assert_eq!((again.status, problem["code"].as_str(), problem["errors"][0]["field"].as_str()), (409, Some("CONFLICT"), Some("slug")));
    assert!(problem["detail"].as_str().expect("text").contains("came in before, as acme-two"), "{problem}");
    let (taken, problem) = call(&browser, "", &archive).await;
    assert!(taken.status == 409 && problem["detail"].as_str().expect("text").contains("The slug acme is taken"), "{problem}");
    assert_eq!(world.number("select count(*) from tenants where slug like 'acme%'").await, 2);
    scene.finish().await;
}

/// Everything that an import could write, as one text.
const EVERYTHING: &str = "select md5(string_agg(t, ',' order by t)) from (select t.*::text as t from tenants t union all select u.*::text from users u union all select a.*::text from audit_events a union all select e.*::text from platform_events e) x";

#[tokio::test]
async fn what_is_wrong_with_an_archive_is_said_beside_it_and_nothing_is_written() {
    let (scene, folder) = (Scene::set().await, Folder::new());
    let (world, root, script) = (&scene.world, scene.browser(Actor::Platform), scene.server.browser());
    let path = folder.file("good.tar.gz");
    std::fs::write(&path, archive_of_acme(&folder).await).expect("written");
    let good = Forgery::of(&path);
    let mut changed = good.clone();
    changed.content("tables/agents.jsonl")[10] ^= 1;
    let quoted = "x".repeat(100_000);
    let bomb = [vec![b' '; 1024 * 1024 - 1], vec![b'\n']].concat().repeat(64);
    let forged: Vec<(Forgery, &str)> = vec![
        (changed, "the hash differs"),
        (good.clone().without("tables/agents.jsonl"), "`tables/agents.jsonl` is missing"),
        (good.clone().manifest(|manifest| manifest["schema"] = 99.into()), "schema 99"),
        (good.clone().first(regular("files/../../up", b"x")), "which leads out of the archive"),
        (good.clone().manifest(|manifest| manifest[&quoted] = 1.into()), "Its manifest cannot be read"),
        (good.clone().manifest(|manifest| manifest["tenant"]["billing_email"] = "x".into()), "the billing e-mail"),
        (good.clone().rows("agents", |text| text.replacen('{', "[", 1)), "tables/agents.jsonl, line 1"),
        (Forgery(vec![regular("tables/members.jsonl", &bomb)]), "more than 200 times its size"),
    ];
    let mut bad: Vec<(Vec<u8>, &str)> = forged.iter().map(|(forgery, why)| (forgery.packed(&folder.file("bad.tar.gz")), *why)).collect();
    bad.push((b"no archive at all".to_vec(), "It is no archive of a tenant"));
    bad.push((Vec::new(), "It is no archive of a tenant"));
    let before = world.text(EVERYTHING).await;
    for (archive, why) in &bad {
        let sent = send(root, "acme-two", "starter", archive).await;
        assert_eq!(sent.status, 303, "{why}");
        assert!(sent.location().starts_with("/admin/tenants/import?__path=moving/import&__err="), "{why}: {}", sent.location());
        let page = root.get(sent.location()).await.body;
        let (_, beside) = page.split_once("id=\"archive-error\"").unwrap_or_else(|| panic!("{why}: {page}"));
        let beside = beside.split_once("</p>").expect("it ends").0;
        assert!(beside.contains(why) && beside.contains("Nothing was imported."), "{why}: {beside}");
        assert!(
            page.contains("value=\"acme-two\"") && page.contains("<option value=\"starter\" selected"),
            "{why}: what was typed is there"
        );
        let (reply, problem) = call(&script, "?slug=acme-two", archive).await;
        assert_eq!((reply.status, problem["code"].as_str()), (422, Some("INVALID")), "{why}: {problem}");
        assert_eq!(problem["errors"][0]["field"], "archive", "{problem}");
        assert!(problem["detail"].as_str().expect("text").contains(why), "{why}: {problem}");
        assert_eq!((uploads(world), world.text(EVERYTHING).await), (0, before.clone()), "{why}");
    }
    // The same files, packed by somebody else, are good.
    let again = good.packed(&folder.file("again.tar.gz"));
    assert_eq!(send(root, "acme-two", "starter", &again).await.location(), "/admin/tenants/acme-two?done=imported");
    assert_eq!(call(&script, "?slug=acme-three", &again).await.0.status, 201);
    scene.finish().await;
}

/// Status, and the fields that are marked.
fn refusal(reply: &Reply) -> (u16, Vec<String>) {
    let body: Value = serde_json::from_str(&reply.body).unwrap_or_else(|_| panic!("{}", reply.everything()));
    let fields = body["fields"].as_array().or(body["errors"].as_array()).expect("a list");
    (reply.status, fields.iter().map(|field| field["field"].as_str().expect("text").to_owned()).collect())
}

#[tokio::test]
async fn what_is_wrong_with_the_form_is_said_beside_its_fields() {
    let scene = Scene::set().await;
    let (world, root, script) = (&scene.world, scene.browser(Actor::Platform), scene.server.browser());
    let archive = small_archive().await;
    let fetch = async |parts: &[(&str, Option<&str>, &[u8])]| {
        refusal(&root.ask(Method::POST, FORM).parts(parts).header("accept", "*/*").send().await)
    };
    let file = ("archive", Some("moved.tar.gz"), archive);
    let before = world.text(EVERYTHING).await;
    let marked = |status: u16, fields: &[&str]| (status, fields.iter().map(|field| (*field).to_owned()).collect::<Vec<_>>());
    assert_eq!(fetch(&[file, ("slug", None, b"Not A Slug")]).await, marked(422, &["slug"]));
    assert_eq!(fetch(&[file, ("slug", None, b"import")]).await, marked(422, &["slug"]), "the form's own address");
    assert_eq!(fetch(&[file, ("slug", None, b"acme")]).await, marked(409, &["slug"]));
    assert_eq!(fetch(&[file, ("plan", None, b"gold")]).await, marked(422, &["plan"]));
    assert_eq!(fetch(&[("archive", Some(""), b""), ("slug", None, b"x-1")]).await, marked(422, &["archive"]), "nothing was chosen");
    assert_eq!(fetch(&[("slug", None, b"Not A Slug")]).await, marked(422, &["slug", "archive"]));
    assert_eq!(fetch(&[file, file, ("slug", None, b"acme")]).await, marked(409, &["slug"]), "the first of two is looked at");
    for (query, status, field) in
        [("?slug=Not+A+Slug", 422, "slug"), ("?slug=", 422, "slug"), ("?slug=acme", 409, "slug"), ("?plan=gold", 422, "plan")]
    {
        assert_eq!(refusal(&call(&script, query, archive).await.0), marked(status, &[field]), "{query}");
    }
    // A plan that is gone here.
    world.sql("update plan_versions set version = 7 where plan_id = (select id from plans where key = 'pro')").await;
    assert_eq!(fetch(&[file]).await, marked(422, &["plan"]));
    assert_eq!(refusal(&call(&script, "", archive).await.0), marked(422, &["plan"]));
    world.sql("update plan_versions set version = 1 where plan_id = (select id from plans where key = 'pro')").await;
    let key = KeyActor::Platform.key().expect("a key");
    let json = script.ask(Method::POST, CALL).bearer(&key).json("{}").header("accept", "application/json").send().await;
    assert_eq!(json.status, 415, "{}", json.everything());
    assert_eq!((uploads(world), world.text(EVERYTHING).await), (0, before));
    let bytes = script.ask(Method::POST, &format!("{CALL}?slug=moved-two")).bearer(&key).bytes("application/octet-stream", archive);
    assert_eq!(bytes.send().await.status, 201);
    assert_eq!(send(root, "", "", archive).await.location(), "/admin/tenants/moved?done=imported");
    scene.finish().await;
}

#[tokio::test]
async fn an_archive_of_more_bytes_than_are_taken_is_refused_and_what_was_typed_is_kept() {
    let scene = Scene::set().await;
    let world = &scene.world;
    let archive = small_archive().await;
    let exactly = u64::try_from(archive.len()).expect("small");
    let larger = [archive, b"\0"].concat();
    let server = world.serve_taking(world.store.clone(), exactly).await;
    let (root, script) = (server.sign_in("root@tenantry.example").await, server.browser());
    let before = world.text(EVERYTHING).await;
    let sent = send(&root, "moved-two", "starter", &larger).await;
    let page = root.get(sent.location()).await.body;
    assert!(page.contains("id=\"archive-error\"") && page.contains("come in over the network"), "{page}");
    assert!(page.contains("value=\"moved-two\"") && page.contains("<option value=\"starter\" selected"), "{page}");
    let parts = [("archive", Some("a"), larger.as_slice())];
    assert_eq!(
        refusal(&root.ask(Method::POST, FORM).parts(&parts).header("accept", "*/*").send().await),
        (413, vec!["archive".to_owned()])
    );
    let (reply, problem) = call(&script, "?slug=moved-two", &larger).await;
    assert_eq!((reply.status, problem["code"].as_str()), (413, Some("TOO_LARGE")), "{problem}");
    assert_eq!((uploads(world), world.text(EVERYTHING).await), (0, before));
    assert_eq!(send(&root, "moved-two", "starter", archive).await.location(), "/admin/tenants/moved-two?done=imported");
    assert_eq!(call(&script, "?slug=moved-three", archive).await.0.status, 201);
    scene.finish().await;
}

#[tokio::test]
async fn c13_a_form_that_is_sent_eight_times_is_one_tenant() {
    let scene = Scene::set().await;
    let (world, root) = (&scene.world, scene.browser(Actor::Platform));
    let archive = small_archive().await;
    let before = world.number("select count(*) from tenants").await;
    let sent = futures_util::future::join_all((0..8).map(|_| send(root, "moved-two", "", archive))).await;
    for reply in &sent {
        assert_eq!((reply.status, reply.location()), (303, "/admin/tenants/moved-two?done=imported"), "{}", reply.everything());
    }
    assert_eq!(world.number("select count(*) from tenants").await, before + 1);
    assert_eq!(world.number("select count(*) from audit_events where action = 'tenant.imported'").await, 1);
    assert_eq!(uploads(world), 0);
    // On another plan it would be another tenant, and one that is deleted is shown to nobody as if it came in.
    let other = root.get(send(root, "moved-two", "starter", archive).await.location()).await.body;
    assert!(other.contains("“moved-two” is taken."), "{other}");
    let mut console = world.console().await;
    console.delete_tenant(&"moved-two".parse().expect("a slug")).await.expect("deleted");
    console.commit().await.expect("committed");
    let gone = root.get(send(root, "moved-two", "", archive).await.location()).await.body;
    assert!(gone.contains("“moved-two” is taken."), "{gone}");
    scene.finish().await;
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let scene = Scene::set().await;
    let world = &scene.world;
    let archive = small_archive().await;
    let key = KeyActor::Platform.key().expect("a key");
    let before = world.text(EVERYTHING).await;
    let mut socket = TcpStream::connect(&scene.server.host).await.expect("connected");
    let head = format!(
        "POST {CALL} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {key}\r\ncontent-type: application/gzip\r\ncontent-length: {}\r\n\r\n",
        scene.server.host,
        archive.len() + 1
    );
    socket.write_all(head.as_bytes()).await.expect("sent");
    socket.write_all(archive).await.expect("sent");
    wait_for(|| uploads(world) == 1).await;
    drop(socket);
    wait_for(|| uploads(world) == 0).await;
    assert_eq!(world.text(EVERYTHING).await, before);
    scene.finish().await;
}

async fn wait_for(what: impl Fn() -> bool) {
    let until = tokio::time::Instant::now() + Duration::from_secs(20);
    while !what() {
        assert!(tokio::time::Instant::now() < until, "it does not come");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn only_staff_who_may_move_tenants_bring_one_in_and_after_a_fresh_sign_in() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let (operator, support) = (staff(&world, "operator").await, staff(&world, "support").await);
    let server = world.serve().await;
    let archive = small_archive().await;
    let bring = async |browser: &Browser| {
        let parts = [("archive", Some("moved.tar.gz"), archive)];
        browser.ask(Method::POST, FORM).parts(&parts).header("accept", "*/*").send().await
    };
    let (operator, support) = (server.sign_in(&operator).await, server.sign_in(&support).await);
    let owner = server.sign_in("owner@acme.example").await;
    for (who, page, form) in [(&server.browser(), 303, 401), (&owner, 404, 404), (&support, 403, 403)] {
        assert_eq!((who.get(FORM).await.status, bring(who).await.status), (page, form));
    }
    assert!(!support.get("/admin/tenants").await.body.contains(FORM) && !support.get("/admin/go?q=import").await.body.contains(FORM));
    world.sql("update sessions set confirmed_at = now() - interval '16 minutes'").await;
    assert_eq!(operator.get(FORM).await.location(), "/admin/confirm?next=%2Fadmin%2Ftenants%2Fimport", "before anything is chosen");
    let late = bring(&operator).await;
    assert!(late.status == 403 && late.body.contains("\"Confirm\""), "{}", late.everything());
    assert_eq!((world.number("select count(*) from tenants").await, uploads(&world)), (1, 0));
    world.sql("update sessions set confirmed_at = now()").await;
    assert_eq!((operator.get(FORM).await.status, bring(&operator).await.status), (200, 200));
    world.finish().await;
}
