//! A feature is switched for many tenants: where it is so already, nothing happens.

use tenantry::jobs::work_off;

use crate::world::World;
use crate::world::smtp::mailer;

use super::bulk::{choose, id, is, lines};
use super::{attributes, done, page, staff, texts};

fn switch<'a>(run: &'a str, feature: &'a str, state: &'a str, reason: &'a str, until: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("run", id(run)), ("feature", feature), ("state", state), ("reason", reason), ("until", until)]
}

#[tokio::test]
async fn a_feature_is_switched_for_many_where_it_is_otherwise() {
    let world = World::start().await;
    let (acme, globex, other) = (world.tenant("acme").await, world.tenant("globex").await, world.tenant("other").await);
    let server = world.serve().await;
    let root = staff(&world, &server, "root").await;
    let has = async |slug: &str| {
        let asked = "select h.enabled::int::bigint from tenant_features h join tenants t on t.id = h.tenant_id where h.feature = 'sso'";
        world.number(&format!("{asked} and t.slug = '{slug}'")).await
    };
    let already = [("slug", "acme"), ("feature", "sso"), ("state", "on"), ("reason", "The first.")];
    done(&root, "/fn/features/switch", &already).await;

    let run = choose(&root, "switch_feature", &["acme", "globex"]).await;
    let asks = page(&root, &run).await;
    assert_eq!(texts(&asks, "h1"), ["Switch a feature"]);
    assert!(attributes(&asks, "#feature option", "value").contains(&"sso".to_owned()));
    done(&root, "/fn/bulk/details", &switch(&run, "sso", "on", "A pilot.", "")).await;
    let would = lines(&root, &run).await;
    assert_eq!(is(&would), [("acme", "Would be refused"), ("globex", "Would be done")]);
    assert_eq!(would[0].2, "It is so already.");
    assert_eq!(would[1].2, "From off (as the plan) to on (for this tenant).");
    let shown = root.get(&run).await.body;
    for text in ["Switch it for 1 tenant", "A pilot."] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    assert_eq!(has("globex").await, 0, "nothing has happened yet");

    done(&root, "/fn/bulk/start", &[("run", id(&run))]).await;
    work_off(&world.store, &mailer(None)).await;
    let after = lines(&root, &run).await;
    assert_eq!(is(&after), [("acme", "Refused"), ("globex", "Done")]);
    assert_eq!((after[0].2.as_str(), &after[1].2), ("It is so already.", &would[1].2));
    assert_eq!((has("acme").await, has("globex").await, has("other").await), (1, 1, 0));
    let switched = "audit_events where action = 'feature.switched'";
    assert_eq!((acme.count(switched).await, globex.count(switched).await, other.count(switched).await), (1, 1, 0));

    // Back to the plan.
    let back = choose(&root, "switch_feature", &["acme", "globex", "other"]).await;
    done(&root, "/fn/bulk/details", &switch(&back, "sso", "plan", "The pilot is over.", "")).await;
    done(&root, "/fn/bulk/start", &[("run", id(&back))]).await;
    work_off(&world.store, &mailer(None)).await;
    assert_eq!(is(&lines(&root, &back).await), [("acme", "Done"), ("globex", "Done"), ("other", "Refused")]);
    assert_eq!((has("acme").await, world.number("select count(*) from feature_overrides").await), (0, 0));
    world.finish().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_switch_for_many_is_said_and_nothing_begins() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let server = world.serve().await;
    let root = staff(&world, &server, "root").await;
    let run = choose(&root, "switch_feature", &["acme"]).await;
    for form in [
        switch(&run, "", "on", "A pilot.", ""),
        switch(&run, "teleport", "on", "A pilot.", ""),
        switch(&run, "sso", "maybe", "A pilot.", ""),
        switch(&run, "sso", "on", " ", ""),
        switch(&run, "sso", "on", "A pilot.", "2020-01-01"),
        switch(&run, "sso", "plan", "A pilot.", "2100-01-01"),
    ] {
        assert_eq!(root.fetch("/fn/bulk/details", &form).await.status, 422, "{form:?}");
    }
    assert_eq!(root.fetch("/fn/bulk/start", &[("run", id(&run))]).await.status, 409, "it is not filled in");

    // Its last day is over before it begins.
    done(&root, "/fn/bulk/details", &switch(&run, "sso", "on", "A pilot.", "")).await;
    world.sql("update bulk_runs set details = jsonb_set(details, '{until}', '\"2020-01-01T00:00:00Z\"')").await;
    assert_eq!(lines(&root, &run).await[0].2, "The last day is over.");
    done(&root, "/fn/bulk/start", &[("run", id(&run))]).await;
    work_off(&world.store, &mailer(None)).await;
    let after = lines(&root, &run).await;
    assert_eq!((is(&after), after[0].2.as_str()), (vec![("acme", "Refused")], "The last day is over."));
    assert_eq!(acme.count("feature_overrides").await, 0);
    world.finish().await;
}
