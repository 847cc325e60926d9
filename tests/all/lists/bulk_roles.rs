//! What a role may not do to many tenants is not offered to it.

use crate::world::World;
use crate::world::http::{Browser, Server};

use super::bulk::{choose, id};
use super::{done, page, texts};

async fn in_role(world: &World, server: &Server, role: &str) -> Browser {
    let email = format!("{role}@tenantry.example");
    let user = world.account(&email).await;
    world.sql(&format!("insert into platform_admins (user_id, role) values ('{user}', '{role}')")).await;
    server.sign_in(&email).await
}

#[tokio::test]
async fn the_list_offers_each_role_what_it_may_do_to_many() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve().await;
    let everything = ["Suspend tenants…", "Resume tenants…", "Change plans…", "Switch a feature…", "Message owners…"];
    for (role, actions) in
        [("owner", &everything[..]), ("operator", &everything[..]), ("billing", &["Change plans…"]), ("support", &[]), ("read_only", &[])]
    {
        let browser = in_role(&world, &server, role).await;
        let selecting = page(&browser, "/admin/tenants?panel=select").await;
        assert_eq!(texts(&selecting, "#bulk button"), actions, "{role}");
        let boxes = usize::from(!actions.is_empty());
        assert_eq!(texts(&selecting, "td.pick").len(), boxes, "{role}");
        for path in ["/admin/tenants", "/admin/bulk"] {
            let offered = texts(&page(&browser, path).await, "a[href='/admin/tenants?panel=select']").len();
            assert_eq!(offered > 0, !actions.is_empty(), "{role} on {path}");
        }
    }
    world.finish().await;
}

#[tokio::test]
async fn who_may_not_do_it_sees_what_would_happen_and_no_button() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve().await;
    let owner = in_role(&world, &server, "owner").await;
    let (billing, reader) = (in_role(&world, &server, "billing").await, in_role(&world, &server, "read_only").await);
    let run = choose(&owner, "suspend", &["acme"]).await;
    let count = async |browser: &Browser, selector: &str| texts(&page(browser, &run).await, selector).len();

    let details = "form[action='/fn/bulk/details']";
    assert_eq!((count(&owner, details).await, count(&billing, details).await, count(&reader, details).await), (1, 0, 0));
    done(&owner, "/fn/bulk/details", &[("run", id(&run)), ("reason", "Fraud")]).await;
    let start = "form[action='/fn/bulk/start']";
    assert_eq!((count(&owner, start).await, count(&billing, start).await, count(&reader, start).await), (1, 0, 0));
    let change = "a[href$='change=1']";
    assert_eq!((count(&owner, change).await, count(&reader, change).await), (1, 0));
    assert_eq!(texts(&page(&reader, &run).await, "td.lead"), ["Would be done"]);
    assert_eq!(texts(&page(&reader, &format!("{run}?change=1")).await, "td.lead"), ["Would be done"]);
    world.finish().await;
}
