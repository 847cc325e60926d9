//! Whose page it is: a tenant's published branding, as the frame of a page.

use crate::domain::branding::Look;
use crate::store::access::TenantHead;
use crate::ui::frame::Brand;
use crate::web::page::PageError;
use crate::web::request::{Context, RequestInfo};

/// A page at a tenant's own host, before anybody is signed in.
#[derive(Debug, Clone, Default)]
pub struct HostBrand {
    pub brand: Brand,
    /// What the tenant tells those who sign in.
    pub sign_in_text: Option<String>,
}

/// In this look; `base` stands before the paths of the tenant's pages.
pub fn brand(base: &str, name: String, accent: Option<String>, look: &Look) -> Brand {
    let address = |image: Option<uuid::Uuid>| image.map(|image| format!("{base}/branding/image/{image}/image.png"));
    let (light, dark) = (address(look.logo_light), address(look.logo_dark));
    let logo = match (light, dark) {
        (Some(light), Some(dark)) => Some((light, dark)),
        // One logo serves for both.
        (Some(only), None) | (None, Some(only)) => Some((only.clone(), only)),
        (None, None) => None,
    };
    Brand {
        name: look.name.clone().unwrap_or(name),
        accent: look.accent.clone().or(accent),
        logo,
        icon: address(look.favicon),
        stylesheet: None,
    }
}

/// Of a portal page.
pub fn of_tenant(base: &str, head: &TenantHead) -> Brand {
    brand(base, head.name.clone(), Some(head.accent.clone()), &head.look)
}

/// Of the tenant at its own host, of the platform elsewhere.
///
/// # Errors
/// `NotFound` at a host that no tenant has.
pub async fn of_host() -> Result<HostBrand, PageError> {
    let info = RequestInfo::get();
    let Some(slug) = &info.portal else { return Ok(HostBrand::default()) };
    let mut tx = Context::get().store.public().await?;
    let tenant = tx.find_tenant_of_host(slug).await?;
    tx.commit().await?;
    let tenant = tenant.ok_or(PageError::NotFound)?;
    let brand = brand(&info.portal_base(slug), tenant.name, Some(tenant.accent), &tenant.look);
    Ok(HostBrand { brand, sign_in_text: tenant.look.sign_in_text })
}
