//! Form fields: a visible label, a hint, the message beside the field, what was typed.

use leptos::prelude::*;
use maud::{Markup, Render, html};

use crate::ui::text::inert;

/// `aria-describedby` of a field with these parts.
fn described_by(name: &str, hint: &str, error: Option<&str>) -> Option<String> {
    match (hint.is_empty(), error) {
        (true, None) => None,
        (false, None) => Some(format!("{name}-hint")),
        (true, Some(_)) => Some(format!("{name}-error")),
        (false, Some(_)) => Some(format!("{name}-hint {name}-error")),
    }
}

/// What stands below a field.
fn below(name: &str, hint: &str, error: Option<&str>) -> Markup {
    html! {
        @if !hint.is_empty() { p class="hint" id={ (name) "-hint" } { (hint) } }
        @if let Some(error) = error { p class="error" id={ (name) "-error" } { (error) } }
    }
}

/// A one-line input.
#[derive(Debug, Clone, Copy, Default)]
pub struct Input<'a> {
    pub name: &'a str,
    pub label: &'a str,
    /// Its HTML type; nothing is `text`.
    pub kind: &'static str,
    pub value: Option<&'a str>,
    pub error: Option<&'a str>,
    pub hint: &'a str,
    /// Nothing is `off`.
    pub autocomplete: &'static str,
    pub inputmode: &'static str,
    pub optional: bool,
    /// The cursor stands here when the page opens.
    pub focus: bool,
}

impl Render for Input<'_> {
    fn render(&self) -> Markup {
        let Self { name, label, value, error, hint, inputmode, .. } = *self;
        let or = |text: &'static str, otherwise: &'static str| if text.is_empty() { otherwise } else { text };
        html! {
            div class="field" {
                label for=(name) { (label) }
                input id=(name) name=(name) type=(or(self.kind, "text")) value=[value] autocomplete=(or(self.autocomplete, "off"))
                    inputmode=[(!inputmode.is_empty()).then_some(inputmode)] required[!self.optional] autofocus[self.focus]
                    aria-describedby=[described_by(name, hint, error)] aria-invalid=[error.map(|_| "true")];
                (below(name, hint, error))
            }
        }
    }
}

/// [`Input`] in a view; `kind` is its HTML type.
#[component]
pub fn TextField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional_no_strip)] value: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    #[prop(optional, into)] hint: String,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] inputmode: &'static str,
    #[prop(default = true)] required: bool,
    #[prop(optional)] focus: bool,
) -> impl IntoView {
    let (value, error) = (value.as_deref(), error.as_deref());
    let input = Input { name: &name, label: &label, kind, value, error, hint: &hint, autocomplete, inputmode, optional: !required, focus };
    inert(input.render())
}

/// Text of several lines.
#[derive(Debug, Clone, Copy, Default)]
pub struct Area<'a> {
    pub name: &'a str,
    pub label: &'a str,
    pub value: Option<&'a str>,
    pub error: Option<&'a str>,
    pub hint: &'a str,
    /// Nothing is 4.
    pub rows: u32,
    /// Characters.
    pub most: Option<usize>,
    pub required: bool,
    /// Code, in letters of one width.
    pub code: bool,
}

impl Render for Area<'_> {
    fn render(&self) -> Markup {
        let Self { name, label, value, error, hint, rows, most, .. } = *self;
        html! {
            div class="field" {
                label for=(name) { (label) }
                textarea id=(name) name=(name) rows=(if rows == 0 { 4 } else { rows }) maxlength=[most] required[self.required] class=[self.code.then_some("mono")]
                    spellcheck=[self.code.then_some("false")] autocomplete="off" aria-describedby=[described_by(name, hint, error)]
                    aria-invalid=[error.map(|_| "true")]
                    // A first line break belongs to the markup.
                    { @if let Some(value) = value { "\n" (value) } }
                (below(name, hint, error))
            }
        }
    }
}

/// [`Area`] in a view.
#[component]
pub fn TextArea(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional_no_strip)] value: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    #[prop(optional, into)] hint: String,
    #[prop(optional)] rows: u32,
    #[prop(optional)] most: Option<usize>,
    #[prop(optional)] required: bool,
    #[prop(optional)] code: bool,
) -> impl IntoView {
    let (value, error) = (value.as_deref(), error.as_deref());
    inert(Area { name: &name, label: &label, value, error, hint: &hint, rows, most, required, code }.render())
}

/// A choice; `options` are value and text.
#[derive(Debug, Clone, Copy)]
pub struct Select<'a> {
    pub name: &'a str,
    pub label: &'a str,
    pub options: &'a [(String, String)],
    pub value: Option<&'a str>,
    pub error: Option<&'a str>,
}

impl Render for Select<'_> {
    fn render(&self) -> Markup {
        let Self { name, label, options, value, error } = *self;
        html! {
            div class="field" {
                label for=(name) { (label) }
                select id=(name) name=(name) aria-describedby=[described_by(name, "", error)] aria-invalid=[error.map(|_| "true")] {
                    @for (key, text) in options { option value=(key) selected[value == Some(key)] { (text) } }
                }
                (below(name, "", error))
            }
        }
    }
}

/// [`Select`] in a view.
#[component]
pub fn SelectField(
    name: &'static str,
    label: &'static str,
    options: Vec<(String, String)>,
    #[prop(optional_no_strip)] value: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
) -> impl IntoView {
    inert(Select { name, label, options: &options, value: value.as_deref(), error: error.as_deref() }.render())
}

/// What is wrong with a form as a whole, above it.
pub fn form_message(message: Option<&str>) -> Markup {
    html! { @if let Some(message) = message { div class="notice error" role="alert" { span { (message) } } } }
}

/// [`form_message`] in a view.
#[component]
pub fn FormMessage(#[prop(optional_no_strip)] message: Option<String>) -> impl IntoView {
    message.map(|message| inert(form_message(Some(&message))))
}
