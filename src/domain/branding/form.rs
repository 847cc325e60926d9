//! The form of a draft: which fields it has, and what is wrong with what was typed into them.

use std::collections::BTreeMap;

use super::{Branding, MAX_NAME, MAX_SIGN_IN_TEXT};
use crate::domain::FieldError;
use crate::domain::accent;
use crate::domain::mail::{TemplateKind, parse_body, parse_subject};
use crate::domain::name::Name;
use crate::domain::stylesheet;

/// Texts by the name of their field. A field that is not there stays as it is; an empty one is cleared.
pub type Typed = BTreeMap<String, String>;

/// Longest text that is read of any field; what is longer is refused by the field's own rule.
pub const MAX_TEXT: usize = 64 * 1024;

pub fn subject_field(kind: TemplateKind) -> String {
    format!("{}_subject", kind.key())
}

pub fn body_field(kind: TemplateKind) -> String {
    format!("{}_body", kind.key())
}

/// Whether it is a text of this form.
pub fn is_text(field: &str) -> bool {
    matches!(field, "name" | "accent" | "sign_in_text" | "css")
        || TemplateKind::ALL.into_iter().any(|kind| field == subject_field(kind) || field == body_field(kind))
}

/// The draft with what was typed, as far as it is good, and what is wrong with the rest.
pub fn apply(typed: &Typed, draft: &Branding) -> (Branding, Vec<FieldError>) {
    let (mut new, mut wrong) = (draft.clone(), Vec::new());
    let mut refuse = |field: &str, why: &dyn ToString| wrong.push(FieldError::new(field, why.to_string()));
    let given = |field: &str| typed.get(field).map(String::as_str);
    if let Some(text) = given("name") {
        match display_name(text) {
            Ok(name) => new.look.name = name,
            Err(why) => refuse("name", &why),
        }
    }
    match given("accent").map(str::trim) {
        Some("") => new.look.accent = None,
        Some(text) => match accent::parse(text) {
            Ok(accent) => new.look.accent = Some(accent),
            Err(why) => refuse("accent", &why),
        },
        None => {}
    }
    if let Some(text) = given("sign_in_text") {
        match sign_in_text(text) {
            Ok(text) => new.look.sign_in_text = text,
            Err(why) => refuse("sign_in_text", &why),
        }
    }
    if let Some(text) = given("css") {
        let text = text.replace("\r\n", "\n");
        match stylesheet::scoped(&text) {
            Ok(_) => new.css = (!text.trim().is_empty()).then_some(text),
            Err(refused) => {
                let lines: Vec<String> = refused.iter().map(|refusal| format!("Line {}: {}", refusal.line, refusal.why)).collect();
                refuse("css", &lines.join("\n"));
            }
        }
    }
    for kind in TemplateKind::ALL {
        let (subject, body) = (subject_field(kind), body_field(kind));
        if let Some(text) = given(&subject) {
            match parse_subject(kind, text) {
                Ok(text) => new.mails.of_mut(kind).subject = text,
                Err(why) => refuse(&subject, &why),
            }
        }
        if let Some(text) = given(&body) {
            match parse_body(kind, text) {
                Ok(text) => new.mails.of_mut(kind).body = text,
                Err(why) => refuse(&body, &why),
            }
        }
    }
    (new, wrong)
}

fn display_name(text: &str) -> Result<Option<String>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.chars().count() > MAX_NAME {
        return Err(format!("Use at most {MAX_NAME} characters."));
    }
    text.parse::<Name>().map(|name| Some(name.as_str().to_owned())).map_err(|error| error.to_string())
}

fn sign_in_text(text: &str) -> Result<Option<String>, String> {
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    if text.chars().count() > MAX_SIGN_IN_TEXT {
        return Err(format!("Use at most {MAX_SIGN_IN_TEXT} characters."));
    }
    let turned = |c: char| matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    if text.chars().any(|c| (c.is_control() && c != '\n') || turned(c)) {
        return Err("Leave out invisible characters.".to_owned());
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(fields: &[(&str, &str)]) -> Typed {
        fields.iter().map(|(field, text)| ((*field).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn what_is_typed_is_kept_what_is_emptied_is_cleared_and_what_is_missing_stays() {
        let draft = Branding::default();
        let all = typed(&[
            ("name", " Acme "),
            ("accent", "#0B7285"),
            ("sign_in_text", "Hi\r\nthere "),
            ("css", "h1{color:red}"),
            ("invite_subject", "Join"),
        ]);
        let (new, wrong) = apply(&all, &draft);
        assert_eq!(wrong, vec![]);
        assert_eq!((new.look.name.as_deref(), new.look.accent.as_deref()), (Some("Acme"), Some("#0b7285")));
        assert_eq!(new.look.sign_in_text.as_deref(), Some("Hi\nthere"));
        assert_eq!(new.mails.invite.subject.as_deref(), Some("Join"));
        assert_eq!(apply(&typed(&[]), &new).0, new);
        let (cleared, _) = apply(&typed(&[("name", " "), ("accent", ""), ("sign_in_text", ""), ("css", ""), ("invite_subject", "")]), &new);
        assert_eq!(cleared, draft);
    }

    #[test]
    fn every_field_says_what_is_wrong_with_it_and_keeps_what_it_had() {
        let bad = typed(&[
            ("name", "<b>"),
            ("accent", "#ffffff"),
            ("sign_in_text", "\u{202e}x"),
            ("css", "h1{color:red}\nh1{position:fixed}"),
            ("welcome_subject", "{{x}}"),
            ("notice_body", "no text"),
        ]);
        let (new, wrong) = apply(&bad, &Branding::default());
        assert_eq!(new, Branding::default());
        let fields: Vec<&str> = wrong.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["name", "accent", "sign_in_text", "css", "welcome_subject", "notice_body"]);
        assert!(wrong[3].message.starts_with("Line 2: "), "{:?}", wrong[3]);
    }
}
