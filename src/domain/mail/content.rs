//! The words of each letter.

use super::template::{TemplateKind, fill, paragraphs};
use super::{Brand, Letter, Target};
use crate::domain::when;

/// What a letter says, before it is text or HTML.
pub(super) struct Content {
    pub subject: String,
    pub paragraphs: Vec<String>,
    /// The words on the button.
    pub button: Option<String>,
    /// Small print below it.
    pub after: Vec<String>,
}

/// Longest subject, in characters.
const MOST_SUBJECT: usize = 160;

/// One line: names come from people, and a subject is a header.
pub(super) fn one_line(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST_SUBJECT).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Letter {
    /// One line without control characters.
    pub fn subject(&self) -> String {
        self.content().subject
    }

    pub(super) fn content(&self) -> Content {
        match self {
            Letter::Invite { tenant, role, invited_by, expires_at, .. } => Content {
                subject: one_line(&format!("Join {tenant}")),
                paragraphs: vec![format!("{invited_by} invites you to {tenant}, as {}.", role.as_str())],
                button: Some("Accept the invite".to_owned()),
                after: vec![
                    format!("The link works once, for this address only, until {}.", when::minute(*expires_at)),
                    "If you do not know why you get this, you can ignore it.".to_owned(),
                ],
            },
            Letter::Welcome { tenant, name, role, .. } => Content {
                subject: one_line(&format!("Welcome to {tenant}")),
                paragraphs: vec![format!("Hello {name},"), format!("You have joined {tenant}, as {}.", role.as_str())],
                button: Some(one_line(&format!("Open {tenant}"))),
                after: Vec::new(),
            },
            Letter::PasswordReset { name, expires_at, .. } => Content {
                subject: "Set a new password".to_owned(),
                paragraphs: vec![
                    format!("Hello {name},"),
                    "Somebody asked to set a new password for your account. If it was you, open this link and choose one.".to_owned(),
                ],
                button: Some("Set a new password".to_owned()),
                after: vec![
                    format!("The link works once, until {}. Setting a password signs you out everywhere.", when::minute(*expires_at)),
                    "If it was not you, ignore this: your password stays as it is.".to_owned(),
                ],
            },
            Letter::EmailChange { name, old, expires_at, .. } => Content {
                subject: "Confirm your new e-mail address".to_owned(),
                paragraphs: vec![
                    format!("Hello {name},"),
                    format!("The account of {old} is to be moved to this address. Open this link while you are signed in to confirm it."),
                ],
                button: Some("Confirm this address".to_owned()),
                after: vec![
                    format!("The link works once, until {}. Until then nothing changes.", when::minute(*expires_at)),
                    "If you do not know this account, ignore this mail.".to_owned(),
                ],
            },
            Letter::SignUp { company, name, expires_at, .. } => Content {
                subject: one_line(&format!("Confirm your address to set up {company}")),
                paragraphs: vec![
                    format!("Hello {name},"),
                    format!(
                        "{company} is nearly there. Open this link to prove that this address is yours; then it is set up in a second."
                    ),
                ],
                button: Some(one_line(&format!("Set up {company}"))),
                after: vec![
                    format!("The link works once, until {}.", when::minute(*expires_at)),
                    "If you did not ask for this, ignore it: nothing is made.".to_owned(),
                ],
            },
            Letter::SignedUp { tenant, name, trial_ends_at, .. } => Content {
                subject: one_line(&format!("Welcome to {tenant}")),
                paragraphs: vec![
                    format!("Hello {name},"),
                    format!(
                        "{tenant} is set up, and you are its owner. Make a first agent, invite your team, choose your colours: in any order."
                    ),
                    match trial_ends_at {
                        Some(end) => format!("Your trial ends on {}. Until then nothing is billed.", when::day(end.date_naive())),
                        None => "Your plan is free of charge. You can choose a larger one at any time.".to_owned(),
                    },
                ],
                button: Some(one_line(&format!("Open {tenant}"))),
                after: vec!["You get this because you signed up with this address.".to_owned()],
            },
            Letter::LimitReached { tenant, label, percent, used, quota, .. } => Content {
                subject: one_line(&format!("{tenant}: {percent} % of the limit of {} is used", label.to_lowercase())),
                paragraphs: vec![
                    format!("{label}: {used} of {quota} are used."),
                    match percent {
                        100.. => "What is counted there is refused until there is room again.".to_owned(),
                        _ => "When it is full, what is counted there is refused.".to_owned(),
                    },
                ],
                button: Some("See what is used".to_owned()),
                after: vec!["Owners and admins of the tenant get this once for each threshold.".to_owned()],
            },
            Letter::TenantDeleted { tenant, by, purge_after, .. } => Content {
                subject: one_line(&format!("{tenant} was deleted")),
                paragraphs: vec![
                    format!("{by} deleted {tenant}. Nobody can open it any more, and its API keys are refused."),
                    format!(
                        "Nothing is lost yet: until {} any of its owners can bring it back as it was, with the link in their own mail.",
                        when::minute(*purge_after)
                    ),
                ],
                button: Some("Restore the tenant".to_owned()),
                after: vec!["If it is meant to go, there is nothing to do.".to_owned()],
            },
            Letter::StaffAppointed { name, role, by, expires_at, .. } => Content {
                subject: "Join the staff of this platform".to_owned(),
                paragraphs: vec![
                    format!("Hello {name},"),
                    format!("{by} appoints you to the platform's staff, as {}. {}", role.label().to_lowercase(), role.about()),
                    "Choose a new password with this link to accept it, also if you have an account already; it signs you out everywhere. Then sign in, and \
                     set up a second factor when you are asked for it."
                        .to_owned(),
                ],
                button: Some("Choose a password".to_owned()),
                after: vec![
                    format!(
                        "The link works once, until {}. Afterwards “Forgot your password?” sends another one.",
                        when::minute(*expires_at)
                    ),
                    "If you do not know what this is about, ignore it and tell whoever runs the platform.".to_owned(),
                ],
            },
            Letter::Notice(notice) => Content {
                subject: one_line(&notice.subject),
                paragraphs: notice.paragraphs.clone(),
                button: notice.page.as_ref().map(|page| page.label.clone()),
                after: Vec::new(),
            },
        }
    }

    /// In the words of whose letter it is, where they have their own. Button and small print stay ours: they are what is safe to say.
    pub(super) fn content_for(&self, brand: &Brand) -> Content {
        let mut content = self.content();
        let Some(kind) = self.template() else { return content };
        let template = brand.templates.of(kind);
        if template.subject.is_none() && template.body.is_none() {
            return content;
        }
        let expires = self.expires_at().map(when::minute).unwrap_or_default();
        let text = content.paragraphs.join("\n\n");
        let mut values = vec![("tenant", brand.name.as_str()), ("expires", expires.as_str()), ("text", text.as_str())];
        let ours = content.subject.clone();
        values.push(("subject", ours.as_str()));
        match self {
            Letter::Invite { role, invited_by, .. } => values.extend([("role", role.as_str()), ("invited_by", invited_by.as_str())]),
            Letter::Welcome { name, role, .. } => values.extend([("role", role.as_str()), ("name", name.as_str())]),
            Letter::PasswordReset { name, .. } => values.push(("name", name.as_str())),
            Letter::EmailChange { .. }
            | Letter::SignUp { .. }
            | Letter::SignedUp { .. }
            | Letter::TenantDeleted { .. }
            | Letter::LimitReached { .. }
            | Letter::StaffAppointed { .. }
            | Letter::Notice(_) => {}
        }
        if let Some(subject) = &template.subject {
            content.subject = one_line(&fill(subject, &values));
        }
        let paragraphs = template.body.as_ref().map(|body| paragraphs(&fill(body, &values)));
        content.paragraphs = paragraphs.unwrap_or(content.paragraphs);
        content
    }

    /// Which of the tenant's templates it follows.
    fn template(&self) -> Option<TemplateKind> {
        match self {
            Letter::Welcome { .. } => Some(TemplateKind::Welcome),
            Letter::Invite { .. } => Some(TemplateKind::Invite),
            Letter::PasswordReset { .. } => Some(TemplateKind::PasswordReset),
            Letter::LimitReached { .. } | Letter::Notice(_) => Some(TemplateKind::Notice),
            Letter::EmailChange { .. }
            | Letter::SignUp { .. }
            | Letter::SignedUp { .. }
            | Letter::StaffAppointed { .. }
            | Letter::TenantDeleted { .. } => None,
        }
    }

    /// Whether its button is a link that works once.
    pub fn has_secret(&self) -> bool {
        matches!(self.target(), Some(Target::OneTime(_)))
    }
}
