//! The document around every page, and which page stands at which path.

use axum::http::{HeaderValue, header};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::{SsrMode, path};

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

/// The HTML document. Pages with islands bring the script themselves, see [`crate::web::page::Islands`].
pub fn shell() -> impl IntoView {
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
                <App />
            </body>
        </html>
    }
}

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Tenantry".to_owned() } else { format!("{title} · Tenantry") } />
        <Router>
            <FlatRoutes fallback=NotFoundPage>
                <Route path=path!("/") view=StartPage ssr=SsrMode::Async />
                <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async />
                <Route path=path!("/login/code") view=LoginCodePage ssr=SsrMode::Async />
                <Route path=path!("/logout") view=LogoutPage ssr=SsrMode::Async />
                <Route path=path!("/invite/:token") view=InvitePage ssr=SsrMode::Async />
                <Route path=path!("/signup") view=SignUpPage ssr=SsrMode::Async />
                <Route path=path!("/signup/:signup") view=LinkPage ssr=SsrMode::Async />
                <Route path=path!("/reset") view=ResetPage ssr=SsrMode::Async />
                <Route path=path!("/reset/:reset") view=NewPasswordPage ssr=SsrMode::Async />
                <Route path=path!("/restore/:restore") view=RestorePage ssr=SsrMode::Async />
                <Route path=path!("/account/email/:link") view=ConfirmEmailPage ssr=SsrMode::Async />
                <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async />
                <Route path=path!("/tenants") view=TenantsPage ssr=SsrMode::Async />
                <Route path=path!("/admin") view=ConsolePage ssr=SsrMode::Async />
                <Route path=path!("/admin/bulk") view=BulkListPage ssr=SsrMode::Async />
                <Route path=path!("/admin/bulk/:run") view=BulkPage ssr=SsrMode::Async />
                <Route path=path!("/admin/audit") view=PlatformAuditPage ssr=SsrMode::Async />
                <Route path=path!("/admin/health") view=HealthPage ssr=SsrMode::Async />
                <Route path=path!("/admin/health/alerts") view=AlertsPage ssr=SsrMode::Async />
                <Route path=path!("/admin/health/rules") view=AlertRulesPage ssr=SsrMode::Async />
                <Route path=path!("/admin/health/rules/new") view=NewAlertRulePage ssr=SsrMode::Async />
                <Route path=path!("/admin/health/rules/:rule") view=AlertRulePage ssr=SsrMode::Async />
                <Route path=path!("/admin/isolation") view=IsolationPage ssr=SsrMode::Async />
                <Route path=path!("/admin/isolation/:check") view=IsolationCheckPage ssr=SsrMode::Async />
                <Route path=path!("/admin/confirm") view=ConfirmPage ssr=SsrMode::Async />
                <Route path=path!("/admin/go") view=GoPage ssr=SsrMode::Async />
                <Route path=path!("/admin/go/help") view=GoHelpPage ssr=SsrMode::Async />
                <Route path=path!("/admin/features") view=FeaturesPage ssr=SsrMode::Async />
                <Route path=path!("/admin/features/new") view=NewFeaturePage ssr=SsrMode::Async />
                <Route path=path!("/admin/features/:feature") view=FeaturePage ssr=SsrMode::Async />
                <Route path=path!("/admin/jobs") view=JobsPage ssr=SsrMode::Async />
                <Route path=path!("/admin/mail") view=MailListPage ssr=SsrMode::Async />
                <Route path=path!("/admin/mail/:mail") view=MailPage ssr=SsrMode::Async />
                <Route path=path!("/admin/keys") view=PlatformKeysPage ssr=SsrMode::Async />
                <Route path=path!("/admin/meters") view=MetersPage ssr=SsrMode::Async />
                <Route path=path!("/admin/meters/new") view=NewMeterPage ssr=SsrMode::Async />
                <Route path=path!("/admin/meters/:meter") view=MeterPage ssr=SsrMode::Async />
                <Route path=path!("/admin/plans") view=PlansPage ssr=SsrMode::Async />
                <Route path=path!("/admin/plans/new") view=NewPlanPage ssr=SsrMode::Async />
                <Route path=path!("/admin/plans/:plan") view=PlanRecordPage ssr=SsrMode::Async />
                <Route path=path!("/admin/plans/:plan/draft") view=DraftPage ssr=SsrMode::Async />
                <Route path=path!("/admin/plans/:plan/draft/:meter") view=EntitlementPage ssr=SsrMode::Async />
                <Route path=path!("/admin/plans/:plan/move") view=MovePage ssr=SsrMode::Async />
                <Route path=path!("/admin/plans/:plan/moves/:move") view=MovedPage ssr=SsrMode::Async />
                <Route path=path!("/admin/prices") view=PricesPage ssr=SsrMode::Async />
                <Route path=path!("/admin/prices/new") view=NewPricePage ssr=SsrMode::Async />
                <Route path=path!("/admin/purged") view=PurgedPage ssr=SsrMode::Async />
                <Route path=path!("/admin/staff") view=StaffPage ssr=SsrMode::Async />
                <Route path=path!("/admin/staff/:staff") view=StaffMemberPage ssr=SsrMode::Async />
                <Route path=path!("/admin/templates") view=TemplatesPage ssr=SsrMode::Async />
                <Route path=path!("/admin/templates/new") view=NewTemplatePage ssr=SsrMode::Async />
                <Route path=path!("/admin/templates/:template") view=TemplatePage ssr=SsrMode::Async />
                <Route path=path!("/admin/tenants") view=TenantListPage ssr=SsrMode::Async />
                <Route path=path!("/admin/tenants/new") view=NewTenantPage ssr=SsrMode::Async />
                <Route path=path!("/admin/tenants/import") view=TenantImportPage ssr=SsrMode::Async />
                <Route path=path!("/admin/tenants/:slug") view=TenantPage ssr=SsrMode::Async />
                <Route path=path!("/admin/tenants/:slug/audit") view=TenantAuditPage ssr=SsrMode::Async />
                <Route path=path!("/admin/tenants/:slug/billing") view=TenantBillingPage ssr=SsrMode::Async />
                <Route path=path!("/admin/tenants/:slug/branding") view=TenantBrandingPage ssr=SsrMode::Async />
                <Route path=path!("/admin/tenants/:slug/clone") view=ClonePage ssr=SsrMode::Async />
                <Route path=path!("/admin/tenants/:slug/provisioning") view=ProvisioningPage ssr=SsrMode::Async />
                <Route path=path!("/admin/tenants/:slug/domains") view=TenantDomainsPage ssr=SsrMode::Async />
                <Route path=path!("/admin/tenants/:slug/export") view=TenantExportPage ssr=SsrMode::Async />
                <Route path=path!("/admin/tenants/:slug/purge") view=PurgePage ssr=SsrMode::Async />
                <Route path=path!("/admin/tenants/:slug/features") view=TenantFeaturesPage ssr=SsrMode::Async />
                <Route path=path!("/admin/tenants/:slug/quotas") view=TenantQuotasPage ssr=SsrMode::Async />
                <Route path=path!("/admin/tenants/:slug/quotas/:meter") view=TenantQuotaPage ssr=SsrMode::Async />
                <Route path=path!("/admin/tenants/:slug/settings") view=TenantSettingsPage ssr=SsrMode::Async />
                <Route path=path!("/admin/tenants/:slug/support") view=SupportPage ssr=SsrMode::Async />
                <Route path=path!("/admin/tenants/:slug/usage") view=TenantUsagePage ssr=SsrMode::Async />
                <Route path=path!("/admin/views") view=ViewsPage ssr=SsrMode::Async />
                <Route path=path!("/admin/tenants/:slug/users") view=TenantUsersPage ssr=SsrMode::Async />
                <Route path=path!("/admin/usage") view=PlatformUsagePage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug") view=DashboardPage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/agents") view=AgentsPage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/agents/new") view=NewAgentPage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/agents/:agent") view=AgentPage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/audit") view=AuditPage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/billing") view=BillingPage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/billing/:number") view=InvoicePage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/branding") view=BrandingPage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/branding/preview/:part") view=PreviewPage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/domains") view=DomainsPage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/export") view=ExportPage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/knowledge") view=KnowledgePage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/keys") view=KeysPage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/plan") view=PlanPage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/plan/:plan") view=ChoosePlanPage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/roles") view=RolesPage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/settings") view=SettingsPage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/setup") view=SetupPage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/team") view=TeamPage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/team/import") view=NewImportPage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/team/import/:import") view=ImportPage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/team/invites/:invite") view=InviteSheetPage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/team/members/:member") view=MemberPage ssr=SsrMode::Async />
                <Route path=path!("/t/:slug/usage") view=UsagePage ssr=SsrMode::Async />
            </FlatRoutes>
        </Router>
    }
}

#[component]
fn NotFoundPage() -> impl IntoView {
    page(async { Err::<(), _>(PageError::NotFound) })
}
