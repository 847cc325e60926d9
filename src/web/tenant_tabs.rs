//! The tabs of a tenant's page in the console: one bar for pages that stand in several features.

use leptos::prelude::*;

use crate::domain::slug::Slug;
use crate::domain::status::TenantStatus;

/// Path below the tenant's own, text, and whether it is there for a deleted tenant too.
const TABS: &[(&str, &str, bool)] = &[
    ("", "Overview", true),
    ("/users", "Users", false),
    ("/quotas", "Quotas", false),
    ("/usage", "Usage", false),
    ("/billing", "Billing", false),
    ("/features", "Features", false),
    ("/branding", "Branding", false),
    ("/domains", "Domains", false),
    ("/audit", "Audit", true),
    ("/settings", "Settings", false),
];

/// `current` is the path of the page's own tab.
#[component]
pub fn TenantTabs(slug: Slug, status: TenantStatus, current: &'static str) -> impl IntoView {
    let tabs = TABS
        .iter()
        .filter(|(_, _, always)| *always || status != TenantStatus::Deleted)
        .map(|(path, label, _)| {
            view! { <a href=format!("/admin/tenants/{slug}{path}") aria-current=(*path == current).then_some("page")>{*label}</a> }
        })
        .collect_view();
    view! { <nav class="tabs" aria-label="Pages of this tenant">{tabs}</nav> }
}
