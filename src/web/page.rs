//! How a page answers: its view, or a refusal with the right status and a way on.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use axum::http::{HeaderValue, StatusCode, header};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use maud::{Markup, PreEscaped};

use super::request::{Context, RequestInfo, path_and_query};
use crate::domain::listing::encode;
use crate::store::StoreError;
use crate::store::error::{Demand, Suspension};
use crate::ui::message::MessagePage;
use crate::ui::text::inert;

/// Where staff set up the second factor that they owe.
pub const STAFF_FACTOR: &str = "/account?console=needed#second-factor";

/// Why a page is not shown.
#[derive(Debug)]
pub enum PageError {
    /// Nobody is signed in: to the sign-in page, and back to `next` afterwards.
    SignIn {
        next: String,
    },
    /// To another page of ours.
    Redirect(String),
    NotFound,
    Forbidden,
    Suspended(Box<Suspension>),
    Unavailable(String),
    Internal(StoreError),
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => PageError::NotFound,
            StoreError::Forbidden => PageError::Forbidden,
            StoreError::Suspended(suspension) => PageError::Suspended(suspension),
            StoreError::SecondFactorNeeded(demand) => PageError::Redirect(match *demand {
                // Slugs need no encoding.
                Demand::Tenant { slug, .. } => format!("/account?needed={slug}#second-factor"),
                Demand::Staff => STAFF_FACTOR.to_owned(),
            }),
            StoreError::Unavailable(cause) => PageError::Unavailable(cause),
            StoreError::FilesAway(cause) => PageError::Unavailable(cause),
            StoreError::Conflict(_)
            | StoreError::Key(_)
            | StoreError::LastOwner
            | StoreError::WrongState(_)
            | StoreError::Invalid(_)
            | StoreError::AtLimit(_)
            | StoreError::TooLarge(_)
            | StoreError::StorageFull
            | StoreError::Db(_) => PageError::Internal(error),
        }
    }
}

/// A page that is being made: its text, sooner or later.
pub struct PageText(Pin<Box<dyn Future<Output = String> + Send>>);

impl PageText {
    /// What stands in the document's body.
    pub async fn text(self) -> String {
        self.0.await
    }
}

/// Turns a page's future into the page; the status of a refusal is set on the way.
pub fn page(future: impl Future<Output = Result<Markup, PageError>> + Send + 'static) -> PageText {
    let response = expect_context::<ResponseOptions>();
    let support = Context::get().site.support_email.clone();
    let home = match path_and_query() {
        path if path.starts_with("/admin") => "/admin",
        _ if RequestInfo::get().portal.is_some() => "/",
        _ => "/tenants",
    };
    PageText(Box::pin(async move {
        match future.await {
            Ok(text) => text.into_string(),
            Err(error) => refuse(error, &response, &support, home).to_html(),
        }
    }))
}

fn refuse(error: PageError, response: &ResponseOptions, support: &str, home: &'static str) -> impl IntoView + use<> {
    let go = |response: &ResponseOptions, to: String| {
        response.set_status(StatusCode::SEE_OTHER);
        // Addresses of ours are ASCII: slugs, and parameters that were percent-encoded.
        response.insert_header(header::LOCATION, HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/")));
    };
    match error {
        PageError::SignIn { next } => {
            go(response, format!("/login?next={}", encode(&next)));
            view! { <MessagePage code="" title="Sign in" message="Sign in to go on." action=("/login".to_owned(), "Sign in".to_owned()) /> }
        }
        PageError::Redirect(to) => {
            go(response, to.clone());
            view! { <MessagePage code="" title="Moved" message="The page is elsewhere." action=(to, "Go there".to_owned()) /> }
        }
        PageError::NotFound => {
            response.set_status(StatusCode::NOT_FOUND);
            view! {
                <MessagePage
                    code="404"
                    title="Page not found"
                    message="There is nothing at this address, or it is not for the account you are signed in with. Check the address, or start again from your tenants."
                    action=(home.to_owned(), "Go to your start page".to_owned())
                />
            }
        }
        PageError::Forbidden => {
            response.set_status(StatusCode::FORBIDDEN);
            let message = match home {
                "/admin" => "Your role on the platform's staff does not include this page. An owner of the platform can change your role.",
                _ => "Your role in this tenant does not include this page. An owner or admin of the tenant can change your role.",
            };
            view! {
                <MessagePage
                    code="403"
                    title="Not for your role"
                    message=message
                    action=(home.to_owned(), "Go to your start page".to_owned())
                />
            }
        }
        PageError::Suspended(suspension) => {
            response.set_status(StatusCode::FORBIDDEN);
            let message = format!(
                "Since {}. Reason: {} Nothing was deleted. To lift the suspension, write to {support}.",
                crate::domain::when::day(suspension.since.date_naive()),
                full_stop(&suspension.reason),
            );
            let title = format!("{} is suspended", suspension.tenant_name);
            view! {
                <MessagePage
                    code="Suspended"
                    title=title
                    message=message
                    action=(format!("mailto:{support}"), format!("Write to {support}"))
                    other=("/account", "Your account")
                    accent=suspension.accent
                />
            }
        }
        PageError::Unavailable(cause) => {
            tracing::warn!(%cause, "the database is away");
            response.set_status(StatusCode::SERVICE_UNAVAILABLE);
            response.insert_header(header::RETRY_AFTER, HeaderValue::from_static("2"));
            view! {
                <MessagePage
                    code="503"
                    title="Back in a moment"
                    message="The database cannot be reached right now. Nothing is lost; reload the page in a few seconds."
                    action=(String::new(), "Reload".to_owned())
                />
            }
        }
        PageError::Internal(cause) => {
            let shown = super::error::UiError::internal(&cause);
            response.set_status(StatusCode::INTERNAL_SERVER_ERROR);
            view! {
                <MessagePage code="500" title="Something went wrong" message=shown.message action=(home.to_owned(), "Go to your start page".to_owned()) />
            }
        }
    }
}

fn full_stop(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// Whether the page has the script that wakes its islands; its context.
#[derive(Debug, Clone, Default)]
pub struct Awake(Arc<AtomicBool>);

impl Awake {
    pub fn is_awake(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The script that wakes islands; stands once on each page that has one, and only there.
pub fn islands() -> Markup {
    let again = use_context::<Awake>().is_some_and(|awake| awake.0.swap(true, Ordering::Relaxed));
    if again { Markup::default() } else { script() }
}

/// [`islands`] in a view.
#[component]
pub fn Islands() -> impl IntoView {
    inert(islands())
}

fn script() -> Markup {
    // Leptos reads the files' names from the disk for every page: written once, with the nonce of the first page, and kept.
    static WRITTEN: OnceLock<(String, String)> = OnceLock::new();
    let nonce = use_nonce().expect("every page has a nonce").to_string();
    let (html, first) = WRITTEN.get_or_init(|| {
        let scripts = view! { <HydrationScripts options=Context::get().options.clone() islands=true /> };
        (scripts.to_html(), nonce.clone())
    });
    PreEscaped(html.replace(first, &nonce))
}
