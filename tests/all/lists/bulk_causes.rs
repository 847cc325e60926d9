//! Staff and non-payment suspend independently: what the dry run says of both is what happens.

use tenantry::jobs::work_off;

use crate::world::smtp::mailer;
use crate::world::{Tenant, World};

use super::bulk::{choose, id, is, lines, suspended};
use super::{done, staff};

async fn owe(world: &World, tenant: &Tenant) {
    let mut console = world.console().await;
    console.suspend_unpaid(&tenant.slug, &"Two invoices".parse().expect("a reason")).await.expect("suspended");
    console.commit().await.expect("committed");
}

/// One that staff and non-payment hold, one each, and one that is open: in the order of their names.
async fn tenants(world: &World) -> [Tenant; 4] {
    let (both, held) = (suspended(world, "both").await, suspended(world, "held").await);
    let (owing, paying) = (world.tenant("owing").await, world.tenant("paying").await);
    owe(world, &both).await;
    owe(world, &owing).await;
    [both, held, owing, paying]
}

const ALL: [&str; 4] = ["both", "held", "owing", "paying"];

async fn states(tenants: &[Tenant; 4]) -> Vec<String> {
    let mut states = Vec::new();
    for tenant in tenants {
        states.push(tenant.status().await);
    }
    states
}

#[tokio::test]
async fn who_is_suspended_for_non_payment_alone_can_be_suspended_by_staff_too() {
    let world = World::start().await;
    let tenants = tenants(&world).await;
    let server = world.serve().await;
    let root = staff(&world, &server, "root").await;
    let run = choose(&root, "suspend", &ALL).await;
    done(&root, "/fn/bulk/details", &[("run", id(&run)), ("reason", "Fraud")]).await;
    let would = lines(&root, &run).await;
    let (yes, no) = ("Would be done", "Would be refused");
    assert_eq!(is(&would), [("both", no), ("held", no), ("owing", yes), ("paying", yes)]);
    assert!(would[2].2.contains("non-payment"), "{would:?}");

    done(&root, "/fn/bulk/start", &[("run", id(&run))]).await;
    work_off(&world.store, &mailer(None)).await;
    let (yes, no) = ("Done", "Refused");
    assert_eq!(is(&lines(&root, &run).await), [("both", no), ("held", no), ("owing", yes), ("paying", yes)]);
    assert_eq!(states(&tenants).await, ["suspended"; 4]);
    let reasons = format!("select status_reason || ' ' || unpaid_reason from tenants where id = '{}'", tenants[2].id);
    assert_eq!(world.text(&reasons).await, "Fraud Two invoices");
    world.finish().await;
}

#[tokio::test]
async fn staff_resume_whom_they_suspended_and_non_payment_holds_on() {
    let world = World::start().await;
    let tenants = tenants(&world).await;
    let server = world.serve().await;
    let root = staff(&world, &server, "root").await;
    let run = choose(&root, "resume", &ALL).await;
    let would = lines(&root, &run).await;
    let (yes, no) = ("Would be done", "Would be refused");
    assert_eq!(is(&would), [("both", yes), ("held", yes), ("owing", no), ("paying", no)]);
    assert!(would[0].2.contains("stays suspended for non-payment"), "{would:?}");
    assert_eq!(would[2].2, "Staff did not suspend it: it opens when its payment has arrived.");

    done(&root, "/fn/bulk/start", &[("run", id(&run))]).await;
    work_off(&world.store, &mailer(None)).await;
    let after = lines(&root, &run).await;
    let (yes, no) = ("Done", "Refused");
    assert_eq!(is(&after), [("both", yes), ("held", yes), ("owing", no), ("paying", no)]);
    assert_eq!(after[0].2, "No longer suspended by staff; still for non-payment.");
    assert_eq!(states(&tenants).await, ["suspended", "active", "suspended", "active"]);
    world.finish().await;
}
