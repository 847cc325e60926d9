//! A page that shows work in progress looks again by itself, where scripts run; without, it has a link that does.

use leptos::prelude::*;

/// Loads the page anew after so many seconds.
#[island]
pub fn Reload(seconds: u32) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        crate::ui::browser::after(u64::from(seconds) * 1_000, || {
            if let Some(window) = web_sys::window() {
                // A page that cannot be loaded anew stays as it is.
                let _ = window.location().reload();
            }
        });
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = seconds;
}
