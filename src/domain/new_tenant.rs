//! A tenant to be: what a form or a command line typed, and what it means once every field is understood.
//!
//! Pure: whether the slug is free and the plan is sold, the store says.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::FieldError;
use super::email::Email;
use super::money::Usd;
use super::name::Name;
use super::slug::Slug;

/// The longest trial that can be given.
pub const MAX_TRIAL_DAYS: u16 = 365;

/// What was typed, to be shown again beside what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewTenantForm {
    pub name: String,
    pub slug: String,
    pub plan: String,
    pub owner_email: String,
    /// Empty is no trial.
    pub trial_days: String,
    /// Empty is no budget.
    pub monthly_budget: String,
    /// Empty is the owner's.
    pub billing_email: String,
}

/// All fields are parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTenant {
    pub name: Name,
    pub slug: Slug,
    /// A plan's key; the version that is sold now is bought.
    pub plan: String,
    pub owner_email: Email,
    pub billing_email: Option<Email>,
    /// 0 is no trial: the tenant is active at once.
    pub trial_days: u16,
    pub monthly_budget: Option<Usd>,
    /// Quotas other than the plan's: meter and limit.
    pub quotas: Vec<(&'static str, i64)>,
}

fn take<T: FromStr<Err: ToString>>(errors: &mut Vec<FieldError>, field: &str, text: &str) -> Option<T> {
    text.parse().map_err(|error: T::Err| errors.push(FieldError::new(field, error))).ok()
}

/// `None` for an empty field, which is not an error.
fn take_optional<T: FromStr<Err: ToString>>(errors: &mut Vec<FieldError>, field: &str, text: &str) -> Option<T> {
    if text.trim().is_empty() { None } else { take(errors, field, text) }
}

fn take_plan(errors: &mut Vec<FieldError>, text: &str) -> Option<String> {
    let plan = text.trim();
    let message = match plan {
        "" => "Choose a plan.",
        _ if plan.len() > 40 || !plan.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-') => {
            "There is no such plan."
        }
        _ => return Some(plan.to_owned()),
    };
    errors.push(FieldError::new("plan", message));
    None
}

fn take_trial_days(errors: &mut Vec<FieldError>, text: &str) -> Option<u16> {
    match text.trim() {
        "" => Some(0),
        digits if digits.bytes().all(|c| c.is_ascii_digit()) => match digits.parse() {
            Ok(days) if days <= MAX_TRIAL_DAYS => Some(days),
            Ok(_) | Err(_) => {
                errors.push(FieldError::new("trial_days", format!("Enter at most {MAX_TRIAL_DAYS} days.")));
                None
            }
        },
        _ => {
            errors.push(FieldError::new("trial_days", format!("Enter whole days from 0 to {MAX_TRIAL_DAYS}; 0 is no trial.")));
            None
        }
    }
}

impl NewTenantForm {
    /// Reads every field.
    ///
    /// # Errors
    /// All that is wrong at once, in the order of the fields.
    pub fn parse(&self) -> Result<NewTenant, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = take(&mut errors, "name", &self.name);
        let slug = take(&mut errors, "slug", self.slug.trim());
        let plan = take_plan(&mut errors, &self.plan);
        let owner_email = take(&mut errors, "owner_email", &self.owner_email);
        let trial_days = take_trial_days(&mut errors, &self.trial_days);
        let monthly_budget = take_optional(&mut errors, "monthly_budget", &self.monthly_budget);
        let billing_email = take_optional(&mut errors, "billing_email", &self.billing_email);
        match (name, slug, plan, owner_email, trial_days) {
            (Some(name), Some(slug), Some(plan), Some(owner_email), Some(trial_days)) if errors.is_empty() => {
                Ok(NewTenant { name, slug, plan, owner_email, billing_email, trial_days, monthly_budget, quotas: Vec::new() })
            }
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> NewTenantForm {
        NewTenantForm {
            name: " Acme Corporation ".into(),
            slug: "acme".into(),
            plan: "pro".into(),
            owner_email: "Owner@Acme.example".into(),
            ..NewTenantForm::default()
        }
    }

    #[test]
    fn empty_fields_that_may_be_empty_mean_none() {
        let new = form().parse().expect("a fine form");
        assert_eq!((new.name.as_str(), new.owner_email.as_str()), ("Acme Corporation", "owner@acme.example"));
        assert_eq!((new.trial_days, new.monthly_budget, new.billing_email, new.quotas.len()), (0, None, None, 0));
    }

    #[test]
    fn everything_that_was_typed_arrives() {
        let new = NewTenantForm {
            trial_days: " 14 ".into(),
            monthly_budget: "$1,000.50".into(),
            billing_email: "billing@acme.example".into(),
            ..form()
        }
        .parse()
        .expect("a fine form");
        assert_eq!(new.trial_days, 14);
        assert_eq!(new.monthly_budget.map(|usd| usd.to_string()).as_deref(), Some("$1,000.50"));
        assert_eq!(new.billing_email.map(String::from).as_deref(), Some("billing@acme.example"));
    }

    #[test]
    fn every_bad_field_is_named_at_once_and_in_order() {
        let errors = NewTenantForm {
            name: "n".repeat(300),
            slug: "Not A Slug".into(),
            plan: "<script>".into(),
            owner_email: "nobody".into(),
            trial_days: "-1".into(),
            monthly_budget: "-5".into(),
            billing_email: "a@b".into(),
        }
        .parse()
        .expect_err("nothing in it is right");
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["name", "slug", "plan", "owner_email", "trial_days", "monthly_budget", "billing_email"]);
        assert_eq!(NewTenantForm::default().parse().expect_err("nothing was typed").len(), 4);
    }

    #[test]
    fn each_bad_input_is_refused_beside_its_field() {
        type Set = fn(&mut NewTenantForm) -> &mut String;
        let cases: [(&str, Set, &[&str]); 5] = [
            ("name", |f| &mut f.name, &["", "   ", "Acme 🚀", "شركة", "<b>Acme</b>", "Acme\nInc", "Ac\u{202E}me", "Ac\0me"]),
            ("slug", |f| &mut f.slug, &["", "-", "acme-", "Acme", "a b", "🚀", "admin", "xn--a", "<b>", "acme_1", "a.b"]),
            ("plan", |f| &mut f.plan, &["", "Pro", "pro; drop table", "план", "pro/../x"]),
            ("trial_days", |f| &mut f.trial_days, &["366", "99999999999999999999", "1.5", "+7", "ten", "١٤", "1e2"]),
            ("monthly_budget", |f| &mut f.monthly_budget, &["-1", "1e9", "NaN", "1.001", "1000000000", "ten", "€5", "<b>1</b>"]),
        ];
        for (field, set, inputs) in cases {
            for input in inputs {
                let mut form = form();
                *set(&mut form) = (*input).to_owned();
                let errors = form.parse().expect_err(input);
                assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), [field], "{input:?}");
                assert!(!errors[0].message.contains(input) || input.trim().is_empty() || input.len() < 3, "{input:?} is not echoed");
            }
        }
    }
}
