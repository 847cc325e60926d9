//! `POST /usage`, `GET /usage`: what was used, reported and read back.

pub(super) mod read;
mod report;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::edge::router::AppState;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(report::report_usage, read::get_usage))
}
