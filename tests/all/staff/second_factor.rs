//! Staff need a second factor, except in a demo.

use tenantry::domain::staff::UseConsole;
use tenantry::store::StoreError;
use tenantry::store::demo::DemoPlan;

use super::{done, events, staff};
use crate::world::World;
use crate::world::people::password_hash;

const REQUIRE: &str = "update platform_settings set staff_second_factor = true";

#[tokio::test]
async fn who_has_none_is_led_to_set_it_up_before_the_console_opens() {
    let world = World::start().await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    world.tenant("acme").await;
    assert_eq!(root.get("/admin").await.status, 200);
    world.sql(REQUIRE).await;
    for page in ["/admin", "/admin/tenants", "/admin/tenants/new", "/admin/staff"] {
        let led = root.get(page).await;
        assert_eq!((led.status, led.location()), (303, "/account?console=needed#second-factor"), "{page}");
    }
    assert!(root.get("/account?console=needed").await.body.contains("asks everybody for a second factor"));
    let refused = root.fetch("/fn/tenants/suspend", &[("slug", "acme"), ("reason", "unpaid")]).await;
    assert!(refused.status == 403 && refused.body.contains("second factor"), "{}", refused.body);
    assert_eq!(root.get("/admin/tenants/acme/usage.csv").await.status, 403);
    let id = world.account_id("root@tenantry.example").await;
    let admin = world.sign_in(id).await.platform_admin().expect("an admin");
    assert!(matches!(world.store.platform::<UseConsole>(&admin).await, Err(StoreError::SecondFactorNeeded(_))), "no way past the evidence");
    let list = world.store.tenant_list(&admin, &tenantry::domain::listing::TenantQuery::default()).await;
    assert!(matches!(list, Err(StoreError::SecondFactorNeeded(_))));

    world.plant_factor(id).await;
    assert_eq!(root.get("/admin").await.status, 200, "with the next click");
    assert_eq!(root.fetch("/fn/tenants/suspend", &[("slug", "acme"), ("reason", "unpaid")]).await.status, 200);
    world.finish().await;
}

#[tokio::test]
async fn an_owner_who_has_one_says_whether_all_need_one() {
    let world = World::start().await;
    let server = world.serve().await;
    let owner = staff(&world, &server).await;
    let refused = owner.fetch("/fn/staff/second-factor", &[("required", "on")]).await;
    assert!(refused.status == 409 && refused.body.contains("of your own first"), "nobody shuts themselves out: {}", refused.body);
    world.plant_factor(world.account_id("root@tenantry.example").await).await;
    let page = done(&owner, "/fn/staff/second-factor", &[("required", "on")]).await;
    assert!(page.body.contains("are led to set it up"));
    assert_eq!(world.number("select count(*) from platform_settings where staff_second_factor").await, 1);
    done(&owner, "/fn/staff/second-factor", &[]).await;
    assert_eq!(events(&world, "staff.second_factor").await, 2);
    world.finish().await;
}

#[tokio::test]
async fn an_installation_requires_one_and_a_demo_does_not_unless_it_has_staff_already() {
    let world = World::start().await;
    let operator = tenantry::store::access::PlatformAdmin::operator("the operator");
    // As an installation begins.
    world.sql(REQUIRE).await;
    world.store.fill_demo(&operator, DemoPlan { tenants: 1 }, password_hash().to_owned(), |_| ()).await.expect("filled");
    let server = world.serve().await;
    let admin = server.sign_in("admin@tenantry.example").await;
    let page = admin.get("/admin").await;
    assert!(page.status == 200 && page.body.contains("This is a demo: staff need no second factor"), "{}", page.everything());
    world.finish().await;

    let world = World::start().await;
    world.sql(REQUIRE).await;
    let server = world.serve().await;
    staff(&world, &server).await;
    world.store.fill_demo(&operator, DemoPlan { tenants: 1 }, password_hash().to_owned(), |_| ()).await.expect("filled");
    let admin = server.sign_in("admin@tenantry.example").await;
    assert_eq!(admin.get("/admin").await.location(), "/account?console=needed#second-factor");
    world.finish().await;
}
