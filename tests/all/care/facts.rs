//! `/admin/tenants/{slug}/settings`, and the same facts over the API.

use reqwest::Method;

use crate::staff::{done, refused, staff};
use crate::world::World;
use crate::world::http::Browser;
use crate::world::keys::KeyActor;
use crate::world::scene::Scene;

const HERE: &str = "/admin/tenants/acme/settings";

/// The form as the page shows it now, with some fields typed otherwise.
async fn form(browser: &Browser, page: &str, typed: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let body = browser.get(page).await.body;
    let document = scraper::Html::parse_document(&body);
    let value = |name: &str| {
        let field = scraper::Selector::parse(&format!("main form [name={name}]")).expect("a selector");
        let form_field = document.select(&field).next_back().unwrap_or_else(|| panic!("no field {name}: {body}"));
        match form_field.value().name() {
            "textarea" => form_field.text().collect::<String>().trim().to_owned(),
            "select" => {
                let chosen = scraper::Selector::parse("option[selected]").expect("a selector");
                form_field.select(&chosen).next().and_then(|option| option.attr("value")).unwrap_or_default().to_owned()
            }
            _ => form_field.attr("value").unwrap_or_default().to_owned(),
        }
    };
    ["slug", "version", "name", "new_slug", "billing_email", "region", "tags", "notes"]
        .into_iter()
        .map(|name| (name, typed.iter().find(|(field, _)| *field == name).map_or_else(|| value(name), |(_, text)| (*text).to_owned())))
        .collect()
}

fn fields<'a>(form: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    form.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[tokio::test]
async fn staff_keep_facts_of_which_the_tenant_sees_only_its_own() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let server = world.serve().await;
    let (root, owner) = (staff(&world, &server).await, server.sign_in("owner@acme.example").await);
    let typed = [
        ("name", "Acme Two"),
        ("billing_email", "bills@acme.example"),
        ("region", "eu"),
        ("tags", "VIP, early-2026 vip"),
        ("notes", "Asks for Olga only.\nKwyjibo."),
    ];
    let page = done(&root, "/fn/tenants/facts", &fields(&form(&root, HERE, &typed).await)).await.body;
    for text in ["Saved.", "Acme Two", "bills@acme.example", "early-2026, vip", "Asks for Olga only."] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let overview = root.get("/admin/tenants/acme").await.body;
    assert!(overview.contains("European Union") && overview.contains("early-2026, vip"), "{overview}");
    for path in ["", "/settings", "/audit", "/audit.jsonl", "/team", "/billing", "/usage"] {
        let seen = owner.get(&format!("/t/acme{path}")).await;
        assert_eq!(seen.status, 200, "{path}");
        assert!(!seen.everything().contains("Kwyjibo") && !seen.everything().contains("early-2026"), "{path} shows what staff note");
    }
    assert!(owner.get("/t/acme/audit").await.body.contains("bills@acme.example"), "but what was changed about it is in its log");
    assert_eq!(acme.count("audit_events where action = 'tenant.updated'").await, 1);
    assert_eq!(world.number("select count(*) from platform_events where action = 'tenant.noted' and after like '%Kwyjibo%'").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn of_two_who_change_one_tenant_the_second_sees_what_changed_and_chooses() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let root = staff(&world, &world.serve().await).await;
    let first = form(&root, HERE, &[("name", "Name of the first"), ("notes", "first")]).await;
    let second = form(&root, HERE, &[("name", "Name of the second"), ("region", "us"), ("tags", "mine")]).await;
    done(&root, "/fn/tenants/facts", &fields(&first)).await;
    let fresh = root.fetch("/fn/tenants/facts", &fields(&second)).await;
    assert_eq!(fresh.status, 409, "{}", fresh.everything());
    assert_eq!(world.text("select name from tenants where slug = 'acme'").await, "Name of the first");

    let reply = root.post("/fn/tenants/facts", &fields(&second)).await;
    let (_, query) = reply.location().split_once('?').expect("it comes back");
    let shown = root.get(&format!("{HERE}?{query}")).await.body;
    assert!(shown.contains("Somebody changed this tenant meanwhile."), "{shown}");
    for text in ["value=\"Name of the second\"", "“Name of the first”", "“first”", "value=\"mine\""] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    // The page carries the new version: sent again, what was chosen is kept.
    let again = form(&root, &format!("{HERE}?{query}"), &[("notes", "first")]).await;
    done(&root, "/fn/tenants/facts", &fields(&again)).await;
    let now = "select t.name || ', ' || t.region || ', ' || array_to_string(s.tags, ' ') || ', ' || s.notes
               from tenants t join staff_facts s on s.tenant_id = t.id where t.slug = 'acme'";
    assert_eq!(world.text(now).await, "Name of the second, us, mine, first");

    // What an owner changes meanwhile counts like what staff do.
    let stale = form(&root, HERE, &[("tags", "late")]).await;
    let mut tx = acme.open::<tenantry::domain::capability::ManageSettings>("owner").await.expect("an owner");
    tx.change_settings(&"Owner's own name".parse().expect("a name"), false).await.expect("changed");
    tx.commit().await.expect("committed");
    assert_eq!(root.fetch("/fn/tenants/facts", &fields(&stale)).await.status, 409);
    world.finish().await;
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_each_field() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let _globex = world.tenant("globex").await;
    let root = staff(&world, &world.serve().await).await;
    let typed = [
        ("name", "<b>"),
        ("new_slug", "A b"),
        ("billing_email", "nobody@nodot"),
        ("region", "moon"),
        ("tags", "<script>"),
        ("notes", "n\0"),
    ];
    let errors = refused(&root, "/fn/tenants/facts", HERE, &fields(&form(&root, HERE, &typed).await)).await;
    assert_eq!(errors, ["name", "new_slug", "billing_email", "region", "tags", "notes"]);
    let taken = form(&root, HERE, &[("new_slug", "globex")]).await;
    assert_eq!(refused(&root, "/fn/tenants/facts", HERE, &fields(&taken)).await, ["new_slug"]);
    assert_eq!(world.number("select max(facts_version) from tenants").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn a_platform_key_changes_slug_region_and_tags() {
    let scene = Scene::set().await;
    let platform = KeyActor::Platform.key().expect("a key");
    let machine = scene.server.browser();
    let path = "/api/v1/platform/tenants/acme";
    let patch = async |body: &str| machine.ask(Method::PATCH, path).bearer(&platform).json(body).send().await;
    let changed = patch(r#"{"slug": "acme-two", "region": "eu", "tags": ["vip", "b"]}"#).await;
    assert_eq!(changed.status, 200, "{}", changed.everything());
    for text in ["\"slug\":\"acme-two\"", "\"region\":\"eu\"", "\"tags\":[\"b\",\"vip\"]"] {
        assert!(changed.body.contains(text), "{text}: {}", changed.body);
    }
    let wrong = patch(r#"{"slug": "A b", "region": "moon", "tags": ["<b>"]}"#).await;
    assert_eq!(wrong.status, 422);
    for field in ["slug", "region", "tags"] {
        assert!(wrong.body.contains(&format!("\"field\":\"{field}\"")), "{field}: {}", wrong.body);
    }
    let taken = patch(r#"{"slug": "kwyjibo"}"#).await;
    assert!(taken.status == 409 && taken.body.contains("taken"), "{}", taken.everything());
    let back = patch(r#"{"slug": "acme", "region": null, "tags": []}"#).await;
    for text in ["\"slug\":\"acme\"", "\"region\":null", "\"tags\":[]"] {
        assert!(back.body.contains(text), "{text}: {}", back.body);
    }
    scene.finish().await;
}
