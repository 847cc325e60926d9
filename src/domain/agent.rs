//! Agents: what a tenant runs, and whom its cost belongs to.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::FieldError;
use super::label::Label;
use super::name::Name;

/// An agent to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAgent {
    pub name: Name,
    /// The model that it runs on, by the name that the platform has for it.
    pub model: Label,
    pub department: Option<Label>,
    pub cost_center: Option<Label>,
    pub active: bool,
}

/// What is to change; `None` stays as it is, `Some(None)` is taken away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentChange {
    pub name: Option<Name>,
    pub model: Option<Label>,
    pub department: Option<Option<Label>>,
    pub cost_center: Option<Option<Label>>,
    pub active: Option<bool>,
}

/// The fields as a form has them: text that nobody has looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentForm {
    pub name: String,
    pub model: String,
    /// Empty is none, like the next.
    pub department: String,
    pub cost_center: String,
}

/// Reads one field; what is wrong with it is kept.
pub fn take<T: FromStr<Err: ToString>>(errors: &mut Vec<FieldError>, field: &str, text: &str) -> Option<T> {
    text.parse().map_err(|error: T::Err| errors.push(FieldError::new(field, error))).ok()
}

/// Reads a field that may be empty.
pub fn take_optional<T: FromStr<Err: ToString>>(errors: &mut Vec<FieldError>, field: &str, text: &str) -> Option<T> {
    if text.trim().is_empty() { None } else { take(errors, field, text) }
}

impl AgentForm {
    /// # Errors
    /// All that is wrong at once, in the order of the fields.
    pub fn parse(&self) -> Result<NewAgent, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = take(&mut errors, "name", &self.name);
        let model = take(&mut errors, "model", &self.model);
        let department = take_optional(&mut errors, "department", &self.department);
        let cost_center = take_optional(&mut errors, "cost_center", &self.cost_center);
        match (name, model) {
            (Some(name), Some(model)) if errors.is_empty() => Ok(NewAgent { name, model, department, cost_center, active: true }),
            _ => Err(errors),
        }
    }
}

impl From<NewAgent> for AgentChange {
    /// Every field of a form; whether the agent is active is not among them.
    fn from(new: NewAgent) -> Self {
        AgentChange {
            name: Some(new.name),
            model: Some(new.model),
            department: Some(new.department),
            cost_center: Some(new.cost_center),
            active: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bad_field_is_named_at_once() {
        let form = AgentForm { name: "<b>".into(), model: String::new(), department: "x".repeat(81), cost_center: "a\nb".into() };
        let errors = form.parse().expect_err("nothing in it is right");
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["name", "model", "department", "cost_center"]);
        let fine = AgentForm { name: " Helper ".into(), model: "small".into(), department: " ".into(), cost_center: "4711".into() };
        let new = fine.parse().expect("a fine form");
        assert_eq!((new.name.as_str(), new.department, new.cost_center.map(String::from)), ("Helper", None, Some("4711".to_owned())));
    }
}
