//! Letters: every kind of mail that the platform sends, and what each says.
//!
//! A [`Letter`] knows its subject, text and HTML; whose colours it wears is a [`Brand`]. It never holds a one-time link: it says which one
//! it is for, and the token is derived when the letter is written out ([`crate::store::mail`]).

mod content;
mod render;
mod sample;
mod template;

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::email::Email;
use super::role::Role;
use super::staff::StaffRole;
use super::token::Token;

pub use render::{Brand, Mail};
pub use template::{MAX_BODY, MAX_SUBJECT, Template, TemplateError, TemplateKind, Templates, Variable, parse_body, parse_subject};

/// One mail, with all the facts that it tells. Stored as JSON in the outbox: add fields with a default, rename none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Letter {
    /// Somebody may join a tenant; `invite` is its row.
    Invite { invite: Uuid, tenant: String, role: Role, invited_by: String, expires_at: DateTime<Utc> },
    /// Somebody has joined a tenant.
    Welcome { tenant: String, slug: String, name: String, role: Role },
    /// Somebody asked to set a new password; `link` is the row of `account_links`.
    PasswordReset { link: Uuid, name: String, expires_at: DateTime<Utc> },
    /// To the new address of an account; `link` is the row of `account_links`.
    EmailChange { link: Uuid, name: String, old: Email, expires_at: DateTime<Utc> },
    /// Proves the address of somebody who signs up; `link` is of the row of `signups`.
    SignUp { link: Uuid, company: String, name: String, expires_at: DateTime<Utc> },
    /// To the owner of a tenant that was just signed up.
    SignedUp { tenant: String, slug: String, name: String, trial_ends_at: Option<DateTime<Utc>> },
    /// A limit of a tenant is `percent` full. `used` and `quota` are written with their unit.
    LimitReached { tenant: String, slug: String, label: String, percent: i32, used: String, quota: String },
    /// An owner deleted the tenant; `link` is the row of `tenant_restores`.
    TenantDeleted { link: Uuid, tenant: String, by: String, purge_after: DateTime<Utc> },
    /// Somebody is appointed to the platform's staff; `link` is the row of `account_links` that sets the password with which it begins.
    StaffAppointed { link: Uuid, name: String, role: StaffRole, by: String, expires_at: DateTime<Utc> },
    /// Anything else that is only told.
    Notice(Notice),
}

/// A subject, paragraphs of plain text, and maybe a page of ours to open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub subject: String,
    pub paragraphs: Vec<String>,
    pub page: Option<PageLink>,
}

/// A button to a page of the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageLink {
    pub label: String,
    /// From the root of the platform's own host: `/t/acme/billing`.
    pub path: String,
}

/// Where a letter's button leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target<'a> {
    /// A link that works once: a secret.
    OneTime(OneTime),
    /// A page of ours, nothing secret.
    Page(Cow<'a, str>),
}

/// Which one-time link, by the id of its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OneTime {
    Invite(Uuid),
    PasswordReset(Uuid),
    EmailChange(Uuid),
    SignUp(Uuid),
    TenantRestore(Uuid),
}

impl OneTime {
    /// The page that the link opens.
    pub fn path(self, token: &Token) -> String {
        let page = match self {
            OneTime::Invite(_) => "/invite",
            OneTime::PasswordReset(_) => "/reset",
            OneTime::EmailChange(_) => "/account/email",
            OneTime::SignUp(_) => "/signup",
            OneTime::TenantRestore(_) => "/restore",
        };
        format!("{page}/{}", token.reveal())
    }
}

/// The kinds of letters, as lists show them.
pub const KINDS: [(&str, &str); 10] = [
    ("welcome", "Welcome"),
    ("invite", "Invite"),
    ("password_reset", "Password reset"),
    ("email_change", "E-mail change"),
    ("sign_up", "Sign-up"),
    ("signed_up", "Signed up"),
    ("limit_reached", "Limit reached"),
    ("tenant_deleted", "Tenant deleted"),
    ("staff_appointed", "Staff appointed"),
    ("notice", "Notice"),
];

/// `Invite` for `invite`; a kind of a newer version is shown by its key.
pub fn kind_label(kind: &str) -> &str {
    KINDS.iter().find(|(key, _)| *key == kind).map_or(kind, |(_, label)| label)
}

impl Letter {
    /// As it is stored.
    pub fn kind(&self) -> &'static str {
        match self {
            Letter::Invite { .. } => "invite",
            Letter::Welcome { .. } => "welcome",
            Letter::PasswordReset { .. } => "password_reset",
            Letter::EmailChange { .. } => "email_change",
            Letter::SignUp { .. } => "sign_up",
            Letter::SignedUp { .. } => "signed_up",
            Letter::LimitReached { .. } => "limit_reached",
            Letter::TenantDeleted { .. } => "tenant_deleted",
            Letter::StaffAppointed { .. } => "staff_appointed",
            Letter::Notice(_) => "notice",
        }
    }

    /// When its link ends.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Letter::Invite { expires_at, .. }
            | Letter::PasswordReset { expires_at, .. }
            | Letter::EmailChange { expires_at, .. }
            | Letter::StaffAppointed { expires_at, .. }
            | Letter::SignUp { expires_at, .. } => Some(*expires_at),
            Letter::TenantDeleted { purge_after, .. } => Some(*purge_after),
            Letter::Welcome { .. } | Letter::SignedUp { .. } | Letter::LimitReached { .. } | Letter::Notice(_) => None,
        }
    }

    /// Where its button leads.
    pub fn target(&self) -> Option<Target<'_>> {
        match self {
            Letter::Invite { invite, .. } => Some(Target::OneTime(OneTime::Invite(*invite))),
            Letter::PasswordReset { link, .. } | Letter::StaffAppointed { link, .. } => {
                Some(Target::OneTime(OneTime::PasswordReset(*link)))
            }
            Letter::EmailChange { link, .. } => Some(Target::OneTime(OneTime::EmailChange(*link))),
            Letter::SignUp { link, .. } => Some(Target::OneTime(OneTime::SignUp(*link))),
            Letter::Welcome { slug, .. } | Letter::SignedUp { slug, .. } => Some(Target::Page(Cow::Owned(format!("/t/{slug}")))),
            Letter::TenantDeleted { link, .. } => Some(Target::OneTime(OneTime::TenantRestore(*link))),
            Letter::LimitReached { slug, .. } => Some(Target::Page(Cow::Owned(format!("/t/{slug}/usage")))),
            Letter::Notice(notice) => notice.page.as_ref().map(|page| Target::Page(Cow::Borrowed(&page.path))),
        }
    }
}
