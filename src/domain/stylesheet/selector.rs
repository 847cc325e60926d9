//! Selectors: elements, classes, ids, a few states, and how they stand to each other; each below `#main`.

use cssparser::{Parser, ToCss as _, Token, serialize_identifier};

use super::{Parsed, Why, short};

/// Where a tenant's sheet ends: the content of a portal page.
const SCOPE: &str = "#main";

/// States that say nothing about what somebody typed or where they were.
const STATES: &[&str] = &[
    "active",
    "disabled",
    "empty",
    "enabled",
    "first-child",
    "first-of-type",
    "focus",
    "focus-visible",
    "focus-within",
    "hover",
    "last-child",
    "last-of-type",
    "only-child",
];
const COUNTING: &[&str] = &["nth-child", "nth-last-child", "nth-of-type"];

fn identifier(out: &mut String, name: &str) {
    // Writing to a String does not fail.
    let _ = serialize_identifier(name, out);
}

/// What stands before a rule's brace.
pub(super) fn list<'i>(input: &mut Parser<'i, '_>) -> Parsed<'i, String> {
    let mut list: Vec<String> = Vec::new();
    let mut one = String::new();
    loop {
        let token = input.next_including_whitespace_and_comments().cloned();
        let refuse = |input: &mut Parser<'i, '_>, why: String| Err(input.new_custom_error(Why::new(why)));
        match token {
            Err(_) => break,
            Ok(Token::WhiteSpace(_) | Token::Comment(_)) => one.push(' '),
            Ok(Token::Ident(name)) if one.is_empty() || one.ends_with([' ', '>', '+', '~']) => identifier(&mut one, &name),
            Ok(Token::IDHash(name)) => {
                one.push('#');
                identifier(&mut one, &name);
            }
            Ok(Token::Delim('*')) if one.is_empty() || one.ends_with([' ', '>', '+', '~']) => one.push('*'),
            Ok(Token::Delim('.')) => match input.next_including_whitespace().cloned() {
                Ok(Token::Ident(name)) => {
                    one.push('.');
                    identifier(&mut one, &name);
                }
                _ => return refuse(input, "A class is a dot and its name.".to_owned()),
            },
            Ok(Token::Delim(sign @ ('>' | '+' | '~'))) => {
                if one.trim().is_empty() || one.trim_end().ends_with(['>', '+', '~']) {
                    return refuse(input, format!("Something has to stand before “{sign}”."));
                }
                one.push(sign);
            }
            Ok(Token::Colon) => state(input, &mut one)?,
            Ok(Token::Comma) => list.push(finish(input, std::mem::take(&mut one))?),
            Ok(Token::SquareBracketBlock) => return refuse(input, "Attribute selectors are not taken.".to_owned()),
            Ok(other) => {
                let shown = short(&other.to_css_string());
                return refuse(input, format!("“{shown}” is not taken in a selector."));
            }
        }
    }
    list.push(finish(input, one)?);
    Ok(list.join(","))
}

fn finish<'i>(input: &mut Parser<'i, '_>, one: String) -> Parsed<'i, String> {
    let one = one.split_whitespace().collect::<Vec<_>>().join(" ");
    if one.is_empty() || one.ends_with(['>', '+', '~']) {
        return Err(input.new_custom_error(Why::new("A selector is missing.")));
    }
    Ok(format!("{SCOPE} {one}"))
}

fn state<'i>(input: &mut Parser<'i, '_>, one: &mut String) -> Parsed<'i, ()> {
    let why = match input.next_including_whitespace().cloned() {
        Ok(Token::Ident(name)) => {
            let name = name.to_ascii_lowercase();
            if STATES.contains(&name.as_str()) {
                one.push(':');
                one.push_str(&name);
                return Ok(());
            }
            format!(":{} is not taken.", short(&name))
        }
        Ok(Token::Function(name)) => {
            let name = name.to_ascii_lowercase();
            if COUNTING.contains(&name.as_str()) {
                let (a, b) = input.parse_nested_block(|input| Ok(cssparser::parse_nth(input)?))?;
                one.push_str(&format!(":{name}({a}n{b:+})"));
                return Ok(());
            }
            format!(":{}() is not taken.", short(&name))
        }
        Ok(Token::Colon) => "Pseudo-elements are not taken.".to_owned(),
        _ => "A colon needs a state behind it, such as :hover.".to_owned(),
    };
    Err(input.new_custom_error(Why::new(why)))
}
