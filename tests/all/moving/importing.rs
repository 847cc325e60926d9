//! An archive comes in as a new tenant, in this installation or another one.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde_json::{Value, json};
use tenantry::domain::staff::MoveTenants;
use tenantry::store::demo::DemoPlan;
use tenantry::store::moving::import::NotImported;

use super::{Folder, export, furnished, import, import_on, manifest, operator, tables, unpacked};
use crate::resources::shelf::Shelf;
use crate::world::World;
use crate::world::people::{PASSWORD, password_hash};

/// What an archive says, without ids, and without what is said not to come along.
fn comparable(path: &Path) -> BTreeMap<String, Vec<String>> {
    let mut rows = tables(path);
    // What ids pointed to, by name.
    let names = |rows: &BTreeMap<String, Vec<Value>>, table: &str, name: &str| -> HashMap<String, Value> {
        rows[table].iter().map(|row| (row["id"].as_str().unwrap_or_default().to_owned(), row[name].clone())).collect()
    };
    let known: [(&str, HashMap<String, Value>); 4] = [
        ("agent_id", names(&rows, "agents", "name")),
        ("thread_id", names(&rows, "threads", "title")),
        ("invoice_id", names(&rows, "invoices", "number")),
        ("replaces", names(&rows, "invites", "email")),
    ];
    let images = names(&rows, "brand_images", "content");
    for gone in ["api_keys", "billing_days", "feature_overrides"] {
        rows.remove(gone);
    }
    let files: HashMap<String, Vec<u8>> = unpacked(path).into_iter().collect();
    for (table, rows) in &mut rows {
        for row in rows.iter_mut() {
            let id = row["id"].as_str().unwrap_or_default().to_owned();
            if table == "documents" {
                row["file"] = json!(files[&format!("files/{id}")]);
            }
            if table == "domains" {
                row["state"] = json!("pending");
                row["is_primary"] = json!(false);
            }
            row.as_object_mut().expect("an object").remove("id");
            for (field, names) in &known {
                if let Some(id) = row.get(*field).and_then(Value::as_str).map(str::to_owned) {
                    row[*field] = names[&id].clone();
                }
            }
            if let Some(logo) = row["look"]["logo_light"].as_str().map(str::to_owned) {
                row["look"]["logo_light"] = images[&logo].clone();
            }
        }
    }
    let mut facts = manifest(path)["tenant"].clone();
    for gone in ["id", "slug", "created_at"] {
        facts.as_object_mut().expect("an object").remove(gone);
    }
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::from([("tenant".to_owned(), vec![facts.to_string()])]);
    for (table, rows) in rows {
        let mut lines: Vec<String> = rows.iter().map(ToString::to_string).collect();
        lines.sort();
        all.insert(table, lines);
    }
    all
}

fn ids(path: &Path) -> Vec<String> {
    let of = |row: &Value| row["id"].as_str().map(str::to_owned);
    tables(path).values().flatten().filter_map(of).chain([manifest(path)["tenant"]["id"].as_str().expect("an id").to_owned()]).collect()
}

fn assert_same(one: &Path, other: &Path) {
    let (one, other) = (comparable(one), comparable(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (table, rows) in &one {
        assert_eq!(rows, &other[table], "{table}");
    }
}

#[tokio::test]
async fn what_was_exported_and_imported_is_exported_the_same_but_for_its_ids() {
    let (world, elsewhere, folder) = (World::start().await, World::start().await, Folder::new());
    let (shelf, other_shelf) = (Shelf::default(), Shelf::default());
    let (store, other_store) = (shelf.under(&world.store), other_shelf.under(&elsewhere.store));
    furnished(&world, &store, "acme").await;
    let first = folder.file("first.tar.gz");
    export(&store, "acme", &first).await;
    for (store, slug, world) in [(&store, "acme-again", &world), (&other_store, "acme", &elsewhere)] {
        let imported = import(store, &first, slug).await.expect("imported");
        assert_eq!((imported.slug.as_str(), imported.documents, imported.rows["messages"]), (slug, 2, 6));
        let second = folder.file(&format!("second-{slug}.tar.gz"));
        export(store, slug, &second).await;
        assert_same(&first, &second);
        let (old, new) = (ids(&first), ids(&second));
        assert!(old.len() == new.len() && old.iter().all(|id| !new.contains(id)), "every id is another one");
        assert_eq!(world.number("select count(*) from audit_events where action = 'tenant.imported'").await, 1);
    }
    world.finish().await;
    elsewhere.finish().await;
}

#[tokio::test]
async fn the_demos_acme_moves_with_its_whole_year() {
    let (world, folder, shelf) = (World::start().await, Folder::new(), Shelf::default());
    let store = shelf.under(&world.store);
    store.fill_demo(&operator(), DemoPlan { tenants: 1 }, password_hash().to_owned(), |_| {}).await.expect("filled");
    while store.fold_usage().await.expect("folded") > 0 {}
    let (first, second) = (folder.file("first.tar.gz"), folder.file("second.tar.gz"));
    export(&store, "acme", &first).await;
    let imported = import(&store, &first, "acme-two").await.expect("imported");
    assert_eq!((imported.rows["agents"], imported.made.len()), (87, 0), "its people are here");
    export(&store, "acme-two", &second).await;
    assert_same(&first, &second);
    // Lists and bars show the same.
    let summary = |slug: &str| {
        format!(
            "select concat_ws(' ', agents, agents_quota, tokens, tokens_quota, storage_bytes, cost_usd, budget_usd, peak_percent) from tenant_summaries where slug = '{slug}'"
        )
    };
    assert_eq!(world.text(&summary("acme")).await, world.text(&summary("acme-two")).await);
    world.finish().await;
}

#[tokio::test]
async fn people_come_by_e_mail_and_passwords_and_staff_do_not() {
    let (world, elsewhere, folder, shelf) = (World::start().await, World::start().await, Folder::new(), Shelf::default());
    let store = shelf.under(&world.store);
    let acme = furnished(&world, &store, "acme").await;
    world.sql(&format!("insert into platform_admins (user_id) values ('{}')", acme.owner())).await;
    world
        .sql(&format!(
            "insert into invites (tenant_id, email, role, token_hash, invited_by, inviter_kind, inviter_id, expires_at) values
               ('{id}', 'helped@acme.example', 'viewer', sha256('helped'), 'staff', 'platform_admin', '{owner}', now() + interval '1 day'),
               ('{id}', 'lost@acme.example', 'admin', sha256('lost'), 'staff that was', 'platform_admin', gen_random_uuid(), now() + interval '1 day')",
            id = acme.id,
            owner = acme.owner()
        ))
        .await;
    let path = folder.file("acme.tar.gz");
    export(&store, "acme", &path).await;
    let ada = elsewhere.account("ada@acme.example").await;
    let there = shelf.under(&elsewhere.store);
    let imported = import(&there, &path, "acme").await.expect("imported");
    assert_eq!(imported.joined.iter().map(|email| email.as_str()).collect::<Vec<_>>(), ["ada@acme.example"]);
    assert_eq!(imported.made.len(), 3);
    assert!(imported.left.iter().any(|left| left.count == 1 && left.what.starts_with("api_keys")), "{:?}", imported.left);
    assert_eq!(elsewhere.number("select count(*) from users where email = 'owner@acme.example' and password_hash is null").await, 1);
    assert_eq!(elsewhere.number("select count(*) from platform_admins").await, 0);
    assert_eq!(elsewhere.number("select count(*) from api_keys").await, 0);
    // Who has an account is in at once; who has none cannot sign in before a mailed link has let them choose a password.
    let server = elsewhere.serve_with(there.clone(), |app| app).await;
    assert_eq!(server.sign_in("ada@acme.example").await.get("/t/acme").await.status, 200);
    let refused = server.browser().fetch("/fn/auth/sign-in", &[("email", "owner@acme.example"), ("password", PASSWORD)]).await;
    assert_eq!(refused.status, 422);
    assert!(elsewhere.sign_in(ada).await.memberships().iter().any(|membership| membership.slug.as_str() == "acme"));
    // Invites: other links; one whose inviter had left is worth nothing here either.
    assert_eq!(elsewhere.number("select count(*) from invites where token_hash in (sha256('guest acme'), sha256('late acme'))").await, 0);
    assert_eq!(
        elsewhere.texts("select email || ' ' || invite_backed(i)::text from invites i where accepted_at is null order by email").await,
        ["guest@acme.example true", "helped@acme.example true", "late@acme.example false", "lost@acme.example false"]
    );
    // Domains have to be proved anew.
    assert_eq!(elsewhere.texts("select name || ' ' || state from domains").await, ["portal.acme.example pending"]);
    assert_eq!(elsewhere.number("select count(*) from domains where token = repeat('a', 64)").await, 0);
    // Nothing that was used elsewhere is billed here.
    assert_eq!(elsewhere.texts("select distinct (day = today())::text from billing_days").await, ["true"]);
    assert_eq!(elsewhere.number("select next_number::bigint from billing_heads").await, 2);
    world.finish().await;
    elsewhere.finish().await;
}

#[tokio::test]
async fn a_plan_that_is_not_here_has_to_be_chosen_and_a_slug_has_to_be_free() {
    let (world, elsewhere, folder, shelf) = (World::start().await, World::start().await, Folder::new(), Shelf::default());
    let store = shelf.under(&world.store);
    furnished(&world, &store, "acme").await;
    world.sql("update plan_versions set version = 7 where plan_id = (select id from plans where key = 'pro')").await;
    let path = folder.file("acme.tar.gz");
    export(&store, "acme", &path).await;
    let there = shelf.under(&elsewhere.store);
    let before = (elsewhere.number("select count(*) from tenants").await, elsewhere.number("select count(*) from users").await);
    let refused = import(&there, &path, "acme").await;
    assert!(matches!(&refused, Err(NotImported::NoSuchVersion { plan, version: 7 }) if plan == "pro"), "{refused:?}");
    assert!(matches!(import_on(&there, &path, "acme", Some("platinum")).await, Err(NotImported::NoSuchPlan(_))));
    assert_eq!((elsewhere.number("select count(*) from tenants").await, elsewhere.number("select count(*) from users").await), before);
    import_on(&there, &path, "acme", Some("starter")).await.expect("imported");
    assert!(matches!(import_on(&there, &path, "acme", Some("starter")).await, Err(NotImported::SlugTaken(_))));
    assert_eq!(elsewhere.number("select count(*) from tenants").await, 1);
    world.finish().await;
    elsewhere.finish().await;
}

#[tokio::test]
async fn rows_come_into_no_tenant_that_is_there_already() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let mut conn = sqlx::ConnectOptions::connect(&world.logins.platform).await.expect("the platform connects");
    let into = format!(
        "begin; set local app.tenant_id = '{}'; select import_rows('agents', '{{name,model}}', '[{{\"name\": \"planted\", \"model\": \"m\"}}]', false)",
        acme.id
    );
    let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(into.as_str())).execute(&mut conn).await;
    assert!(refused.is_err_and(|error| error.as_database_error().and_then(|db| db.code()).as_deref() == Some("42501")));
    assert_eq!(acme.count("agents").await, 0);
    // And the app's login may not call it at all; who may move tenants, may.
    let mut app = sqlx::ConnectOptions::connect(&world.logins.app).await.expect("the app connects");
    let refused = sqlx::raw_sql("select import_begin(gen_random_uuid(), '{}', gen_random_uuid())").execute(&mut app).await;
    assert!(refused.is_err_and(|error| error.as_database_error().and_then(|db| db.code()).as_deref() == Some("42501")));
    world.store.platform::<MoveTenants>(&operator()).await.expect("may").commit().await.expect("ended");
    world.finish().await;
}
