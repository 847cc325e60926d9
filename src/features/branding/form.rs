//! The form of the draft: look, images, sign-in text, CSS, mails. Each limit stands beside its field.

use leptos::prelude::*;

use crate::domain::accent;
use crate::domain::branding::form::{body_field, subject_field};
use crate::domain::branding::{Branding, ImageKind, MAX_NAME, MAX_SIGN_IN_TEXT};
use crate::domain::mail::{MAX_BODY, MAX_SUBJECT, TemplateKind};
use crate::domain::stylesheet;
use crate::store::branding::BrandingSheet;
use crate::ui::field::{TextArea, TextField};
use crate::web::form::Form;

/// What was typed, else what the draft has.
fn value(form: &Form, field: &str, kept: Option<&String>) -> Option<String> {
    form.typed(field).or_else(|| kept.cloned())
}

/// The form's id, for its buttons that stand elsewhere.
const FORM: &str = "branding-form";

/// `base` stands before the tenant's paths; `name` is what the tenant is called without a name of its own.
pub fn draft_form(sheet: &BrandingSheet, form: &Form, base: &str, name: &str, accent_now: &str) -> impl IntoView + use<> {
    let draft = &sheet.draft;
    let revision = sheet.revision.to_string();
    view! {
        <form id=FORM class="form stack" method="post" enctype="multipart/form-data" action=format!("{base}/branding")>
            <input type="hidden" name="revision" value=revision />
            {look(draft, form, name, accent_now)}
            {images(draft, form, base)}
            {css(draft, form)}
            {mails(draft, form)}
            <div class="actions save-bar"><button class="btn pri">"Save draft"</button></div>
        </form>
    }
}

fn look(draft: &Branding, form: &Form, name: &str, accent_now: &str) -> impl IntoView + use<> {
    let accent_error = form.error("accent");
    // Only what does not read has a neighbour that does.
    let proposal = form
        .typed("accent")
        .filter(|_| accent_error.is_some())
        .and_then(|typed| match accent::parse(&typed) {
            Err(accent::AccentError::Contrast { nearest, .. }) => Some(nearest),
            _ => None,
        })
        .map(|nearest| {
            view! {
                <div class="actions proposal">
                    <svg class="swatch" aria-hidden="true"><rect width="100%" height="100%" rx="6" fill=nearest.clone()></rect></svg>
                    <button class="btn" name="use_accent" value=nearest.clone()>{format!("Use {nearest}")}</button>
                </div>
            }
        });
    view! {
        <section class="card pad form">
            <h2>"Look"</h2>
            <TextField
                name="name"
                label="Display name"
                required=false
                value=value(form, "name", draft.look.name.as_ref())
                error=form.error("name")
                hint=format!("At most {MAX_NAME} characters. Empty: {name}.")
            />
            <TextField
                name="accent"
                label="Accent colour"
                required=false
                value=value(form, "accent", draft.look.accent.as_ref())
                error=accent_error
                hint=format!("# and six digits. It has to read on light and dark pages: 4.5:1 for the text on it, 3:1 beside the page. Empty: {accent_now}.")
            />
            {proposal}
            <TextArea
                name="sign_in_text"
                label="Sign-in text"
                rows=3
                value=value(form, "sign_in_text", draft.look.sign_in_text.as_ref())
                error=form.error("sign_in_text")
                hint=format!("Stands on the sign-in page of your own address. Plain text, at most {MAX_SIGN_IN_TEXT} characters. Empty: none.")
            />
        </section>
    }
}

fn images(draft: &Branding, form: &Form, base: &str) -> impl IntoView + use<> {
    let fields = ImageKind::ALL.into_iter().map(|kind| image(kind, draft, form, base)).collect_view();
    view! {
        <section class="card pad form">
            <h2>"Images"</h2>
            <p class="muted" id="images-hint">
                "PNG, JPEG or WebP, at most 1 MiB and 4096 × 4096 pixels each. Logos are kept at most 512 pixels wide and high, the favicon 128. \
                 SVG is not taken: it can hold scripts. The preview shows an image once the draft is saved."
            </p>
            {fields}
        </section>
    }
}

fn image(kind: ImageKind, draft: &Branding, form: &Form, base: &str) -> impl IntoView + use<> {
    let key = kind.key();
    let error = form.error(key);
    let remove = format!("remove_{key}");
    let described = if error.is_some() { format!("images-hint {key}-error") } else { "images-hint".to_owned() };
    let kept = draft.look.image(kind).map(|image| {
        let ground = if kind == ImageKind::LogoDark { "kept-image dark" } else { "kept-image" };
        view! {
            <div class="row">
                <span class=ground><img src=format!("{base}/branding/image/{image}/image.png") alt=format!("{} of the draft", kind.label()) /></span>
                <label class="check">
                    <input type="checkbox" name=remove.clone() value="on" checked=form.typed(&remove).is_some() />
                    " Remove it"
                </label>
            </div>
        }
    });
    view! {
        <div class="field">
            <label for=key>{kind.label()}</label>
            {kept}
            <input
                id=key
                name=key
                type="file"
                accept="image/png,image/jpeg,image/webp"
                aria-describedby=described
                aria-invalid=error.is_some().then_some("true")
            />
            {error.map(|error| view! { <p class="error" id=format!("{key}-error")>{error}</p> })}
        </div>
    }
}

fn css(draft: &Branding, form: &Form) -> impl IntoView + use<> {
    let error = form.error("css");
    let open = error.is_some() || draft.css.is_some();
    view! {
        <details class="card pad" open=open>
            <summary><h2>"Custom CSS"</h2></summary>
            <div class="form">
                <p class="muted">
                    "For the content of dashboard, agents, knowledge, usage, plan and billing. Never on sign-in, account and team pages or where keys \
                     are shown, and not in mails."
                </p>
                <TextArea
                    name="css"
                    label="CSS"
                    rows=8
                    code=true
                    value=value(form, "css", draft.css.as_ref())
                    error=error
                    hint=format!(
                        "At most {} KiB. Rules of elements, classes and ids, and @media. No url(), @import, @font-face, attribute selectors, \
                         positions or escapes. Empty: none.",
                        stylesheet::MAX_BYTES / 1024,
                    )
                />
                <details class="muted"><summary>"Properties that are taken"</summary><p class="mono">{stylesheet::PROPERTIES.join(", ")}</p></details>
            </div>
        </details>
    }
}

fn mails(draft: &Branding, form: &Form) -> impl IntoView + use<> {
    let each = TemplateKind::ALL.into_iter().map(|kind| mail(kind, draft, form)).collect_view();
    view! {
        <section class="card pad form">
            <h2>"Mails"</h2>
            <p class="muted">
                "Your own words, as plain text; an empty line begins a paragraph. The button with the link, and how long it works, are added below. \
                 Name and accent colour are those above."
            </p>
            {each}
        </section>
    }
}

fn mail(kind: TemplateKind, draft: &Branding, form: &Form) -> impl IntoView + use<> {
    let (subject, body) = (subject_field(kind), body_field(kind));
    let (subject_error, body_error) = (form.error(&subject), form.error(&body));
    let open = subject_error.is_some() || body_error.is_some();
    let template = draft.mails.of(kind);
    let own = if template.subject.is_some() || template.body.is_some() { "your words" } else { "our words" };
    let variables = kind
        .variables()
        .iter()
        .map(|(name, meaning)| view! { <dt><code>{format!("{{{{{name}}}}}")}</code></dt><dd>{*meaning}</dd> })
        .collect_view();
    view! {
        <details class="template" open=open>
            <summary><b>{kind.label()}</b>" "<span class="muted">{own}</span></summary>
            <div class="form">
                <p class="muted">{kind.occasion()}</p>
                <dl class="facts">{variables}</dl>
                <TextField
                    name=subject.clone()
                    label=format!("Subject of “{}”", kind.label())
                    required=false
                    value=value(form, &subject, template.subject.as_ref())
                    error=subject_error
                    hint=format!("One line of at most {MAX_SUBJECT} characters. Empty: ours.")
                />
                <TextArea
                    name=body.clone()
                    label=format!("Text of “{}”", kind.label())
                    rows=6
                    value=value(form, &body, template.body.as_ref())
                    error=body_error
                    hint=format!("At most {MAX_BODY} characters. Empty: ours.")
                />
            </div>
        </details>
    }
}

/// What the frame can show: buttons of the form, which send what stands in it; they stand above the frame.
pub fn views(base: &str) -> impl IntoView + use<> {
    let action = format!("{base}/branding/preview");
    let mails = TemplateKind::ALL.into_iter().map(|kind| (kind.key(), kind.label()));
    let buttons = [("portal", "Portal"), ("sign-in", "Sign-in")]
        .into_iter()
        .chain(mails)
        .map(|(show, label)| {
            view! {
                <button class="btn" form=FORM name="show" value=show formaction=action.clone() formtarget="preview" formnovalidate aria-pressed=if show == "portal" { "true" } else { "false" }>
                    {label}
                </button>
            }
        })
        .collect_view();
    view! { <fieldset class="views"><legend>"Preview of what stands here"</legend><div class="actions">{buttons}</div></fieldset> }
}
