//! What a command says: results to standard output, refusals to standard error.

use std::io::{self, Write as _};

use serde::Serialize;
use serde_json::json;

use crate::domain::FieldError;
use crate::domain::money::Usd;
use crate::store::{Constraint, StoreError};

/// Text for people, or JSON.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
}

impl Output {
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    pub fn is_json(&self) -> bool {
        self.json
    }

    /// One line of the result.
    pub fn line(&self, text: &str) -> Result<(), Refusal> {
        writeln!(io::stdout().lock(), "{text}").map_err(Refusal::from)
    }

    /// The result as one JSON document.
    pub fn document(&self, document: &impl Serialize) -> Result<(), Refusal> {
        let text =
            serde_json::to_string_pretty(document).map_err(|error| Refusal::new(format!("The result cannot be written: {error}")))?;
        self.line(&text)
    }

    /// One line that is no result: progress, advice. Not said with `--json`.
    pub fn note(&self, text: &str) {
        if !self.json {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }

    /// Ends a command: says a refusal, if it is one.
    pub fn exit(&self, result: Result<(), Refusal>) -> std::process::ExitCode {
        match result {
            Ok(()) => std::process::ExitCode::SUCCESS,
            Err(refusal) => std::process::ExitCode::from(self.refuse(&refusal)),
        }
    }

    /// Says a refusal on standard error and returns the exit code.
    pub fn refuse(&self, refusal: &Refusal) -> u8 {
        let Refusal::Refused { message, errors } = refusal else { return 0 };
        let mut stderr = io::stderr().lock();
        // Nobody is left to tell when standard error is closed.
        if self.json {
            let _ = writeln!(stderr, "{}", json!({ "error": message, "errors": errors }));
        } else {
            let _ = writeln!(stderr, "{message}");
            for error in errors {
                let _ = writeln!(stderr, "  {}: {}", option(&error.field), error.message);
            }
        }
        1
    }
}

/// The option that a field is given by: `owner_email` as `--owner-email`. A place in a file stays as it is: `line 3`.
fn option(field: &str) -> String {
    if field.contains(' ') { field.to_owned() } else { format!("--{}", field.replace('_', "-")) }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    Refused {
        message: String,
        errors: Vec<FieldError>,
    },
    /// Whoever read the output has enough, such as `head`.
    OutputClosed,
}

impl Refusal {
    pub fn new(message: impl Into<String>) -> Self {
        Refusal::Refused { message: message.into(), errors: Vec::new() }
    }

    pub fn fields(errors: Vec<FieldError>) -> Self {
        Refusal::Refused { message: "Refused; nothing was changed.".to_owned(), errors }
    }

    pub fn field(field: &str, message: impl ToString) -> Self {
        Self::fields(vec![FieldError::new(field, message)])
    }

    /// `what` is named when it is not found: "the tenant acme".
    pub fn of(error: StoreError, what: &str) -> Self {
        match error {
            StoreError::NotFound => Refusal::new(format!("Not found: {what}.")),
            StoreError::Forbidden | StoreError::Key(_) => Refusal::new(format!("Not allowed: {what}.")),
            StoreError::Suspended(_) => Refusal::new(format!("Suspended: {what}.")),
            StoreError::SecondFactorNeeded(_) => Refusal::new(format!("A second factor is needed: {what}.")),
            StoreError::Conflict(Constraint::TenantSlug) => Refusal::field("slug", "This slug is taken. Choose another."),
            StoreError::Conflict(Constraint::DomainHeld) => Refusal::field("domain", "Another tenant has this domain."),
            StoreError::Conflict(Constraint::UserEmail) => Refusal::field("email", "There is an account with this e-mail already."),
            StoreError::Conflict(Constraint::InviteOpen) => Refusal::field("email", "An invite to this e-mail is open already."),
            StoreError::Conflict(Constraint::Member) => Refusal::field("email", "This person is a member already."),
            StoreError::Conflict(Constraint::AgentName) => Refusal::field("name", "There is an agent with this name already."),
            StoreError::Conflict(Constraint::ThreadAgent) => Refusal::field("agent", "There is no such agent."),
            StoreError::Conflict(Constraint::MeterKey) => Refusal::field("key", "There is a meter with this key already."),
            StoreError::Conflict(Constraint::MeterLabel) => Refusal::field("label", "There is a meter with this label already."),
            StoreError::Conflict(Constraint::PlanKey) => Refusal::field("key", "There is a plan with this key already."),
            StoreError::Conflict(Constraint::PlanName) => Refusal::field("name", "There is a plan with this name already."),
            StoreError::Conflict(Constraint::FeatureKey) => Refusal::field("key", "There is a feature with this key already."),
            StoreError::Conflict(Constraint::FeatureLabel) => Refusal::field("label", "There is a feature with this label already."),
            StoreError::Conflict(Constraint::TemplateKey) => Refusal::field("key", "There is a template with this key already."),
            StoreError::Conflict(Constraint::TemplateName) => Refusal::field("name", "There is a template with this name already."),
            StoreError::AtLimit(limit) => Refusal::new(limit.to_string()),
            StoreError::TooLarge(_) | StoreError::StorageFull | StoreError::FilesAway(_) => Refusal::new(error.to_string()),
            StoreError::LastOwner => Refusal::new("The last owner cannot go."),
            StoreError::WrongState(why) => Refusal::new(why),
            StoreError::Invalid(field) => Refusal::fields(vec![field]),
            StoreError::Unavailable(why) => Refusal::new(format!("The database is away: {why}")),
            // Whoever runs this has the database's credentials: the cause is no secret to them.
            StoreError::Db(cause) => Refusal::new(format!("The database failed: {cause}")),
        }
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Refusal::OutputClosed,
            _ => Refusal::new(format!("The output cannot be written: {error}")),
        }
    }
}

/// `847.32`: exact, at least two decimals, for JSON.
pub fn decimal(usd: Usd) -> String {
    let mut amount = usd.0.normalize();
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    amount.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_in_json_is_exact_with_two_decimals_or_more() {
        for (amount, text) in [(8_473_200_i64, "847.32"), (0, "0.00"), (10_000_000, "1000.00"), (1, "0.0001")] {
            assert_eq!(decimal(Usd(rust_decimal::Decimal::new(amount, 4))), text);
        }
    }

    #[test]
    fn a_field_is_named_by_its_option() {
        assert_eq!(option("owner_email"), "--owner-email");
        assert_eq!(option("line 3"), "line 3");
    }

    #[test]
    fn a_closed_pipe_is_no_refusal() {
        assert_eq!(Refusal::from(io::Error::from(io::ErrorKind::BrokenPipe)), Refusal::OutputClosed);
    }
}
