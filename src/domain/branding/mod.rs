//! How a tenant looks to its people: name, colour, images, words, CSS. What is missing is the platform's own.
//!
//! Limits: name 60 characters, sign-in text 500, CSS 16 KiB, subject 120 and text 4,000 a mail, images 1 MiB and 4096 × 4096; one draft, and
//! the last 50 versions.

#[cfg(feature = "ssr")]
pub mod form;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::mail::Templates;

pub const MAX_NAME: usize = 60;
pub const MAX_SIGN_IN_TEXT: usize = 500;
/// Earlier versions that are kept.
pub const VERSIONS: i32 = 50;

/// Which image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImageKind {
    LogoLight,
    LogoDark,
    Favicon,
}

impl ImageKind {
    pub const ALL: [ImageKind; 3] = [ImageKind::LogoLight, ImageKind::LogoDark, ImageKind::Favicon];

    /// The field of the form, and of the stored look.
    pub fn key(self) -> &'static str {
        match self {
            ImageKind::LogoLight => "logo_light",
            ImageKind::LogoDark => "logo_dark",
            ImageKind::Favicon => "favicon",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            ImageKind::LogoLight => "Logo on light pages",
            ImageKind::LogoDark => "Logo on dark pages",
            ImageKind::Favicon => "Favicon",
        }
    }
}

/// What every page needs: small, read together with the tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `#rrggbb`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_light: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_dark: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub favicon: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in_text: Option<String>,
}

impl Look {
    pub fn image(&self, kind: ImageKind) -> Option<Uuid> {
        match kind {
            ImageKind::LogoLight => self.logo_light,
            ImageKind::LogoDark => self.logo_dark,
            ImageKind::Favicon => self.favicon,
        }
    }

    pub fn set_image(&mut self, kind: ImageKind, image: Option<Uuid>) {
        match kind {
            ImageKind::LogoLight => self.logo_light = image,
            ImageKind::LogoDark => self.logo_dark = image,
            ImageKind::Favicon => self.favicon = image,
        }
    }
}

/// All of it: a draft, or a version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Branding {
    pub look: Look,
    /// As it was typed; what is sent is made by [`super::stylesheet`].
    pub css: Option<String>,
    pub mails: Templates,
}

impl Branding {
    /// What differs, in words for the audit log: never the texts themselves, which are long.
    pub fn differences(&self, other: &Branding) -> Vec<&'static str> {
        let (a, b) = (&self.look, &other.look);
        [
            (a.name != b.name, "name"),
            (a.accent != b.accent, "accent"),
            (a.logo_light != b.logo_light, "logo_light"),
            (a.logo_dark != b.logo_dark, "logo_dark"),
            (a.favicon != b.favicon, "favicon"),
            (a.sign_in_text != b.sign_in_text, "sign_in_text"),
            (self.css != other.css, "css"),
            (self.mails != other.mails, "mails"),
        ]
        .into_iter()
        .filter_map(|(differs, word)| differs.then_some(word))
        .collect()
    }
}
