//! `/admin/views`.

use scraper::Html;

use crate::world::World;

use super::{attributes, done, page, staff, texts};

#[tokio::test]
async fn a_view_is_saved_shared_renamed_and_deleted_by_whose_it_is() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve().await;
    let (root, other) = (staff(&world, &server, "root").await, staff(&world, &server, "other").await);
    let of = "q=plan:pro tokens:>80%&sort=-cost&cols=plan,cost&after=00000000000000000000000000000000.x";
    let saved = done(&root, "/fn/views/save", &[("name", "Pro, nearly full"), ("of", of)]).await;
    let address = "/admin/tenants?q=plan:pro%20tokens:%3E80%25&sort=-cost&cols=plan,cost";
    assert_eq!(saved.location(), address, "to the view itself, from its beginning");
    let shown = page(&root, saved.location()).await;
    assert_eq!(texts(&shown, ".views a[aria-current]"), ["Pro, nearly full"]);
    assert_eq!(attributes(&shown, ".views a", "href")[0], address);

    // Nobody else's, until it is shared.
    assert_eq!(texts(&page(&other, "/admin/tenants").await, ".views a"), Vec::<String>::new());
    let id = world.text("select id::text from staff_views").await;
    done(&root, "/fn/views/change", &[("view", &id), ("name", "Nearly full"), ("shared", "on")]).await;
    assert_eq!(texts(&page(&other, "/admin/tenants").await, ".views a")[0], "Nearly full");
    for (function, form) in
        [("/fn/views/change", vec![("view", id.as_str()), ("name", "Mine")]), ("/fn/views/delete", vec![("view", id.as_str())])]
    {
        assert_eq!(other.fetch(function, &form).await.status, 404, "{function} of somebody else's");
    }
    let own = page(&root, "/admin/views").await;
    assert!(texts(&own, "td.lead").contains(&"Shared".to_owned()), "{:?}", texts(&own, "td"));
    done(&root, "/fn/views/delete", &[("view", &id)]).await;
    assert_eq!(world.number("select count(*) from staff_views").await, 0);
    let told = "select string_agg(action, ' ' order by seq) from platform_events where action like 'view.%'";
    assert_eq!(world.text(told).await, "view.saved view.changed view.deleted");
    world.finish().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_name_stands_beside_it_and_what_was_typed_is_kept() {
    let world = World::start().await;
    let server = world.serve().await;
    let root = staff(&world, &server, "root").await;
    done(&root, "/fn/views/save", &[("name", "Mine"), ("of", "q=plan:pro")]).await;
    let long = "n".repeat(81);
    for name in ["", "<b>", "mine", &long] {
        let reply = root.ask(reqwest::Method::POST, "/fn/views/save").form(&[("name", name), ("of", "q=state:trial")]);
        let from = format!("http://{}/admin/views?of=q%3Dstate%3Atrial", server.host);
        let reply = reply.header("referer", &from).send().await;
        let shown = Html::parse_document(&root.get(reply.location()).await.body);
        assert_eq!(texts(&shown, "#name-error").len(), 1, "{name}");
        assert_eq!(attributes(&shown, "#name", "value"), [name]);
        assert_eq!(texts(&shown, "form code"), ["state:trial"], "what is saved is still there");
    }
    // A view that cannot be read is none: it must not become the whole list.
    assert_eq!(root.fetch("/fn/views/save", &[("name", "Odd"), ("of", "q=tokens:lots")]).await.status, 422);
    world.sql("insert into staff_views (user_id, name, query, shared) select id, 'View ' || n, '', false from users, generate_series(1, 49) n").await;
    assert_eq!(root.fetch("/fn/views/save", &[("name", "One too many"), ("of", "")]).await.status, 422);
    assert_eq!(world.number("select count(*) from staff_views").await, 50);
    world.finish().await;
}
