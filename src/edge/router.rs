//! All routes and the layers around them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get, post};
use leptos::prelude::{LeptosOptions, provide_context};
use leptos_axum::handle_server_fns_with_context;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::services::ServeDir;
use tower_sessions::cookie::{Key, SameSite};
use tower_sessions::{Expiry, SessionManagerLayer};

use super::api::quota::direct::Direct;
use super::live::{self, Streams};
use super::spool::Spool;
use super::tenant_calls::TenantCalls;
use super::{
    api, audit, audit_search, branding, csv, exports, guard, headers, health, host, invoices, isolation, knowledge, mail, metrics, pages,
    support, team_import, tenant_import, tenants_csv, tls_gate,
};
use crate::config::{Config, is_loopback};
use crate::dns::{Dns, DnsSettings};
use crate::domain::archive::MAX_UPLOAD;
use crate::store::Store;
use crate::store::passwords::Passwords;
use crate::store::sessions::PgSessions;
use crate::web::auth_rate::{CheckRate, SignInRate};
use crate::web::request::{Services, Site};
use crate::web::{Context, seal};

/// Plain axum routes that stand in no document: method and path. Each has a probe in the isolation prover, as [`super::api::routes`] have.
pub const PLAIN_ROUTES: &[(&str, &str)] = &[
    ("GET", "/admin/audit/events.csv"),
    ("GET", "/admin/audit/events.jsonl"),
    ("GET", "/admin/isolation/{check}/result.json"),
    ("GET", "/admin/mail/{mail}/html"),
    ("GET", "/admin/tenants.csv"),
    ("GET", "/admin/purged/{purge}/receipt.json"),
    ("POST", "/admin/tenants/import"),
    ("POST", "/admin/tenants/{slug}/export/download"),
    ("GET", "/admin/tenants/{slug}/audit.csv"),
    ("GET", "/admin/tenants/{slug}/audit.jsonl"),
    ("GET", "/admin/tenants/{slug}/usage.csv"),
    ("GET", "/api/docs"),
    ("GET", "/api/openapi.json"),
    ("GET", "/healthz"),
    ("GET", "/internal/tls-allowed"),
    ("GET", "/metrics"),
    ("GET", "/readyz"),
    ("GET", "/t/{slug}/audit.jsonl"),
    ("POST", "/t/{slug}/branding"),
    ("GET", "/t/{slug}/branding/css/{version}/portal.css"),
    ("GET", "/t/{slug}/branding/image/{image}/image.png"),
    ("GET", "/t/{slug}/branding/mail/{kind}/mail.html"),
    ("POST", "/t/{slug}/branding/preview"),
    ("GET", "/t/{slug}/billing/{number}/invoice.csv"),
    ("GET", "/t/{slug}/billing/{number}/invoice.pdf"),
    ("POST", "/t/{slug}/export/download"),
    ("POST", "/t/{slug}/knowledge"),
    ("GET", "/t/{slug}/knowledge/{document}"),
    ("GET", "/t/{slug}/live"),
    ("POST", "/t/{slug}/team/import"),
    ("GET", "/t/{slug}/usage.csv"),
];

/// A form is small; uploads come with their own limit.
const BODY_LIMIT: usize = 256 * 1024;
/// Signed out after two weeks without a visit.
const SESSION_DAYS: i64 = 14;

#[derive(Clone)]
pub struct AppState {
    pub context: Context,
    pub trusted_proxies: Arc<[std::net::IpAddr]>,
    pub(super) calls: Arc<TenantCalls>,
    pub(super) streams: Streams,
    pub(super) spool: Spool,
}

impl AppState {
    pub fn new(config: &Config, store: Store, options: LeptosOptions) -> Self {
        seal::set_seal(store.form_seal());
        let site = Site {
            base_url: config.base_url.clone(),
            support_email: config.support_email.clone(),
            sign_in_rate: SignInRate::new(config.sign_ins_per_minute),
            sign_up_rate: SignInRate::new(config.sign_ins_per_minute),
            sign_up_open: config.sign_up,
            sends_mail: config.smtp_url.is_some(),
            domain_checks: CheckRate::default(),
        };
        let dns = Dns::new(DnsSettings {
            server: config.dns_server,
            base_host: config.base_url.host_str().unwrap_or("localhost").to_owned(),
            addresses: config.public_addresses.clone(),
            authority: config.certificate_authority.clone(),
        });
        Self {
            context: Services { store, dns, passwords: Passwords::default(), site, stylesheet: stylesheet(&options), options }.into(),
            trusted_proxies: config.trusted_proxies.clone().into(),
            calls: Arc::default(),
            streams: Streams::default(),
            // Beside the data, not among temporary files: those may be in memory.
            spool: Spool::new(config.data_dir.join("uploads"), MAX_UPLOAD),
        }
    }

    /// Archives that are uploaded stand there, and may be so large.
    #[must_use]
    pub fn spooling(mut self, spool: Spool) -> Self {
        self.spool = spool;
        self
    }

    /// Answers that would go on for long end when this becomes true.
    #[must_use]
    pub fn until(mut self, stopping: tokio::sync::watch::Receiver<bool>) -> Self {
        self.streams.until(stopping);
        self
    }
}

/// The address of the style sheet, whose name carries the hash that the build wrote beside the binary.
fn stylesheet(options: &LeptosOptions) -> String {
    let hash = std::env::current_exe()
        .ok()
        .and_then(|exe| std::fs::read_to_string(exe.parent()?.join(options.hash_file.as_ref())).ok())
        .and_then(|hashes| hashes.lines().find_map(|line| Some(line.strip_prefix("css:")?.trim().to_owned())));
    match hash {
        Some(hash) if options.hash_files => format!("/{}/{}.{hash}.css", options.site_pkg_dir, options.output_name),
        _ => format!("/{}/{}.css", options.site_pkg_dir, options.output_name),
    }
}

impl axum::extract::FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.context.options.clone()
    }
}

/// The whole server as one service; needs `ConnectInfo<SocketAddr>`.
pub fn router(state: AppState) -> Router {
    // For what Leptos may spawn; once for the process, whoever is first.
    let _ = any_spawner::Executor::init_tokio();
    let (context, measured) = (state.context.clone(), state.clone());
    let functions = {
        let context = context.clone();
        post(move |request: Request| {
            let context = context.clone();
            async move { handle_server_fns_with_context(move || provide_context(context.clone()), request).await }
        })
    };
    let pages = pages::routes()
        .route("/fn/{*name}", functions)
        .route("/admin/audit/events.csv", get(audit_search::as_csv))
        .route("/admin/audit/events.jsonl", get(audit_search::as_json_lines))
        .route("/admin/isolation/{check}/result.json", get(isolation::download))
        .route("/admin/mail/{mail}/html", get(mail::show))
        .route("/admin/tenants.csv", get(tenants_csv::download))
        .route("/admin/tenants/{slug}/audit.csv", get(audit::table_of_any_tenant))
        .route("/admin/tenants/{slug}/audit.jsonl", get(audit::of_any_tenant))
        .route("/admin/tenants/{slug}/usage.csv", get(csv::of_any_tenant))
        .route("/t/{slug}/live", get(live::show))
        .route("/t/{slug}/usage.csv", get(csv::of_own_tenant))
        .route("/t/{slug}/audit.jsonl", get(audit::download))
        .route("/t/{slug}/billing/{number}/invoice.csv", get(invoices::csv))
        .route("/t/{slug}/billing/{number}/invoice.pdf", get(invoices::pdf))
        .fallback(pages::not_found)
        .with_state(state.clone())
        .layer(axum::middleware::from_fn(metrics::note_route))
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .layer(CompressionLayer::new().br(true).gzip(true).quality(tower_http::CompressionLevel::Fastest));
    // Documents go through as they are: with their own limit, and not compressed on the way.
    let routed = pages
        .merge(knowledge::routes(state.clone()))
        .merge(team_import::routes(state.clone()))
        .merge(tenant_import::routes(state.clone()))
        .merge(branding::routes(state.clone()))
        .merge(exports::routes(state.clone()).layer(RequestBodyLimitLayer::new(BODY_LIMIT)))
        .layer(axum::middleware::from_fn(support::refuse_changes))
        .layer(sessions(&context))
        .layer(axum::middleware::from_fn_with_state(state.clone(), guard::refuse_cross_site));
    // The host decides about the path, so it stands outside of a router of its own; files and health need neither.
    let hosted = axum::middleware::from_fn_with_state(state.clone(), host::resolve);
    let behind_host = Router::new().fallback_service(tower::ServiceBuilder::new().layer(hosted).service(routed));
    let files = ServeDir::new(pkg_dir(&context.options)).precompressed_br().precompressed_gzip();
    let files = Router::new().fallback_service(files).layer(axum::middleware::map_response(cache_forever));
    let whole = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready).with_state(state.clone()))
        .route("/internal/tls-allowed", get(tls_gate::allowed).with_state(state.clone()))
        .route("/metrics", get(metrics::show).with_state(state.clone()))
        .route("/favicon.svg", get(headers::favicon))
        .nest_service("/pkg", files)
        .nest("/api", api::router(state.clone()))
        // A nested router does not answer for its own path with a slash behind.
        .route("/api/", any(api::not_found))
        .merge(behind_host)
        .layer(axum::middleware::map_response(headers::secure))
        .layer(axum::middleware::from_fn_with_state(measured, metrics::measure))
        .layer(CatchPanicLayer::custom(panicked));
    Router::new().fallback_service(Direct::new(state, whole))
}

fn pkg_dir(options: &LeptosOptions) -> std::path::PathBuf {
    std::path::Path::new(options.site_root.as_ref()).join(options.site_pkg_dir.as_ref())
}

/// Names of files carry the hash of their content: what is behind one never changes.
async fn cache_forever(mut response: Response) -> Response {
    if response.status().is_success() {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    }
    response
}

fn sessions(context: &Context) -> SessionManagerLayer<PgSessions, tower_sessions::service::SignedCookie> {
    let base = &context.site.base_url;
    let secure = !(base.scheme() == "http" && is_loopback(base));
    SessionManagerLayer::new(PgSessions(context.store.clone()))
        .with_signed(Key::from(&context.store.cookie_key()))
        // Browsers take `__Host-` names only with `Secure`, which plain http on the machine itself cannot have.
        .with_name(if secure { "__Host-session" } else { "session" })
        .with_secure(secure)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(tower_sessions::cookie::time::Duration::days(SESSION_DAYS)))
}

/// A defect, logged by the panic hook; the process lives.
fn panicked(_panic: Box<dyn std::any::Any + Send>) -> Response {
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
        Body::from("Something went wrong here. Please try again.\n"),
    )
        .into_response()
}

/// How long a stopping server waits for its last requests.
pub const DRAIN: Duration = Duration::from_secs(10);
