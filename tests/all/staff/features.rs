//! `/admin/features`.

use super::{done, events, refused, staff};
use crate::world::World;

#[tokio::test]
async fn a_feature_is_added_renamed_and_belongs_to_who_buys_a_version_with_it() {
    let world = World::start().await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let new =
        |key: &'static str, label: &'static str, description: &'static str| [("key", key), ("label", label), ("description", description)];
    let list = done(&root, "/fn/features/create", &new("audit-export", "Audit export", "The log as a file.")).await;
    for text in ["Audit export", "audit-export", "The log as a file.", "no plan"] {
        assert!(list.body.contains(text), "{text}: {}", list.body);
    }
    done(&root, "/fn/plans/draft", &[("plan", "free")]).await;
    done(&root, "/fn/plans/terms", &[("plan", "free"), ("revision", "1"), ("price", "0"), ("features[]", "audit-export")]).await;
    super::publish(&root, "free").await;
    let tenant = world.tenant("acme").on("free").await;
    let key = tenant.key("k").await.text;
    let asked = server.browser().ask(reqwest::Method::GET, "/api/v1/features/audit-export").bearer(&key).send().await;
    assert!(asked.body.contains("true"), "{}", asked.everything());

    for _ in 0..2 {
        let change = [("feature", "audit-export"), ("label", "Audit files"), ("description", "")];
        assert!(done(&root, "/fn/features/change", &change).await.body.contains("Audit files"));
    }
    assert_eq!((events(&world, "feature.created").await, events(&world, "feature.changed").await), (1, 1));
    let long = "x".repeat(301);
    for (form, fields) in [
        (new("", "", ""), &["label", "key"][..]),
        (new("SSO", "<b>", ""), &["label", "key"]),
        (new("sso", "Another", ""), &["key"]),
        (new("other", "WEBHOOKS", ""), &["label"]),
        (new("new", "New", ""), &["key"]),
    ] {
        assert_eq!(refused(&root, "/fn/features/create", "/admin/features/new", &form).await, fields, "{form:?}");
    }
    assert_eq!(root.fetch("/fn/features/create", &[("key", "long"), ("label", "Long"), ("description", &long)]).await.status, 422);
    assert_eq!(root.fetch("/fn/features/change", &[("feature", "nothing"), ("label", "N"), ("description", "")]).await.status, 404);
    assert_eq!(root.get("/admin/features/nothing").await.status, 404);
    assert_eq!(root.get("/admin/features/sso").await.status, 200);
    assert_eq!(world.number("select count(*) from features").await, 11);
    world.finish().await;
}
