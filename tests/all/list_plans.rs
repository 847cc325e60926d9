//! The console's list stays fast: with many tenants, every view is read from an index and nothing is sorted whole.

use tenantry::domain::listing::{Cursor, Sort, SortKey, TenantQuery};
use tenantry::domain::status::TenantStatus;

use tenantry::store::access::PlatformAdmin;

use crate::world::World;

const TENANTS: i64 = 20_000;

/// Many tenants, most of them active, on four plans. Their rows are made by hand: their audit chains are not what this is about.
async fn many_tenants(world: &World) {
    world
        .sql(&format!(
            "insert into tenants (slug, name, status, plan_version_id, billing_email, owner_email, created_at, deleted_from, purge_after)
             select 'bulk-' || n, 'Bulk ' || md5(n::text), case when n % 20 = 0 then 'past_due' when n % 33 = 0 then 'deleted' else 'active' end,
               (select id from plan_versions order by id offset n % 4 limit 1), 'b' || n || '@bulk.example', 'o' || n || '@bulk.example',
               now() - n * interval '1 minute',
               case when n % 20 <> 0 and n % 33 = 0 then 'active' end, case when n % 20 <> 0 and n % 33 = 0 then now() + interval '30 days' end
             from generate_series(1, {TENANTS}) n;
             analyze tenants; analyze tenant_summaries"
        ))
        .await;
    world.sql("vacuum analyze tenant_summaries").await;
}

fn sorted(key: SortKey, descending: bool) -> TenantQuery {
    TenantQuery { sort: Sort { key, descending }, ..TenantQuery::default() }
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
    let deep = |value: &str| Some(Cursor { value: value.to_owned(), id: uuid::Uuid::from_u128(1) });
    let mut views = Vec::new();
    for (key, index, middle) in [
        (SortKey::Name, "tenant_summaries_name", "bulk 8"),
        (SortKey::Plan, "tenant_summaries_plan", "2"),
        (SortKey::Status, "tenant_summaries_status", "active"),
        (SortKey::Agents, "tenant_summaries_agents", "0"),
        (SortKey::Cost, "tenant_summaries_cost", "0"),
        (SortKey::Created, "tenant_summaries_created", "2026-01-01T00:00:00+00:00"),
    ] {
        for descending in [false, true] {
            views.push((index, sorted(key, descending)));
            views.push((index, TenantQuery { after: deep(middle), ..sorted(key, descending) }));
        }
    }
    let by_name = || sorted(SortKey::Name, false);
    views.push(("tenant_summaries_status_name", TenantQuery { status: Some(TenantStatus::PastDue), ..by_name() }));
    views.push(("tenant_summaries_plan_name", TenantQuery { plan: Some("pro".to_owned()), ..by_name() }));
    views.push(("tenant_summaries_search", TenantQuery { q: "o1234@bulk".to_owned(), ..by_name() }));

    let mut console = world.console().await;
    let mut slow = Vec::new();
    for (index, view) in &views {
        let lines = console.explain_list(view).await.expect("explained");
        let (indexes, whole) = read(&lines);
        // A search sorts what it found, which is little.
        if !indexes.contains(index) || (whole && view.q.is_empty()) {
            slow.push(format!("{} should use {index}:\n{}", view.href(), lines.join("\n")));
        }
    }
    console.commit().await.expect("ended");
    assert!(slow.is_empty(), "{}", slow.join("\n\n"));
    world.finish().await;
}

#[tokio::test]
async fn paging_shows_every_tenant_once_in_order_whatever_the_order() {
    let world = World::start().await;
    for n in 0..130 {
        world
            .sql(&format!(
                "insert into tenants (slug, name, status, plan_version_id, billing_email, owner_email)
             values ('bulk-{n}', '{}', 'active', (select id from plan_versions order by id limit 1), 'b@bulk.example', 'o@bulk.example')",
                if n % 3 == 0 { "Same name".to_owned() } else { format!("Zürich ß {n}") }
            ))
            .await;
    }
    for key in SortKey::ALL {
        for descending in [false, true] {
            let mut query = sorted(key, descending);
            let (mut seen, mut pages) = (Vec::new(), 0);
            loop {
                let page = world.store.tenant_list(&PlatformAdmin::operator("the operator"), &query).await.expect("a page");
                seen.extend(page.rows.into_iter().map(|row| row.slug));
                pages += 1;
                match page.next {
                    // As an address: what a browser sends back.
                    Some(next) => query.after = Some(next.to_string().parse().expect("its own cursor")),
                    None => break,
                }
            }
            let all = seen.len();
            seen.sort();
            seen.dedup();
            assert_eq!((pages, all, seen.len()), (3, 130, 130), "{key:?} descending: {descending}");
        }
    }
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
        let query = TenantQuery { q: q.to_owned(), ..TenantQuery::default() };
        let rows = world.store.tenant_list(&PlatformAdmin::operator("the operator"), &query).await.expect("a page").rows;
        assert_eq!(rows.iter().map(|row| row.slug.as_str()).collect::<Vec<_>>(), found, "{q}");
    }
    world.finish().await;
}
