//! Signing up: what is kept of a form that has three steps, and which of them is open.
//!
//! Pure: whether a slug is free and a plan is sold, the store says.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::FieldError;
use super::email::{Email, EmailError};
use super::name::{Name, NameError};
use super::slug::{Slug, SlugError};

/// Days for which a plan that costs something is tried, before it is billed.
pub const TRIAL_DAYS: u16 = 14;
/// Days for which a browser keeps a form that was begun.
pub const DRAFT_DAYS: u32 = 7;
/// Hours for which the link in the mail works.
pub const LINK_HOURS: u32 = 24;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Company,
    Plan,
    Person,
    /// The link in the mail is to be opened.
    Mail,
}

impl Step {
    pub const ALL: [Step; 4] = [Step::Company, Step::Plan, Step::Person, Step::Mail];

    /// In addresses: `/signup?step=plan`.
    pub fn key(self) -> &'static str {
        match self {
            Step::Company => "company",
            Step::Plan => "plan",
            Step::Person => "you",
            Step::Mail => "mail",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Step::Company => "Company",
            Step::Plan => "Plan",
            Step::Person => "You",
            Step::Mail => "Mail",
        }
    }

    pub fn of_key(key: &str) -> Option<Step> {
        Step::ALL.into_iter().find(|step| step.key() == key)
    }
}

/// What was typed so far, right or wrong, as the browser keeps it. Text is cut where no valid text is that long.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// Of the row that the form becomes, made with the first step: however often it is sent, it is one.
    pub id: Uuid,
    pub company: String,
    pub slug: String,
    /// A slug that somebody else turned out to have.
    pub taken: String,
    pub plan: String,
    pub person: String,
    pub email: String,
    /// Where a mail with a link was asked for.
    pub mailed_to: String,
}

/// A form whose steps are all filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignUp {
    pub id: Uuid,
    pub company: Name,
    pub slug: Slug,
    pub plan: String,
    pub person: Name,
    pub email: Email,
}

/// What was typed, as much of it as takes so many bytes in JSON, without control characters: it travels in a cookie.
pub fn kept(text: &str, most: usize) -> String {
    let mut room = most;
    let fits = |c: &char| {
        let size = c.len_utf8() + usize::from(matches!(c, '"' | '\\'));
        room.checked_sub(size).map(|left| room = left).is_some()
    };
    text.trim().chars().filter(|c| !c.is_control()).take_while(fits).collect()
}

/// Bytes of a name: 120 characters of any script.
pub const MOST_NAME: usize = 480;
/// Bytes of a slug that is too long, for its error to be seen.
pub const MOST_SLUG: usize = 80;
/// Bytes of an address that is too long.
pub const MOST_EMAIL: usize = 260;
/// Bytes of a plan's key.
pub const MOST_PLAN: usize = 40;

impl Draft {
    /// Reads the first step.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn parse_company(&self) -> Result<(Name, Slug), Vec<FieldError>> {
        let company = self.company.parse().map_err(|error: NameError| FieldError::new("name", error));
        let slug = self.slug.trim().parse().map_err(|error: SlugError| FieldError::new("slug", error));
        both(company, slug)
    }

    /// Reads the third step.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn parse_person(&self) -> Result<(Name, Email), Vec<FieldError>> {
        let person = self.person.parse().map_err(|error: NameError| FieldError::new("name", error));
        let email = self.email.parse().map_err(|error: EmailError| FieldError::new("email", error));
        both(person, email)
    }

    /// The whole form; `None` while a step is missing.
    pub fn parse(&self) -> Option<SignUp> {
        let (company, slug) = self.parse_company().ok()?;
        let (person, email) = self.parse_person().ok()?;
        if self.plan.is_empty() || self.id.is_nil() {
            return None;
        }
        Some(SignUp { id: self.id, company, slug, plan: self.plan.clone(), person, email })
    }

    pub fn is_done(&self, step: Step) -> bool {
        match step {
            Step::Company => self.parse_company().is_ok_and(|(_, slug)| slug.as_str() != self.taken),
            Step::Plan => !self.plan.is_empty(),
            Step::Person => self.parse_person().is_ok_and(|(_, email)| email.as_str() == self.mailed_to),
            Step::Mail => false,
        }
    }

    /// The first step that is not done.
    pub fn first_open(&self) -> Step {
        Step::ALL.into_iter().find(|step| !self.is_done(*step)).unwrap_or(Step::Mail)
    }

    /// The step that was asked for, if all before it are done; else the first that is not.
    pub fn step(&self, asked: Option<Step>) -> Step {
        let open = self.first_open();
        asked.map_or(open, |asked| asked.min(open))
    }
}

fn both<A, B>(one: Result<A, FieldError>, other: Result<B, FieldError>) -> Result<(A, B), Vec<FieldError>> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (one, other) => Err(one.err().into_iter().chain(other.err()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        Draft {
            id: Uuid::from_u128(1),
            company: "Acme".into(),
            slug: "acme".into(),
            taken: String::new(),
            plan: "pro".into(),
            person: "Olga".into(),
            email: " Olga@Acme.example".into(),
            mailed_to: String::new(),
        }
    }

    #[test]
    fn the_first_step_that_is_not_done_is_open() {
        let mailed = Draft { mailed_to: "olga@acme.example".into(), ..draft() };
        for (draft, open) in [
            (Draft::default(), Step::Company),
            (Draft { slug: "Not A Slug".into(), ..mailed.clone() }, Step::Company),
            (Draft { taken: "acme".into(), ..mailed.clone() }, Step::Company),
            (Draft { plan: String::new(), ..draft() }, Step::Plan),
            (draft(), Step::Person),
            (mailed.clone(), Step::Mail),
            (Draft { email: "other@acme.example".into(), ..mailed.clone() }, Step::Person),
        ] {
            assert_eq!(draft.first_open(), open, "{draft:?}");
            assert_eq!(draft.step(Some(Step::Mail)), open);
            assert_eq!(draft.step(Some(Step::Company)), Step::Company);
        }
        assert_eq!(mailed.step(Step::of_key("plan")), Step::Plan);
    }

    #[test]
    fn a_whole_form_is_read_as_it_is_meant() {
        let whole = draft().parse().expect("a whole form");
        assert_eq!((whole.company.as_str(), whole.email.as_str()), ("Acme", "olga@acme.example"));
        for missing in [
            Draft { id: Uuid::nil(), ..draft() },
            Draft { company: "<b>".into(), ..draft() },
            Draft { plan: String::new(), ..draft() },
            Draft { email: "nobody".into(), ..draft() },
        ] {
            assert_eq!(missing.parse(), None, "{missing:?}");
        }
        let wrong = Draft { company: String::new(), slug: "-".into(), ..draft() };
        let fields: Vec<String> = wrong.parse_company().expect_err("both").into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["name", "slug"]);
    }

    #[test]
    fn what_is_kept_fits_into_a_cookie() {
        assert_eq!(kept(" Ac\u{7}me\n", 10), "Acme");
        assert_eq!(kept("日本電気", 7), "日本");
        let worst = "\"".repeat(1_000);
        let draft = Draft {
            id: Uuid::from_u128(u128::MAX),
            company: kept(&worst, MOST_NAME),
            slug: kept(&worst, MOST_SLUG),
            taken: "t".repeat(40),
            plan: kept(&worst, MOST_PLAN),
            person: kept(&worst, MOST_NAME),
            email: kept(&worst, MOST_EMAIL),
            mailed_to: "m".repeat(254),
        };
        let text = serde_json::to_string(&draft).expect("JSON");
        assert!(text.len() * 4 / 3 < 3_500, "{}", text.len());
    }
}
