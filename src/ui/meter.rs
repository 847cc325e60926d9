//! Quota bars. SVG, because the content policy forbids inline styles.

use leptos::prelude::*;
use leptos::tachys::html::InertElement;
use maud::{Markup, html};

use crate::domain::quantity::push_digits;
use crate::domain::quota::{NEAR_PERCENT, Quota, QuotaState};

/// One quota: value, limit, per cent, state as word and colour.
pub fn quota_bar(quota: &Quota) -> Markup {
    let (state, text) = (quota.state(), quota.text());
    let id = format!("q-{}", quota.label.to_lowercase().replace(' ', "-"));
    html! {
        div class="quota" {
            p { b id=(id) { (quota.label) } span { (text) } span class={ "tag " (state.class()) } { (state.word()) } }
            @if let Some(percent) = quota.percent() {
                @let shown = percent.clamp(0, 100);
                div role="meter" aria-labelledby=(id) aria-valuemin="0" aria-valuemax="100" aria-valuenow=(shown)
                    aria-valuetext={ (text) ", " (state.word()) } {
                    svg class={ "bar " (state.class()) } aria-hidden="true" {
                        rect class="bar-fill" width={ (shown) "%" } height="100%" rx="5" {}
                        rect class="bar-mark" x={ (NEAR_PERCENT) "%" } y="-3" width="2" height="16" {}
                    }
                }
            }
        }
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
