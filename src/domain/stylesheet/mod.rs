//! A tenant's own CSS, for the content of its portal's pages (security.md H3).
//!
//! What was typed is never sent: it is parsed, and what is sent is written anew from what was understood. Only listed properties, values and
//! selectors are: nothing that loads anything, reads what fields hold, covers other parts of the page, or hides a warning. Each selector is
//! put below `#main`. What was refused is said by line; a sheet is kept only when nothing was.

mod selector;
mod value;

use cssparser::{
    AtRuleParser, BasicParseErrorKind, CowRcStr, DeclarationParser, ParseError, ParseErrorKind, Parser, ParserInput, ParserState,
    QualifiedRuleParser, RuleBodyItemParser, RuleBodyParser, StyleSheetParser,
};

/// Longest sheet, in bytes.
pub const MAX_BYTES: usize = 16 * 1024;
/// Refusals that are told at once.
const MOST_TOLD: usize = 10;
/// Blocks within blocks; more is nobody's sheet.
const MOST_NESTED: usize = 8;

/// Custom properties are the tokens of our own sheet.
const TOKENS: &[&str] =
    &["--accent", "--accent-ink", "--bg", "--surface", "--sunken", "--line", "--ink", "--ink-2", "--radius", "--radius-s"];

/// What may be set. Nothing here places a box elsewhere, hides it, or puts words on the page.
pub const PROPERTIES: &[&str] = &[
    "accent-color",
    "background-color",
    "border",
    "border-bottom",
    "border-bottom-color",
    "border-bottom-left-radius",
    "border-bottom-right-radius",
    "border-bottom-style",
    "border-bottom-width",
    "border-collapse",
    "border-color",
    "border-left",
    "border-left-color",
    "border-left-style",
    "border-left-width",
    "border-radius",
    "border-right",
    "border-right-color",
    "border-right-style",
    "border-right-width",
    "border-spacing",
    "border-style",
    "border-top",
    "border-top-color",
    "border-top-left-radius",
    "border-top-right-radius",
    "border-top-style",
    "border-top-width",
    "border-width",
    "box-shadow",
    "caret-color",
    "color",
    "column-gap",
    "fill",
    "font-family",
    "font-size",
    "font-stretch",
    "font-style",
    "font-variant",
    "font-variant-numeric",
    "font-weight",
    "gap",
    "letter-spacing",
    "line-height",
    "list-style-type",
    "margin",
    "margin-block",
    "margin-bottom",
    "margin-inline",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-width",
    "min-height",
    "outline",
    "outline-color",
    "outline-offset",
    "outline-style",
    "outline-width",
    "padding",
    "padding-block",
    "padding-bottom",
    "padding-inline",
    "padding-left",
    "padding-right",
    "padding-top",
    "row-gap",
    "stroke",
    "text-align",
    "text-decoration",
    "text-decoration-color",
    "text-decoration-line",
    "text-decoration-style",
    "text-decoration-thickness",
    "text-shadow",
    "text-transform",
    "text-underline-offset",
    "text-wrap",
    "vertical-align",
    "word-spacing",
];

/// One thing that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// From 1.
    pub line: u32,
    pub why: String,
}

/// Inside the parser: why something is refused.
#[derive(Debug, Clone)]
pub(super) struct Why(String);

impl Why {
    fn new(why: impl Into<String>) -> Self {
        Why(why.into())
    }
}

type Parsed<'i, T> = Result<T, ParseError<'i, Why>>;

/// The sheet as it may be sent: every selector below `#main`.
///
/// # Errors
/// Everything in it that is refused, the first lines first.
pub fn scoped(css: &str) -> Result<String, Vec<Refusal>> {
    if css.len() > MAX_BYTES {
        return Err(vec![Refusal { line: 1, why: format!("The sheet has {} bytes; at most {MAX_BYTES} are kept.", css.len()) }]);
    }
    let lines = css.lines().zip(1..);
    let hidden: Vec<Refusal> = lines
        .filter(|(line, _)| line.contains(['\\', '\0', '<']))
        .map(|(_, line)| Refusal { line, why: "Leave out \\, < and zero bytes: they can hide what is meant.".to_owned() })
        .collect();
    if !hidden.is_empty() {
        return Err(first(hidden));
    }
    let mut input = ParserInput::new(css);
    let mut parser = Parser::new(&mut input);
    let mut rules = Rules { refused: Vec::new(), in_media: false };
    let mut out = String::new();
    let mut broken = Vec::new();
    for rule in StyleSheetParser::new(&mut parser, &mut rules) {
        match rule {
            Ok(text) => out.push_str(&text),
            Err((error, _)) => broken.push(told(&error)),
        }
    }
    rules.refused.append(&mut broken);
    if rules.refused.is_empty() { Ok(out) } else { Err(first(rules.refused)) }
}

fn first(mut refused: Vec<Refusal>) -> Vec<Refusal> {
    refused.sort_by_key(|refusal| refusal.line);
    refused.truncate(MOST_TOLD);
    refused
}

fn told(error: &ParseError<'_, Why>) -> Refusal {
    let why = match &error.kind {
        ParseErrorKind::Custom(why) => why.0.clone(),
        ParseErrorKind::Basic(BasicParseErrorKind::AtRuleInvalid(name)) => {
            format!("@{} is not taken; only @media is.", short(name))
        }
        ParseErrorKind::Basic(BasicParseErrorKind::EndOfInput) => "Something is missing at the end.".to_owned(),
        ParseErrorKind::Basic(_) => "This is not understood: a rule is “selector { property: value; }”.".to_owned(),
    };
    Refusal { line: error.location.line + 1, why }
}

/// Of what was typed, enough to find it.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(30).collect()
}

/// The rules of the sheet, or of an `@media` in it.
struct Rules {
    refused: Vec<Refusal>,
    in_media: bool,
}

impl<'i> QualifiedRuleParser<'i> for Rules {
    type Prelude = String;
    type QualifiedRule = String;
    type Error = Why;

    fn parse_prelude<'t>(&mut self, input: &mut Parser<'i, 't>) -> Parsed<'i, String> {
        selector::list(input)
    }

    fn parse_block<'t>(&mut self, selectors: String, _: &ParserState, input: &mut Parser<'i, 't>) -> Parsed<'i, String> {
        let mut out = format!("{selectors}{{");
        let mut declarations = Declarations;
        let mut refused = Vec::new();
        for declaration in RuleBodyParser::new(input, &mut declarations) {
            match declaration {
                Ok(text) => out.push_str(&text),
                Err((error, _)) => refused.push(told(&error)),
            }
        }
        self.refused.append(&mut refused);
        out.push_str("}\n");
        Ok(out)
    }
}

impl<'i> AtRuleParser<'i> for Rules {
    type Prelude = String;
    type AtRule = String;
    type Error = Why;

    fn parse_prelude<'t>(&mut self, name: CowRcStr<'i>, input: &mut Parser<'i, 't>) -> Parsed<'i, String> {
        if !name.eq_ignore_ascii_case("media") || self.in_media {
            return Err(input.new_error(BasicParseErrorKind::AtRuleInvalid(name)));
        }
        value::media(input)
    }

    fn parse_block<'t>(&mut self, media: String, _: &ParserState, input: &mut Parser<'i, 't>) -> Parsed<'i, String> {
        let mut inner = Rules { refused: Vec::new(), in_media: true };
        let (mut out, mut broken) = (format!("@media {media}{{\n"), Vec::new());
        for rule in RuleBodyParser::new(input, &mut inner) {
            match rule {
                Ok(text) => out.push_str(&text),
                Err((error, _)) => broken.push(told(&error)),
            }
        }
        self.refused.append(&mut inner.refused);
        self.refused.append(&mut broken);
        out.push_str("}\n");
        Ok(out)
    }
}

impl<'i> DeclarationParser<'i> for Rules {
    type Declaration = String;
    type Error = Why;
}

impl<'i> RuleBodyItemParser<'i, String, Why> for Rules {
    fn parse_declarations(&self) -> bool {
        false
    }

    fn parse_qualified(&self) -> bool {
        true
    }
}

/// What stands between the braces of a rule.
struct Declarations;

impl<'i> DeclarationParser<'i> for Declarations {
    type Declaration = String;
    type Error = Why;

    fn parse_value<'t>(&mut self, name: CowRcStr<'i>, input: &mut Parser<'i, 't>) -> Parsed<'i, String> {
        let property = name.to_ascii_lowercase();
        if !PROPERTIES.contains(&property.as_str()) && !TOKENS.contains(&property.as_str()) {
            return Err(input.new_custom_error(Why::new(format!("The property “{}” is not on the list.", short(&name)))));
        }
        let value = value::of(&property, input)?;
        Ok(format!("{property}:{value};"))
    }
}

impl<'i> QualifiedRuleParser<'i> for Declarations {
    type Prelude = ();
    type QualifiedRule = String;
    type Error = Why;
}

impl<'i> AtRuleParser<'i> for Declarations {
    type Prelude = ();
    type AtRule = String;
    type Error = Why;
}

impl<'i> RuleBodyItemParser<'i, String, Why> for Declarations {
    fn parse_declarations(&self) -> bool {
        true
    }

    fn parse_qualified(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests;
