//! Forms that work without script: what a failed server function sent back in the address, ready to be shown beside the fields.

use leptos::server_fn::ServerFn;
use leptos::server_fn::error::ServerFnUrlError;
use maud::{Markup, Render as _};

use super::error::{UiError, mark};
use super::request::{query, with_parts};
use crate::ui::field::{Area, Input};

/// In a request that is answered with the page of a form that failed.
#[derive(Debug, Clone)]
pub struct Failed {
    pub action: &'static str,
    pub error: UiError,
}

/// A form's state as the page was asked for.
#[derive(Debug, Clone, Default)]
pub struct Form {
    error: Option<UiError>,
}

impl Form {
    /// The state of the form that calls `F`.
    pub fn of<F: ServerFn<Error = UiError>>() -> Self {
        Self::at(F::PATH)
    }

    /// The state of the form that goes to this path.
    pub fn at(action: &str) -> Self {
        // A form that was too long for an address: its page is the answer to it.
        let failed = with_parts(|parts| parts.extensions.get::<Failed>().filter(|failed| failed.action == action).cloned());
        if let Some(Failed { error, .. }) = failed {
            return Self { error: Some(error) };
        }
        // Without a query there is nothing to decode: the common case.
        if with_parts(|parts| parts.uri.query().is_none()) {
            return Self::default();
        }
        let failed = query("__path").is_some_and(|path| path == action);
        let error = query("__err").filter(|_| failed).map(|err| ServerFnUrlError::<UiError>::decode_err(&err));
        Self { error }
    }

    pub fn failed(&self) -> bool {
        self.error.is_some()
    }

    /// What is wrong as a whole.
    pub fn message(&self) -> Option<String> {
        self.error.as_ref().map(|error| error.message.clone())
    }

    /// What is wrong with its only field, or as a whole: for forms without a place beside it.
    pub fn message_or_first(&self) -> Option<String> {
        let error = self.error.as_ref()?;
        Some(error.fields.first().map_or(&error.message, |field| &field.message).clone())
    }

    /// What is wrong with one field.
    pub fn error(&self, field: &str) -> Option<String> {
        self.error.as_ref()?.fields.iter().find(|error| error.field == field).map(|error| error.message.clone())
    }

    /// Whether the box of this id was ticked; `None` when nothing of the field came back.
    pub fn ticked(&self, field: &str, id: uuid::Uuid) -> Option<bool> {
        let (marks, mark) = (self.typed(field)?, mark(id));
        Some(marks.as_bytes().chunks(mark.len()).any(|other| other == mark.as_bytes()))
    }

    /// The field with what was typed into it, else what it has, and what is wrong with it.
    pub fn input(&self, input: Input) -> Markup {
        let (typed, error) = (self.typed(input.name), self.error(input.name));
        Input { value: typed.as_deref().or(input.value), error: error.as_deref(), ..input }.render()
    }

    /// The same, with the cursor in it where something is wrong.
    pub fn input_in_focus(&self, input: Input) -> Markup {
        let focus = self.error(input.name).is_some();
        self.input(Input { focus, ..input })
    }

    /// The same of several lines.
    pub fn area(&self, area: Area) -> Markup {
        let (typed, error) = (self.typed(area.name), self.error(area.name));
        Area { value: typed.as_deref().or(area.value), error: error.as_deref(), ..area }.render()
    }

    /// What was typed into it.
    pub fn typed(&self, field: &str) -> Option<String> {
        self.error.as_ref()?.typed.iter().find(|(name, _)| name == field).map(|(_, text)| text.clone())
    }
}
