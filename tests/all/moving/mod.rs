//! Tenants that go: archives of everything without a secret, imports that are all or nothing, purges of which nothing stays but a receipt.

mod archives;
mod bringing;
mod console;
mod forging;
mod importing;
mod leaving;
mod portal;
mod purging;
mod refusing;

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;
use tar::EntryType;
use tenantry::domain::role::Role;
use tenantry::jobs::work_off;
use tenantry::store::Store;
use tenantry::store::access::{Member, PlatformAdmin};
use tenantry::store::moving::import::{Imported, NotImported};
use tenantry::store::moving::unpack::check;

use crate::world::smtp::mailer;
use crate::world::{Tenant, World};

fn operator() -> PlatformAdmin {
    PlatformAdmin::operator("the operator")
}

/// A place for a file that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("tenantry-moving-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left in a folder for temporary files is nobody's trouble.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn export(store: &Store, slug: &str, to: &Path) {
    store.export_to_file(&operator(), &slug.parse().expect("a slug"), to).await.expect("exported");
}

async fn import(store: &Store, from: &Path, slug: &str) -> Result<Imported, NotImported> {
    import_on(store, from, slug, None).await
}

async fn import_on(store: &Store, from: &Path, slug: &str, plan: Option<&str>) -> Result<Imported, NotImported> {
    store.import(&operator(), &check(from)?, Some(slug.parse().expect("a slug")), plan).await
}

/// Everything that is due.
async fn work(store: &Store) {
    work_off(store, &mailer(None)).await;
}

/// Names and contents, in their order.
fn unpacked(path: &Path) -> Vec<(String, Vec<u8>)> {
    let file = std::fs::File::open(path).expect("there");
    let mut archive = tar::Archive::new(GzDecoder::new(file));
    let entries = archive.entries().expect("a tar");
    entries
        .map(|entry| {
            let mut entry = entry.expect("an entry");
            let name = entry.path().expect("a name").to_str().expect("text").to_owned();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).expect("read");
            (name, content)
        })
        .collect()
}

/// The rows of an archive by table.
fn tables(path: &Path) -> BTreeMap<String, Vec<Value>> {
    let lines = |content: &[u8]| {
        String::from_utf8(content.to_vec()).expect("text").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    };
    unpacked(path)
        .into_iter()
        .filter_map(|(name, content)| Some((name.strip_prefix("tables/")?.strip_suffix(".jsonl")?.to_owned(), lines(&content))))
        .collect()
}

fn manifest(path: &Path) -> Value {
    let (_, text) = unpacked(path).into_iter().find(|(name, _)| name == "manifest.json").expect("a manifest");
    serde_json::from_slice(&text).expect("JSON")
}

/// A file of an archive that somebody else made: kind, name as it stands there, content.
type Forged = (EntryType, Vec<u8>, Vec<u8>);

fn regular(name: &str, content: &[u8]) -> Forged {
    (EntryType::Regular, name.as_bytes().to_vec(), content.to_vec())
}

fn pack(path: &Path, entries: &[Forged]) {
    let mut tar = tar::Builder::new(GzEncoder::new(std::fs::File::create(path).expect("made"), Compression::default()));
    for (kind, name, content) in entries {
        let mut header = tar::Header::new_ustar();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name);
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        header.set_entry_type(*kind);
        header.set_cksum();
        tar.append(&header, content.as_slice()).expect("written");
    }
    tar.into_inner().expect("ended").finish().expect("ended").flush().expect("written");
}

/// A document with its file.
async fn document(store: &Store, who: &Member, name: &str, bytes: &[u8]) {
    let mut upload = store.begin_upload(who).await.expect("there is room");
    upload.write(who, bytes).await.expect("written");
    upload.finish(who, &name.parse().expect("a name"), "text/plain", None).await.expect("kept");
}

/// Some of everything that a tenant can have, each with the tenant's slug in it.
async fn furnish(tenant: &Tenant, store: &Store) {
    let (id, slug) = (tenant.id, tenant.slug.as_str());
    let owner = tenant.member("owner").await;
    document(store, &owner, &format!("{slug}-notes.txt"), format!("what {slug} knows").as_bytes()).await;
    document(store, &owner, &format!("{slug}-numbers.bin"), &(0..200_000_u32).map(|n| (n % 251) as u8).collect::<Vec<_>>()).await;
    tenant.invoice().await;
    // A PNG of one pixel.
    let png = "89504e470d0a1a0a0000000d4948445200000001000000010806000000 1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082";
    tenant
        .world
        .sql(&format!(
            r#"
            with a as (
              insert into agents (tenant_id, name, model, department, active)
              select '{id}', '{slug} agent ' || n, 'large', case when n = 1 then 'Sales' end, n < 3 from generate_series(1, 3) n returning id, name
            ), t as (
              insert into threads (tenant_id, title, agent_id, messages)
              select '{id}', 'about ' || a.name, a.id, 2 from a returning id, title
            )
            insert into messages (tenant_id, thread_id, number, role, content)
            select '{id}', t.id, n, case n when 1 then 'user' else 'assistant' end, t.title || ': message ' || n || E' "quoted"\n\\ é \u2028' from t, generate_series(1, 2) n;
            insert into threads (tenant_id, title) values ('{id}', '{slug} without an agent');
            insert into invites (tenant_id, email, role, token_hash, invited_by, inviter_kind, inviter_id, expires_at) values
              ('{id}', 'guest@{slug}.example', 'viewer', sha256('guest {slug}'), 'owner@{slug}.example', 'member', '{owner}', now() + interval '1 day'),
              ('{id}', 'late@{slug}.example', 'admin', sha256('late {slug}'), 'somebody who left', 'member', gen_random_uuid(), now() + interval '1 day');
            insert into entitlement_overrides (tenant_id, meter, quota, reason, created_by) values ('{id}', 'members', null, '{slug}', '{slug}');
            insert into quota_grants (tenant_id, meter, amount, reason, created_by, expires_at) values ('{id}', 'messages', 500, '{slug}', '{slug}', now() + interval '1 day');
            insert into usage_days (tenant_id, meter, day, amount, cost_usd) values
              ('{id}', 'tokens', today() - 100, 47110815, 12.3456789012), ('{id}', 'tokens', today() - 1, 1, 0.0000000001);
            insert into domains (tenant_id, name, token, state, points, is_primary, added_by, verified_at) values
              ('{id}', 'portal.{slug}.example', repeat('a', 64), 'verified', true, true, '{slug}', now()),
              ('{id}', 'old.{slug}.example', repeat('b', 64), 'removed', false, false, '{slug}', null);
            insert into api_keys (tenant_id, name, prefix, key_hash, scopes, created_by) values ('{id}', '{slug} key', 'tk_abcd', sha256('key {slug}'), '{{read}}', '{slug}');
            insert into setups (tenant_id, skipped) values ('{id}', array['team']);
            insert into sales_requests (tenant_id, plan, message, asked_by) values ('{id}', 'enterprise', '{slug} wants more', '{slug}');
            insert into notices (tenant_id, meter, period, percent, used, quota) values ('{id}', 'storage', this_month(), 80, 80.5, 100);
            insert into unusual_days (tenant_id, meter, day, amount, mean) values ('{id}', 'tokens', today() - 1, 100, 33.33);
            insert into refusals (tenant_id, meter, key_prefix, at, times, used, quota, source) values ('{id}', 'tokens', '', now() - interval '1 hour', 3, 5, 5, 'plan');
            insert into plan_changes (tenant_id, from_version_id, to_version_id, state, effective_at, requested_by, settled_at)
              select '{id}', plan_version_id, plan_version_id, 'done', now(), '{slug}', now() from tenants where id = '{id}';
            with i as (
              insert into brand_images (tenant_id, content, width, height) values ('{id}', decode(replace('{png}', ' ', ''), 'hex'), 1, 1) returning id
            ), v as (
              insert into branding_versions (tenant_id, number, look, css, mails, published_by)
              select '{id}', 1, jsonb_build_object('name', '{slug} by name', 'logo_light', i.id), 'h1 {{ color: red }}', '{{}}', '{slug}' from i returning look
            )
            insert into brandings (tenant_id, look, mails, changed_by, last_version) select '{id}', look, '{{}}', '{slug}', 1 from v;
            update brandings set version = 1 where tenant_id = '{id}';
            "#,
            owner = tenant.owner(),
        ))
        .await;
}

/// A tenant with some of everything, its documents on this store's shelf.
async fn furnished(world: &World, store: &Store, name: &str) -> Tenant {
    let tenant = world.tenant(name).with("ada", Role::Admin).with("mel", Role::Member).with("vi", Role::Viewer).await;
    furnish(&tenant, store).await;
    tenant
}

/// The archive of a small tenant, `moved`, that is nobody's here.
pub async fn small_archive() -> &'static [u8] {
    static ARCHIVE: tokio::sync::OnceCell<Vec<u8>> = tokio::sync::OnceCell::const_new();
    let made = ARCHIVE.get_or_init(|| async {
        let (world, folder) = (World::start().await, Folder::new());
        let _moved = world.tenant("moved").await;
        let path = folder.file("moved.tar.gz");
        export(&world.store, "moved", &path).await;
        world.finish().await;
        std::fs::read(path).expect("read")
    });
    made.await
}
