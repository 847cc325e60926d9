//! Branding: a draft that only admins see, versions that everybody sees, images and CSS that can do no harm (security.md H3, H4).

mod css;
mod images;
mod mails;
mod publishing;

use std::io::Cursor;

use reqwest::Method;

use crate::world::http::{Browser, Reply};
use crate::world::{Tenant, World};

/// Sends the form of the draft.
async fn save(browser: &Browser, fields: &[(&str, &str)]) -> Reply {
    let parts: Vec<(&str, Option<&str>, &[u8])> = fields.iter().map(|(name, text)| (*name, None, text.as_bytes())).collect();
    browser.ask(Method::POST, "/t/acme/branding").parts(&parts).send().await
}

/// Sends it with a file.
async fn bring(browser: &Browser, field: &str, file: &str, content: &[u8], name: &str) -> Reply {
    let parts = [(field, Some(file), content), ("name", None, name.as_bytes())];
    browser.ask(Method::POST, "/t/acme/branding").parts(&parts).send().await
}

async fn revision(tenant: &Tenant) -> String {
    tenant.world.text(&format!("select coalesce(max(revision), 0)::text from brandings where tenant_id = '{}'", tenant.id)).await
}

async fn publish(browser: &Browser, tenant: &Tenant) -> Reply {
    browser.post("/fn/branding/publish", &[("tenant", tenant.slug.as_str()), ("revision", &revision(tenant).await)]).await
}

/// A picture of this size, as a file of this format.
fn picture(width: u32, height: u32, format: image::ImageFormat) -> Vec<u8> {
    let drawn = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 90]));
    let mut out = Cursor::new(Vec::new());
    image::DynamicImage::ImageRgb8(drawn).write_to(&mut out, format).expect("written");
    out.into_inner()
}

/// `acme` with an owner who is signed in.
async fn acme(world: &World) -> (Tenant, Browser) {
    let tenant = world.tenant("acme").await;
    let owner = world.serve().await.sign_in("owner@acme.example").await;
    (tenant, owner)
}
