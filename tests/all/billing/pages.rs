//! `/t/{slug}/billing`: invoices as pages and files.

use tenantry::domain::role::Role;

use super::borrowed;
use crate::world::World;

#[tokio::test]
async fn an_invoice_is_a_page_a_pdf_and_a_table() {
    let world = World::start().await;
    let acme = world.tenant("acme").called("株式会社テスト – “Ünïcode”").with("ada", Role::Admin).with("mel", Role::Member).await;
    acme.invoice().await;
    let server = world.serve().await;
    let (ada, mel) = (server.sign_in("ada@acme.example").await, server.sign_in("mel@acme.example").await);
    let list = ada.get("/t/acme/billing").await;
    assert!(list.body.contains("ACME-0001") && list.body.contains("/t/acme/billing/1/invoice.pdf"), "{}", list.body);
    let page = ada.get("/t/acme/billing/1").await;
    for text in ["Invoice ACME-0001", "株式会社テスト", "$49.00", "Payable within 30 days."] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    let pdf = ada.get("/t/acme/billing/1/invoice.pdf").await;
    assert_eq!((pdf.status, pdf.header("content-type")), (200, "application/pdf"));
    assert_eq!(pdf.header("content-disposition"), "attachment; filename=\"ACME-0001.pdf\"");
    assert!(pdf.body.starts_with("%PDF-") && pdf.body.contains("ActualText"));
    let csv = ada.get("/t/acme/billing/1/invoice.csv").await;
    assert_eq!((csv.status, csv.header("content-type")), (200, "text/csv; charset=utf-8"));
    let lines: Vec<&str> = csv.body.lines().collect();
    assert_eq!(lines[0], "invoice,month,made,due,kind,description,amount_usd");
    assert!(lines.len() == 2 && lines[1].starts_with("ACME-0001,") && lines[1].ends_with(",base,Pro,49.00"), "{}", csv.body);
    for path in ["/t/acme/billing", "/t/acme/billing/1", "/t/acme/billing/1/invoice.pdf", "/t/acme/billing/1/invoice.csv"] {
        assert_eq!(mel.get(path).await.status, 403, "{path}");
    }
    for path in
        ["/t/acme/billing/2", "/t/acme/billing/0", "/t/acme/billing/-1", "/t/acme/billing/2/invoice.pdf", "/t/acme/billing/x/invoice.csv"]
    {
        assert_eq!(ada.get(path).await.status, 404, "{path}");
    }
    // At the tenant's own host too.
    let own = server.browser_at(&server.portal("acme"));
    own.sign_in("ada@acme.example").await;
    assert_eq!(own.get("/billing/1/invoice.pdf").await.status, 200);
    world.finish().await;
}

#[tokio::test]
async fn everybody_compares_plans_and_owners_say_where_invoices_go() {
    let world = World::start().await;
    let acme = world.tenant("acme").on("starter").with("vi", Role::Viewer).await;
    world
        .sql(&format!("insert into agents (tenant_id, name, model) select '{}', 'a' || n, 'm' from generate_series(1, 8) n", acme.id))
        .await;
    let server = world.serve().await;
    let (owner, vi) = (server.sign_in("owner@acme.example").await, server.sign_in("vi@acme.example").await);
    let page = vi.get("/t/acme/plan").await.body;
    for text in ["Starter, $19 a month", "you: 8, 80 %", "you: 8, 8 %", "3 too many", "Your plan", "An owner can choose it."] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("Upgrade to Pro"));
    assert!(owner.get("/t/acme/plan").await.body.contains("Upgrade to Pro"));
    let form = super::fields(&owner.get("/t/acme/billing").await, "/fn/billing/email");
    assert_eq!(borrowed(&form), [("tenant", "acme"), ("email", "owner@acme.example")]);
    let reply = owner.post("/fn/billing/email", &[("tenant", "acme"), ("email", "Bills@Acme.example")]).await;
    assert_eq!(reply.location(), "/t/acme/billing?done=email");
    assert!(owner.get(reply.location()).await.body.contains("Invoices go to bills@acme.example from now on."));
    assert_eq!(acme.count("audit_events where action = 'tenant.updated'").await, 1);
    let wrong = owner.fetch("/fn/billing/email", &[("tenant", "acme"), ("email", "nobody")]).await;
    assert_eq!(wrong.status, 422);
    assert_eq!(world.text("select billing_email from tenants").await, "bills@acme.example");
    world.finish().await;
}
