//! The form of the draft: look, images, sign-in text, CSS, mails. Each limit stands beside its field.

use maud::{Markup, html};

use crate::domain::accent;
use crate::domain::branding::form::{body_field, subject_field};
use crate::domain::branding::{Branding, ImageKind, MAX_NAME, MAX_SIGN_IN_TEXT};
use crate::domain::mail::{MAX_BODY, MAX_SUBJECT, TemplateKind};
use crate::domain::stylesheet;
use crate::store::branding::BrandingSheet;
use crate::ui::field::{Area, Input};
use crate::web::form::Form;

/// The form's id, for its buttons that stand elsewhere.
const FORM: &str = "branding-form";

/// `base` stands before the tenant's paths; `name` is what the tenant is called without a name of its own.
pub fn draft_form(sheet: &BrandingSheet, form: &Form, base: &str, name: &str, accent_now: &str) -> Markup {
    let draft = &sheet.draft;
    html! {
        form id=(FORM) class="form stack" method="post" enctype="multipart/form-data" action={ (base) "/branding" } {
            input type="hidden" name="revision" value=(sheet.revision);
            (look(draft, form, name, accent_now))
            (images(draft, form, base))
            (css(draft, form))
            (mails(draft, form))
            div class="actions save-bar" { button class="btn pri" { "Save draft" } }
        }
    }
}

fn look(draft: &Branding, form: &Form, name: &str, accent_now: &str) -> Markup {
    let accent_error = form.error("accent");
    // Only what does not read has a neighbour that does.
    let proposal = form.typed("accent").filter(|_| accent_error.is_some()).and_then(|typed| match accent::parse(&typed) {
        Err(accent::AccentError::Contrast { nearest, .. }) => Some(nearest),
        _ => None,
    });
    html! {
        section class="card pad form" {
            h2 { "Look" }
            (form.input(Input {
                name: "name",
                label: "Display name",
                optional: true,
                value: draft.look.name.as_deref(),
                hint: &format!("At most {MAX_NAME} characters. Empty: {name}."),
                ..Input::default()
            }))
            (form.input(Input {
                name: "accent",
                label: "Accent colour",
                optional: true,
                value: draft.look.accent.as_deref(),
                hint: &format!(
                    "# and six digits. It has to read on light and dark pages: 4.5:1 for the text on it, 3:1 beside the page. Empty: \
                     {accent_now}."
                ),
                ..Input::default()
            }))
            @if let Some(nearest) = proposal {
                div class="actions proposal" {
                    svg class="swatch" aria-hidden="true" { rect width="100%" height="100%" rx="6" fill=(nearest) {} }
                    button class="btn" name="use_accent" value=(nearest) { "Use " (nearest) }
                }
            }
            (form.area(Area {
                name: "sign_in_text",
                label: "Sign-in text",
                rows: 3,
                value: draft.look.sign_in_text.as_deref(),
                hint: &format!(
                    "Stands on the sign-in page of your own address. Plain text, at most {MAX_SIGN_IN_TEXT} characters. Empty: none."
                ),
                ..Area::default()
            }))
        }
    }
}

fn images(draft: &Branding, form: &Form, base: &str) -> Markup {
    html! {
        section class="card pad form" {
            h2 { "Images" }
            p class="muted" id="images-hint" {
                "PNG, JPEG or WebP, at most 1 MiB and 4096 × 4096 pixels each. Logos are kept at most 512 pixels wide and high, the favicon \
                 128. SVG is not taken: it can hold scripts. The preview shows an image once the draft is saved."
            }
            @for kind in ImageKind::ALL { (image(kind, draft, form, base)) }
        }
    }
}

fn image(kind: ImageKind, draft: &Branding, form: &Form, base: &str) -> Markup {
    let key = kind.key();
    let error = form.error(key);
    let remove = format!("remove_{key}");
    let ground = if kind == ImageKind::LogoDark { "kept-image dark" } else { "kept-image" };
    html! {
        div class="field" {
            label for=(key) { (kind.label()) }
            @if let Some(image) = draft.look.image(kind) {
                div class="row" {
                    span class=(ground) {
                        img src={ (base) "/branding/image/" (image) "/image.png" } alt={ (kind.label()) " of the draft" };
                    }
                    label class="check" {
                        input type="checkbox" name=(remove) value="on" checked[form.typed(&remove).is_some()];
                        " Remove it"
                    }
                }
            }
            input id=(key) name=(key) type="file" accept="image/png,image/jpeg,image/webp"
                aria-describedby={ "images-hint" @if error.is_some() { " " (key) "-error" } } aria-invalid=[error.as_ref().map(|_| "true")];
            @if let Some(error) = &error { p class="error" id={ (key) "-error" } { (error) } }
        }
    }
}

fn css(draft: &Branding, form: &Form) -> Markup {
    let error = form.error("css");
    let open = error.is_some() || draft.css.is_some();
    html! {
        details class="card pad" open[open] {
            summary { h2 { "Custom CSS" } }
            div class="form" {
                p class="muted" {
                    "For the content of dashboard, agents, knowledge, usage, plan and billing. Never on sign-in, account and team pages or \
                     where keys are shown, and not in mails."
                }
                (form.area(Area {
                    name: "css",
                    label: "CSS",
                    rows: 8,
                    code: true,
                    value: draft.css.as_deref(),
                    hint: &format!(
                        "At most {} KiB. Rules of elements, classes and ids, and @media. No url(), @import, @font-face, attribute \
                         selectors, positions or escapes. Empty: none.",
                        stylesheet::MAX_BYTES / 1024,
                    ),
                    ..Area::default()
                }))
                details class="muted" { summary { "Properties that are taken" } p class="mono" { (stylesheet::PROPERTIES.join(", ")) } }
            }
        }
    }
}

fn mails(draft: &Branding, form: &Form) -> Markup {
    html! {
        section class="card pad form" {
            h2 { "Mails" }
            p class="muted" {
                "Your own words, as plain text; an empty line begins a paragraph. The button with the link, and how long it works, are added \
                 below. Name and accent colour are those above."
            }
            @for kind in TemplateKind::ALL { (mail(kind, draft, form)) }
        }
    }
}

fn mail(kind: TemplateKind, draft: &Branding, form: &Form) -> Markup {
    let (subject, body) = (subject_field(kind), body_field(kind));
    let (subject_error, body_error) = (form.error(&subject), form.error(&body));
    let open = subject_error.is_some() || body_error.is_some();
    let template = draft.mails.of(kind);
    let own = if template.subject.is_some() || template.body.is_some() { "your words" } else { "our words" };
    html! {
        details class="template" open[open] {
            summary { b { (kind.label()) } " " span class="muted" { (own) } }
            div class="form" {
                p class="muted" { (kind.occasion()) }
                dl class="facts" { @for (name, meaning) in kind.variables() { dt { code { "{{" (name) "}}" } } dd { (meaning) } } }
                (form.input(Input {
                    name: &subject,
                    label: &format!("Subject of “{}”", kind.label()),
                    optional: true,
                    value: template.subject.as_deref(),
                    hint: &format!("One line of at most {MAX_SUBJECT} characters. Empty: ours."),
                    ..Input::default()
                }))
                (form.area(Area {
                    name: &body,
                    label: &format!("Text of “{}”", kind.label()),
                    rows: 6,
                    value: template.body.as_deref(),
                    hint: &format!("At most {MAX_BODY} characters. Empty: ours."),
                    ..Area::default()
                }))
            }
        }
    }
}

/// What the frame can show: buttons of the form, which send what stands in it; they stand above the frame.
pub fn views(base: &str) -> Markup {
    let mails = TemplateKind::ALL.into_iter().map(|kind| (kind.key(), kind.label()));
    html! {
        fieldset class="views" {
            legend { "Preview of what stands here" }
            div class="actions" {
                @for (show, label) in [("portal", "Portal"), ("sign-in", "Sign-in")].into_iter().chain(mails) {
                    button class="btn" form=(FORM) name="show" value=(show) formaction={ (base) "/branding/preview" } formtarget="preview"
                        formnovalidate aria-pressed=(show == "portal") { (label) }
                }
            }
        }
    }
}
