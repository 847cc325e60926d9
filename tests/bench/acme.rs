//! What the demo leaves empty at Acme, so that every page that is measured has something to show: documents, keys, domains, a look of its own,
//! an earlier slug, an archive. By the product's own forms; only what DNS answers is written down, for a benchmark asks nobody's DNS.

use std::time::{Duration, Instant};

use anyhow::ensure;
use sqlx::ConnectOptions as _;
use tenantry::cli::connect::{Purpose, connect};

use super::server::{Folder, Visitor};

const DOCUMENTS: u32 = 20;
const KEYS: u32 = 5;
const DOMAINS: [&str; 4] = ["docs.acme.example", "help.acme.example", "portal.acme.example", "work.acme.example"];

/// Three names are proved, the last one waits for its records. None is checked again meanwhile.
const DNS_ANSWERS: &str = r#"
update domains
set checked_at = now(), next_check_at = null, state = 'verified', verified_at = now(), points = true,
    report = '{"proof": {"is": "found"}, "pointing": {"is": "cname"}, "certificates": {"is": "allowed"}}'
where name in ('docs.acme.example', 'help.acme.example', 'portal.acme.example');
update domains
set checked_at = now(), next_check_at = null,
    report = '{"proof": {"is": "missing", "exists": false, "remembered": null}, "pointing": {"is": "nowhere", "remembered": null},
               "certificates": {"is": "allowed"}}'
where name = 'work.acme.example'"#;

/// After this every page of the portal that is measured has rows. The archive comes last: it is the newest event of the audit log.
pub async fn furnish(folder: &Folder, owner: &Visitor) -> anyhow::Result<()> {
    for n in 1..=DOCUMENTS {
        owner.post_parts("/t/acme/knowledge", &[("document", Some(&format!("handbook-{n}.txt")), "Something to read.")]).await?;
    }
    for n in 1..=KEYS {
        let (name, calls) = (format!("Program {n}"), format!("{n}00"));
        owner
            .post("/fn/keys/create", &[("tenant", "acme"), ("name", &name), ("read", "on"), ("usage", "on"), ("calls_a_minute", &calls)])
            .await?;
    }
    add_domains(folder, owner).await?;
    publish_looks(owner).await?;
    owner.post("/fn/settings/slug", &[("tenant", "acme"), ("new_slug", "acme-before"), ("repeat_slug", "acme")]).await?;
    owner.post("/fn/settings/slug", &[("tenant", "acme-before"), ("new_slug", "acme"), ("repeat_slug", "acme-before")]).await?;
    let models = [("tenant", "acme"), ("allowed_models", "claude-sonnet-4-5\nclaude-opus-4-6\ngpt-4o"), ("default_model", "gpt-4o")];
    owner.post("/fn/settings/models", &models).await?;
    make_archive(folder, owner).await
}

async fn add_domains(folder: &Folder, owner: &Visitor) -> anyhow::Result<()> {
    for domain in DOMAINS {
        owner.post("/fn/domains/add", &[("tenant", "acme"), ("domain", domain)]).await?;
    }
    let connected = connect(&folder.config("small")?, Purpose::Command).await?;
    let mut platform = connected.logins.platform.connect().await?;
    sqlx::raw_sql(DNS_ANSWERS).execute(&mut platform).await?;
    connected.stop().await
}

/// Two published versions, and a draft that differs from them.
async fn publish_looks(owner: &Visitor) -> anyhow::Result<()> {
    for (nth, text) in ["Welcome.", "Welcome to Acme.", "Welcome to Acme. Ask the desk if you cannot sign in."].into_iter().enumerate() {
        // Saving and publishing count one each.
        let (seen, saved) = ((2 * nth).to_string(), (2 * nth + 1).to_string());
        let css = if nth == 2 { ".card { padding: 8px }" } else { "" };
        let draft = [
            ("revision", None, seen.as_str()),
            ("name", None, "Acme"),
            ("sign_in_text", None, text),
            ("css", None, css),
            ("welcome_subject", None, "Welcome to {{tenant}}"),
            ("welcome_body", None, "Hello {{name}},\n\nyou are now {{role}} of {{tenant}}."),
        ];
        owner.post_parts("/t/acme/branding", &draft).await?;
        if nth < 2 {
            owner.post("/fn/branding/publish", &[("tenant", "acme"), ("revision", &saved)]).await?;
        }
    }
    Ok(())
}

/// Until it is there.
async fn make_archive(folder: &Folder, owner: &Visitor) -> anyhow::Result<()> {
    owner.post("/fn/moving/export", &[("tenant", "acme"), ("export_password", folder.password())]).await?;
    let asked = Instant::now();
    while !owner.get("/t/acme/export").await?.contains("Your archive is ready") {
        ensure!(asked.elapsed() < Duration::from_secs(60), "the archive is not made");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}
