//! Servers and commands may start beside each other: each brings logins and schema up to date, and none refuses another.

use tenantry::store::migrate::{self, Login};

use crate::world::World;

#[tokio::test]
async fn many_that_start_at_once_all_prepare_logins_and_schema() {
    let world = World::start().await;
    let admin = world.superuser_login();
    let database = admin.get_database().expect("the world has a database").to_owned();
    let password = String::from("unused: the socket's folder is private").into();
    let start = async || {
        migrate::ensure_database(&admin, &database, "starting_owner", &password).await?;
        let logins = [Login { name: "starting_app", password: &password, group: "tenantry_app" }];
        migrate::ensure_roles(&admin, "starting_owner", &logins).await?;
        migrate::ensure_groups(&admin, "starting_owner", &[("starting_app", "tenantry_platform")]).await?;
        migrate::apply(&world.logins.owner).await
    };
    for _ in 0..10 {
        let (first, second, third, fourth) = tokio::join!(start(), start(), start(), start());
        for applied in [first, second, third, fourth] {
            assert_eq!(applied.expect("none is refused"), 0);
        }
    }
    world.sql("drop role starting_app; drop role starting_owner").await;
    world.finish().await;
}
