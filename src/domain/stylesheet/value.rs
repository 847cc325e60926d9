//! Values and media conditions: words, numbers, colours and a few functions, each written anew.

use cssparser::{Parser, ToCss as _, Token};

use super::{MOST_NESTED, Parsed, Why, short};

/// None of these loads anything or reads an attribute.
const FUNCTIONS: &[&str] = &[
    "calc",
    "clamp",
    "color",
    "color-mix",
    "hsl",
    "hsla",
    "hwb",
    "lab",
    "lch",
    "light-dark",
    "max",
    "min",
    "oklab",
    "oklch",
    "rgb",
    "rgba",
    "var",
];

const UNITS: &[&str] = &["ch", "cm", "deg", "em", "ex", "lh", "mm", "pt", "px", "rad", "rem", "rlh", "turn", "vh", "vw"];

fn is_unit(unit: &str) -> bool {
    UNITS.contains(&unit.to_ascii_lowercase().as_str())
}

/// A property's value.
pub(super) fn of<'i>(property: &str, input: &mut Parser<'i, '_>) -> Parsed<'i, String> {
    let mut out = String::new();
    tokens(input, &mut out, property == "font-family", 0)?;
    let value = out.trim();
    if value.is_empty() {
        return Err(input.new_custom_error(Why::new(format!("“{property}” has no value."))));
    }
    Ok(value.to_owned())
}

fn tokens<'i>(input: &mut Parser<'i, '_>, out: &mut String, texts: bool, depth: usize) -> Parsed<'i, ()> {
    if depth > MOST_NESTED {
        return Err(input.new_custom_error(Why::new("Too many brackets within brackets.")));
    }
    while let Ok(token) = input.next_including_whitespace_and_comments().cloned() {
        match token {
            Token::WhiteSpace(_) | Token::Comment(_) => out.push(' '),
            Token::Ident(_)
            | Token::Number { .. }
            | Token::Percentage { .. }
            | Token::Hash(_)
            | Token::IDHash(_)
            | Token::Comma
            | Token::Delim('/' | '+' | '-' | '*') => out.push_str(&token.to_css_string()),
            Token::Dimension { ref unit, .. } if is_unit(unit) => out.push_str(&token.to_css_string()),
            Token::QuotedString(ref text) if texts && text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_')) => {
                out.push_str(&token.to_css_string());
            }
            Token::Function(ref name) => {
                let name = name.to_ascii_lowercase();
                if !FUNCTIONS.contains(&name.as_str()) {
                    return Err(input.new_custom_error(Why::new(format!("{}() is not taken.", short(&name)))));
                }
                out.push_str(&name);
                bracketed(input, out, texts, depth)?;
            }
            Token::ParenthesisBlock => {
                // Never beside a word, which would look like a function.
                out.push(' ');
                bracketed(input, out, texts, depth)?;
            }
            Token::UnquotedUrl(_) | Token::BadUrl(_) => {
                return Err(input.new_custom_error(Why::new("url() is not taken: nothing is loaded from a sheet.")));
            }
            Token::Delim('!') => {
                return Err(input.new_custom_error(Why::new("!important is not needed: your sheet comes after ours.")));
            }
            Token::QuotedString(_) | Token::BadString(_) => {
                return Err(input.new_custom_error(Why::new("Quoted text is for names of fonts only.")));
            }
            other => {
                let shown = short(&other.to_css_string());
                return Err(input.new_custom_error(Why::new(format!("“{shown}” does not belong into a value."))));
            }
        }
    }
    Ok(())
}

fn bracketed<'i>(input: &mut Parser<'i, '_>, out: &mut String, texts: bool, depth: usize) -> Parsed<'i, ()> {
    out.push('(');
    input.parse_nested_block(|input| tokens(input, out, texts, depth + 1))?;
    out.push(')');
    Ok(())
}

/// Words that a condition is made of.
const MEDIA: &[&str] = &[
    "and",
    "or",
    "not",
    "only",
    "screen",
    "print",
    "all",
    "width",
    "min-width",
    "max-width",
    "prefers-color-scheme",
    "light",
    "dark",
    "prefers-contrast",
    "more",
    "less",
    "prefers-reduced-motion",
    "reduce",
    "no-preference",
    "orientation",
    "portrait",
    "landscape",
];

/// What stands behind `@media`.
pub(super) fn media<'i>(input: &mut Parser<'i, '_>) -> Parsed<'i, String> {
    let mut out = String::new();
    conditions(input, &mut out, 0)?;
    let condition = out.trim();
    if condition.is_empty() {
        return Err(input.new_custom_error(Why::new("@media needs a condition, such as (max-width: 600px).")));
    }
    Ok(condition.to_owned())
}

fn conditions<'i>(input: &mut Parser<'i, '_>, out: &mut String, depth: usize) -> Parsed<'i, ()> {
    while let Ok(token) = input.next_including_whitespace_and_comments().cloned() {
        match token {
            Token::WhiteSpace(_) | Token::Comment(_) => out.push(' '),
            Token::Ident(ref name) if MEDIA.contains(&name.to_ascii_lowercase().as_str()) => out.push_str(&name.to_ascii_lowercase()),
            Token::Dimension { ref unit, .. } if is_unit(unit) => out.push_str(&token.to_css_string()),
            Token::Number { .. } | Token::Comma | Token::Colon | Token::Delim('>' | '=') => {
                out.push_str(&token.to_css_string());
            }
            Token::ParenthesisBlock if depth < MOST_NESTED => {
                out.push('(');
                input.parse_nested_block(|input| conditions(input, out, depth + 1))?;
                out.push(')');
            }
            other => {
                let shown = short(&other.to_css_string());
                return Err(input.new_custom_error(Why::new(format!("“{shown}” is not taken in @media."))));
            }
        }
    }
    Ok(())
}
