//! Documents in the store: bytes counted with the row, files that are there exactly as long as it is.

use futures_util::TryStreamExt as _;
use tenantry::domain::capability::ViewTenant;
use tenantry::domain::document::MAX_BYTES;
use tenantry::domain::ids::DocumentId;
use tenantry::domain::role::Role;
use tenantry::store::access::Member;
use tenantry::store::documents::DocumentRow;
use tenantry::store::{Result, Store, StoreError};

use super::allow;
use super::shelf::Shelf;
use crate::world::World;
use crate::world::people::Tenant;

async fn bring(store: &Store, who: &Member, name: &str, bytes: &[u8]) -> Result<DocumentRow> {
    let mut upload = store.begin_upload(who).await?;
    for part in bytes.chunks(1_000_000) {
        if let Err(error) = upload.write(who, part).await {
            upload.abort().await;
            return Err(error);
        }
    }
    upload.finish(who, &name.parse().expect("a name"), "text/plain", None).await
}

async fn level(tenant: &Tenant) -> i64 {
    tenant.world.number(&format!("select coalesce(sum(amount), 0)::bigint from usage_levels where tenant_id = '{}'", tenant.id)).await
}

#[tokio::test]
async fn a_document_is_kept_counted_read_and_deleted() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    world.sql(&format!("insert into usage_levels (tenant_id, meter, amount) values ('{}', 'storage', 1000)", acme.id)).await;
    let (shelf, me) = (Shelf::default(), acme.member("owner").await);
    let store = shelf.under(&world.store);
    let bytes: Vec<u8> = (0..12_000_000_u32).map(|n| (n % 251) as u8).collect();
    let document = bring(&store, &me, "numbers.bin", &bytes).await.expect("kept");
    assert_eq!((document.size_bytes, document.created_by.as_str(), level(&acme).await), (12_000_000, "owner@acme.example", 12_001_000));
    let keys = shelf.keys().await;
    assert!(keys.len() == 1 && keys[0].starts_with(&format!("tenants/{}/knowledge/", acme.id)), "{keys:?}");
    assert!(!keys[0].contains(&document.id.to_string()), "the place is not told by the id");
    let (_, stream) = store.open_document::<ViewTenant>(&me, document.id).await.expect("there");
    let read: Vec<u8> = stream.try_collect::<Vec<_>>().await.expect("read").concat();
    assert!(read == bytes);
    assert_eq!(acme.count("loose_files").await, 0);

    store.delete_document(&me, document.id).await.expect("deleted");
    assert_eq!((level(&acme).await, acme.count("documents").await, acme.count("loose_files").await), (1000, 0, 0));
    assert_eq!(shelf.keys().await, [""; 0]);
    assert!(matches!(store.delete_document(&me, document.id).await, Err(StoreError::NotFound)));
    for action in ["document.uploaded", "document.deleted"] {
        assert_eq!(acme.count(&format!("audit_events where action = '{action}' and target = 'numbers.bin'")).await, 1);
    }
    world.finish().await;
}

#[tokio::test]
async fn past_the_quota_nothing_is_kept() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    allow(&acme, "storage", Some(2_500_000)).await;
    let (shelf, me) = (Shelf::default(), acme.member("owner").await);
    let store = shelf.under(&world.store);
    bring(&store, &me, "fits.bin", &[1; 2_000_000]).await.expect("there is room");
    let refused = bring(&store, &me, "does-not.bin", &[2; 500_001]).await;
    assert!(
        matches!(&refused, Err(StoreError::AtLimit(limit)) if limit.to_string() == "Max 2.5 MB of storage allowed. Upgrade your plan.")
    );
    bring(&store, &me, "fits-exactly.bin", &[3; 500_000]).await.expect("to the byte");
    assert!(
        matches!(store.begin_upload(&me).await.map(drop), Err(StoreError::AtLimit(_))),
        "a full tenant is refused before it sends anything"
    );
    assert_eq!((level(&acme).await, shelf.keys().await.len(), acme.count("loose_files").await), (2_500_000, 2, 0));
    let large = bring(&store, &me, "large.bin", &vec![0; usize::try_from(MAX_BYTES).expect("small") + 1]).await;
    assert!(matches!(large, Err(StoreError::AtLimit(_) | StoreError::TooLarge(_))));
    world.finish().await;
}

#[tokio::test]
async fn of_eight_who_want_the_last_room_one_gets_it() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("mel", Role::Member).await;
    allow(&acme, "storage", Some(1_000)).await;
    let (shelf, mel) = (Shelf::default(), acme.member("mel").await);
    let store = shelf.under(&world.store);
    let mut uploads = Vec::new();
    for _ in 0..8 {
        let mut upload = store.begin_upload(&mel).await.expect("there is room for each alone");
        upload.write(&mel, &[7; 600]).await.expect("written");
        uploads.push(upload);
    }
    let racers: Vec<_> = uploads
        .into_iter()
        .map(|upload| {
            let mel = mel.clone();
            tokio::spawn(async move { upload.finish(&mel, &"race.bin".parse().expect("a name"), "text/plain", None).await })
        })
        .collect();
    let mut kept = 0;
    for racer in racers {
        match racer.await.expect("no panic") {
            Ok(_) => kept += 1,
            Err(StoreError::AtLimit(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((kept, level(&acme).await, shelf.keys().await.len(), acme.count("loose_files").await), (1, 600, 1, 0));
    world.finish().await;
}

#[tokio::test]
async fn a_full_disk_leaves_no_row_and_no_file() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let (shelf, me) = (Shelf::default(), acme.member("owner").await);
    let store = shelf.under(&world.store);
    shelf.fill(true);
    for size in [0, 10, 12_000_000] {
        let refused = bring(&store, &me, "lost.bin", &vec![1; size]).await;
        assert!(matches!(refused, Err(StoreError::StorageFull)), "{size}: {refused:?}");
    }
    assert_eq!((acme.count("documents").await, acme.count("loose_files").await, level(&acme).await), (0, 0, 0));
    assert_eq!(shelf.keys().await, [""; 0]);
    shelf.fill(false);
    bring(&store, &me, "kept.bin", &[1; 10]).await.expect("room was made");
    world.finish().await;
}

#[tokio::test]
async fn what_a_crash_leaves_is_swept() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let (shelf, me) = (Shelf::default(), acme.member("owner").await);
    let store = shelf.under(&world.store);
    let kept = bring(&store, &me, "kept.bin", &[1; 10]).await.expect("kept");
    let gone = bring(&store, &me, "gone.bin", &[1; 10]).await.expect("kept");

    // A deletion whose file cannot be removed now.
    shelf.keep_all(true);
    store.delete_document(&me, gone.id).await.expect("deleted all the same");
    assert_eq!((level(&acme).await, shelf.keys().await.len(), acme.count("loose_files").await), (10, 2, 1));
    assert_eq!(store.sweep_files().await.expect("tried"), 0);
    shelf.keep_all(false);
    assert_eq!(store.sweep_files().await.expect("asked too soon"), 0);

    // An upload whose server dies before its row, and one that is still going on when the sweeper comes.
    let mut slow = store.begin_upload(&me).await.expect("begun");
    slow.write(&me, &[2; 10]).await.expect("written");
    world.sql("update loose_files set remove_after = now()").await;
    assert_eq!(store.sweep_files().await.expect("swept"), 2);
    let late = slow.finish(&me, &"slow.bin".parse().expect("a name"), "text/plain", None).await;
    assert!(matches!(late, Err(StoreError::WrongState(_))), "{late:?}");
    assert_eq!((level(&acme).await, acme.count("documents").await, acme.count("loose_files").await), (10, 1, 0));
    assert_eq!(shelf.keys().await.len(), 1, "and nothing of the others is left");
    store.open_document::<ViewTenant>(&me, kept.id).await.map(drop).expect("what has a row is never swept");
    world.finish().await;
}

#[tokio::test]
async fn documents_of_others_are_not_there() {
    let world = World::start().await;
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
    let (me, them) = (acme.member("owner").await, globex.member("owner").await);
    let theirs = bring(&world.store, &them, "theirs.txt", b"secret").await.expect("kept").id;
    for id in [theirs, DocumentId(uuid::Uuid::from_u128(42))] {
        assert!(matches!(world.store.open_document::<ViewTenant>(&me, id).await.map(drop), Err(StoreError::NotFound)));
        assert!(matches!(world.store.delete_document(&me, id).await, Err(StoreError::NotFound)));
    }
    assert_eq!((globex.count("documents").await, level(&acme).await), (1, 0));
    world.finish().await;
}
