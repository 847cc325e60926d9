//! A tenant's own words for its mails: plain text with variables in double braces. The button with the link and the small print about how
//! long it works stay ours.

use serde::{Deserialize, Serialize};

/// Longest subject and text of a template, in characters.
pub const MAX_SUBJECT: usize = 120;
pub const MAX_BODY: usize = 4_000;

/// Which mails have words of the tenant's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplateKind {
    Welcome,
    Invite,
    PasswordReset,
    Notice,
}

/// A variable, and what stands there afterwards.
pub type Variable = (&'static str, &'static str);

const TENANT: Variable = ("tenant", "the name of your tenant");

impl TemplateKind {
    pub const ALL: [TemplateKind; 4] = [TemplateKind::Welcome, TemplateKind::Invite, TemplateKind::PasswordReset, TemplateKind::Notice];

    pub fn key(self) -> &'static str {
        match self {
            TemplateKind::Welcome => "welcome",
            TemplateKind::Invite => "invite",
            TemplateKind::PasswordReset => "password_reset",
            TemplateKind::Notice => "notice",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            TemplateKind::Welcome => "Welcome",
            TemplateKind::Invite => "Invite",
            TemplateKind::PasswordReset => "Password reset",
            TemplateKind::Notice => "Notice",
        }
    }

    /// When it is sent.
    pub fn occasion(self) -> &'static str {
        match self {
            TemplateKind::Welcome => "To somebody who has just joined.",
            TemplateKind::Invite => "To somebody who is invited.",
            TemplateKind::PasswordReset => "To a member who asked for a new password at your own address.",
            TemplateKind::Notice => "To owners and admins when a limit is near.",
        }
    }

    pub fn variables(self) -> &'static [Variable] {
        match self {
            TemplateKind::Welcome => &[TENANT, ("name", "who has joined"), ("role", "their role")],
            TemplateKind::Invite => {
                &[TENANT, ("role", "the role they get"), ("invited_by", "who invites"), ("expires", "when the link ends")]
            }
            TemplateKind::PasswordReset => &[TENANT, ("name", "whose account it is"), ("expires", "when the link ends")],
            TemplateKind::Notice => &[TENANT, ("subject", "what it is about"), ("text", "what happened")],
        }
    }

    /// What the text cannot do without.
    fn needed(self) -> Option<&'static str> {
        (self == TemplateKind::Notice).then_some("text")
    }
}

/// Words of the tenant's own; what is missing is ours.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Template {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// One template a kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Templates {
    pub welcome: Template,
    pub invite: Template,
    pub password_reset: Template,
    pub notice: Template,
}

impl Templates {
    pub fn of(&self, kind: TemplateKind) -> &Template {
        match kind {
            TemplateKind::Welcome => &self.welcome,
            TemplateKind::Invite => &self.invite,
            TemplateKind::PasswordReset => &self.password_reset,
            TemplateKind::Notice => &self.notice,
        }
    }

    pub fn of_mut(&mut self, kind: TemplateKind) -> &mut Template {
        match kind {
            TemplateKind::Welcome => &mut self.welcome,
            TemplateKind::Invite => &mut self.invite,
            TemplateKind::PasswordReset => &mut self.password_reset,
            TemplateKind::Notice => &mut self.notice,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("Use at most {0} characters.")]
    TooLong(usize),
    #[error("A subject is one line.")]
    Lines,
    #[error("Leave out invisible characters.")]
    Invisible,
    #[error("In line {0}: {{{{ and }}}} come in pairs around a variable's name.")]
    Braces(usize),
    #[error("In line {line}: there is no variable {{{{{name}}}}} here. There are {known}.")]
    Unknown { line: usize, name: String, known: String },
    #[error("The text has to say {{{{{0}}}}} somewhere: without it nobody learns what happened.")]
    Missing(&'static str),
}

/// Text, or a variable's name.
enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
}

fn pieces(text: &str) -> Result<Vec<Piece<'_>>, TemplateError> {
    let line_at = |rest: &str| text[..text.len() - rest.len()].matches('\n').count() + 1;
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.find("{{") {
        found.push(Piece::Text(&rest[..at]));
        let inside = &rest[at + 2..];
        let end = inside.find("}}").filter(|end| !inside[..*end].contains(['{', '\n']));
        let Some(end) = end else { return Err(TemplateError::Braces(line_at(&rest[at..]))) };
        found.push(Piece::Variable(inside[..end].trim()));
        rest = &inside[end + 2..];
    }
    found.push(Piece::Text(rest));
    let mut before = 0;
    for piece in &found {
        if let Piece::Text(text) = piece
            && text.contains("}}")
        {
            return Err(TemplateError::Braces(before + text.split("}}").next().unwrap_or_default().matches('\n').count() + 1));
        }
        if let Piece::Text(text) = piece {
            before += text.matches('\n').count();
        }
    }
    Ok(found)
}

fn check(kind: TemplateKind, text: &str) -> Result<(), TemplateError> {
    let known = kind.variables();
    let mut line = 1;
    for piece in pieces(text)? {
        match piece {
            Piece::Text(text) => line += text.matches('\n').count(),
            Piece::Variable(name) if known.iter().any(|(variable, _)| *variable == name) => {}
            Piece::Variable(name) => {
                let known: Vec<String> = known.iter().map(|(variable, _)| format!("{{{{{variable}}}}}")).collect();
                let name = name.chars().take(40).collect();
                return Err(TemplateError::Unknown { line, name, known: known.join(", ") });
            }
        }
    }
    Ok(())
}

/// A subject as it was typed; nothing for none.
///
/// # Errors
/// Says what is wrong with it.
pub fn parse_subject(kind: TemplateKind, text: &str) -> Result<Option<String>, TemplateError> {
    let text = text.trim();
    if text.chars().count() > MAX_SUBJECT {
        return Err(TemplateError::TooLong(MAX_SUBJECT));
    }
    if text.contains(['\r', '\n']) {
        return Err(TemplateError::Lines);
    }
    if text.chars().any(char::is_control) {
        return Err(TemplateError::Invisible);
    }
    check(kind, text)?;
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// A text as it was typed; empty lines part paragraphs.
///
/// # Errors
/// Says what is wrong with it.
pub fn parse_body(kind: TemplateKind, text: &str) -> Result<Option<String>, TemplateError> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    // Lines are counted as they were typed.
    let text = text.trim_end();
    if text.chars().count() > MAX_BODY {
        return Err(TemplateError::TooLong(MAX_BODY));
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(TemplateError::Invisible);
    }
    check(kind, text)?;
    let said = |needed: &str| pieces(text).is_ok_and(|pieces| pieces.iter().any(|p| matches!(p, Piece::Variable(name) if *name == needed)));
    match kind.needed() {
        Some(needed) if !text.is_empty() && !said(needed) => Err(TemplateError::Missing(needed)),
        _ => Ok((!text.trim().is_empty()).then(|| text.to_owned())),
    }
}

/// With each variable's value in its place. What a value holds is text, also when it looks like a variable.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let Ok(pieces) = pieces(template) else { return template.to_owned() };
    pieces
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text,
            Piece::Variable(name) => values.iter().find(|(variable, _)| *variable == name).map_or("", |(_, value)| value),
        })
        .collect()
}

/// The paragraphs of a text that was filled.
pub(super) fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n").map(|paragraph| paragraph.trim().to_owned()).filter(|paragraph| !paragraph.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_known_before_a_template_is_kept() {
        let body = "Hello,\n\n{{ invited_by }} wants you at {{tenant}} as {{role}}.";
        assert_eq!(parse_body(TemplateKind::Invite, body), Ok(Some(body.to_owned())));
        for (text, message) in [
            ("Hi\n{{name}}", "In line 2: there is no variable {{name}} here. There are {{tenant}}, {{role}}, {{invited_by}}, {{expires}}."),
            ("Hi {{tenant}", "In line 1: {{ and }} come in pairs around a variable's name."),
            ("\n\nHi }} there", "In line 3: {{ and }} come in pairs around a variable's name."),
            ("{{tenant\n}}", "In line 1: {{ and }} come in pairs around a variable's name."),
            ("{{{{tenant}}}}", "In line 1: {{ and }} come in pairs around a variable's name."),
            ("a\u{7}", "Leave out invisible characters."),
        ] {
            assert_eq!(parse_body(TemplateKind::Invite, text).map_err(|error| error.to_string()), Err(message.to_owned()), "{text}");
        }
        assert_eq!(parse_body(TemplateKind::Notice, "See."), Err(TemplateError::Missing("text")));
        assert_eq!(parse_body(TemplateKind::Notice, " \n"), Ok(None));
        assert_eq!(parse_subject(TemplateKind::Invite, "a\nb"), Err(TemplateError::Lines));
        assert_eq!(parse_subject(TemplateKind::Invite, &"x".repeat(121)), Err(TemplateError::TooLong(120)));
        assert_eq!(parse_subject(TemplateKind::Invite, "  "), Ok(None));
    }

    #[test]
    fn a_value_is_text_whatever_it_looks_like() {
        let values = [("tenant", "{{role}}"), ("role", "admin")];
        assert_eq!(fill("{{tenant}} {{ role }}", &values), "{{role}} admin");
        assert_eq!(paragraphs("a\nb\n\n\n\nc\n"), ["a\nb", "c"]);
    }
}
