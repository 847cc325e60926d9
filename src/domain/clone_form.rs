//! What is typed for the clone of a tenant.

use super::FieldError;
use super::new_tenant::{NewTenant, NewTenantForm};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CloneForm {
    pub name: String,
    pub slug: String,
    pub owner_email: String,
    /// Empty is no trial.
    pub trial_days: String,
    /// Documents and conversations too.
    pub with_data: bool,
}

impl CloneForm {
    /// The tenant to be; its plan is the source's.
    ///
    /// # Errors
    /// All that is wrong at once, in the order of the fields.
    pub fn parse(&self) -> Result<NewTenant, Vec<FieldError>> {
        let form = NewTenantForm {
            name: self.name.clone(),
            slug: self.slug.clone(),
            // Any that can be read: the source's counts.
            plan: "source".to_owned(),
            owner_email: self.owner_email.clone(),
            trial_days: self.trial_days.clone(),
            ..NewTenantForm::default()
        };
        form.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_asks_for_what_is_its_own() {
        let errors = CloneForm::default().parse().expect_err("empty");
        assert_eq!(errors.into_iter().map(|error| error.field).collect::<Vec<_>>(), ["name", "slug", "owner_email"]);
        let form =
            CloneForm { name: "Acme Two".into(), slug: "acme-two".into(), owner_email: "o@acme.example".into(), ..CloneForm::default() };
        assert_eq!(form.parse().expect("fine").trial_days, 0);
    }
}
