//! What every feature needs of a request: who is signed in, the store, errors beside their fields, how a page answers.
//!
//! Sits between the store and the features. Knows no route and no page.

pub mod auth_rate;
pub mod brand;
pub mod confirm;
mod cookie;
pub mod draft;
pub mod error;
pub mod form;
pub mod frame;
pub mod kept_form;
pub mod limit;
pub mod page;
pub mod request;
pub mod seal;
pub mod shown_once;
pub mod sign_in;
pub mod standing;
pub mod tenant_tabs;

pub use error::UiError;
pub use page::{PageError, page};
pub use request::{Context, RequestInfo};
