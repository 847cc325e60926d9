//! `/platform/…`: the console's actions for scripts, with platform keys only.

mod alerts;
mod change;
mod deletion;
mod export;
mod features;
mod import;
pub mod import_words;
mod payment;
mod plans;
pub mod quota_words;
mod quotas;
mod read;
mod steps;
mod trial;
mod words;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::edge::router::AppState;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(read::list_tenants, change::create_tenant))
        .routes(routes!(read::get_tenant, change::update_tenant, deletion::delete_tenant))
        .routes(routes!(deletion::restore_tenant))
        .routes(routes!(export::ask, export::show))
        .routes(routes!(export::download))
        .routes(routes!(import::import_tenant))
        .routes(routes!(read::get_usage))
        .routes(routes!(steps::clone_tenant))
        .routes(routes!(steps::get_provisioning))
        .routes(routes!(change::suspend_tenant))
        .routes(routes!(change::resume_tenant))
        .routes(routes!(change::invite))
        .routes(routes!(plans::list_plans))
        .routes(routes!(plans::change_plan))
        .routes(routes!(trial::extend_trial))
        .routes(routes!(trial::convert_trial))
        .routes(routes!(payment::suspend_unpaid))
        .routes(routes!(payment::payment_arrived))
        .routes(routes!(quotas::list_quotas))
        .routes(routes!(quotas::set_quota, quotas::remove_override))
        .routes(routes!(quotas::add_grant))
        .routes(routes!(features::list_features))
        .routes(routes!(features::switch_feature, features::unswitch_feature))
        .routes(routes!(alerts::list_alerts))
        .routes(routes!(alerts::acknowledge_alert))
}
