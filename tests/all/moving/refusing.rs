//! Archives that are not what they say: each is refused with the reason, and nothing is written.

use tar::EntryType;

use super::forging::Forgery;
use super::{Folder, export, furnished, import, pack, regular};
use crate::resources::shelf::Shelf;
use crate::world::World;

#[tokio::test]
async fn a_bad_archive_is_refused_with_the_reason_and_nothing_is_written() {
    let (world, folder, shelf) = (World::start().await, Folder::new(), Shelf::default());
    let store = shelf.under(&world.store);
    furnished(&world, &store, "acme").await;
    let path = folder.file("good.tar.gz");
    export(&store, "acme", &path).await;
    let good = Forgery::of(&path);
    let file = good.file();
    let extra = format!("files/{}", uuid::Uuid::new_v4());
    let link = |kind| (kind, b"files/link".to_vec(), Vec::new());
    let mut changed = good.clone();
    changed.content("tables/agents.jsonl")[10] ^= 1;
    let mut bytes = good.clone();
    bytes.content(&file)[0] ^= 1;
    let bad: Vec<(&str, Forgery, &str)> = vec![
        ("a row that was changed", changed, "`tables/agents.jsonl` is not what its manifest says: the hash differs"),
        ("a document that was changed", bytes, "is not what its manifest says: the hash differs"),
        ("no manifest", good.clone().without("manifest.json"), "It has no manifest"),
        ("a table that is missing", good.clone().without("tables/agents.jsonl"), "`tables/agents.jsonl` is missing"),
        (
            "a table that neither has",
            good.clone().without("tables/agents.jsonl").manifest(|manifest| {
                manifest["files"].as_object_mut().expect("files").remove("tables/agents.jsonl");
            }),
            "`tables/agents.jsonl` is missing",
        ),
        ("a document that is missing", good.clone().without(&file), "is missing"),
        ("a file too many", good.clone().before_last(regular(&extra, b"more")), "which its manifest does not name"),
        ("a file twice", good.clone().before_last(regular(&file, b"again")), "twice"),
        ("a file behind the manifest", Forgery([good.0.clone(), vec![regular(&extra, b"more")]].concat()), "is not in its place"),
        ("a name of its own", good.clone().first(regular("notes.txt", b"hi")), "which is no file of an archive"),
        ("a table of its own", good.clone().first(regular("tables/users.jsonl", b"{}\n")), "which is no file of an archive"),
        ("an absolute path", good.clone().first(regular("/etc/passwd", b"root")), "which leads out of the archive"),
        ("a path that leads out", good.clone().first(regular("files/../../up", b"x")), "which leads out of the archive"),
        ("a path with backslashes", good.clone().first(regular("files\\..\\up", b"x")), "which leads out of the archive"),
        ("a symbolic link", good.clone().first(link(EntryType::Symlink)), "which is a symbolic link and no file"),
        ("a hard link", good.clone().first(link(EntryType::Link)), "which is a hard link and no file"),
        ("a folder", good.clone().first(link(EntryType::Directory)), "which is a folder and no file"),
        ("a device", good.clone().first(link(EntryType::Block)), "which is a device and no file"),
        ("a longer name behind", good.clone().first(link(EntryType::GNULongName)), "which is a special entry and no file"),
        ("another format", good.clone().manifest(|manifest| manifest["tenantry_export"] = 2.into()), "format 2"),
        ("another schema", good.clone().manifest(|manifest| manifest["schema"] = 99.into()), "schema 99"),
        ("a manifest with more", good.clone().manifest(|manifest| manifest["more"] = 1.into()), "Its manifest cannot be read"),
        ("a slug that is none", good.clone().manifest(|manifest| manifest["tenant"]["billing_email"] = "x".into()), "the billing e-mail"),
        ("a state of its own", good.clone().manifest(|manifest| manifest["tenant"]["status"] = "provisioning".into()), "the state"),
        ("tables in another order", Forgery(good.0.iter().rev().cloned().collect()), "is not in its place"),
        (
            "a row with more",
            good.clone().rows("agents", |text| text.replacen('{', "{\"tenant_id\": \"x\", ", 1)),
            "agents.jsonl, line 1: it has other fields",
        ),
        ("a row that is no JSON", good.clone().rows("agents", |text| text.replacen('{', "[", 1)), "tables/agents.jsonl, line 1"),
        (
            "a name that turns others round",
            good.clone().rows("agents", |text| text.replacen("acme agent 2", "acme \u{202e}tnega", 1)),
            ": its name",
        ),
        ("a role of its own", good.clone().rows("members", |text| text.replacen("\"admin\"", "\"emperor\"", 1)), "tables/members.jsonl"),
        (
            "an agent that is nobody's",
            good.clone().rows("threads", |text| text.replacen("\"agent_id\" : \"0", "\"agent_id\" : \"1", 1)),
            "tables/threads.jsonl",
        ),
        (
            "a meter that is not here",
            good.clone().rows("notices", |text| text.replacen("storage", "gravity", 1)),
            "the meter `gravity` is not known here",
        ),
        ("an image that is none", good.clone().rows("brand_images", |text| text.replacen("iVBOR", "PHN2Z", 1)), "its content is no PNG"),
        (
            "a document of another length",
            good.clone().rows("documents", |text| text.replacen("200000", "200001", 1)),
            "A document has no file",
        ),
        ("a line without an end", good.clone().rows("setups", |text| text.trim_end().to_owned()), "a line that is too long"),
    ];
    let everything = "select md5(string_agg(t, ',' order by t)) from (select t.*::text as t from tenants t union all select u.*::text from users u union all select a.*::text from audit_events a union all select e.*::text from platform_events e) x";
    let (before, keys) = (world.text(everything).await, shelf.keys().await);
    for (what, forgery, why) in bad {
        let path = folder.file("bad.tar.gz");
        pack(&path, &forgery.0);
        let refused = import(&store, &path, "acme-two").await.err().unwrap_or_else(|| panic!("{what} is taken"));
        assert!(refused.to_string().contains(why), "{what}: {refused}");
        assert_eq!(world.text(everything).await, before, "{what}");
        assert_eq!(shelf.keys().await, keys, "{what}");
    }
    for (what, content) in [
        ("no gzip", b"no archive at all".to_vec()),
        ("nothing", Vec::new()),
        ("half of it", std::fs::read(&path).expect("read")[..2000].to_vec()),
    ] {
        let path = folder.file("bad.tar.gz");
        std::fs::write(&path, content).expect("written");
        let refused = import(&store, &path, "acme-two").await.err().unwrap_or_else(|| panic!("{what} is taken"));
        assert!(refused.to_string().contains("It is no archive of a tenant"), "{what}: {refused}");
    }
    assert!(import(&store, &folder.file("none.tar.gz"), "acme-two").await.is_err());
    assert_eq!(world.text(everything).await, before);
    // The same files, packed by somebody else, are good.
    pack(&path, &good.0);
    import(&store, &path, "acme-two").await.expect("imported");
    world.finish().await;
}

#[tokio::test]
async fn an_archive_that_explodes_is_put_down_before_it_is_read() {
    let (world, folder) = (World::start().await, Folder::new());
    let path = folder.file("bomb.tar.gz");
    // A thousand times as much comes out as went in.
    let lines = [vec![b' '; 1024 * 1024 - 1], vec![b'\n']].concat().repeat(64);
    pack(&path, &[regular("tables/members.jsonl", &lines)]);
    assert!(std::fs::metadata(&path).expect("there").len() < 100_000);
    let refused = import(&world.store, &path, "bomb").await.expect_err("refused");
    assert!(refused.to_string().contains("more than 200 times its size"), "{refused}");
    // One that only says so of itself: its file is shorter than its header.
    let mut header = tar::Header::new_ustar();
    header.set_path("tables/members.jsonl").expect("a name");
    header.set_size(u64::MAX / 4);
    header.set_cksum();
    let mut gzip = flate2::write::GzEncoder::new(std::fs::File::create(&path).expect("made"), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, header.as_bytes()).expect("written");
    gzip.finish().expect("ended");
    let refused = import(&world.store, &path, "bomb").await.expect_err("refused");
    assert!(refused.to_string().contains("It is too large"), "{refused}");
    world.finish().await;
}

#[tokio::test]
async fn files_of_an_import_that_comes_to_no_end_are_taken_away() {
    let (world, elsewhere, folder) = (World::start().await, World::start().await, Folder::new());
    let (shelf, there) = (Shelf::default(), Shelf::default());
    let store = shelf.under(&world.store);
    furnished(&world, &store, "acme").await;
    let path = folder.file("acme.tar.gz");
    export(&store, "acme", &path).await;
    let other = there.under(&elsewhere.store);
    there.fill(true);
    assert!(import(&other, &path, "acme").await.is_err(), "the disk is full");
    assert_eq!((there.keys().await, elsewhere.number("select count(*) from tenants").await), (vec![], 0));
    there.fill(false);
    import(&other, &path, "acme").await.expect("imported");
    // A day later somebody looks whether it came to an end: it did, and nothing is taken away.
    elsewhere.sql("update jobs set run_at = now() where kind = 'purge_tenant'").await;
    let keys = there.keys().await;
    super::work(&other).await;
    assert_eq!((there.keys().await, keys.len()), (keys, 2));
    assert_eq!(elsewhere.number("select count(*) from jobs where kind = 'purge_tenant' and state = 'done'").await, 2);
    world.finish().await;
    elsewhere.finish().await;
}
