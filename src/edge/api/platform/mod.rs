//! `/platform/tenants…`: the console's actions for scripts, with platform keys only.

mod change;
mod deletion;
mod read;
mod words;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::edge::router::AppState;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(read::list_tenants, change::create_tenant))
        .routes(routes!(read::get_tenant, change::update_tenant, deletion::delete_tenant))
        .routes(routes!(deletion::restore_tenant))
        .routes(routes!(read::get_usage))
        .routes(routes!(change::suspend_tenant))
        .routes(routes!(change::resume_tenant))
        .routes(routes!(change::invite))
}
