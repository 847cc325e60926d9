//! Form fields: a visible label, a hint, the message beside the field, what was typed.

use leptos::prelude::*;

/// `aria-describedby` of a field with these parts.
fn described_by(name: &str, hint: bool, error: bool) -> Option<String> {
    let ids: Vec<String> =
        [(hint, "hint"), (error, "error")].into_iter().filter(|(there, _)| *there).map(|(_, part)| format!("{name}-{part}")).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// A one-line input; `kind` is its HTML type.
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
    /// The cursor stands here when the page opens.
    #[prop(optional)]
    focus: bool,
) -> impl IntoView {
    let describedby = described_by(&name, !hint.is_empty(), error.is_some());
    view! {
        <div class="field">
            <label for=name.clone()>{label}</label>
            <input
                id=name.clone()
                name=name.clone()
                type=kind
                value=value
                autocomplete=autocomplete
                inputmode=(!inputmode.is_empty()).then_some(inputmode)
                required=required
                autofocus=focus
                aria-describedby=describedby
                aria-invalid=error.is_some().then_some("true")
            />
            {(!hint.is_empty()).then(|| view! { <p class="hint" id=format!("{name}-hint")>{hint}</p> })}
            {error.map(|error| view! { <p class="error" id=format!("{name}-error")>{error}</p> })}
        </div>
    }
}

/// Text of several lines.
#[component]
pub fn TextArea(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional_no_strip)] value: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    #[prop(optional, into)] hint: String,
    #[prop(default = 4)] rows: u32,
    /// Characters.
    #[prop(optional)]
    most: Option<usize>,
    #[prop(optional)] required: bool,
    /// Code, in letters of one width.
    #[prop(optional)]
    code: bool,
) -> impl IntoView {
    let describedby = described_by(&name, !hint.is_empty(), error.is_some());
    // Leptos writes what stands in a text area as it is. A first line break belongs to the markup.
    let text = value.map(|value| format!("\n{}", value.replace('&', "&amp;").replace('<', "&lt;")));
    view! {
        <div class="field">
            <label for=name.clone()>{label}</label>
            <textarea
                id=name.clone()
                name=name.clone()
                rows=rows
                maxlength=most
                required=required
                class=code.then_some("mono")
                spellcheck=code.then_some("false")
                autocomplete="off"
                aria-describedby=describedby
                aria-invalid=error.is_some().then_some("true")
            >
                {text}
            </textarea>
            {(!hint.is_empty()).then(|| view! { <p class="hint" id=format!("{name}-hint")>{hint}</p> })}
            {error.map(|error| view! { <p class="error" id=format!("{name}-error")>{error}</p> })}
        </div>
    }
}

/// A choice; `options` are value and text.
#[component]
pub fn SelectField(
    name: &'static str,
    label: &'static str,
    options: Vec<(String, String)>,
    #[prop(optional_no_strip)] value: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
) -> impl IntoView {
    let describedby = described_by(name, false, error.is_some());
    let options = options
        .into_iter()
        .map(|(key, text)| {
            let selected = value.as_deref() == Some(key.as_str());
            view! { <option value=key selected=selected>{text}</option> }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <select id=name name=name aria-describedby=describedby aria-invalid=error.is_some().then_some("true")>{options}</select>
            {error.map(|error| view! { <p class="error" id=format!("{name}-error")>{error}</p> })}
        </div>
    }
}

/// What is wrong with a form as a whole, above it.
#[component]
pub fn FormMessage(#[prop(optional_no_strip)] message: Option<String>) -> impl IntoView {
    message.map(|message| view! { <div class="notice error" role="alert"><span>{message}</span></div> })
}
