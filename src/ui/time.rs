//! Times on pages: in the zone of who looks, UTC for who has chosen none; the exact instant stands beside for machines.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use maud::{Markup, html};

use crate::domain::when;
use crate::domain::zone::Zone;
use crate::ui::text::inert;

/// The zone of who looks, as a page's context.
#[derive(Debug, Clone, Copy)]
pub struct ViewerZone(pub Zone);

/// The zone in which this page writes times.
pub fn zone() -> Zone {
    use_context::<ViewerZone>().map(|viewer| viewer.0).unwrap_or_default()
}

/// `2026-12-01 14:05 UTC`
pub fn at_minute(at: DateTime<Utc>, zone: Zone) -> Markup {
    html! { time datetime=(at.to_rfc3339()) { (zone.minute(at)) } }
}

/// [`at_minute`] in a view.
#[component]
pub fn Minute(at: DateTime<Utc>) -> impl IntoView {
    inert(at_minute(at, zone()))
}

/// `1 December 2026`
pub fn on_day(at: DateTime<Utc>, zone: Zone) -> Markup {
    html! { time datetime=(at.to_rfc3339()) title=(zone.minute(at)) { (when::day(zone.day_of(at))) } }
}

/// [`on_day`] in a view.
#[component]
pub fn OnDay(at: DateTime<Utc>) -> impl IntoView {
    inert(on_day(at, zone()))
}
