//! `/t/{slug}/branding`.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::form::{draft_form, views};
use super::islands::LivePreview;
use super::server::{DiscardDraft, PublishBranding, UseVersion};
use super::versions::versions;
use crate::domain::capability::ManageBranding;
use crate::store::branding::BrandingSheet;
use crate::ui::field::FormMessage;
use crate::ui::text::Notice;
use crate::ui::time::Minute;
use crate::web::draft::SAVE;
use crate::web::form::Form;
use crate::web::frame::PortalFrame;
use crate::web::page::{Islands, PageText, page};
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
        let base = frame.base().to_owned();
        let (pages, first) = (links(&base), format!("{base}/branding/preview/portal"));
        let fields = draft_form(&sheet, &form, &base, &head.name, &head.accent);
        let body = view! {
            <div class="head"><div class="grow"><h1>"Branding"</h1><p>"How your portal, your sign-in page and your mails look."</p></div></div>
            {done.map(|text| view! { <Notice kind="ok">{text}</Notice> })}
            <FormMessage message=message />
            {(!sheet.allowed).then(|| not_in_plan(&base))}
            {state(&sheet, &slug, &base)}
            <LivePreview>
                {fields}
                <div class="preview">
                    {views(&base)}
                    <iframe name="preview" title="Preview" sandbox="allow-same-origin" src=first></iframe>
                </div>
            </LivePreview>
            {pages}
            {versions(&sheet, Some(&slug))}
            <Islands />
        };
        Ok(frame.view("Branding", "/branding", body.into_any()))
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

fn not_in_plan(base: &str) -> impl IntoView + use<> {
    view! {
        <div class="banner near">
            <span><b>"Your plan has no branding of its own."</b>" You can prepare and look at a draft. What was published before is kept, and shown again with a plan that has branding."</span>
            <a class="btn" href=format!("{base}/plan")>"See plans"</a>
        </div>
    }
}

/// What is published, what the draft changes, and what can be done about it.
fn state(sheet: &BrandingSheet, slug: &str, base: &str) -> impl IntoView + use<> {
    let published = match sheet.version {
        Some(version) => format!("Version {version}"),
        None => "Nothing yet: the platform's look is shown".to_owned(),
    };
    let changes = sheet.published.differences(&sheet.draft);
    let changed = sheet.changed.clone().filter(|_| !changes.is_empty());
    let words: Vec<&str> = changes.iter().map(|field| word(field)).collect();
    let differs = !words.is_empty();
    let draft = if differs { format!("Changes {}", words.join(", ")) } else { "Nothing that is not published".to_owned() };
    let revision = sheet.revision.to_string();
    let hidden = move |slug: &str, revision: &str| {
        view! { <input type="hidden" name="tenant" value=slug.to_owned() /><input type="hidden" name="revision" value=revision.to_owned() /> }
    };
    let publish = (differs && sheet.allowed).then(|| {
        view! { <form method="post" action=PublishBranding::PATH>{hidden(slug, &revision)}<button class="btn pri">"Publish the saved draft"</button></form> }
    });
    let discard = differs.then(|| {
        view! { <form method="post" action=DiscardDraft::PATH>{hidden(slug, &revision)}<button class="btn">"Discard the draft"</button></form> }
    });
    let look = differs.then(|| view! { <a class="btn" href=format!("{base}/branding/preview/portal")>"Look at it"</a> });
    view! {
        <section class="card pad stack">
            <h2>"State"</h2>
            <dl class="facts">
                <dt>"Published"</dt><dd>{published}</dd>
                <dt>"Draft"</dt><dd>{draft}{changed.map(|(at, by)| view! { ", saved "<Minute at=at />" by "{by} })}</dd>
            </dl>
            {differs.then(|| view! { <div class="actions">{publish}{discard}{look}</div> })}
        </section>
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
fn links(base: &str) -> impl IntoView + use<> {
    let mails = crate::domain::mail::TemplateKind::ALL
        .into_iter()
        .map(|kind| {
            view! { <li><a class="link" href=format!("{base}/branding/mail/{}/mail.html", kind.key())>{format!("{} mail", kind.label())}</a></li> }
        })
        .collect_view();
    view! {
        <section class="card pad stack">
            <h2>"The saved draft, each as a page"</h2>
            <ul class="actions plain">
                <li><a class="link" href=format!("{base}/branding/preview/portal")>"Portal"</a></li>
                <li><a class="link" href=format!("{base}/branding/preview/sign-in")>"Sign-in page"</a></li>
                {mails}
            </ul>
        </section>
    }
}
