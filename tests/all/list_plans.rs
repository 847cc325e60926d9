//! The console's list stays fast: with many tenants, every view is read from an index and nothing is sorted whole.

use tenantry::domain::listing::{Cursor, Edge, Sort, SortKey, TenantQuery};

use tenantry::cli::demo::fill;
use tenantry::store::access::PlatformAdmin;
use tenantry::store::demo::DemoPlan;

use crate::world::World;
use crate::world::cluster::OWNER;

const TENANTS: i64 = 20_000;

/// Many tenants, most of them active, on four plans; some use a lot, a few are near a limit. Their rows are made by hand: their audit chains are
/// not what this is about.
async fn many_tenants(world: &World) {
    world
        .sql(&format!(
            "insert into tenants (slug, name, status, plan_version_id, billing_email, owner_email, monthly_budget_usd, created_at, deleted_from, purge_after)
             select 'bulk-' || n, 'Bulk ' || md5(n::text), case when n % 20 = 0 then 'past_due' when n % 33 = 0 then 'deleted' else 'active' end,
               (select id from plan_versions order by id offset n % 4 limit 1), 'b' || n || '@bulk.example', 'o' || n || '@bulk.example',
               case when n % 3 = 0 then 1000 end, now() - n * interval '1 hour',
               case when n % 20 <> 0 and n % 33 = 0 then 'active' end, case when n % 20 <> 0 and n % 33 = 0 then now() + interval '30 days' end
             from generate_series(1, {TENANTS}) n;
             -- As the fold leaves them, without a month of days for each.
             update tenant_summaries s
             set agents = n % 7, tokens = n * 100, storage_bytes = n * 1000000, cost_usd = n % 1000,
               agents_quota = coalesce(agents_quota, 100), tokens_quota = 2200000, storage_quota = 20000000000,
               peak_percent = greatest(percent_of(n * 100, 2200000), percent_of(n * 1000000, 20000000000), percent_of(n % 1000, budget_usd))
             from (select tenant_id, substring(slug from 6)::bigint as n from tenant_summaries where slug like 'bulk-%') b
             where b.tenant_id = s.tenant_id"
        ))
        .await;
    world.sql("vacuum analyze tenant_summaries").await;
    world.sql("analyze tenants").await;
}

fn sorted(key: SortKey, descending: bool) -> TenantQuery {
    TenantQuery { sort: Some(Sort { key, descending }), ..TenantQuery::default() }
}

fn asked(line: &str) -> TenantQuery {
    let (query, errors) = TenantQuery::parse(|key| (key == "q").then(|| line.to_owned()));
    assert_eq!(errors, vec![], "{line}");
    query
}

/// Names of the indexes on summaries that a plan uses, and whether it sorts or reads the whole table.
fn read(lines: &[String]) -> (Vec<&str>, bool) {
    let words = lines.iter().flat_map(|line| line.split([' ', '(']));
    let indexes = words.filter(|word| word.starts_with("tenant_summaries_")).collect();
    let whole = lines.iter().any(|line| {
        line.contains("Sort Key") && !line.contains("plans.") && !line.contains("Presorted")
            || line.contains("Seq Scan on tenant_summaries")
    });
    (indexes, whole)
}

#[tokio::test]
async fn every_view_of_a_long_list_is_read_from_an_index() {
    let world = World::start().await;
    many_tenants(&world).await;
    let at = |value: &str| Cursor { value: value.to_owned(), id: uuid::Uuid::from_u128(1) };
    let mut views = Vec::new();
    for (key, index, middle) in [
        (SortKey::Name, "tenant_summaries_name", "bulk 8"),
        (SortKey::Plan, "tenant_summaries_plan_name", "2 bulk 8"),
        (SortKey::Status, "tenant_summaries_status_name", "active bulk 8"),
        (SortKey::Agents, "tenant_summaries_agents", "3"),
        (SortKey::Tokens, "tenant_summaries_tokens", "1000000"),
        (SortKey::Storage, "tenant_summaries_storage", "10000000000"),
        (SortKey::Cost, "tenant_summaries_cost", "500"),
        (SortKey::Limit, "tenant_summaries_peak", "50"),
        (SortKey::Owner, "tenant_summaries_owner", "o5@bulk.example"),
        (SortKey::Created, "tenant_summaries_created", "2026-01-01T00:00:00+00:00"),
    ] {
        for descending in [false, true] {
            views.push((index, sorted(key, descending)));
            views.push((index, TenantQuery { edge: Some(Edge::After(at(middle))), ..sorted(key, descending) }));
            views.push((index, TenantQuery { edge: Some(Edge::Before(at(middle))), ..sorted(key, descending) }));
        }
    }
    for (line, index) in [
        ("state:past_due", "tenant_summaries_status_name"),
        ("plan:pro", "tenant_summaries_plan_name"),
        ("o1234@bulk", "tenant_summaries_search"),
        ("owner:o1234@bulk", "tenant_summaries_search"),
        ("name:c81e728d9d4c", "tenant_summaries_search"),
        ("slug:bulk-1234", "tenant_summaries_search"),
        ("limit:>=90%", "tenant_summaries_peak"),
        ("tokens:>90%", "tenant_summaries_peak"),
        ("agents:>=99%", "tenant_summaries_peak"),
        ("storage:>95%", "tenant_summaries_peak"),
        ("cost:>=99%", "tenant_summaries_peak"),
        ("agents:>=6", "tenant_summaries_agents"),
        ("tokens:>1.9M", "tenant_summaries_tokens"),
        ("tokens:<5k", "tenant_summaries_tokens"),
        ("storage:>19GB", "tenant_summaries_storage"),
        ("cost:>990", "tenant_summaries_cost"),
        ("created:<2026-01-01", "tenant_summaries_created"),
        ("created:2026-02", "tenant_summaries_created"),
        ("created:7d", "tenant_summaries_created"),
        ("created:>1y", "tenant_summaries_created"),
        ("state:active tokens:>90%", "tenant_summaries_peak"),
        ("plan:pro state:active created:<2026-01-01", "tenant_summaries_created"),
    ] {
        views.push((index, asked(line)));
    }

    let mut console = world.console().await;
    let mut slow = Vec::new();
    for (index, view) in &views {
        let lines = console.explain_list(view).await.expect("explained");
        let (indexes, whole) = read(&lines);
        // A search sorts what it found, which is little.
        if !indexes.contains(index) || (whole && *index != "tenant_summaries_search") {
            slow.push(format!("{} should use {index}:\n{}", view.href(), lines.join("\n")));
        }
    }
    // Whose other limits are full is passed over in the index, without looking at their rows.
    for key in ["agents", "tokens", "storage", "cost"] {
        let lines = console.explain_list(&asked(&format!("plan:pro state:active {key}:>90%"))).await.expect("explained");
        let condition = lines.iter().find(|line| line.contains("Index Cond")).map_or("", String::as_str);
        if !condition.contains(&format!("{key}_percent > ")) {
            slow.push(format!("{key}:>90% should know shares from the index:\n{}", lines.join("\n")));
        }
    }
    console.commit().await.expect("ended");
    assert!(slow.is_empty(), "{}", slow.join("\n\n"));
    world.abandon().await;
}

#[tokio::test]
async fn paging_shows_every_tenant_once_in_order_whatever_the_order_and_the_direction() {
    let world = World::start().await;
    for n in 0..130 {
        world
            .sql(&format!(
                "insert into tenants (slug, name, status, plan_version_id, billing_email, owner_email)
             values ('bulk-{n}', '{}', 'active', (select id from plan_versions order by id offset {n} % 4 limit 1), 'b@bulk.example', 'o@bulk.example')",
                if n % 3 == 0 { "Same name".to_owned() } else { format!("Zürich ß {n}") }
            ))
            .await;
    }
    let admin = PlatformAdmin::operator("the operator");
    for key in SortKey::ALL {
        for descending in [false, true] {
            let mut query = sorted(key, descending);
            let (mut forwards, mut pages) = (Vec::new(), 0);
            let last = loop {
                let page = world.store.tenant_list(&admin, &query).await.expect("a page");
                assert_eq!(page.previous.is_some(), pages > 0, "{key:?}: the first page has none before it");
                forwards.extend(page.rows.into_iter().map(|row| row.slug));
                pages += 1;
                match page.next {
                    // As an address: what a browser sends back.
                    Some(next) => query.edge = Some(Edge::After(next.to_string().parse().expect("its own cursor"))),
                    None => break page.previous,
                }
            };
            let mut seen = forwards.clone();
            seen.sort();
            seen.dedup();
            assert_eq!((pages, forwards.len(), seen.len()), (3, 130, 130), "{key:?} descending: {descending}");

            // Back from the last page, which has 30.
            query.edge = last.map(Edge::Before);
            let middle = world.store.tenant_list(&admin, &query).await.expect("a page");
            let slugs = |rows: Vec<tenantry::store::tenant_list::TenantRow>| rows.into_iter().map(|row| row.slug).collect::<Vec<_>>();
            query.edge = middle.previous.clone().map(Edge::Before);
            assert!(middle.next.is_some());
            assert_eq!(slugs(middle.rows), forwards[50..100], "{key:?} descending: {descending}");
            let first = world.store.tenant_list(&admin, &query).await.expect("a page");
            assert_eq!((first.previous.is_some(), first.next.is_some()), (false, true));
            assert_eq!(slugs(first.rows), forwards[..50], "{key:?} descending: {descending}");
        }
    }
    world.finish().await;
}

#[tokio::test]
async fn going_back_to_the_beginning_shows_a_whole_page() {
    let world = World::start().await;
    for n in 0..60 {
        world
            .sql(&format!(
                "insert into tenants (slug, name, status, plan_version_id, billing_email, owner_email)
                 values ('bulk-{n}', 'Bulk {n:02}', 'active', (select id from plan_versions order by id limit 1), 'b@bulk.example', 'o@bulk.example')"
            ))
            .await;
    }
    let edge = Some(Edge::Before(Cursor { value: "bulk 10".into(), id: uuid::Uuid::nil() }));
    let query = TenantQuery { edge, ..TenantQuery::default() };
    let page = world.store.tenant_list(&PlatformAdmin::operator("the operator"), &query).await.expect("a page");
    assert_eq!((page.rows.len(), page.previous.is_some(), page.next.is_some()), (50, false, true));
    world.finish().await;
}

#[tokio::test]
async fn a_search_finds_parts_of_names_slugs_and_addresses_and_no_wildcards() {
    let world = World::start().await;
    world.tenant("acme").called("Müller & Söhne").await;
    world.tenant("globex").called("100% Sure").await;
    for (q, found) in
        [("müller", vec!["acme"]), ("glob", vec!["globex"]), ("owner@acme", vec!["acme"]), ("%", vec!["globex"]), ("_", vec![])]
    {
        let rows = world.store.tenant_list(&PlatformAdmin::operator("the operator"), &asked(q)).await.expect("a page").rows;
        assert_eq!(rows.iter().map(|row| row.slug.as_str()).collect::<Vec<_>>(), found, "{q}");
    }
    world.finish().await;
}

#[tokio::test]
async fn who_asks_for_the_console_is_found_by_key_among_many_accounts() {
    let world = World::start().await;
    let forgotten = "select relname::text from pg_class
        where relnamespace = 'public'::regnamespace and relkind = 'r' and not relispartition and reltuples < 0 and pg_relation_size(oid) > 0";
    assert_eq!(world.texts(forgotten).await, [""; 0], "what a fresh installation has rows in is known to the planner");
    world
        .sql("insert into users (email, name) select 'u' || n || '@many.example', 'Many ' || n from generate_series(1, 20000) n; analyze users")
        .await;
    let plan = world
        .texts(
            "explain select 1
             where exists (select from active_platform_admins where not lacks_second_factor and user_id = '01a23070-2679-73e9-a56f-2f506918680b')",
        )
        .await
        .join("\n");
    assert!(plan.contains("users_pkey") && !plan.contains("Seq Scan on users"), "{plan}");
    world.abandon().await;
}

#[tokio::test]
async fn a_demo_leaves_the_planner_what_it_has_to_know() {
    let world = World::start().await;
    let rows = "select reltuples::bigint from pg_class where oid = 'usage_days'::regclass";
    assert_eq!(world.number(rows).await, -1, "nobody has looked yet");
    let owner = world.cluster.login(OWNER, &world.database);
    fill(&world.store, Some(&owner), DemoPlan { tenants: 1 }, None, |_| {}).await.expect("filled");
    assert!(world.number(rows).await > 0);
    world.abandon().await;
}
