//! `/t/{slug}/branding`.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use maud::{Markup, html};

use super::form::{draft_form, views};
use super::islands::LivePreview;
use super::server::{DiscardDraft, PublishBranding, UseVersion};
use super::versions::versions;
use crate::domain::capability::ManageBranding;
use crate::domain::mail::TemplateKind;
use crate::store::branding::BrandingSheet;
use crate::ui::field::form_message;
use crate::ui::text::{inert, notice, written};
use crate::ui::time::{at_minute, zone};
use crate::web::draft::SAVE;
use crate::web::form::Form;
use crate::web::frame::PortalFrame;
use crate::web::page::{PageText, islands, page};
use crate::web::request::{self, Context, query};

pub fn branding_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let form = Form::at(SAVE);
        let message = [
            form.message(),
            Form::of::<PublishBranding>().message(),
            Form::of::<DiscardDraft>().message(),
            Form::of::<UseVersion>().message(),
        ]
        .into_iter()
        .flatten()
        .next();
        let done = query("done").filter(|_| message.is_none()).and_then(|done| said(&done));
        let (me, member) = request::member(&slug).await?;
        let mut tx = Context::get().store.tenant::<ManageBranding>(&member).await?;
        let sheet = tx.branding().await?;
        let head = tx.tenant().clone();
        let frame = PortalFrame::new(&me, &tx);
        tx.commit().await?;
        let base = frame.base();
        let draft = html! {
            (draft_form(&sheet, &form, base, &head.name, &head.accent))
            div class="preview" {
                (views(base))
                iframe name="preview" title="Preview" sandbox="allow-same-origin" src={ (base) "/branding/preview/portal" } {}
            }
        };
        let body = html! {
            div class="head" { div class="grow" { h1 { "Branding" } p { "How your portal, your sign-in page and your mails look." } } }
            @if let Some(text) = done { (notice("ok", html! { (text) })) }
            (form_message(message.as_deref()))
            @if !sheet.allowed { (not_in_plan(base)) }
            (state(&sheet, &slug, base))
            (written(view! { <LivePreview>{inert(draft)}</LivePreview> }))
            (links(base))
            (versions(&sheet, Some(&slug)))
            (islands())
        };
        Ok(frame.page("Branding", "/branding", body))
    })
}

fn said(done: &str) -> Option<&'static str> {
    match done {
        "saved" => Some("The draft is saved. Nobody else sees it until you publish it."),
        "published" => Some("It is published: portal, sign-in page and mails look like this from now on."),
        "discarded" => Some("The draft is what is published again."),
        "used" => Some("The earlier version is the published one again."),
        _ => None,
    }
}

fn not_in_plan(base: &str) -> Markup {
    html! {
        div class="banner near" {
            span {
                b { "Your plan has no branding of its own." }
                " You can prepare and look at a draft. What was published before is kept, and shown again with a plan that has branding."
            }
            a class="btn" href={ (base) "/plan" } { "See plans" }
        }
    }
}

/// What is published, what the draft changes, and what can be done about it.
fn state(sheet: &BrandingSheet, slug: &str, base: &str) -> Markup {
    let changes = sheet.published.differences(&sheet.draft);
    let words: Vec<&str> = changes.iter().map(|field| word(field)).collect();
    let differs = !words.is_empty();
    let hidden = html! { input type="hidden" name="tenant" value=(slug); input type="hidden" name="revision" value=(sheet.revision); };
    html! {
        section class="card pad stack" {
            h2 { "State" }
            dl class="facts" {
                dt { "Published" }
                dd { @if let Some(version) = sheet.version { "Version " (version) } @else { "Nothing yet: the platform's look is shown" } }
                dt { "Draft" }
                dd {
                    @if differs { "Changes " (words.join(", ")) } @else { "Nothing that is not published" }
                    @if let Some((at, by)) = sheet.changed.as_ref().filter(|_| differs) { ", saved " (at_minute(*at, zone())) " by " (by) }
                }
            }
            @if differs {
                div class="actions" {
                    @if sheet.allowed {
                        form method="post" action=(PublishBranding::PATH) { (hidden) button class="btn pri" { "Publish the saved draft" } }
                    }
                    form method="post" action=(DiscardDraft::PATH) { (hidden) button class="btn" { "Discard the draft" } }
                    a class="btn" href={ (base) "/branding/preview/portal" } { "Look at it" }
                }
            }
        }
    }
}

fn word(field: &str) -> &'static str {
    match field {
        "name" => "the name",
        "accent" => "the accent colour",
        "logo_light" => "the logo on light pages",
        "logo_dark" => "the logo on dark pages",
        "favicon" => "the favicon",
        "sign_in_text" => "the sign-in text",
        "css" => "the CSS",
        _ => "the mails",
    }
}

/// The saved draft's previews as pages of their own.
fn links(base: &str) -> Markup {
    html! {
        section class="card pad stack" {
            h2 { "The saved draft, each as a page" }
            ul class="actions plain" {
                li { a class="link" href={ (base) "/branding/preview/portal" } { "Portal" } }
                li { a class="link" href={ (base) "/branding/preview/sign-in" } { "Sign-in page" } }
                @for kind in TemplateKind::ALL {
                    li { a class="link" href={ (base) "/branding/mail/" (kind.key()) "/mail.html" } { (kind.label()) " mail" } }
                }
            }
        }
    }
}
