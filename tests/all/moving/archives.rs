//! What is in an archive, and what never is.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};
use tenantry::store::catalog::TENANT_TABLES;
use tenantry::store::moving::tables::{EXPORTED, Kind, LEFT_OUT};

use super::{Folder, export, furnished, manifest, tables, unpacked};
use crate::resources::shelf::Shelf;
use crate::world::World;

#[tokio::test]
async fn every_table_and_column_leaves_or_has_a_reason_to_stay() {
    let world = World::start().await;
    let exported: BTreeSet<&str> = EXPORTED.iter().map(|table| table.name).collect();
    let left: BTreeSet<&str> = LEFT_OUT.iter().map(|(table, _)| *table).collect();
    assert_eq!(exported.intersection(&left).count(), 0);
    let named: BTreeSet<&str> = exported.union(&left).copied().collect();
    assert_eq!(
        named,
        TENANT_TABLES.iter().copied().collect(),
        "say of a new table whether it leaves with its tenant: store/moving/tables.rs"
    );
    for table in EXPORTED {
        let there = world
            .texts(&format!(
                "select attname::text from pg_attribute where attrelid = '{}'::regclass and attnum > 0 and not attisdropped and attname <> 'tenant_id'",
                table.name
            ))
            .await;
        let columns = table.columns.iter().filter(|(_, kind)| *kind != Kind::PersonName).map(|(name, _)| *name);
        let named: BTreeSet<&str> = columns.chain(table.without.iter().copied()).collect();
        assert_eq!(named, there.iter().map(String::as_str).collect(), "say of each column of {} whether it leaves", table.name);
    }
    world.finish().await;
}

#[tokio::test]
async fn an_archive_holds_everything_and_a_hash_of_each_file() {
    let (world, folder, shelf) = (World::start().await, Folder::new(), Shelf::default());
    let store = shelf.under(&world.store);
    furnished(&world, &store, "acme").await;
    furnished(&world, &store, "globex").await;
    let path = folder.file("acme.tar.gz");
    export(&store, "acme", &path).await;
    let (files, said) = (unpacked(&path), manifest(&path));
    assert_eq!(said["tenant"]["slug"], "acme");
    assert_eq!(files.len(), said["files"].as_object().expect("files").len() + 1);
    for (name, content) in files.iter().filter(|(name, _)| name != "manifest.json") {
        let facts = &said["files"][name];
        let hash: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((facts["sha256"].as_str(), facts["bytes"].as_u64()), (Some(hash.as_str()), Some(content.len() as u64)), "{name}");
        if name.ends_with(".jsonl") {
            assert_eq!(facts["rows"].as_u64(), Some(content.iter().filter(|byte| **byte == b'\n').count() as u64), "{name}");
        }
        assert!(!String::from_utf8_lossy(content).contains("globex"), "{name} has something of another tenant");
    }
    assert_eq!(files.iter().filter(|(name, _)| name.starts_with("files/")).count(), 2);
    let rows = tables(&path);
    for table in EXPORTED {
        let (seen, there) =
            (rows[table.name].len(), format!("{} where tenant_id = (select id from tenants where slug = 'acme')", table.name));
        let only = if table.only.is_empty() { String::new() } else { format!(" and {}", table.only.replace("t.", "")) };
        let count = world.number(&format!("select count(*) from {there}{only}")).await;
        assert_eq!(i64::try_from(seen).expect("few"), count, "{}", table.name);
        let none_here = ["feature_overrides", "usage_events", "usage_breakdowns", "usage_pending"].contains(&table.name);
        assert!(none_here || seen > 0, "{} has nothing to see", table.name);
    }
    assert_eq!(rows["members"].iter().find(|row| row["user_id"] == "ada@acme.example").expect("Ada")["role"], "admin");
    assert_eq!(rows["usage_days"].iter().find(|row| row["amount"] == 47_110_815).expect("a day")["cost_usd"], "12.3456789012");
    assert!(rows["messages"].iter().any(|row| row["content"].as_str().is_some_and(|text| text.contains("\"quoted\"\n\\ é \u{2028}"))));
    // The audit log in it is the one that `tenantry audit verify` checks.
    let (_, log) = files.iter().find(|(name, _)| name == "audit.jsonl").expect("the log");
    let file = folder.file("audit.jsonl");
    std::fs::write(&file, log).expect("written");
    let words = ["tenantry", "audit", "verify", file.to_str().expect("text")];
    let cli = <tenantry::cli::Cli as clap::Parser>::try_parse_from(words).expect("a good command line");
    assert_eq!(tenantry::cli::main(cli), std::process::ExitCode::SUCCESS);
    world.finish().await;
}

/// Stands in every secret, as text or as the bytes of it.
const SECRET: &str = "kwyjibo-is-a-secret-of-32-bytes!";

#[tokio::test]
async fn no_secret_is_in_an_archive_however_it_is_written() {
    let (world, folder, shelf) = (World::start().await, Folder::new(), Shelf::default());
    let store = shelf.under(&world.store);
    let acme = furnished(&world, &store, "acme").await;
    let (id, owner) = (acme.id, acme.owner());
    world
        .sql(&format!(
            r#"
            update users set password_hash = '{SECRET}';
            update sessions set id_hash = '{SECRET}' where id = (select id from sessions limit 1);
            update sessions set data = data || '{{"note": "{SECRET}"}}';
            insert into second_factors (user_id, secret, last_step) values ('{owner}', '{SECRET}', 0);
            insert into recovery_codes (user_id, code_hash) values ('{owner}', '{SECRET}');
            insert into account_links (id, user_id, kind, email, token_hash, expires_at) values (gen_random_uuid(), '{owner}', 'password', 'owner@acme.example', '{SECRET}', now());
            update api_keys set key_hash = '{SECRET}', prefix = 'tk_{SECRET}';
            update invites set token_hash = '{SECRET}', request_id = null where id = (select id from invites where tenant_id = '{id}' order by id limit 1);
            update domains set token = '{SECRET}', report = '{{"note": "{SECRET}"}}';
            insert into tenant_restores (tenant_id, id, email, token_hash, deleted_at) values ('{id}', gen_random_uuid(), 'owner@acme.example', '{SECRET}', now());
            insert into idempotency_keys (tenant_id, key_hash, request_hash, outcome, used, created_at) values ('{id}', gen_random_uuid(), gen_random_uuid(), '{SECRET}', 0, now());
            insert into imports (tenant_id, file_name, content, created_by) values ('{id}', '{SECRET}', '{SECRET}', '{SECRET}');
            insert into exports (tenant_id, for_staff, requested_by, sha256, state) values ('{id}', true, '{SECRET}', '{SECRET}', 'gone');
            insert into platform_keys (name, prefix, key_hash, created_by) values ('{SECRET}', '{SECRET}', '{SECRET}', '{SECRET}');
            insert into signups (form, company, slug, plan, person, email, link, token_hash, expires_at)
              values (gen_random_uuid(), 'A', 'a', 'pro', 'A', 'a@a.example', gen_random_uuid(), '{SECRET}', now());
            "#
        ))
        .await;
    let files = world.texts(&format!("select file::text from documents where tenant_id = '{id}'")).await;
    let path = folder.file("acme.tar.gz");
    export(&store, "acme", &path).await;
    let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
    // Whatever stands before it, the middle of a text is one of three in base64.
    let base64 = [
        "a3d5amliby1pcy1hLXNlY3JldC1vZi0zMi1ieXRlcy",
        "t3eWppYm8taXMtYS1zZWNyZXQtb2YtMzItYnl0ZXMh",
        "rd3lqaWJvLWlzLWEtc2VjcmV0LW9mLTMyLWJ5dGVzIQ",
    ];
    let everything: String =
        unpacked(&path).iter().map(|(name, content)| format!("{name}\n{}\n", String::from_utf8_lossy(content))).collect();
    assert!(everything.contains("acme agent 1"), "what is no secret is there");
    for trace in [SECRET, &hex, base64[0], base64[1], base64[2]].into_iter().chain(files.iter().map(String::as_str)) {
        assert!(!everything.contains(trace), "{trace}");
    }
    // Ids of people stand in the audit log alone, as they were hashed.
    let rows: String = tables(&path).values().flatten().map(ToString::to_string).collect();
    for person in world.texts("select id::text from users").await {
        assert!(!rows.contains(&person), "people are known by their e-mails");
    }
    world.abandon().await;
}

#[tokio::test]
async fn an_archive_is_of_one_moment() {
    let (world, folder, shelf) = (World::start().await, Folder::new(), Shelf::default());
    let store = shelf.under(&world.store);
    let acme = furnished(&world, &store, "acme").await;
    // Threads and their messages are read one after the other, while more come.
    let (id, talking) = (acme.id, world.clone());
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let talk = tokio::spawn(async move {
        let mut n = 0;
        while stopped.try_recv().is_err() {
            n += 1;
            talking
                .sql(&format!(
                    "with t as (insert into threads (tenant_id, title, messages) values ('{id}', 'talk {n}', 1) returning id)
                     insert into messages (tenant_id, thread_id, number, role, content) select '{id}', id, 1, 'user', 'talk' from t"
                ))
                .await;
        }
    });
    for n in 0..5 {
        let path = folder.file(&format!("{n}.tar.gz"));
        export(&store, "acme", &path).await;
        let rows = tables(&path);
        let said: i64 = rows["threads"].iter().map(|row| row["messages"].as_i64().expect("a number")).sum();
        assert_eq!(i64::try_from(rows["messages"].len()).expect("few"), said);
    }
    stop.send(()).expect("it talks");
    talk.await.expect("no panic");
    world.finish().await;
}
