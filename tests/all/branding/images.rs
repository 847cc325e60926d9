//! Images: what is kept is pixels, what is refused says why, and a draft's are for its admins only (security.md H4).

use image::ImageFormat;
use tenantry::domain::role::Role;

use super::{acme, bring, picture, publish, save};
use crate::world::World;

#[tokio::test]
async fn a_logo_is_for_admins_until_it_is_published_and_then_for_the_sign_in_page() {
    let world = World::start().await;
    let tenant = world.tenant("acme").with("vi", Role::Viewer).await;
    let other = world.tenant("globex").await;
    let server = world.serve().await;
    let (owner, vi) = (server.sign_in("owner@acme.example").await, server.sign_in("vi@acme.example").await);
    let stranger = server.sign_in("owner@globex.example").await;
    let polyglot = [picture(700, 300, ImageFormat::Jpeg).as_slice(), b"<script>alert(1)</script>"].concat();
    assert_eq!(bring(&owner, "logo_light", "logo.jpg", &polyglot, "").await.status, 303);
    let id = world.text("select look->>'logo_light' from brandings").await;
    let (path, at_host) = (format!("/t/acme/branding/image/{id}/image.png"), format!("/branding/image/{id}/image.png"));
    let anybody = server.browser_at(&server.portal("acme"));
    assert_eq!(owner.get(&path).await.header("cache-control"), "private, max-age=31536000, immutable");
    assert_eq!(vi.get(&path).await.status, 403);
    assert_eq!(stranger.get(&path).await.status, 404);
    assert_eq!(anybody.get(&at_host).await.status, 303, "to the sign-in page");
    assert!(!anybody.get("/login").await.body.contains(&id));

    publish(&owner, &tenant).await;
    assert!(anybody.get("/login").await.body.contains(&at_host));
    let served = anybody.ask(reqwest::Method::GET, &at_host).open().await;
    let header = |name: &str| served.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    assert_eq!((served.status().as_u16(), header("content-type")), (200, "image/png".to_owned()));
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cache-control"), "public, max-age=31536000, immutable");
    let png = served.bytes().await.expect("bytes");
    assert!(!png.windows(6).any(|part| part == b"script"));
    assert_eq!(image::load_from_memory(&png).map(|image| image.width()).expect("a picture"), 512);
    // By another tenant's address it is nobody's.
    let elsewhere = format!("/t/{}/branding/image/{id}/image.png", other.slug);
    assert_eq!(stranger.get(&elsewhere).await.status, 404);

    // Removed and published, it is not shown any more, and after fifty versions it is gone; a draft's is gone at once.
    let new = bring(&owner, "logo_light", "logo.png", &picture(20, 20, ImageFormat::Png), "").await;
    assert_eq!((new.status, tenant.count("brand_images").await), (303, 2));
    bring(&owner, "logo_light", "logo.webp", &picture(21, 21, ImageFormat::WebP), "").await;
    assert_eq!(tenant.count("brand_images").await, 2, "one that only the draft had is gone");
    save(&owner, &[("remove_logo_light", "on")]).await;
    publish(&owner, &tenant).await;
    assert_eq!(anybody.get(&at_host).await.status, 303, "an earlier version's image is the admins' again");
    assert_eq!(owner.get(&path).await.status, 200);
    world.finish().await;
}

/// A PNG's header that claims this size.
fn bomb() -> Vec<u8> {
    let mut png = picture(8, 8, ImageFormat::Png);
    png[16..24].copy_from_slice(&[0, 0, 0xC3, 0x50, 0, 0, 0xC3, 0x50]);
    let mut crc = 0xFFFF_FFFF_u32;
    for byte in &png[12..29] {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    png[29..33].copy_from_slice(&(!crc).to_be_bytes());
    png
}

#[tokio::test]
async fn h4_hostile_images_are_refused_beside_their_field_and_nothing_changes() {
    let world = World::start().await;
    let (tenant, owner) = acme(&world).await;
    let whole = picture(200, 200, ImageFormat::Png);
    let files: [(&str, Vec<u8>, u16, &str); 6] = [
        ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec(), 415, "SVG is not taken"),
        ("logo.png", b"<html><script>alert(1)</script>".to_vec(), 415, "not a PNG, JPEG or WebP"),
        ("logo.png", whole[..whole.len() / 2].to_vec(), 415, "was cut off"),
        ("logo.png", bomb(), 413, "50000 × 50000 pixels"),
        ("logo.png", vec![0; 1024 * 1024 + 1], 413, "more than 1 MiB"),
        ("logo.png", vec![7; 50_000_000], 413, "more than 1 MiB"),
    ];
    for (file, content, status, why) in files {
        let reply = bring(&owner, "favicon", file, &content, "Typed before").await;
        assert_eq!(reply.status, status, "{why}");
        assert!(reply.body.contains(why) && reply.body.contains(r#"value="Typed before""#), "{why}: {}", reply.body);
        let script = owner
            .ask(reqwest::Method::POST, "/t/acme/branding")
            .parts(&[("favicon", Some(file), &content)])
            .header("accept", "application/json")
            .send()
            .await;
        assert!(script.status == status && script.body.contains(r#""field":"favicon""#), "{}", script.body);
    }
    assert_eq!((tenant.count("brandings").await, tenant.count("brand_images").await), (0, 0));
    // The same form with a good file is taken.
    assert_eq!(bring(&owner, "favicon", "icon.png", &whole, "Typed before").await.status, 303);
    assert_eq!(tenant.count("brand_images where width = 128").await, 1);
    world.finish().await;
}
