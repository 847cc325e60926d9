//! `/admin/tenants/{slug}/audit`.

use crate::staff::staff;
use crate::world::World;

#[tokio::test]
async fn staff_read_narrow_and_download_what_the_tenant_reads_itself() {
    let world = World::start().await;
    let acme = world.tenant("acme").called("=HYPERLINK Acme").await;
    let server = world.serve().await;
    let (root, owner) = (staff(&world, &server).await, server.sign_in("owner@acme.example").await);
    let page = root.get("/admin/tenants/acme/audit").await;
    assert!(page.body.contains("This log is whole.") && page.body.contains("created the tenant"), "{}", page.body);
    let narrow = root.get("/admin/tenants/acme/audit?action=invite.accepted").await;
    assert!(narrow.body.contains("accepted an invite") && !narrow.body.contains("created the tenant"), "{}", narrow.body);

    let (own, lines) = (owner.get("/t/acme/audit.jsonl").await, root.get("/admin/tenants/acme/audit.jsonl").await);
    assert_eq!((lines.status, &lines.body), (200, &own.body));
    assert!(lines.header("content-disposition").contains("audit-acme-"));
    world
        .sql(&format!("select audit_append('{}', 'member', null, '=1+1', 'agent.created', '@SUM(A1)', null, null, 'test')", acme.id))
        .await;
    let table = root.get("/admin/tenants/acme/audit.csv").await;
    assert!(table.body.starts_with("event,at,actor_kind,actor,action,target,before,after,from\r\n"), "{}", table.body);
    assert!(table.body.contains(",'=1+1,agent.created,'@SUM(A1),"), "formulas are inert: {}", table.body);
    let narrow = root.get("/admin/tenants/acme/audit.csv?action=agent.created").await;
    assert_eq!(narrow.body.lines().count(), 2, "{}", narrow.body);
    for path in ["audit", "audit.jsonl", "audit.csv"] {
        assert_eq!(owner.get(&format!("/admin/tenants/acme/{path}")).await.status, 404, "not for its owner: {path}");
    }
    world.finish().await;
}

#[tokio::test]
async fn a_table_of_many_events_is_whole() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let root = staff(&world, &world.serve().await).await;
    world
        .sql(&format!(
            "select audit_append('{}', 'system', null, 'system', 'agent.created', 'agent ' || n, null, null, 'test') from generate_series(1, 130) n",
            acme.id
        ))
        .await;
    let table = root.get("/admin/tenants/acme/audit.csv?action=agent.created").await.body;
    let events: Vec<i64> = table.lines().skip(1).map(|line| line.split(',').next().expect("a cell").parse().expect("a number")).collect();
    assert_eq!(events.len(), 130);
    assert!(events.windows(2).all(|pair| pair[0] > pair[1]), "newest first, each once");
    world.finish().await;
}

#[tokio::test]
async fn a_changed_event_shows_on_the_page_and_a_deleted_tenants_log_stays_to_be_read() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let root = staff(&world, &world.serve().await).await;
    let mut console = world.console().await;
    console.delete_tenant(&acme.slug).await.expect("deleted");
    console.commit().await.expect("committed");
    let page = root.get("/admin/tenants/acme/audit").await;
    assert!(page.status == 200 && page.body.contains("This log is whole.") && page.body.contains("deleted the tenant"), "{}", page.body);
    assert_eq!(root.get("/admin/tenants/acme/audit.jsonl").await.status, 200);
    world.sql("update audit_events set target = 'nothing' where seq = 1").await;
    let page = root.get("/admin/tenants/acme/audit").await;
    assert!(page.body.contains("This log was tampered with.") && page.body.contains("event 1 was changed"), "{}", page.body);
    world.abandon().await;
}
