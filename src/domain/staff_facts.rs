//! What staff know of a tenant besides its name: where its data is, words to find it by, notes.

use std::fmt;
use std::str::FromStr;

use super::FieldError;
use super::agent::take;
use super::email::Email;
use super::name::Name;
use super::slug::Slug;

/// Where a tenant is to be at home: a fact that is noted, nothing is moved by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    Australia,
    Brazil,
    Canada,
    EuropeanUnion,
    India,
    Japan,
    Singapore,
    Switzerland,
    UnitedKingdom,
    UnitedStates,
}

impl Region {
    pub const ALL: [Region; 10] = [
        Region::Australia,
        Region::Brazil,
        Region::Canada,
        Region::EuropeanUnion,
        Region::India,
        Region::Japan,
        Region::Singapore,
        Region::Switzerland,
        Region::UnitedKingdom,
        Region::UnitedStates,
    ];

    /// Two letters, as stored and as the API says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Region::Australia => "au",
            Region::Brazil => "br",
            Region::Canada => "ca",
            Region::EuropeanUnion => "eu",
            Region::India => "in",
            Region::Japan => "jp",
            Region::Singapore => "sg",
            Region::Switzerland => "ch",
            Region::UnitedKingdom => "uk",
            Region::UnitedStates => "us",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Region::Australia => "Australia",
            Region::Brazil => "Brazil",
            Region::Canada => "Canada",
            Region::EuropeanUnion => "European Union",
            Region::India => "India",
            Region::Japan => "Japan",
            Region::Singapore => "Singapore",
            Region::Switzerland => "Switzerland",
            Region::UnitedKingdom => "United Kingdom",
            Region::UnitedStates => "United States",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Choose a region of the list: au, br, ca, ch, eu, in, jp, sg, uk or us.")]
pub struct UnknownRegion;

impl FromStr for Region {
    type Err = UnknownRegion;

    fn from_str(text: &str) -> Result<Self, UnknownRegion> {
        Region::ALL.into_iter().find(|region| region.as_str() == text).ok_or(UnknownRegion)
    }
}

/// Words that staff find tenants by: lower case, sorted, each once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tags(Vec<String>);

pub const MOST_TAGS: usize = 20;
/// Characters.
pub const MAX_TAG: usize = 30;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TagsError {
    #[error("Use at most 20 tags.")]
    TooMany,
    #[error("Use at most 30 characters for a tag.")]
    TooLong,
    #[error("Use lower-case letters, digits and hyphens in a tag, with commas or spaces between tags.")]
    Malformed,
}

impl Tags {
    /// # Errors
    /// The first thing that is wrong.
    pub fn of(words: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self, TagsError> {
        let mut tags = Vec::new();
        for word in words {
            let tag = word.as_ref().to_ascii_lowercase();
            if tag.chars().count() > MAX_TAG {
                return Err(TagsError::TooLong);
            }
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if tag.is_empty() || tag.starts_with('-') || !tag.chars().all(fits) {
                return Err(TagsError::Malformed);
            }
            tags.push(tag);
        }
        if tags.len() > MOST_TAGS {
            return Err(TagsError::TooMany);
        }
        tags.sort_unstable();
        tags.dedup();
        Ok(Tags(tags))
    }

    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

impl FromStr for Tags {
    type Err = TagsError;

    /// With commas or spaces between them.
    fn from_str(text: &str) -> Result<Self, TagsError> {
        Tags::of(text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty()))
    }
}

impl fmt::Display for Tags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

/// What staff write down about a tenant, for each other only: up to 1000 characters, line breaks allowed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Notes(String);

pub const MAX_NOTES: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotesError {
    #[error("Use at most 1000 characters.")]
    TooLong,
    #[error("Leave out invisible characters.")]
    Invisible,
}

impl Notes {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Notes {
    type Err = NotesError;

    fn from_str(text: &str) -> Result<Self, NotesError> {
        // As browsers send them, a line break is two characters.
        let text = text.trim().replace("\r\n", "\n");
        if text.chars().count() > MAX_NOTES {
            return Err(NotesError::TooLong);
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            return Err(NotesError::Invisible);
        }
        Ok(Notes(text))
    }
}

/// Everything that the settings page of a tenant keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub name: Name,
    pub slug: Slug,
    pub billing_email: Email,
    pub region: Option<Region>,
    pub tags: Tags,
    pub notes: Notes,
}

/// The settings form as it was sent.
#[derive(Debug, Clone, Default)]
pub struct FactsForm {
    pub name: String,
    pub slug: String,
    pub billing_email: String,
    /// Empty for none.
    pub region: String,
    pub tags: String,
    pub notes: String,
}

impl FactsForm {
    /// # Errors
    /// All that is wrong at once, in the order of the fields.
    pub fn parse(&self) -> Result<Facts, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = take(&mut errors, "name", &self.name);
        let slug = take(&mut errors, "new_slug", self.slug.trim());
        let billing_email = take(&mut errors, "billing_email", &self.billing_email);
        let region = match self.region.trim() {
            "" => Some(None),
            text => take(&mut errors, "region", text).map(Some),
        };
        let tags = take(&mut errors, "tags", &self.tags);
        let notes = take(&mut errors, "notes", &self.notes);
        match (name, slug, billing_email, region, tags, notes) {
            (Some(name), Some(slug), Some(billing_email), Some(region), Some(tags), Some(notes)) => {
                Ok(Facts { name, slug, billing_email, region, tags, notes })
            }
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_words_in_order_each_once() {
        let read = |text: &str| text.parse::<Tags>().map(|tags| tags.to_string());
        assert_eq!(read("VIP, beta vip\n early-2026").as_deref(), Ok("beta, early-2026, vip"));
        assert_eq!(read(" ,, ").as_deref(), Ok(""));
        assert_eq!(read("naïve"), Err(TagsError::Malformed));
        assert_eq!(read("-a"), Err(TagsError::Malformed));
        assert_eq!(read("<b>"), Err(TagsError::Malformed));
        assert_eq!(read(&"x".repeat(31)), Err(TagsError::TooLong));
        assert_eq!(read(&(0..21).map(|n| format!("t{n} ")).collect::<String>()), Err(TagsError::TooMany));
        assert_eq!(Tags::of(["a b"]), Err(TagsError::Malformed));
    }

    #[test]
    fn notes_are_text_of_a_page() {
        assert_eq!(" asks\r\nfor Olga ".parse::<Notes>().as_ref().map(Notes::as_str), Ok("asks\nfor Olga"));
        assert_eq!("".parse::<Notes>(), Ok(Notes::default()));
        assert_eq!("x".repeat(1_001).parse::<Notes>(), Err(NotesError::TooLong));
        assert_eq!("a\0b".parse::<Notes>(), Err(NotesError::Invisible));
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let form = FactsForm { slug: "A b".into(), region: "moon".into(), tags: "<b>".into(), notes: "\0".into(), ..FactsForm::default() };
        let errors = form.parse().expect_err("all of it is wrong");
        assert_eq!(
            errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(),
            ["name", "new_slug", "billing_email", "region", "tags", "notes"]
        );
        for region in Region::ALL {
            assert_eq!(region.as_str().parse(), Ok(region));
        }
    }
}
