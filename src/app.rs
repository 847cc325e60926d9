//! The document around every page, and which page stands at which path.

use axum::http::{HeaderValue, header};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::{MetaTags, Title, provide_meta_context};

use crate::features::account::email::ConfirmEmailPage;
use crate::features::account::pages::{AccountPage, TenantsPage};
use crate::features::agents::form::{AgentPage, NewAgentPage};
use crate::features::agents::list::AgentsPage;
use crate::features::audit::console::PlatformAuditPage;
use crate::features::audit::pages::AuditPage;
use crate::features::audit::tenant::TenantAuditPage;
use crate::features::auth::pages::{LoginCodePage, LoginPage, LogoutPage, StartPage};
use crate::features::billing::account::BillingPage;
use crate::features::billing::choose::ChoosePlanPage;
use crate::features::billing::console::TenantBillingPage;
use crate::features::billing::invoice::InvoicePage;
use crate::features::billing::plans::PlanPage;
use crate::features::branding::console::TenantBrandingPage;
use crate::features::branding::pages::BrandingPage;
use crate::features::branding::preview::PreviewPage;
use crate::features::catalogue::draft::DraftPage;
use crate::features::catalogue::entitlement::EntitlementPage;
use crate::features::catalogue::features::{FeaturePage, FeaturesPage, NewFeaturePage};
use crate::features::catalogue::meter::MeterPage;
use crate::features::catalogue::meters::{MetersPage, NewMeterPage};
use crate::features::catalogue::moves::MovedPage;
use crate::features::catalogue::moving::MovePage;
use crate::features::catalogue::new_plan::NewPlanPage;
use crate::features::catalogue::plan::PlanRecordPage;
use crate::features::catalogue::plans::PlansPage;
use crate::features::catalogue::prices::{NewPricePage, PricesPage};
use crate::features::console::pages::ConsolePage;
use crate::features::domains::console::TenantDomainsPage;
use crate::features::domains::pages::DomainsPage;
use crate::features::entitlements::pages::TenantFeaturesPage;
use crate::features::go::help::GoHelpPage;
use crate::features::go::pages::GoPage;
use crate::features::health::figures::HealthPage;
use crate::features::health::list::AlertsPage;
use crate::features::health::rule::AlertRulePage;
use crate::features::health::rules::{AlertRulesPage, NewAlertRulePage};
use crate::features::invite::pages::InvitePage;
use crate::features::isolation::pages::{IsolationCheckPage, IsolationPage};
use crate::features::jobs::pages::JobsPage;
use crate::features::keys::console::PlatformKeysPage;
use crate::features::keys::pages::KeysPage;
use crate::features::knowledge::pages::KnowledgePage;
use crate::features::mail::list::MailListPage;
use crate::features::mail::one::MailPage;
use crate::features::moving::console::TenantExportPage;
use crate::features::moving::import::TenantImportPage;
use crate::features::moving::portal::ExportPage;
use crate::features::moving::purge::PurgePage;
use crate::features::moving::purged::PurgedPage;
use crate::features::portal::pages::DashboardPage;
use crate::features::quotas::list::TenantQuotasPage;
use crate::features::quotas::one::TenantQuotaPage;
use crate::features::reset::pages::{NewPasswordPage, ResetPage};
use crate::features::settings::console::TenantSettingsPage;
use crate::features::settings::pages::SettingsPage;
use crate::features::settings::restore::RestorePage;
use crate::features::setup::pages::SetupPage;
use crate::features::signup::link::LinkPage;
use crate::features::signup::pages::SignUpPage;
use crate::features::staff::confirm::ConfirmPage;
use crate::features::staff::list::StaffPage;
use crate::features::staff::one::StaffMemberPage;
use crate::features::support::pages::SupportPage;
use crate::features::team::console::TenantUsersPage;
use crate::features::team::import::{ImportPage, NewImportPage};
use crate::features::team::invite::InviteSheetPage;
use crate::features::team::list::TeamPage;
use crate::features::team::member::MemberPage;
use crate::features::team::roles::RolesPage;
use crate::features::templates::clone::ClonePage;
use crate::features::templates::list::TemplatesPage;
use crate::features::templates::one::{NewTemplatePage, TemplatePage};
use crate::features::templates::progress::ProvisioningPage;
use crate::features::tenants::bulk::list::BulkListPage;
use crate::features::tenants::bulk::pages::BulkPage;
use crate::features::tenants::detail::TenantPage;
use crate::features::tenants::list::TenantListPage;
use crate::features::tenants::new::NewTenantPage;
use crate::features::tenants::views::pages::ViewsPage;
use crate::features::usage::analytics::PlatformUsagePage;
use crate::features::usage::pages::{TenantUsagePage, UsagePage};
use crate::web::Context;
use crate::web::page::{PageError, page};
use crate::web::request::theme;

/// What a page may load and run: its own host, and scripts and styles that carry this answer's nonce.
fn content_policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; img-src 'self'; \
         connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// Makes a page's view, inside of its request.
pub type View = fn() -> AnyView;

macro_rules! pages {
    ($($path:literal => $page:ident,)+) => {
        &[$(($path, || $page().into_any())),+]
    };
}

/// All pages: where each stands, as axum writes paths, and its view.
///
/// No router of Leptos: of a hundred routes it would make each anew for every page, match them a second time, and know no more than axum.
pub const PAGES: &[(&str, View)] = pages! {
    "/" => StartPage,
    "/login" => LoginPage,
    "/login/code" => LoginCodePage,
    "/logout" => LogoutPage,
    "/invite/{token}" => InvitePage,
    "/signup" => SignUpPage,
    "/signup/{signup}" => LinkPage,
    "/reset" => ResetPage,
    "/reset/{reset}" => NewPasswordPage,
    "/restore/{restore}" => RestorePage,
    "/account/email/{link}" => ConfirmEmailPage,
    "/account" => AccountPage,
    "/tenants" => TenantsPage,
    "/admin" => ConsolePage,
    "/admin/bulk" => BulkListPage,
    "/admin/bulk/{run}" => BulkPage,
    "/admin/audit" => PlatformAuditPage,
    "/admin/health" => HealthPage,
    "/admin/health/alerts" => AlertsPage,
    "/admin/health/rules" => AlertRulesPage,
    "/admin/health/rules/new" => NewAlertRulePage,
    "/admin/health/rules/{rule}" => AlertRulePage,
    "/admin/isolation" => IsolationPage,
    "/admin/isolation/{check}" => IsolationCheckPage,
    "/admin/confirm" => ConfirmPage,
    "/admin/go" => GoPage,
    "/admin/go/help" => GoHelpPage,
    "/admin/features" => FeaturesPage,
    "/admin/features/new" => NewFeaturePage,
    "/admin/features/{feature}" => FeaturePage,
    "/admin/jobs" => JobsPage,
    "/admin/mail" => MailListPage,
    "/admin/mail/{mail}" => MailPage,
    "/admin/keys" => PlatformKeysPage,
    "/admin/meters" => MetersPage,
    "/admin/meters/new" => NewMeterPage,
    "/admin/meters/{meter}" => MeterPage,
    "/admin/plans" => PlansPage,
    "/admin/plans/new" => NewPlanPage,
    "/admin/plans/{plan}" => PlanRecordPage,
    "/admin/plans/{plan}/draft" => DraftPage,
    "/admin/plans/{plan}/draft/{meter}" => EntitlementPage,
    "/admin/plans/{plan}/move" => MovePage,
    "/admin/plans/{plan}/moves/{move}" => MovedPage,
    "/admin/prices" => PricesPage,
    "/admin/prices/new" => NewPricePage,
    "/admin/purged" => PurgedPage,
    "/admin/staff" => StaffPage,
    "/admin/staff/{staff}" => StaffMemberPage,
    "/admin/templates" => TemplatesPage,
    "/admin/templates/new" => NewTemplatePage,
    "/admin/templates/{template}" => TemplatePage,
    "/admin/tenants" => TenantListPage,
    "/admin/tenants/new" => NewTenantPage,
    "/admin/tenants/import" => TenantImportPage,
    "/admin/tenants/{slug}" => TenantPage,
    "/admin/tenants/{slug}/audit" => TenantAuditPage,
    "/admin/tenants/{slug}/billing" => TenantBillingPage,
    "/admin/tenants/{slug}/branding" => TenantBrandingPage,
    "/admin/tenants/{slug}/clone" => ClonePage,
    "/admin/tenants/{slug}/provisioning" => ProvisioningPage,
    "/admin/tenants/{slug}/domains" => TenantDomainsPage,
    "/admin/tenants/{slug}/export" => TenantExportPage,
    "/admin/tenants/{slug}/purge" => PurgePage,
    "/admin/tenants/{slug}/features" => TenantFeaturesPage,
    "/admin/tenants/{slug}/quotas" => TenantQuotasPage,
    "/admin/tenants/{slug}/quotas/{meter}" => TenantQuotaPage,
    "/admin/tenants/{slug}/settings" => TenantSettingsPage,
    "/admin/tenants/{slug}/support" => SupportPage,
    "/admin/tenants/{slug}/usage" => TenantUsagePage,
    "/admin/views" => ViewsPage,
    "/admin/tenants/{slug}/users" => TenantUsersPage,
    "/admin/usage" => PlatformUsagePage,
    "/t/{slug}" => DashboardPage,
    "/t/{slug}/agents" => AgentsPage,
    "/t/{slug}/agents/new" => NewAgentPage,
    "/t/{slug}/agents/{agent}" => AgentPage,
    "/t/{slug}/audit" => AuditPage,
    "/t/{slug}/billing" => BillingPage,
    "/t/{slug}/billing/{number}" => InvoicePage,
    "/t/{slug}/branding" => BrandingPage,
    "/t/{slug}/branding/preview/{part}" => PreviewPage,
    "/t/{slug}/domains" => DomainsPage,
    "/t/{slug}/export" => ExportPage,
    "/t/{slug}/knowledge" => KnowledgePage,
    "/t/{slug}/keys" => KeysPage,
    "/t/{slug}/plan" => PlanPage,
    "/t/{slug}/plan/{plan}" => ChoosePlanPage,
    "/t/{slug}/roles" => RolesPage,
    "/t/{slug}/settings" => SettingsPage,
    "/t/{slug}/setup" => SetupPage,
    "/t/{slug}/team" => TeamPage,
    "/t/{slug}/team/import" => NewImportPage,
    "/t/{slug}/team/import/{import}" => ImportPage,
    "/t/{slug}/team/invites/{invite}" => InviteSheetPage,
    "/t/{slug}/team/members/{member}" => MemberPage,
    "/t/{slug}/usage" => UsagePage,
};

/// What stands at every other path.
pub const NOT_FOUND: View = || NotFoundPage().into_any();

/// The HTML document around a page. Pages with islands bring the script themselves, see [`crate::web::page::Islands`].
pub fn document(page: View) -> impl IntoView {
    provide_meta_context();
    // Nothing outside of islands is hydrated, so no page carries data for it.
    if let Some(shared) = Owner::current_shared_context() {
        shared.set_is_hydrating(false);
    }
    if let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce())
        && let Ok(policy) = HeaderValue::try_from(content_policy(&nonce))
    {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="stylesheet" href=Context::get().stylesheet.to_string() />
                <MetaTags />
            </head>
            <body>
                <Title formatter=|title: String| if title.is_empty() { "Tenantry".to_owned() } else { format!("{title} · Tenantry") } />
                {page()}
            </body>
        </html>
    }
}

#[component]
fn NotFoundPage() -> impl IntoView {
    page(async { Err::<(), _>(PageError::NotFound) })
}
