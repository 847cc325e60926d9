//! A deleted tenant goes for good: after 30 days by itself, before that when staff say so, and then nothing of it is left but a receipt.

use sqlx::{AssertSqlSafe, Connection as _};
use tenantry::domain::slug::Slug;
use tenantry::store::catalog::TENANT_TABLES;
use tenantry::store::{Store, StoreError};

use super::{furnished, operator, work};
use crate::data_matrix::plant;
use crate::resources::shelf::Shelf;
use crate::world::scene::{CANARY, Scene};
use crate::world::{Tenant, World};

async fn delete(tenant: &Tenant) {
    let mut console = tenant.world.console().await;
    console.delete_tenant(&tenant.slug).await.expect("deleted");
    console.commit().await.expect("committed");
}

/// As if the tenant had been deleted so many days ago.
async fn deleted_ago(tenant: &Tenant, days: i64) {
    tenant
        .world
        .sql(&format!(
            "update tenants set status_since = now() - interval '{days} days', purge_after = now() - interval '{days} days' + interval '30 days' where id = '{}'",
            tenant.id
        ))
        .await;
}

/// What the server's clock does once a minute, and the jobs of it.
async fn a_minute(store: &Store) {
    while store.queue_purges().await.expect("queued") > 0 {}
    work(store).await;
}

/// Every place of the database in which a text stands: table and column.
async fn traces(world: &World, of: &str) -> Vec<String> {
    let columns = world
        .texts(
            "select format('select ''%s.%s'' from %I where strpos(%I::text, $1) > 0 limit 1', c.relname, a.attname, c.relname, a.attname)
             from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
             where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')",
        )
        .await;
    let mut conn = world.superuser().await;
    let mut found = Vec::new();
    for query in columns {
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(query)).bind(of).fetch_all(&mut conn).await.expect("searched");
        found.extend(rows);
    }
    conn.close().await.expect("closed");
    found
}

#[tokio::test]
async fn nothing_is_left_of_a_purged_tenant_in_any_table_or_file() {
    let (scene, shelf) = (Scene::set().await, Shelf::default());
    let world = scene.world.clone();
    let store = shelf.under(&world.store);
    let acme = furnished(&world, &store, "leaving").await;
    let mut superuser = world.superuser().await;
    plant(&mut superuser, &acme.id.to_string()).await;
    // What belongs to it outside of its own tables: sessions at its hosts, mails to its people, links of theirs.
    let server = world.serve_with(store.clone(), |app| app).await;
    server.browser_at(&server.portal("leaving")).sign_in("vi@leaving.example").await;
    world
        .sql(&format!(
            "select mail_post('{id}', 'owner@leaving.example', 'notice', 'of leaving', '{{}}');
             select mail_post(null, 'owner@leaving.example', 'notice', 'to leaving', '{{}}');
             insert into jobs (tenant_id, kind, payload, run_at) values ('{id}', 'end_trial', '{{}}', now() + interval '1 year');
             insert into second_factors (user_id, secret, last_step) values ('{owner}', 'secret', 0);
             insert into account_links (id, user_id, kind, email, token_hash, expires_at) values (gen_random_uuid(), '{owner}', 'password', 'owner@leaving.example', 'leaving', now());
             insert into signups (form, company, slug, plan, person, email, link, token_hash, expires_at, used_at, tenant_id)
               values (gen_random_uuid(), 'leaving', 'leaving', 'pro', 'leaving', 'owner@leaving.example', gen_random_uuid(), 'signup', now(), now(), '{id}')",
            id = acme.id,
            owner = acme.owner()
        ))
        .await;
    // One of its people is in another tenant too: that account is needed.
    world.join(acme.person("ada"), scene.a.id, tenantry::domain::role::Role::Viewer).await;
    let mut console = world.console().await;
    console.ask_for_export(&acme.slug).await.expect("asked");
    console.commit().await.expect("committed");
    work(&store).await;
    let planted = world.texts("select name from purged_tables()").await;
    for table in TENANT_TABLES.iter().copied().chain(["jobs", "signups", "tenant_summaries"]) {
        assert!(planted.iter().any(|name| name == table), "{table} is not purged");
        assert!(acme.count(table).await > 0, "{table} has nothing to lose");
    }
    assert!(shelf.keys().await.iter().filter(|key| key.contains(&acme.id.to_string())).count() >= 3, "documents and an archive");
    delete(&acme).await;
    let (others, rest) = (scene.checksum_of_b().await, shelf.keys().await);

    let receipt = store.purge_now(&operator(), &acme.slug).await.expect("purged");
    let (id, owner) = (acme.id.to_string(), acme.owner().to_string());
    let where_it_may_be = |found: Vec<String>| -> Vec<String> {
        found.into_iter().filter(|place| !place.starts_with("purges.") && !place.starts_with("platform_events.")).collect()
    };
    for trace in [&id, &owner, "leaving", "portal.leaving.example"] {
        let found = where_it_may_be(traces(&world, trace).await);
        // Ada's account stays; whose it is stands in its address.
        let found: Vec<&String> = found
            .iter()
            .filter(|place| !(trace == "leaving" && ["users.email", "users.name"].contains(&place.as_str())))
            .filter(|place| !(trace == "portal.leaving.example" || trace == "leaving") || !place.starts_with("domain_holds."))
            .collect();
        assert!(found.is_empty(), "{trace} stands in {found:?}");
    }
    assert_eq!(world.texts("select email from users where email like '%@leaving.example'").await, ["ada@leaving.example"]);
    let gone: Vec<_> = rest.iter().filter(|key| !key.contains(&id)).cloned().collect();
    assert_eq!(shelf.keys().await, gone, "its files are gone, and no other");
    assert_eq!(scene.checksum_of_b().await, others, "another tenant is as it was");
    assert!(!others.is_empty() && world.number(&format!("select count(*) from tenants where slug = '{CANARY}'")).await == 1);

    let said = &receipt.receipt;
    assert_eq!((said.slug.as_str(), said.by.as_str(), said.cause.as_str()), ("leaving", "the operator", "asked"));
    assert_eq!((said.accounts, said.accounts_kept, said.sessions), (3, 1, 1));
    assert_eq!((said.rows["members"], said.rows["documents"], said.invoices), (4, 2, 1));
    assert_eq!((said.files, said.mails >= 1), (3, true));
    assert_eq!(receipt.verify(Some(&store.receipt_public_key())), Ok(()));
    assert_eq!(world.number("select count(*) from platform_events where action = 'tenant.purged' and target = 'leaving'").await, 1);
    assert!(matches!(store.purge_now(&operator(), &acme.slug).await, Err(StoreError::NotFound)), "once");
    superuser.close().await.expect("closed");
    scene.finish().await;
}

#[tokio::test]
async fn it_is_restored_on_day_29_and_gone_on_day_31() {
    let (world, shelf) = (World::start().await, Shelf::default());
    let store = shelf.under(&world.store);
    let (acme, globex) = (furnished(&world, &store, "acme").await, furnished(&world, &store, "globex").await);
    for tenant in [&acme, &globex] {
        delete(tenant).await;
        deleted_ago(tenant, 29).await;
    }
    a_minute(&store).await;
    assert_eq!((acme.status().await.as_str(), globex.status().await.as_str()), ("deleted", "deleted"), "not yet");
    let mut console = world.console().await;
    console.restore_tenant(&globex.slug).await.expect("restored on day 29");
    console.commit().await.expect("committed");
    let kept = (globex.count("agents").await, globex.count("documents").await, globex.count("members").await);
    deleted_ago(&acme, 31).await;
    a_minute(&store).await;
    assert_eq!(world.number("select count(*) from tenants where slug = 'acme'").await, 0, "gone on day 31");
    assert_eq!((globex.count("agents").await, globex.count("documents").await, globex.count("members").await), kept);
    assert_eq!(globex.status().await, "active");
    assert!(shelf.keys().await.iter().all(|key| key.contains(&globex.id.to_string())));
    assert_eq!(
        world.texts("select slug || ' ' || cause || ' ' || asked_by from purges where receipt is not null").await,
        ["acme due system"]
    );
    // Its slug and its names are free: 30 days have passed since it was deleted.
    world.tenant("acme").create().await.expect("the slug is free");
    assert_eq!(world.number("select count(*) from domain_holds").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn two_servers_purge_once() {
    let (world, shelf) = (World::start().await, Shelf::default());
    let (store, another) = (shelf.under(&world.store), shelf.under(&world.another_store(2, 4)));
    let acme = furnished(&world, &store, "acme").await;
    delete(&acme).await;
    deleted_ago(&acme, 31).await;
    let by_hand = operator();
    // And staff who say so at the same time.
    let (_, _, one, other) =
        tokio::join!(a_minute(&store), a_minute(&another), store.purge_now(&by_hand, &acme.slug), another.purge_now(&by_hand, &acme.slug));
    for late in [one, other].into_iter().filter_map(Result::err) {
        assert!(matches!(late, StoreError::NotFound | StoreError::WrongState(_)), "{late}");
    }
    a_minute(&store).await;
    assert_eq!(world.number("select count(*) from purges").await, 1);
    assert_eq!(world.number("select count(*) from platform_events where action = 'tenant.purged'").await, 1);
    assert_eq!(world.number("select count(*) from jobs where kind = 'purge_tenant' and state <> 'done'").await, 0);
    another.close().await;
    world.finish().await;
}

#[tokio::test]
async fn a_purge_whose_files_cannot_be_reached_goes_on_later() {
    let (world, shelf) = (World::start().await, Shelf::default());
    let store = shelf.under(&world.store);
    let acme = furnished(&world, &store, "acme").await;
    delete(&acme).await;
    shelf.keep_all(true);
    assert!(matches!(store.purge_now(&operator(), &acme.slug).await, Err(StoreError::FilesAway(_))));
    assert_eq!(world.number("select count(*) from tenants").await, 0, "its rows are gone");
    assert_eq!(world.number("select count(*) from purges where receipt is null").await, 1, "no receipt yet: its files are there");
    shelf.keep_all(false);
    world.sql("update purges set purged_at = purged_at - interval '11 minutes'").await;
    a_minute(&store).await;
    assert_eq!(shelf.keys().await, [""; 0]);
    assert_eq!(world.number("select count(*) from purges where receipt is not null and files = 2").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn a_name_is_kept_from_others_for_thirty_days_after_its_tenant_was_deleted() {
    let world = World::start().await;
    let (acme, rival) = (world.tenant("acme").await, world.tenant("rival").await);
    world
        .sql(&format!(
            "insert into domains (tenant_id, name, token, state, points, added_by) values
               ('{id}', 'portal.acme.example', repeat('a', 64), 'verified', true, 'a'), ('{id}', 'wished.acme.example', repeat('b', 64), 'pending', false, 'a')",
            id = acme.id
        ))
        .await;
    delete(&acme).await;
    world.store.purge_now(&operator(), &acme.slug).await.expect("purged");
    let taken = |name: &str| format!("select domain_taken('{name}')::int::bigint");
    assert_eq!(world.number(&taken("portal.acme.example")).await, 1, "others cannot prove it yet");
    assert_eq!(world.number(&taken("wished.acme.example")).await, 0, "what was not proved blocks nobody");
    world.sql("update domain_holds set held_until = now()").await;
    assert_eq!(world.number(&taken("portal.acme.example")).await, 0);
    assert_eq!(rival.status().await, "active");
    world.finish().await;
}

#[tokio::test]
async fn an_open_tenant_is_not_purged_whoever_asks() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let slug: Slug = "acme".parse().expect("a slug");
    assert!(matches!(world.store.purge_now(&operator(), &slug).await, Err(StoreError::WrongState(_))));
    let mut console = world.console().await;
    assert!(matches!(console.ask_for_purge(&slug).await, Err(StoreError::WrongState(_))));
    console.commit().await.expect("ended");
    assert_eq!(world.number(&format!("select count(*) from purge_tenant('{}', false)", acme.id)).await, 0);
    // Asked for while it was deleted, and restored before the job came: it stays.
    delete(&acme).await;
    let mut console = world.console().await;
    console.ask_for_purge(&slug).await.expect("asked");
    console.restore_tenant(&slug).await.expect("restored");
    console.commit().await.expect("committed");
    work(&world.store).await;
    assert_eq!((acme.status().await.as_str(), acme.count("members").await), ("active", 1));
    assert_eq!(world.number("select count(*) from purges").await, 0);
    world.finish().await;
}
