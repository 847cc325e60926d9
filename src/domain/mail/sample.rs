//! A letter of each kind with made-up facts, to look at.

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use super::{Letter, TemplateKind};
use crate::domain::role::Role;

impl Letter {
    /// As somebody of this tenant would get it now. Its links lead nowhere.
    pub fn sample(kind: TemplateKind, tenant: &str, slug: &str, now: DateTime<Utc>) -> Letter {
        let (tenant, slug, name) = (tenant.to_owned(), slug.to_owned(), "Nora New".to_owned());
        match kind {
            TemplateKind::Welcome => Letter::Welcome { tenant, slug, name, role: Role::Member },
            TemplateKind::Invite => Letter::Invite {
                invite: Uuid::nil(),
                tenant,
                role: Role::Member,
                invited_by: "Olga Owner".to_owned(),
                expires_at: now + Duration::days(7),
            },
            TemplateKind::PasswordReset => Letter::PasswordReset { link: Uuid::nil(), name, expires_at: now + Duration::hours(1) },
            TemplateKind::Notice => Letter::LimitReached {
                tenant,
                slug,
                label: "Tokens".to_owned(),
                percent: 80,
                used: "40 M".to_owned(),
                quota: "50 M".to_owned(),
            },
        }
    }
}
