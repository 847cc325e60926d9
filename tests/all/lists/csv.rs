//! `/admin/tenants.csv`.

use crate::world::World;

use super::staff;

#[tokio::test]
async fn the_file_holds_the_view_with_its_columns_and_no_formula() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let _formula = world.tenant("formula").called("=SUM(A1)").on("free").await;
    let _other = world.tenant("other").on("free").await;
    let server = world.serve().await;
    let root = staff(&world, &server, "root").await;
    let file = root.get("/admin/tenants.csv?q=plan:free&sort=-name&cols=plan,agents,storage").await;
    assert_eq!((file.status, file.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert!(file.header("content-disposition").starts_with("attachment; filename=\"tenants-20"), "{}", file.everything());
    assert_eq!(
        file.body,
        "name,slug,plan,agents,agents_limit,storage_bytes,storage_limit_bytes\r\n\
         OTHER other,other,Free,0,5,0,1000000000\r\n\
         '=SUM(A1),formula,Free,0,5,0,1000000000\r\n"
    );
    // What is not understood is no file: it would hold more than was asked for.
    for query in ["q=tokens:lots", "q=plan:gold", "sort=sideways"] {
        assert_eq!(root.get(&format!("/admin/tenants.csv?{query}")).await.status, 422, "{query}");
    }
    let nobody = server.browser().get("/admin/tenants.csv?q=plan:free").await;
    assert_eq!((nobody.status, nobody.location()), (303, "/login?next=%2Fadmin%2Ftenants.csv%3Fq%3Dplan%3Afree"));
    world.finish().await;
}

#[tokio::test]
async fn a_long_file_is_sent_in_pieces_and_has_each_tenant_once() {
    let world = World::start().await;
    world
        .sql(
            "insert into tenants (slug, name, status, plan_version_id, billing_email, owner_email)
             select 'bulk-' || n, 'Bulk ' || n % 7, 'active', (select id from plan_versions order by id limit 1), 'b@bulk.example', 'o@bulk.example'
             from generate_series(1, 1234) n",
        )
        .await;
    let server = world.serve().await;
    let root = staff(&world, &server, "root").await;
    for query in ["", "?sort=-created", "?sort=plan&cols=limit", "?sort=-limit"] {
        let file = root.get(&format!("/admin/tenants.csv{query}")).await;
        let mut slugs: Vec<&str> = file.body.lines().skip(1).filter_map(|line| line.split(',').nth(1)).collect();
        assert_eq!(slugs.len(), 1_234, "{query}");
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), 1_234, "{query}");
    }
    world.finish().await;
}
