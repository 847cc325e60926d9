//! A tenant's accent colour against WCAG 2.2 AA, on the light and on the dark page.
//!
//! Buttons carry text on the accent (4.5:1), and have to stand out from the page and its cards (3:1) whether these are light or dark.

use super::color::{ink_on, luminance};

/// Page and card, light and dark: `style/tokens.css`.
const LIGHT: [&str; 2] = ["#ffffff", "#f7f8fa"];
const DARK: [&str; 2] = ["#161a20", "#0f1216"];
const TEXT: f64 = 4.5;
const EDGE: f64 = 3.0;

/// How well a colour reads: ratios from 1 to 21.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contrast {
    /// Of the text on it, which is white or near black.
    pub text: f64,
    /// Against the light page and its cards, whichever is less.
    pub light: f64,
    /// The same on the dark page.
    pub dark: f64,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AccentError {
    #[error("Write it as # and six digits, such as #3b5bdb.")]
    Format,
    #[error("{}", shortfall(.contrast, .nearest))]
    Contrast { contrast: Contrast, nearest: String },
}

fn ratio(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
    if a > b { a / b } else { b / a }
}

/// Of `#rrggbb`.
pub fn contrast(accent: &str) -> Contrast {
    let least = |grounds: [&str; 2]| ratio(accent, grounds[0]).min(ratio(accent, grounds[1]));
    Contrast { text: ratio(accent, ink_on(accent)), light: least(LIGHT), dark: least(DARK) }
}

impl Contrast {
    pub fn passes(&self) -> bool {
        self.text >= TEXT && self.light >= EDGE && self.dark >= EDGE
    }
}

fn shortfall(contrast: &Contrast, nearest: &str) -> String {
    // Rounded down: what is short of the mark must not look as if it met it.
    let said = |ratio: f64| format!("{:.1}:1", (ratio * 10.0).floor() / 10.0);
    let mut short = Vec::new();
    if contrast.text < TEXT {
        short.push(format!("text on it has {} and needs 4.5:1", said(contrast.text)));
    }
    if contrast.light < EDGE {
        short.push(format!("on the light page it has {} and needs 3:1", said(contrast.light)));
    }
    if contrast.dark < EDGE {
        short.push(format!("on the dark page it has {} and needs 3:1", said(contrast.dark)));
    }
    format!("Not enough contrast: {}. The nearest colour that passes is {nearest}.", short.join("; "))
}

/// `#rrggbb` in lower case; `#rgb`, capitals and a missing `#` are understood.
///
/// # Errors
/// `Format`; `Contrast` with the nearest colour that passes.
pub fn parse(text: &str) -> Result<String, AccentError> {
    let text = text.trim().to_ascii_lowercase();
    let hex = text.strip_prefix('#').unwrap_or(&text);
    if !hex.bytes().all(|c| c.is_ascii_hexdigit()) {
        return Err(AccentError::Format);
    }
    let accent = match hex.len() {
        6 => format!("#{hex}"),
        3 => format!("#{}", hex.chars().flat_map(|c| [c, c]).collect::<String>()),
        _ => return Err(AccentError::Format),
    };
    let found = contrast(&accent);
    match found.passes() {
        true => Ok(accent),
        false => Err(AccentError::Contrast { contrast: found, nearest: nearest(&accent) }),
    }
}

/// The colour of the same hue that passes and whose lightness is nearest; itself when it passes.
pub fn nearest(accent: &str) -> String {
    if contrast(accent).passes() {
        return accent.to_owned();
    }
    let (l, c, h) = to_oklch(accent);
    for step in 1..=500 {
        let by = f64::from(step) / 500.0;
        for lightness in [l - by, l + by] {
            if (0.0..=1.0).contains(&lightness) {
                let candidate = in_gamut(lightness, c, h);
                if contrast(&candidate).passes() {
                    return candidate;
                }
            }
        }
    }
    // Every grey between has its passing neighbour: this is not reached.
    "#3b5bdb".to_owned()
}

fn linear(accent: &str, at: usize) -> f64 {
    let value = accent.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(0);
    let c = f64::from(value) / 255.0;
    if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
}

/// Lightness, chroma and hue (in radians) of Björn Ottosson's OKLCH.
fn to_oklch(accent: &str) -> (f64, f64, f64) {
    let (r, g, b) = (linear(accent, 1), linear(accent, 3), linear(accent, 5));
    let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
    let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
    let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
    let a = 1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s;
    let b = 0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s;
    (0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s, a.hypot(b), b.atan2(a))
}

fn to_linear(lightness: f64, chroma: f64, hue: f64) -> [f64; 3] {
    let (a, b) = (chroma * hue.cos(), chroma * hue.sin());
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
    ]
}

/// As `#rrggbb`, with as much of its chroma as a screen shows at this lightness.
fn in_gamut(lightness: f64, chroma: f64, hue: f64) -> String {
    let mut rgb = to_linear(lightness, 0.0, hue);
    for step in (0..=50).rev() {
        let candidate = to_linear(lightness, chroma * f64::from(step) / 50.0, hue);
        if candidate.iter().all(|value| (-0.000_5..=1.000_5).contains(value)) {
            rgb = candidate;
            break;
        }
    }
    let byte = |value: f64| {
        let value = value.clamp(0.0, 1.0);
        let value = if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 };
        format!("{:02x}", (value * 255.0).round() as u8)
    };
    format!("#{}", rgb.map(byte).concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_that_reads_is_taken_as_it_is() {
        for (typed, accent) in [("#3b5bdb", "#3b5bdb"), (" #0B7285 ", "#0b7285"), ("3b5bdb", "#3b5bdb"), ("#c33", "#cc3333")] {
            assert_eq!(parse(typed).as_deref(), Ok(accent), "{typed}");
        }
        for typed in ["", "red", "#12345", "#1234567", "#ggg", "rgb(1,2,3)", "#ääää"] {
            assert_eq!(parse(typed), Err(AccentError::Format), "{typed}");
        }
    }

    #[test]
    fn what_does_not_read_says_where_and_what_would() {
        for (typed, short) in [("#ffd43b", "on the light page"), ("#111111", "on the dark page"), ("#7d7d7d", "text on it")] {
            let error = parse(typed).expect_err("too little contrast");
            let AccentError::Contrast { nearest, .. } = &error else { panic!("{error}") };
            assert!(error.to_string().contains(short), "{typed}: {error}");
            assert_eq!(parse(nearest).as_ref(), Ok(nearest), "what is proposed is taken");
        }
    }

    #[test]
    fn for_every_colour_one_near_it_passes_and_keeps_its_hue() {
        for n in 0..4096_u32 {
            let (r, g, b) = (n >> 8 & 15, n >> 4 & 15, n & 15);
            let accent = format!("#{:02x}{:02x}{:02x}", r * 17, g * 17, b * 17);
            let found = nearest(&accent);
            assert!(contrast(&found).passes(), "{accent} -> {found}");
            let ((_, was, hue), (_, is, other)) = (to_oklch(&accent), to_oklch(&found));
            let turned = (hue - other).sin().abs();
            assert!(was < 0.04 || is < 0.04 || turned < 0.12, "{accent} -> {found} turned by {turned}");
        }
    }
}
