//! A tenant's state: a shape, a colour and a word.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use maud::{Markup, html};

use crate::domain::status::TenantStatus;
use crate::domain::when;
use crate::ui::text::inert;

/// A trial says how long it lasts.
pub fn status_badge(status: TenantStatus, trial_ends_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Markup {
    let text = match (status, trial_ends_at) {
        (TenantStatus::Trial, Some(end)) => match when::days_left(end, now) {
            1 => "Trial, 1 day".to_owned(),
            days => format!("Trial, {days} days"),
        },
        _ => status.label().to_owned(),
    };
    html! { span class={ "state " (status.as_str()) } { (text) } }
}

/// [`status_badge`] in a view.
#[component]
pub fn StatusBadge(
    status: TenantStatus,
    #[prop(optional_no_strip)] trial_ends_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> impl IntoView {
    inert(status_badge(status, trial_ends_at, now))
}
