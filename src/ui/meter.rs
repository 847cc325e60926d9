//! Quota bars. SVG, because the content policy forbids inline styles.

use leptos::prelude::*;
use leptos::tachys::html::InertElement;

use crate::domain::quantity::push_digits;
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
pub fn spark(percent: i64) -> String {
    let mut text = String::new();
    push_spark(&mut text, percent);
    text
}

/// [`spark`] at the end of a text: lists have fifty, and a string for each takes longer than what it says.
pub fn push_spark(text: &mut String, percent: i64) {
    let state = QuotaState::of_percent(Some(percent));
    text.push_str("<svg class=\"spark ");
    text.push_str(state.class());
    text.push_str("\" aria-hidden=\"true\"><rect class=\"bar-fill\" width=\"");
    push_digits(text, percent.clamp(0, 100));
    text.push_str("%\" height=\"100%\" rx=\"3\"></rect></svg>");
    let (before, after) = match state {
        QuotaState::Ok => ("<span>", " %</span>"),
        QuotaState::Near => ("<b class=\"t-near\">", " %, near</b>"),
        QuotaState::AtLimit => ("<b class=\"t-over\">", " %, at limit</b>"),
    };
    text.push_str(before);
    push_digits(text, percent);
    text.push_str(after);
}

/// [`spark`] in a view.
#[component]
pub fn Spark(percent: i64) -> impl IntoView {
    InertElement::new(spark(percent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_bar_says_its_value_and_from_80_per_cent_on_a_word() {
        for (percent, width, said) in [
            (0, "0%", "<span>0 %</span>"),
            (57, "57%", "<span>57 %</span>"),
            (80, "80%", "<b class=\"t-near\">80 %, near</b>"),
            (120, "100%", "<b class=\"t-over\">120 %, at limit</b>"),
        ] {
            let text = spark(percent);
            assert!(text.contains(&format!("width=\"{width}\"")) && text.ends_with(said), "{text}");
        }
    }
}
