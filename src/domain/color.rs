//! Accent colours: whether dark or light text reads better on one (WCAG 2.2, relative luminance).

fn channel(hex: &str) -> f64 {
    let c = f64::from(u8::from_str_radix(hex, 16).unwrap_or(0)) / 255.0;
    if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
}

/// `#rrggbb` to relative luminance, 0 to 1; anything else is black.
pub(super) fn luminance(color: &str) -> f64 {
    match color.strip_prefix('#') {
        Some(hex) if hex.len() == 6 && hex.is_ascii() => {
            0.2126 * channel(&hex[..2]) + 0.7152 * channel(&hex[2..4]) + 0.0722 * channel(&hex[4..])
        }
        _ => 0.0,
    }
}

/// White or near black, whichever has more contrast on `accent`.
pub fn ink_on(accent: &str) -> &'static str {
    let (l, dark) = (luminance(accent), luminance("#14181f"));
    if 1.05 / (l + 0.05) >= (l + 0.05) / (dark + 0.05) { "#ffffff" } else { "#14181f" }
}

/// The style of a page in a tenant's colour; nothing for what is not `#rrggbb`.
pub fn accent_style(accent: &str) -> Option<String> {
    let fine = accent.len() == 7 && accent.starts_with('#') && accent[1..].bytes().all(|c| c.is_ascii_hexdigit());
    fine.then(|| format!(":root{{--accent:{accent};--accent-ink:{}}}", ink_on(accent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_on_an_accent_is_readable() {
        assert_eq!((ink_on("#3b5bdb"), ink_on("#0b7285"), ink_on("#ffd43b")), ("#ffffff", "#ffffff", "#14181f"));
        assert_eq!(accent_style("#0b7285").as_deref(), Some(":root{--accent:#0b7285;--accent-ink:#ffffff}"));
        assert_eq!(accent_style("red}body{display:none"), None);
    }
}
