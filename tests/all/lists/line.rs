//! `/admin/tenants`: the query line and its controls.

use crate::world::World;

use super::{attributes, page, slugs, staff, texts};

async fn some(world: &World) {
    for (name, plan, trial) in [("acme", "pro", 0), ("globex", "pro", 14), ("initech", "free", 0), ("umbrella", "starter", 0)] {
        let _tenant = world.tenant(name).on(plan).trial(trial).await;
    }
    world
        .sql(
            "update tenants set created_at = '2025-06-01T12:00:00Z' where slug = 'umbrella';
             insert into usage_days (tenant_id, meter, day, amount, cost_usd) select id, 'tokens', today(), 45000000, 120 from tenants where slug = 'acme';
             insert into usage_days (tenant_id, meter, day, amount, cost_usd) select id, 'tokens', today(), 500000, 3 from tenants where slug = 'initech'",
        )
        .await;
}

#[tokio::test]
async fn filters_and_words_of_the_line_narrow_the_list_together() {
    let world = World::start().await;
    some(&world).await;
    let server = world.serve().await;
    let root = staff(&world, &server, "root").await;
    for (line, expected) in [
        ("", &["acme", "globex", "initech", "umbrella"][..]),
        ("plan:pro", &["acme", "globex"]),
        ("plan:pro,free", &["acme", "globex", "initech"]),
        ("-plan:pro", &["initech", "umbrella"]),
        ("state:trial", &["globex"]),
        ("state:active plan:pro tokens:>80% owner:@acme.example", &["acme"]),
        ("tokens:>80%", &["acme"]),
        ("tokens:>=90%", &["acme"]),
        ("tokens:>90%", &[]),
        ("limit:>=50%", &["acme", "initech"]),
        ("tokens:>=500k", &["acme", "initech"]),
        ("tokens:<500k", &["globex", "umbrella"]),
        ("cost:>100", &["acme"]),
        ("cost:>0", &["acme", "initech"]),
        ("agents:0 plan:free", &["initech"]),
        ("created:<2026-01-01", &["umbrella"]),
        ("created:2025-06", &["umbrella"]),
        ("created:2025-06-01", &["umbrella"]),
        ("created:2025-06-02", &[]),
        ("created:>1m -plan:pro", &["umbrella"]),
        ("created:7d plan:free", &["initech"]),
        ("-created:7d", &["umbrella"]),
        ("name:glob", &["globex"]),
        ("slug:init", &["initech"]),
        ("owner:globex", &["globex"]),
        ("ACME owner@", &["acme"]),
        ("\"GLOBEX globex\"", &["globex"]),
        ("state:deleted", &[]),
    ] {
        let address = format!("/admin/tenants?q={}&sort=name", tenantry::domain::listing::encode(line));
        assert_eq!(slugs(&page(&root, &address).await), expected, "{line}");
    }
    // The order that suits a filter: the most first.
    assert_eq!(slugs(&page(&root, "/admin/tenants?q=cost:%3E0").await), ["acme", "initech"]);
    assert_eq!(slugs(&page(&root, "/admin/tenants?q=tokens:%3E%3D500k&sort=tokens").await), ["initech", "acme"]);
    world.finish().await;
}

#[tokio::test]
async fn what_is_not_understood_is_said_under_the_line_and_the_list_stays() {
    let world = World::start().await;
    some(&world).await;
    let server = world.serve().await;
    let root = staff(&world, &server, "root").await;
    let long = "plan:pro ".repeat(1_200);
    for (line, message, shown) in [
        ("plan:pro color:red", "there is no filter “color”", 2),
        ("tokens:lots", "tokens:>80% or tokens:>=5M", 4),
        ("name:\"acme", "a quote is opened and not closed", 4),
        ("plan:gold", "There is no plan “gold”; it was left out. There are free, starter, pro, enterprise.", 4),
        ("\" ' ; drop table tenants; --", "a quote is opened and not closed", 4),
        (&long, "at most 500 characters; this one has 10,799", 4),
    ] {
        let shown_page = page(&root, &format!("/admin/tenants?q={}", tenantry::domain::listing::encode(line))).await;
        let messages = texts(&shown_page, "#q-messages .error").join(" ");
        assert!(messages.contains(message), "{line:.40}: {messages}");
        assert_eq!(attributes(&shown_page, "#q", "value"), [line], "what was typed is kept");
        assert_eq!(attributes(&shown_page, "#q", "aria-invalid"), ["true"]);
        assert_eq!(slugs(&shown_page).len(), shown, "{line:.40}");
    }
    world.finish().await;
}

#[tokio::test]
async fn a_form_leads_to_the_short_address_of_its_view_in_which_line_and_controls_agree() {
    let world = World::start().await;
    some(&world).await;
    let server = world.serve().await;
    let root = staff(&world, &server, "root").await;
    for (sent, address) in [
        ("q=acme&status=&plan=&limit=&created=&was=", "/admin/tenants?q=acme"),
        ("q=acme&status=active&plan=pro&limit=&created=&was=acme", "/admin/tenants?q=acme%20state:active%20plan:pro"),
        ("q=&status=&plan=pro&was=plan:pro&sort=-cost", "/admin/tenants?sort=-cost"),
        ("q=plan:free&status=&plan=pro&was=plan:pro&panel=filters&tokens=", "/admin/tenants?q=plan:free&panel=filters"),
        ("q=&was=&col=plan&col=cost&cols=name", "/admin/tenants?cols=plan,cost"),
    ] {
        let reply = root.get(&format!("/admin/tenants?{sent}")).await;
        assert_eq!((reply.status, reply.location()), (303, address), "{sent}");
    }
    // A script that asks while somebody types gets the answer at once, and the address in it.
    let typed = root.ask(reqwest::Method::GET, "/admin/tenants?q=acme&was=&plan=pro").header("sec-fetch-mode", "cors").send().await;
    assert!(typed.status == 200 && typed.body.contains("data-view=\"/admin/tenants?q=acme%20plan:pro\""), "{}", typed.everything());
    // What is asked for by a parameter of its own stands in the line, and the other way round.
    for address in ["/admin/tenants?q=acme&status=active&plan=pro", "/admin/tenants?q=acme%20state:active%20plan:pro"] {
        let shown = page(&root, address).await;
        assert_eq!(attributes(&shown, "#q", "value"), ["acme state:active plan:pro"]);
        assert_eq!(attributes(&shown, "#status option[selected], #plan option[selected]", "value"), ["active", "pro"]);
        assert_eq!(slugs(&shown), ["acme"]);
    }
    // What no option says is one more.
    let shown = page(&root, "/admin/tenants?q=plan:pro,free%20tokens:%3E80%25").await;
    assert_eq!(attributes(&shown, "#plan option[selected]", "value"), ["pro,free"]);
    assert_eq!(attributes(&shown, "#tokens", "value"), [">80%"], "a filter that is used has its control");
    world.finish().await;
}

#[tokio::test]
async fn tabs_count_what_the_plans_have_and_else_say_that_they_count_all() {
    let world = World::start().await;
    some(&world).await;
    let server = world.serve().await;
    let root = staff(&world, &server, "root").await;
    let all = page(&root, "/admin/tenants").await;
    assert_eq!(texts(&all, ".tabs a"), ["All 4", "Active 3", "Trial 1", "Past due 0", "Suspended 0"]);
    let pro = page(&root, "/admin/tenants?q=plan:pro").await;
    assert_eq!(texts(&pro, ".tabs a"), ["All 2", "Active 1", "Trial 1", "Past due 0", "Suspended 0"]);
    let word = page(&root, "/admin/tenants?q=acme").await;
    assert_eq!(texts(&word, ".tabs a")[0], "All 4");
    assert_eq!(texts(&word, ".tabs .aside"), ["Counts are of all tenants"]);
    // What is changed here shows with the next page.
    done_suspending(&root).await;
    assert_eq!(texts(&page(&root, "/admin/tenants").await, ".tabs a")[4], "Suspended 1");
    world.finish().await;
}

async fn done_suspending(root: &crate::world::http::Browser) {
    super::done(root, "/fn/tenants/suspend", &[("slug", "acme"), ("reason", "unpaid")]).await;
}

#[tokio::test]
async fn columns_are_chosen_by_the_address_and_each_sorts() {
    let world = World::start().await;
    some(&world).await;
    let server = world.serve().await;
    let root = staff(&world, &server, "root").await;
    let all = page(&root, "/admin/tenants?cols=plan,state,agents,tokens,storage,cost,limit,owner,created").await;
    assert_eq!(
        texts(&all, "th a"),
        ["Tenant", "Plan", "State", "Agents", "Tokens", "Storage", "Cost", "Fullest limit", "Owner", "Created"]
    );
    for href in attributes(&all, "th a", "href") {
        let sorted = page(&root, &href).await;
        assert_eq!((slugs(&sorted).len(), attributes(&sorted, "th", "aria-sort").len()), (4, 1), "{href}");
    }
    let few = page(&root, "/admin/tenants?cols=limit,created").await;
    assert_eq!(texts(&few, "th a"), ["Tenant", "Fullest limit", "Created"]);
    assert_eq!(texts(&few, "tbody tr:first-child td").last().map(String::len), Some("2026-01-01".len()));
    assert_eq!(texts(&page(&root, "/admin/tenants?cols=name").await, "th a"), ["Tenant"]);
    world.finish().await;
}

/// What stands around the list is remembered for a moment; who may see it is not.
#[tokio::test]
async fn who_is_no_admin_any_more_sees_nothing_of_what_was_remembered() {
    let world = World::start().await;
    some(&world).await;
    let server = world.serve().await;
    let (root, other) = (staff(&world, &server, "root").await, staff(&world, &server, "other").await);
    for browser in [&root, &other] {
        assert_eq!(slugs(&page(browser, "/admin/tenants").await).len(), 4);
    }
    world.sql("delete from platform_admins a using users u where u.id = a.user_id and u.email = 'other@tenantry.example'").await;
    for path in ["/admin/tenants", "/admin/tenants.csv", "/admin/views", "/admin/bulk"] {
        let reply = other.get(path).await;
        assert!(reply.status == 404 && !reply.body.contains("globex"), "{path}: {}", reply.everything());
        assert_eq!(root.get(path).await.status, 200, "{path}");
    }
    world.finish().await;
}
