//! The document around every page, and which page stands at which path.

use axum::http::{HeaderValue, header};
use futures_util::StreamExt as _;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use maud::{DOCTYPE, PreEscaped, html};

use crate::features::account::email::confirm_email_page;
use crate::features::account::pages::{account_page, tenants_page};
use crate::features::agents::form::{agent_page, new_agent_page};
use crate::features::agents::list::agents_page;
use crate::features::audit::console::platform_audit_page;
use crate::features::audit::pages::audit_page;
use crate::features::audit::tenant::tenant_audit_page;
use crate::features::auth::pages::{login_code_page, login_page, logout_page, start_page};
use crate::features::billing::account::billing_page;
use crate::features::billing::choose::choose_plan_page;
use crate::features::billing::console::tenant_billing_page;
use crate::features::billing::invoice::invoice_page;
use crate::features::billing::plans::plan_page;
use crate::features::branding::console::tenant_branding_page;
use crate::features::branding::pages::branding_page;
use crate::features::branding::preview::preview_page;
use crate::features::catalogue::draft::draft_page;
use crate::features::catalogue::entitlement::entitlement_page;
use crate::features::catalogue::features::{feature_page, features_page, new_feature_page};
use crate::features::catalogue::meter::meter_page;
use crate::features::catalogue::meters::{meters_page, new_meter_page};
use crate::features::catalogue::moves::moved_page;
use crate::features::catalogue::moving::move_page;
use crate::features::catalogue::new_plan::new_plan_page;
use crate::features::catalogue::plan::plan_record_page;
use crate::features::catalogue::plans::plans_page;
use crate::features::catalogue::prices::{new_price_page, prices_page};
use crate::features::console::pages::console_page;
use crate::features::domains::console::tenant_domains_page;
use crate::features::domains::pages::domains_page;
use crate::features::entitlements::pages::tenant_features_page;
use crate::features::go::help::go_help_page;
use crate::features::go::pages::go_page;
use crate::features::health::figures::health_page;
use crate::features::health::list::alerts_page;
use crate::features::health::rule::alert_rule_page;
use crate::features::health::rules::{alert_rules_page, new_alert_rule_page};
use crate::features::invite::pages::invite_page;
use crate::features::isolation::pages::{isolation_check_page, isolation_page};
use crate::features::jobs::pages::jobs_page;
use crate::features::keys::console::platform_keys_page;
use crate::features::keys::pages::keys_page;
use crate::features::knowledge::pages::knowledge_page;
use crate::features::mail::list::mail_list_page;
use crate::features::mail::one::mail_page;
use crate::features::moving::console::tenant_export_page;
use crate::features::moving::import::tenant_import_page;
use crate::features::moving::portal::export_page;
use crate::features::moving::purge::purge_page;
use crate::features::moving::purged::purged_page;
use crate::features::portal::pages::dashboard_page;
use crate::features::quotas::list::tenant_quotas_page;
use crate::features::quotas::one::tenant_quota_page;
use crate::features::reset::pages::{new_password_page, reset_page};
use crate::features::settings::console::tenant_settings_page;
use crate::features::settings::pages::settings_page;
use crate::features::settings::restore::restore_page;
use crate::features::setup::pages::setup_page;
use crate::features::signup::link::link_page;
use crate::features::signup::pages::sign_up_page;
use crate::features::staff::confirm::confirm_page;
use crate::features::staff::list::staff_page;
use crate::features::staff::one::staff_member_page;
use crate::features::support::pages::support_page;
use crate::features::team::console::tenant_users_page;
use crate::features::team::import::{import_page, new_import_page};
use crate::features::team::invite::invite_sheet_page;
use crate::features::team::list::team_page;
use crate::features::team::member::member_page;
use crate::features::team::roles::roles_page;
use crate::features::templates::clone::clone_page;
use crate::features::templates::list::templates_page;
use crate::features::templates::one::{new_template_page, template_page};
use crate::features::templates::progress::provisioning_page;
use crate::features::tenants::bulk::list::bulk_list_page;
use crate::features::tenants::bulk::pages::bulk_page;
use crate::features::tenants::detail::tenant_page;
use crate::features::tenants::list::tenant_list_page;
use crate::features::tenants::new::new_tenant_page;
use crate::features::tenants::views::pages::views_page;
use crate::features::usage::analytics::platform_usage_page;
use crate::features::usage::pages::{tenant_usage_page, usage_page};
use crate::ui::head::Head;
use crate::ui::text::joined;
use crate::web::Context;
use crate::web::page::{Awake, PageError, PageText, page};
use crate::web::request::theme;

/// What a page may load and run: its own host, and scripts and styles that carry this answer's nonce.
fn content_policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; img-src 'self'; \
         connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// Makes a page's view, inside of its request.
pub type View = fn() -> PageText;

macro_rules! pages {
    ($($path:literal => $page:ident,)+) => {
        &[$(($path, $page)),+]
    };
}

/// All pages: where each stands, as axum writes paths, and its view.
///
/// No router of Leptos: of a hundred routes it would make each anew for every page, match them a second time, and know no more than axum.
pub const PAGES: &[(&str, View)] = pages! {
    "/" => start_page,
    "/login" => login_page,
    "/login/code" => login_code_page,
    "/logout" => logout_page,
    "/invite/{token}" => invite_page,
    "/signup" => sign_up_page,
    "/signup/{signup}" => link_page,
    "/reset" => reset_page,
    "/reset/{reset}" => new_password_page,
    "/restore/{restore}" => restore_page,
    "/account/email/{link}" => confirm_email_page,
    "/account" => account_page,
    "/tenants" => tenants_page,
    "/admin" => console_page,
    "/admin/bulk" => bulk_list_page,
    "/admin/bulk/{run}" => bulk_page,
    "/admin/audit" => platform_audit_page,
    "/admin/health" => health_page,
    "/admin/health/alerts" => alerts_page,
    "/admin/health/rules" => alert_rules_page,
    "/admin/health/rules/new" => new_alert_rule_page,
    "/admin/health/rules/{rule}" => alert_rule_page,
    "/admin/isolation" => isolation_page,
    "/admin/isolation/{check}" => isolation_check_page,
    "/admin/confirm" => confirm_page,
    "/admin/go" => go_page,
    "/admin/go/help" => go_help_page,
    "/admin/features" => features_page,
    "/admin/features/new" => new_feature_page,
    "/admin/features/{feature}" => feature_page,
    "/admin/jobs" => jobs_page,
    "/admin/mail" => mail_list_page,
    "/admin/mail/{mail}" => mail_page,
    "/admin/keys" => platform_keys_page,
    "/admin/meters" => meters_page,
    "/admin/meters/new" => new_meter_page,
    "/admin/meters/{meter}" => meter_page,
    "/admin/plans" => plans_page,
    "/admin/plans/new" => new_plan_page,
    "/admin/plans/{plan}" => plan_record_page,
    "/admin/plans/{plan}/draft" => draft_page,
    "/admin/plans/{plan}/draft/{meter}" => entitlement_page,
    "/admin/plans/{plan}/move" => move_page,
    "/admin/plans/{plan}/moves/{move}" => moved_page,
    "/admin/prices" => prices_page,
    "/admin/prices/new" => new_price_page,
    "/admin/purged" => purged_page,
    "/admin/staff" => staff_page,
    "/admin/staff/{staff}" => staff_member_page,
    "/admin/templates" => templates_page,
    "/admin/templates/new" => new_template_page,
    "/admin/templates/{template}" => template_page,
    "/admin/tenants" => tenant_list_page,
    "/admin/tenants/new" => new_tenant_page,
    "/admin/tenants/import" => tenant_import_page,
    "/admin/tenants/{slug}" => tenant_page,
    "/admin/tenants/{slug}/audit" => tenant_audit_page,
    "/admin/tenants/{slug}/billing" => tenant_billing_page,
    "/admin/tenants/{slug}/branding" => tenant_branding_page,
    "/admin/tenants/{slug}/clone" => clone_page,
    "/admin/tenants/{slug}/provisioning" => provisioning_page,
    "/admin/tenants/{slug}/domains" => tenant_domains_page,
    "/admin/tenants/{slug}/export" => tenant_export_page,
    "/admin/tenants/{slug}/purge" => purge_page,
    "/admin/tenants/{slug}/features" => tenant_features_page,
    "/admin/tenants/{slug}/quotas" => tenant_quotas_page,
    "/admin/tenants/{slug}/quotas/{meter}" => tenant_quota_page,
    "/admin/tenants/{slug}/settings" => tenant_settings_page,
    "/admin/tenants/{slug}/support" => support_page,
    "/admin/tenants/{slug}/usage" => tenant_usage_page,
    "/admin/views" => views_page,
    "/admin/tenants/{slug}/users" => tenant_users_page,
    "/admin/usage" => platform_usage_page,
    "/t/{slug}" => dashboard_page,
    "/t/{slug}/agents" => agents_page,
    "/t/{slug}/agents/new" => new_agent_page,
    "/t/{slug}/agents/{agent}" => agent_page,
    "/t/{slug}/audit" => audit_page,
    "/t/{slug}/billing" => billing_page,
    "/t/{slug}/billing/{number}" => invoice_page,
    "/t/{slug}/branding" => branding_page,
    "/t/{slug}/branding/preview/{part}" => preview_page,
    "/t/{slug}/domains" => domains_page,
    "/t/{slug}/export" => export_page,
    "/t/{slug}/knowledge" => knowledge_page,
    "/t/{slug}/keys" => keys_page,
    "/t/{slug}/plan" => plan_page,
    "/t/{slug}/plan/{plan}" => choose_plan_page,
    "/t/{slug}/roles" => roles_page,
    "/t/{slug}/settings" => settings_page,
    "/t/{slug}/setup" => setup_page,
    "/t/{slug}/team" => team_page,
    "/t/{slug}/team/import" => new_import_page,
    "/t/{slug}/team/import/{import}" => import_page,
    "/t/{slug}/team/invites/{invite}" => invite_sheet_page,
    "/t/{slug}/team/members/{member}" => member_page,
    "/t/{slug}/usage" => usage_page,
};

/// What stands at every other path.
pub const NOT_FOUND: View = not_found_page;

/// Writes the HTML document of a page, inside of its request. Only what wakes up in the browser has a script, see
/// [`crate::web::page::Islands`]: a page without islands has none.
pub async fn document(view: View) -> String {
    let nonce = use_nonce();
    // A page may have a policy of its own: it comes later.
    if let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), &nonce)
        && let Ok(policy) = HeaderValue::try_from(content_policy(nonce))
    {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
    let (head, awake) = (Head::default(), Awake::default());
    provide_context(head.clone());
    provide_context(awake.clone());
    let body = view().text().await;
    let head = head.take();
    let waking = match Owner::current_shared_context().and_then(|shared| shared.pending_data()) {
        Some(data) if awake.is_awake() => data.collect::<String>().await,
        _ => String::new(),
    };
    let nonce = nonce.map(|nonce| nonce.to_string());
    let begin = html! {
        (DOCTYPE)
        (PreEscaped("<html lang=\"en\"")) @if let Some(theme) = theme() { (PreEscaped(" data-theme=\"")) (theme) (PreEscaped("\"")) } (PreEscaped(">"))
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { @if !head.title.is_empty() { (head.title) " · " } "Tenantry" }
            link rel="stylesheet" href=(Context::get().stylesheet);
            (PreEscaped(head.tags))
        }
        (PreEscaped("<body>"))
    };
    let end = html! {
        // What islands look for before they wake, if it is nothing.
        @if !waking.is_empty() { script nonce=[nonce] { (PreEscaped(waking)) } }
        (PreEscaped("</body></html>"))
    };
    joined([begin.0.as_str(), &body, &end.0].into_iter())
}

fn not_found_page() -> PageText {
    page(async { Err(PageError::NotFound) })
}
