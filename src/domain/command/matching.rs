//! Words, and how a text fits a form of the grammar.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::grammar::{RULES, Rule};

/// A word, or a phrase in quotation marks, with its place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub text: &'a str,
    /// In lower case, without the punctuation around it.
    pub word: String,
    pub quoted: bool,
    from: usize,
    to: usize,
}

/// Looked over wherever they stand.
const FILLERS: &[&str] = &["please", "the", "a", "an", "me", "kindly", "now", "just"];

const QUOTES: &[(char, char)] = &[('"', '"'), ('\'', '\''), ('“', '”'), ('‘', '’')];

/// The text's words. A quotation mark that is never closed is a letter like any other.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(|c: char| !c.is_whitespace()).map(|skip| at + skip) {
        let first = text[start..].chars().next().unwrap_or(' ');
        let closing = QUOTES.iter().find(|(open, _)| *open == first).map(|(_, close)| *close);
        let inside = start + first.len_utf8();
        if let Some(length) = closing.and_then(|close| text[inside..].find(close)).filter(|length| *length > 0) {
            let phrase = &text[inside..inside + length];
            tokens.push(Token {
                text: phrase.trim(),
                word: phrase.trim().to_lowercase(),
                quoted: true,
                from: start,
                to: inside + length + closing.map_or(0, char::len_utf8),
            });
            at = inside + length + closing.map_or(0, char::len_utf8);
            continue;
        }
        let end = text[start..].find(char::is_whitespace).map_or(text.len(), |length| start + length);
        at = end;
        push_word(&mut tokens, text, start, end);
    }
    tokens.retain(|token| token.quoted || !FILLERS.contains(&token.word.as_str()));
    tokens
}

/// `unpaid:` is the word and the colon; what ends a sentence says nothing.
fn push_word<'a>(tokens: &mut Vec<Token<'a>>, text: &'a str, start: usize, end: usize) {
    let whole = &text[start..end];
    let word = whole.trim_end_matches([':', '?', '!', ',', ';', '.']);
    if !word.is_empty() {
        let to = start + word.len();
        tokens.push(Token { text: word, word: word.to_lowercase(), quoted: false, from: start, to });
    }
    if whole.ends_with(':') {
        tokens.push(Token { text: ":", word: ":".to_owned(), quoted: false, from: end - 1, to: end });
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Either(&'static str),
    Maybe(&'static str),
    Slot(&'static str),
}

/// Second words of an amount.
const UNITS: &[&str] = &["k", "m", "g", "thousand", "million", "billion", "b", "kb", "mb", "gb", "tb"];

/// How many words a gap may take of these.
fn lengths(slot: &str, tokens: &[Token<'_>]) -> std::ops::RangeInclusive<usize> {
    let most = match slot {
        "reason" => return tokens.len()..=tokens.len(),
        "amount" => {
            let length = if tokens.get(1).is_some_and(|token| UNITS.contains(&token.word.as_str())) { 2 } else { 1 };
            return length..=length.min(tokens.len());
        }
        "tab" | "state" => 2,
        "plan" | "meter" | "page" => 3,
        _ => 8,
    };
    1..=tokens.len().min(most)
}

fn parts(form: &'static str) -> Vec<Part> {
    form.split(' ')
        .map(|part| match part.as_bytes() {
            [b'[', .., b']'] => Part::Maybe(&part[1..part.len() - 1]),
            [b'{', .., b'}'] => Part::Slot(&part[1..part.len() - 1]),
            _ => Part::Either(part),
        })
        .collect()
}

/// Every form with its rule, taken apart once.
static FORMS: LazyLock<Vec<(&'static Rule, Vec<Part>)>> =
    LazyLock::new(|| RULES.iter().flat_map(|rule| rule.forms.iter().map(move |form| (rule, parts(form)))).collect());

static WORDS: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let words = FORMS.iter().flat_map(|(_, parts)| parts.iter()).flat_map(|part| match part {
        Part::Either(words) | Part::Maybe(words) => words.split('|').collect::<Vec<_>>(),
        Part::Slot(_) => Vec::new(),
    });
    words.chain(FILLERS.iter().copied()).collect()
});

/// Every word that the grammar itself knows.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    WORDS.iter().copied()
}

pub(super) fn is_word_of_the_grammar(word: &str) -> bool {
    WORDS.contains(word)
}

/// The words that each form of a rule cannot do without; forms that have none are left out.
pub(super) fn fixed_words(rule: &'static Rule) -> impl Iterator<Item = Vec<Vec<&'static str>>> {
    let fixed = |form: &&'static str| {
        let fixed = parts(form).into_iter().filter_map(|part| match part {
            Part::Either(words) => Some(words.split('|').collect()),
            Part::Maybe(_) | Part::Slot(_) => None,
        });
        fixed.collect::<Vec<Vec<&'static str>>>()
    };
    rule.forms.iter().map(fixed).filter(|fixed| !fixed.is_empty())
}

/// A way to read a text: a rule, and what fills its gaps.
pub(super) struct Reading<'a> {
    pub rule: &'static Rule,
    slots: Vec<(&'static str, &'a str)>,
    /// How many words are the grammar's own: the more, the surer.
    fixed: usize,
}

impl Reading<'_> {
    /// What fills this gap; nothing where the form has none.
    pub fn get(&self, slot: &str) -> &str {
        self.slots.iter().find(|(name, _)| *name == slot).map_or("", |(_, text)| text)
    }
}

fn fits(part: &'static str, token: &Token<'_>) -> bool {
    !token.quoted && part.split('|').any(|word| word == token.word)
}

/// The words that are still to be read, and where the last one that was read ends.
#[derive(Clone, Copy)]
struct Rest<'a, 't> {
    text: &'a str,
    tokens: &'t [Token<'a>],
    before: usize,
}

impl<'a, 't> Rest<'a, 't> {
    fn after(self, n: usize) -> Self {
        let before = n.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(self.before, |token| token.to);
        Self { tokens: self.tokens.get(n..).unwrap_or_default(), before, ..self }
    }

    /// What the next `n` words say.
    fn says(self, slot: &str, n: usize) -> Option<&'a str> {
        let (first, last) = (self.tokens.first()?, self.tokens.get(n.checked_sub(1)?)?);
        Some(match (slot, n) {
            // As it was typed, with all its little words.
            ("reason", _) => self.text[self.before..].trim(),
            (_, 1) => first.text,
            (_, _) => &self.text[first.from..last.to],
        })
    }
}

/// Fills the rest of a form with the rest of the words: the first way that fits, gaps as short as they can be. Returns how many words are
/// the grammar's own.
fn fill<'a>(parts: &[Part], rest: Rest<'a, '_>, filled: &mut Vec<(&'static str, &'a str)>) -> Option<usize> {
    let Some((part, parts)) = parts.split_first() else { return rest.tokens.is_empty().then_some(0) };
    let first = rest.tokens.first();
    match *part {
        Part::Either(words) => {
            first.filter(|token| fits(words, token)).and_then(|_| fill(parts, rest.after(1), filled)).map(|fixed| fixed + 1)
        }
        Part::Maybe(words) => {
            if first.is_some_and(|token| fits(words, token))
                && let Some(fixed) = fill(parts, rest.after(1), filled)
            {
                return Some(fixed + 1);
            }
            fill(parts, rest, filled)
        }
        Part::Slot(name) => {
            for length in lengths(name, rest.tokens) {
                filled.push((name, rest.says(name, length)?));
                if let Some(fixed) = fill(parts, rest.after(length), filled) {
                    return Some(fixed);
                }
                filled.pop();
            }
            None
        }
    }
}

/// Every rule that the text fits, the surest first.
pub(super) fn readings<'a>(text: &'a str, tokens: &[Token<'a>]) -> Vec<Reading<'a>> {
    let mut found: Vec<Reading<'a>> = FORMS
        .iter()
        .filter_map(|(rule, parts)| {
            let mut slots = Vec::new();
            fill(parts, Rest { text, tokens, before: 0 }, &mut slots).map(|fixed| Reading { rule, slots, fixed })
        })
        .collect();
    // Stable: of equals the one that stands first in the grammar.
    found.sort_by_key(|reading| std::cmp::Reverse(reading.fixed));
    found
}
