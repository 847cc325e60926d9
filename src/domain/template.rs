//! Templates: what a tenant begins with, so that nobody sets the same things up twice.

use std::fmt::Write as _;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::FieldError;
use super::agent::{NewAgent, take, take_optional};
use super::branding::form::{Typed, apply};
use super::branding::{Branding, Look};
use super::feature::{CatalogueKey, Description};
use super::label::Label;
use super::mail::Templates;
use super::model_rules::ModelRules;
use super::name::Name;
use super::sample::SampleSet;

/// Agents of one template.
pub const MOST_AGENTS: usize = 20;

/// The template that sample data comes from where none is named.
pub const FOR_SAMPLES: &str = "customer-support";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateAgent {
    pub name: Name,
    pub model: Label,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<Label>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_center: Option<Label>,
}

impl From<&TemplateAgent> for NewAgent {
    fn from(agent: &TemplateAgent) -> Self {
        NewAgent {
            name: agent.name.clone(),
            model: agent.model.clone(),
            department: agent.department.clone(),
            cost_center: agent.cost_center.clone(),
            active: true,
        }
    }
}

/// What a tenant gets of it. The name and the images of a tenant are its own and stand in no template.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TemplateContent {
    pub agents: Vec<TemplateAgent>,
    pub look: Look,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub css: Option<String>,
    pub mails: Templates,
    /// Empty is every model.
    pub allowed_models: Vec<Label>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_model: Option<Label>,
    /// What `sample data` means of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<SampleSet>,
}

impl TemplateContent {
    /// Whether a tenant made from it has a look of its own.
    pub fn has_branding(&self) -> bool {
        self.branding() != Branding::default()
    }

    pub fn branding(&self) -> Branding {
        let look = Look { accent: self.look.accent.clone(), sign_in_text: self.look.sign_in_text.clone(), ..Look::default() };
        Branding { look, css: self.css.clone(), mails: self.mails.clone() }
    }

    pub fn has_models(&self) -> bool {
        !self.allowed_models.is_empty() || self.default_model.is_some()
    }

    /// The agents as the form has them, one a line.
    pub fn agent_lines(&self) -> String {
        let mut lines = String::new();
        for agent in &self.agents {
            let optional = |label: &Option<Label>| label.as_ref().map(|label| format!("; {label}")).unwrap_or_default();
            let department = match (&agent.department, &agent.cost_center) {
                (None, Some(_)) => "; ".to_owned(),
                (department, _) => optional(department),
            };
            // Writing to a string does not fail.
            let _ = writeln!(lines, "{}; {}{department}{}", agent.name, agent.model, optional(&agent.cost_center));
        }
        lines.trim_end().to_owned()
    }
}

/// What was typed for a template.
#[derive(Debug, Clone, Default)]
pub struct TemplateForm {
    pub key: String,
    pub name: String,
    pub description: String,
    /// Nothing leaves the choice to whoever creates a tenant.
    pub plan: String,
    /// One a line: name; model; department; cost centre. The last two may be left out.
    pub agents: String,
    pub accent: String,
    pub sign_in_text: String,
    pub allowed_models: String,
    pub default_model: String,
    /// Nothing is no sample data.
    pub sample: String,
}

/// A template as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTemplate {
    pub key: CatalogueKey,
    pub facts: TemplateFacts,
}

/// All of it but the key, which stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFacts {
    pub name: Label,
    pub description: Description,
    pub plan: Option<String>,
    pub content: TemplateContent,
}

fn agent(line: &str) -> Result<TemplateAgent, String> {
    let parts: Vec<&str> = line.split(';').map(str::trim).collect();
    let (name, model) = match parts.as_slice() {
        [name, model, ..] if parts.len() <= 4 => (*name, *model),
        _ => return Err("Write the name, a semicolon and the model, then if you like department and cost centre.".to_owned()),
    };
    let mut errors = Vec::new();
    let name = take(&mut errors, "name", name);
    let model = take(&mut errors, "model", model);
    let department = take_optional(&mut errors, "department", parts.get(2).copied().unwrap_or_default());
    let cost_center = take_optional(&mut errors, "cost centre", parts.get(3).copied().unwrap_or_default());
    match (name, model) {
        (Some(name), Some(model)) if errors.is_empty() => Ok(TemplateAgent { name, model, department, cost_center }),
        _ => Err(errors.first().map(|error| format!("{}: {}", error.field, error.message)).unwrap_or_default()),
    }
}

fn agents(text: &str) -> Result<Vec<TemplateAgent>, String> {
    let mut agents: Vec<TemplateAgent> = Vec::new();
    for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let agent = agent(line).map_err(|why| format!("Line {}: {why}", n + 1))?;
        if agents.iter().any(|other| other.name.as_str().eq_ignore_ascii_case(agent.name.as_str())) {
            return Err(format!("Line {}: there is an agent with this name already.", n + 1));
        }
        agents.push(agent);
    }
    if agents.len() > MOST_AGENTS { Err(format!("List at most {MOST_AGENTS} agents.")) } else { Ok(agents) }
}

impl TemplateForm {
    /// `extra` is what the form does not show, of the tenant that it is made from or of what was kept before: CSS and the words of mails.
    ///
    /// # Errors
    /// All that is wrong at once, in the order of the fields.
    pub fn parse(&self, extra: &TemplateContent) -> Result<TemplateFacts, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = take(&mut errors, "name", &self.name);
        let description = take(&mut errors, "description", &self.description);
        let plan = take_optional::<CatalogueKey>(&mut errors, "plan", &self.plan).map(String::from);
        let agents = agents(&self.agents).map_err(|why| errors.push(FieldError::new("agents", why))).ok();
        let typed: Typed = [("accent", &self.accent), ("sign_in_text", &self.sign_in_text)]
            .into_iter()
            .map(|(field, text)| (field.to_owned(), text.clone()))
            .collect();
        let (branding, wrong) = apply(&typed, &Branding { look: Look::default(), css: extra.css.clone(), mails: extra.mails.clone() });
        errors.extend(wrong);
        let models = ModelRules::parse(&self.allowed_models, &self.default_model).map_err(|wrong| errors.extend(wrong)).ok();
        let sample = match self.sample.as_str() {
            "" => None,
            text => SampleSet::from_str(text).map_err(|error| errors.push(FieldError::new("sample", error))).ok(),
        };
        if let (Some(agents), Some(models)) = (&agents, &models)
            && let Some(odd) = agents.iter().find(|agent| !models.allows(&agent.model))
        {
            errors.push(FieldError::new(
                "allowed_models",
                format!("The agent {} runs on {}. Allow it, or change the agent.", odd.name, odd.model),
            ));
        }
        match (name, description, agents, models) {
            (Some(name), Some(description), Some(agents), Some(models)) if errors.is_empty() => Ok(TemplateFacts {
                name,
                description,
                plan,
                content: TemplateContent {
                    agents,
                    look: branding.look,
                    css: branding.css,
                    mails: branding.mails,
                    allowed_models: models.allowed,
                    default_model: models.default,
                    sample,
                },
            }),
            _ => Err(errors),
        }
    }

    /// # Errors
    /// All that is wrong at once, in the order of the fields.
    pub fn parse_new(&self, extra: &TemplateContent) -> Result<NewTemplate, Vec<FieldError>> {
        let facts = self.parse(extra);
        let mut errors = facts.as_ref().err().cloned().unwrap_or_default();
        let key = take(&mut errors, "key", &self.key);
        match (facts, key) {
            (Ok(facts), Some(key)) => Ok(NewTemplate { key, facts }),
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> TemplateForm {
        TemplateForm {
            key: "support".into(),
            name: "Support".into(),
            agents: "Front Desk; small; Support; cc-1\n\nBilling; large\nBack Office; small;; cc-2".into(),
            accent: "#0B7285".into(),
            sample: "customer-support".into(),
            ..TemplateForm::default()
        }
    }

    #[test]
    fn agents_are_lines_and_come_back_as_they_were_written() {
        let content = form().parse(&TemplateContent::default()).expect("fine").content;
        assert_eq!(content.agents.len(), 3);
        assert_eq!(content.agent_lines(), "Front Desk; small; Support; cc-1\nBilling; large\nBack Office; small; ; cc-2");
        let again = TemplateForm { agents: content.agent_lines(), ..form() }.parse(&TemplateContent::default()).expect("fine").content;
        assert_eq!(again, content);
        let kept: TemplateContent = serde_json::from_value(serde_json::to_value(&content).expect("JSON")).expect("and back");
        assert_eq!(kept, content);
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once_and_with_its_line() {
        let bad = TemplateForm {
            key: "A b".into(),
            name: String::new(),
            description: "x".repeat(301),
            plan: "<b>".into(),
            agents: "One; small\nTwo".into(),
            accent: "blue".into(),
            sign_in_text: "\u{202e}".into(),
            allowed_models: "<b>".into(),
            default_model: String::new(),
            sample: "secrets".into(),
        };
        let errors = bad.parse_new(&TemplateContent::default()).expect_err("all");
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["name", "description", "plan", "agents", "accent", "sign_in_text", "allowed_models", "sample", "key"]);
        assert!(errors[3].message.starts_with("Line 2: "), "{}", errors[3].message);
        for (agents, line) in
            [("a; m\nA; m", "Line 2: there is"), ("a; m; d; c; x", "Line 1"), (";m", "Line 1: name"), ("a;", "Line 1: model")]
        {
            let errors = TemplateForm { agents: agents.into(), ..form() }.parse(&TemplateContent::default()).expect_err("wrong");
            assert!(errors[0].field == "agents" && errors[0].message.starts_with(line), "{agents}: {errors:?}");
        }
        let strict = TemplateForm { allowed_models: "small".into(), ..form() };
        assert_eq!(strict.parse(&TemplateContent::default()).expect_err("large")[0].field, "allowed_models");
    }

    #[test]
    fn what_the_form_does_not_show_stays() {
        let extra = TemplateContent { css: Some("h1 { color: red }".into()), ..TemplateContent::default() };
        let content = form().parse(&extra).expect("fine").content;
        assert_eq!(content.css, extra.css);
        assert!(content.has_branding() && !content.has_models());
        assert!(!TemplateContent::default().has_branding());
    }
}
