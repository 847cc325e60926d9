//! A tenant's own CSS: below the content of some pages, and nowhere else (security.md H3).

use super::{acme, publish, save};
use crate::world::World;

#[tokio::test]
async fn h3_css_dresses_the_content_of_portal_pages_and_none_where_secrets_are() {
    let world = World::start().await;
    let (tenant, owner) = acme(&world).await;
    let css = "h1 { color: #c2255c }\n.card > h2 { font-family: 'Fira Sans' }";
    assert_eq!(save(&owner, &[("css", css)]).await.status, 303);
    let preview = owner.get("/t/acme/branding/preview/portal").await;
    assert!(preview.body.contains("#main .card > h2{font-family:\"Fira Sans\";}"), "{}", preview.body);
    assert!(!owner.get("/t/acme").await.body.contains("portal.css"));
    publish(&owner, &tenant).await;
    let sheet = "/t/acme/branding/css/1/portal.css";
    let page = owner.get("/t/acme").await;
    assert!(page.body.contains(sheet));
    let policy = page.header("content-security-policy").to_owned();
    assert!(policy.contains("style-src 'self' 'nonce-") && !policy.contains("unsafe-inline"), "{policy}");
    let served = owner.get(sheet).await;
    assert_eq!((served.status, served.header("content-type")), (200, "text/css; charset=utf-8"));
    assert_eq!(served.body, "#main h1{color:#c2255c;}\n#main .card > h2{font-family:\"Fira Sans\";}\n");
    for path in ["/t/acme/keys", "/t/acme/team", "/t/acme/settings", "/t/acme/branding", "/t/acme/audit", "/account", "/tenants"] {
        let page = owner.get(path).await;
        assert!(page.status == 200 && !page.body.contains("portal.css") && !page.body.contains("c2255c}"), "{path}");
    }
    let anybody = owner.server.browser_at(&owner.server.portal("acme"));
    for path in ["/login", "/reset"] {
        assert!(!anybody.get(path).await.body.contains("portal.css"), "{path}");
    }
    assert_eq!(anybody.get("/branding/css/1/portal.css").await.status, 303, "who is not signed in has no use for it");
    world.finish().await;
}

#[tokio::test]
async fn h3_what_the_database_holds_is_not_trusted_either() {
    let world = World::start().await;
    let (tenant, owner) = acme(&world).await;
    save(&owner, &[("css", "h1{color:red}")]).await;
    publish(&owner, &tenant).await;
    world.sql("update branding_versions set css = 'h1{background-image:url(//evil.example)}'").await;
    let served = owner.get("/t/acme/branding/css/1/portal.css").await;
    assert_eq!((served.status, served.body.as_str()), (200, ""));
    world.finish().await;
}
