//! A QR code as SVG in the page: the content policy allows no `data:` images.

use leptos::prelude::*;
use maud::html;
use qrcodegen::{QrCode, QrCodeEcc};

use crate::ui::text::inert;

/// The light border that readers need, in modules: ISO/IEC 18004, section 9.1.
const QUIET: i32 = 4;

/// One path of unit squares, and the length of a side with its border; `None` for a text that no code holds.
fn path(text: &str) -> Option<(String, i32)> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let dark = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y))).filter(|(x, y)| code.get_module(*x, *y));
    let path = dark.map(|(x, y)| format!("M{} {}h1v1h-1z", x + QUIET, y + QUIET)).collect();
    Some((path, code.size() + 2 * QUIET))
}

/// Dark on light whatever the theme: many readers take nothing else. `label` says what it is for who cannot see it.
#[component]
pub fn Qr(text: String, label: &'static str) -> impl IntoView {
    path(&text).map(|(path, side)| {
        let markup = html! {
            svg class="qr" role="img" aria-label=(label) viewBox={ "0 0 " (side) " " (side) } shape-rendering="crispEdges" {
                rect class="qr-ground" width="100%" height="100%" {}
                path class="qr-dots" d=(path) {}
            }
        };
        inert(markup)
    })
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn a_text_becomes_squares_within_a_border() {
        // Version 1 has 21 modules a side; three corners are dark.
        let (path, side) = path("hello").expect("it fits");
        assert_eq!(side, 29);
        for corner in ["M4 4h", "M24 4h", "M4 24h"] {
            assert!(path.contains(corner), "{path}");
        }
        assert!(super::path(&"x".repeat(5_000)).is_none());
    }
}
