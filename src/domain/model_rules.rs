//! Which models a tenant lets its agents run on, and the one that a new agent gets.

use super::FieldError;
use super::label::Label;

/// Models on the list of a tenant.
pub const MOST: usize = 50;

/// What owners set. Agents keep the model that they have, whatever the list says later.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelRules {
    /// Empty is every model.
    pub allowed: Vec<Label>,
    /// Where the list is not empty, one of it.
    pub default: Option<Label>,
}

impl ModelRules {
    /// Reads a form: `allowed` one model a line, nothing for all; `default` nothing for none.
    ///
    /// # Errors
    /// Beside `allowed_models` and `default_model`, all at once.
    pub fn parse(allowed: &str, default: &str) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut rules = Self::default();
        for text in allowed.lines().map(str::trim).filter(|text| !text.is_empty()) {
            match text.parse::<Label>() {
                Ok(model) if rules.allowed.contains(&model) => {}
                Ok(model) => rules.allowed.push(model),
                Err(error) => {
                    let shown: String = text.chars().take(40).collect();
                    errors.push(FieldError::new("allowed_models", format!("{shown}: {error}")));
                    break;
                }
            }
        }
        if rules.allowed.len() > MOST {
            errors.push(FieldError::new("allowed_models", format!("List at most {MOST} models.")));
        }
        if !default.trim().is_empty() {
            match default.parse::<Label>() {
                Ok(model) if errors.is_empty() && !rules.allows(&model) => {
                    errors.push(FieldError::new("default_model", "Choose one of the allowed models, or add it to them."));
                }
                Ok(model) => rules.default = Some(model),
                Err(error) => errors.push(FieldError::new("default_model", error)),
            }
        }
        if errors.is_empty() { Ok(rules) } else { Err(errors) }
    }

    pub fn allows(&self, model: &Label) -> bool {
        self.allowed.is_empty() || self.allowed.contains(model)
    }

    /// # Errors
    /// Beside `model`, with the models that are allowed.
    pub fn check(&self, model: &Label) -> Result<(), FieldError> {
        if self.allows(model) {
            return Ok(());
        }
        let names: Vec<&str> = self.allowed.iter().map(Label::as_str).collect();
        Err(FieldError::new("model", format!("This tenant allows these models: {}.", names.join(", "))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(text: &str) -> Label {
        text.parse().expect("a label")
    }

    #[test]
    fn a_list_is_read_as_people_write_it_and_nothing_is_everything() {
        let rules = ModelRules::parse(" small\nlarge\r\nlarge\n\n", "large").expect("fine");
        assert_eq!((rules.allowed.len(), rules.default.clone()), (2, Some(label("large"))));
        assert!(rules.allows(&label("small")) && !rules.allows(&label("huge")));
        assert!(rules.check(&label("huge")).expect_err("not allowed").message.ends_with("small, large."));
        let all = ModelRules::parse(" ", "huge").expect("fine");
        assert!(all.allowed.is_empty() && all.check(&label("anything")).is_ok());
        assert_eq!(all.default, Some(label("huge")));
    }

    #[test]
    fn what_is_wrong_stands_beside_its_field() {
        let fields = |allowed: &str, default: &str| {
            let errors = ModelRules::parse(allowed, default).expect_err("wrong");
            errors.into_iter().map(|error| error.field).collect::<Vec<_>>()
        };
        assert_eq!(fields("small", "large"), ["default_model"]);
        assert_eq!(fields("<b>", "large"), ["allowed_models"]);
        assert_eq!(fields(&"x".repeat(81), "<b>"), ["allowed_models", "default_model"]);
        let many: Vec<String> = (0..=MOST).map(|n| format!("model-{n}")).collect();
        assert_eq!(fields(&many.join("\n"), ""), ["allowed_models"]);
    }
}
