//! A tenant's state: a shape, a colour and a word.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use crate::domain::status::TenantStatus;
use crate::domain::when;

/// A trial says how long it lasts.
#[component]
pub fn StatusBadge(
    status: TenantStatus,
    #[prop(optional_no_strip)] trial_ends_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> impl IntoView {
    let text = match (status, trial_ends_at) {
        (TenantStatus::Trial, Some(end)) => match when::days_left(end, now) {
            1 => "Trial, 1 day".to_owned(),
            days => format!("Trial, {days} days"),
        },
        _ => status.label().to_owned(),
    };
    view! { <span class=format!("state {}", status.as_str())>{text}</span> }
}
