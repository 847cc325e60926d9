//! Quota bars. SVG, because the content policy forbids inline styles.

use leptos::prelude::*;
use leptos::tachys::html::InertElement;
use maud::{Markup, html};

use crate::domain::quota::{NEAR_PERCENT, Quota, QuotaState};

/// One quota: value, limit, per cent, state as word and colour.
#[component]
pub fn QuotaBar(quota: Quota) -> impl IntoView {
    let state = quota.state();
    let text = quota.text();
    let id = format!("q-{}", quota.label.to_lowercase().replace(' ', "-"));
    let bar = quota.percent().map(|percent| {
        let shown = percent.clamp(0, 100);
        view! {
            <div role="meter" aria-labelledby=id.clone() aria-valuemin="0" aria-valuemax="100" aria-valuenow=shown.to_string() aria-valuetext=format!("{text}, {}", state.word())>
                <svg class=format!("bar {}", state.class()) aria-hidden="true">
                    <rect class="bar-fill" width=format!("{shown}%") height="100%" rx="5"></rect>
                    <rect class="bar-mark" x=format!("{NEAR_PERCENT}%") y="-3" width="2" height="16"></rect>
                </svg>
            </div>
        }
    });
    view! {
        <div class="quota">
            <p><b id=id>{quota.label}</b><span>{text.clone()}</span><span class=format!("tag {}", state.class())>{state.word()}</span></p>
            {bar}
        </div>
    }
}

/// A small bar in a table's cell: `57 %`, with a word from 80 % on.
pub fn spark(percent: i64) -> Markup {
    let state = QuotaState::of_percent(Some(percent));
    html! {
        svg class={ "spark " (state.class()) } aria-hidden="true" {
            rect class="bar-fill" width={ (percent.clamp(0, 100)) "%" } height="100%" rx="3" {}
        }
        @match state {
            QuotaState::Ok => span { (percent) " %" },
            QuotaState::Near => b class="t-near" { (percent) " %, near" },
            QuotaState::AtLimit => b class="t-over" { (percent) " %, at limit" },
        }
    }
}

/// [`spark`] in a view.
#[component]
pub fn Spark(percent: i64) -> impl IntoView {
    InertElement::new(spark(percent).into_string())
}
