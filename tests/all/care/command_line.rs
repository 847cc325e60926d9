//! `tenantry tenant trial`, `unpaid`, `paid`, `feature`, `quotas`: the same rules and audit events as in the console.

use clap::Parser as _;
use tenantry::cli::output::{Output, Refusal};
use tenantry::cli::{Cli, Command, Installed, Surroundings};

use crate::world::{Tenant, World};

async fn run(world: &World, words: &[&str]) -> Result<(), Refusal> {
    let cli = Cli::try_parse_from(["tenantry", "tenant"].iter().chain(words)).expect("a good command line");
    let Command::Installed(Installed::OnStore(command)) = cli.command else { panic!("it works on the store") };
    let around = Surroundings { base_url: "http://localhost:3000".to_owned(), demo_password: None, owner: None };
    command.run(&world.store, &around, &Output::new(true)).await
}

/// Why it is refused, and for which options.
async fn refused(world: &World, words: &[&str]) -> (String, Vec<String>) {
    match run(world, words).await {
        Err(Refusal::Refused { message, errors }) => (message, errors.into_iter().map(|error| error.field).collect()),
        other => panic!("{words:?}: {other:?}"),
    }
}

async fn said(tenant: &Tenant, action: &str) -> i64 {
    tenant.count(&format!("audit_events where action = '{action}' and actor_kind = 'operator'")).await
}

#[tokio::test]
async fn a_trial_goes_on_for_days_and_ends_once() {
    let world = World::start().await;
    let acme = world.tenant("acme").trial(3).await;
    let _globex = world.tenant("globex").await;
    assert_eq!(refused(&world, &["trial", "acme", "--extend-days", "364"]).await.1, ["extend_days"]);
    assert_eq!(refused(&world, &["trial", "globex", "--extend-days", "7"]).await.0, "This tenant is not in its trial.");
    assert_eq!(refused(&world, &["trial", "nobody", "--convert"]).await.0, "Not found: the tenant nobody.");
    assert_eq!(said(&acme, "tenant.trial_extended").await, 0);
    let before = world.text("select trial_ends_at::text from tenants where slug = 'acme'").await;
    run(&world, &["trial", "acme", "--extend-days", "7"]).await.expect("extended");
    let moved = format!("select count(*) from tenants where trial_ends_at = timestamptz '{before}' + interval '168 hours'");
    assert_eq!((world.number(&moved).await, said(&acme, "tenant.trial_extended").await), (1, 1));
    run(&world, &["trial", "acme", "--convert"]).await.expect("converted");
    assert_eq!((acme.status().await.as_str(), said(&acme, "tenant.trial_converted").await), ("active", 1));
    assert_eq!(refused(&world, &["trial", "acme", "--convert"]).await.0, "This tenant is not in its trial.");
    world.finish().await;
}

#[tokio::test]
async fn a_tenant_that_owes_is_closed_until_it_has_paid() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    assert_eq!(refused(&world, &["paid", "acme"]).await.0, "Nothing is noted as unpaid here.");
    assert_eq!(refused(&world, &["unpaid", "acme", "--owed", " "]).await.1, ["owed"]);
    assert_eq!((acme.status().await.as_str(), said(&acme, "tenant.suspended_unpaid").await), ("active", 0));
    run(&world, &["unpaid", "acme", "--owed", "two invoices"]).await.expect("suspended");
    assert_eq!(world.text("select status || ': ' || unpaid_reason from tenants").await, "suspended: two invoices");
    assert_eq!(refused(&world, &["unpaid", "acme", "--owed", "three"]).await.0, "This tenant is suspended for non-payment already.");
    run(&world, &["paid", "acme"]).await.expect("paid");
    assert_eq!(acme.status().await, "active");
    assert_eq!((said(&acme, "tenant.suspended_unpaid").await, said(&acme, "tenant.payment_arrived").await), (1, 1));
    world.finish().await;
}

#[tokio::test]
async fn a_feature_is_on_off_or_as_the_plan_says() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let wrong = ["feature", "acme", "sso", "--on", "--reason", " ", "--until", "2020-01-01"];
    assert_eq!(refused(&world, &wrong).await.1, ["reason", "until"]);
    assert_eq!(refused(&world, &["feature", "acme", "sso", "--on", "--reason", "r", "--until", ""]).await.1, ["until"]);
    assert_eq!(refused(&world, &["feature", "acme", "sso", "--plan", "--reason", "r", "--until", "2027-12-31"]).await.1, ["until"]);
    assert_eq!(refused(&world, &["feature", "acme", "teleport", "--on", "--reason", "r"]).await.0, "Not found: the feature teleport.");
    assert_eq!(refused(&world, &["feature", "nobody", "sso", "--on", "--reason", "r"]).await.0, "Not found: the tenant nobody.");
    assert_eq!(acme.count("feature_overrides").await, 0);
    let today = world.text("select today()::text").await;
    run(&world, &["feature", "acme", "sso", "--on", "--reason", "a pilot", "--until", &today]).await.expect("switched on");
    let ends = "feature_overrides where feature = 'sso' and enabled and expires_at = (today() + 1)::timestamp at time zone 'utc'";
    assert_eq!(acme.count(ends).await, 1);
    run(&world, &["feature", "acme", "webhooks", "--off", "--reason", "they flood us"]).await.expect("switched off");
    assert_eq!(acme.count("feature_overrides where feature = 'webhooks' and not enabled and expires_at is null").await, 1);
    run(&world, &["feature", "acme", "sso", "--plan", "--reason", "over"]).await.expect("given back");
    assert_eq!((acme.count("feature_overrides where feature = 'sso'").await, said(&acme, "feature.switched").await), (0, 3));
    world.finish().await;
}

#[tokio::test]
async fn quotas_are_shown_of_a_tenant_that_there_is() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    acme.limit("tokens", 5).await;
    run(&world, &["quotas", "acme"]).await.expect("shown");
    assert_eq!(refused(&world, &["quotas", "nobody"]).await.0, "Not found: the tenant nobody.");
    world.finish().await;
}
