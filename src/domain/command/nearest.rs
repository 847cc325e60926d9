//! What a text that is no command may have been meant to be.

use strsim::osa_distance;

use super::grammar::{RULES, Rule};
use super::matching::{Token, fixed_words, is_word_of_the_grammar, words};
use super::{NotUnderstood, Vocabulary, matching};

/// Examples that are shown.
const SHOWN: usize = 3;

/// Letters that may be wrong in a word of this length.
fn tolerance(word: &str) -> usize {
    match word.chars().count() {
        ..=3 => 0,
        4 | 5 => 1,
        _ => 2,
    }
}

/// The word of the grammar that this one is nearest to, if it is near at all.
fn corrected(word: &str) -> Option<&'static str> {
    if is_word_of_the_grammar(word) {
        return None;
    }
    words()
        .map(|known| (osa_distance(word, known), known))
        .filter(|(distance, _)| *distance <= tolerance(word))
        .min()
        .map(|(_, known)| known)
}

/// The text with one wrong word put right, or all of them: the first that is a command.
fn meant(text: &str, tokens: &[Token<'_>], words: &Vocabulary) -> Option<String> {
    let wrong: Vec<(&str, &str)> =
        tokens.iter().filter(|token| !token.quoted).filter_map(|token| Some((token.text, corrected(&token.word)?))).collect();
    let put_right = |changes: &[(&str, &str)]| {
        let words = text.split(' ').map(|word| {
            let bare = word.trim_end_matches([':', '?', '!', ',', ';', '.']);
            changes.iter().find(|(from, _)| *from == bare).map_or_else(|| word.to_owned(), |(_, to)| word.replacen(bare, to, 1))
        });
        words.collect::<Vec<_>>().join(" ")
    };
    let one_by_one = wrong.iter().map(|change| put_right(&[*change]));
    let candidates = one_by_one.chain((wrong.len() > 1).then(|| put_right(&wrong)));
    candidates.into_iter().find(|candidate| {
        let tokens = matching::tokens(candidate);
        matching::readings(candidate, &tokens).iter().any(|reading| reading.rule.build(reading, words).is_ok())
    })
}

/// How far the text is from what a form cannot do without, in twelfths of a letter for each such word.
fn distance(tokens: &[Token<'_>], fixed: &[Vec<&'static str>]) -> usize {
    let of_word = |options: &[&'static str]| {
        let all = options.iter().flat_map(|option| tokens.iter().map(move |token| osa_distance(&token.word, option).min(option.len())));
        all.min().unwrap_or(100)
    };
    fixed.iter().map(|options| of_word(options) * 12).sum::<usize>() / fixed.len().max(1)
}

pub(super) fn nearest(text: &str, tokens: &[Token<'_>], words: &Vocabulary) -> NotUnderstood {
    let of_rule = |rule: &'static Rule| fixed_words(rule).map(|fixed| distance(tokens, &fixed)).min().unwrap_or(usize::MAX);
    let mut by_distance: Vec<(usize, &'static str)> = RULES.iter().map(|rule| (of_rule(rule), rule.example)).collect();
    by_distance.sort_by_key(|(distance, _)| *distance);
    let near = by_distance.into_iter().take(SHOWN).map(|(_, example)| example).collect();
    NotUnderstood::Text { meant: meant(text, tokens, words), near }
}
