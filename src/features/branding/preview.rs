//! `/t/{slug}/branding/preview/{part}`: a portal page and the sign-in page in the look of the draft, for the frame beside the form, and as
//! pages of their own. Nothing on them can be used: they run no script, and everything that could be clicked is inert.

use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use crate::domain::branding::Branding;
use crate::domain::capability::ManageBranding;
use crate::domain::quantity::Unit;
use crate::domain::quota::{Level, Quota};
use crate::domain::stylesheet;
use crate::ui::frame::{Brand, Card};
use crate::ui::head::Title;
use crate::ui::meter::quota_bar;
use crate::ui::sign_in::{SignInForm, SignInText};
use crate::ui::text::inert;
use crate::ui::text::{Notice, written};
use crate::web::brand::brand;
use crate::web::draft::Unsaved;
use crate::web::frame::PortalFrame;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, Context};

pub fn preview_page() -> PageText {
    let (slug, part) = (request::param("slug"), request::param("part"));
    let nonce = use_nonce().expect("every page has a nonce").to_string();
    let response = expect_context::<ResponseOptions>();
    page(async move {
        let unsaved = expect_context::<Parts>().extensions.get::<Unsaved>().cloned();
        let (me, member) = request::member(&slug).await?;
        let mut tx = Context::get().store.tenant::<ManageBranding>(&member).await?;
        let saved = if unsaved.is_none() { Some(tx.branding().await?.draft) } else { None };
        let head = tx.tenant().clone();
        let frame = PortalFrame::new(&me, &tx);
        tx.commit().await?;
        allow_frame(&response, &nonce);
        let left_out = unsaved.as_ref().map_or(0, |unsaved| unsaved.left_out);
        let branding = unsaved.map(|unsaved| unsaved.branding).or(saved).unwrap_or_default();
        let look = brand(frame.base(), head.name, Some(head.accent), &branding.look);
        let wrong = (left_out > 0).then(|| {
            view! { <Notice kind="near">{format!("{left_out} of the fields are not right yet: they are left out here.")}</Notice> }
        });
        let shown = match part.as_str() {
            "portal" => portal(frame, look, &branding, nonce, wrong.into_any()),
            "sign-in" => sign_in(look, &branding, wrong.into_any()),
            _ => return Err(PageError::NotFound),
        };
        Ok(written(view! { <div class="inert" inert>{shown}</div> }))
    })
}

/// Our own pages may hold it in a frame; it runs nothing and sends nothing.
fn allow_frame(response: &ResponseOptions, nonce: &str) {
    let policy = format!(
        "default-src 'none'; style-src 'self' 'nonce-{nonce}'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
    );
    if let Ok(policy) = HeaderValue::try_from(policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        response.insert_header(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    }
}

fn sign_in(look: Brand, branding: &Branding, wrong: AnyView) -> AnyView {
    let text = branding.look.sign_in_text.clone();
    view! {
        <Title text="Preview of the sign-in page" />
        <Card brand=look foot=view! { <a href="/reset">"Forgot your password?"</a> }.into_any()>
            {wrong}
            <h1>"Sign in"</h1>
            <SignInText text=text />
            <SignInForm action="/login" next=String::new() />
        </Card>
    }
    .into_any()
}

/// A page with a little of everything that pages are made of.
fn portal(frame: PortalFrame, look: Brand, branding: &Branding, nonce: String, wrong: AnyView) -> AnyView {
    // The draft's own sheet stands in the page: it holds no `<`, and is written anew like the one that is published.
    let sheet = branding.css.as_deref().and_then(|css| stylesheet::scoped(css).ok());
    let quota = |label: &str, used, limit| Quota {
        label: label.to_owned(),
        level: Level::Units { used, limit: Some(limit), unit: Unit::Count },
        resets: None,
    };
    let body = view! {
        {wrong}
        <div class="head"><div class="grow"><h1>"Dashboard"</h1><p>"A sample of what your people see."</p></div><a class="btn" href="#">"Usage"</a><a class="btn pri" href="#">"Invite somebody"</a></div>
        <div class="two">
            <section class="card pad">
                <div class="card-head"><h2>"Quotas"</h2></div>
                {inert(quota_bar(&quota("Agents", 42, 100)))}
                {inert(quota_bar(&quota("Members", 21, 25)))}
            </section>
            <section class="card pad stack">
                <h2>"Recent activity"</h2>
                <p>"Nora New accepted an invite. "<a href="#">"See the team"</a></p>
                <div class="notice ok"><span>"Everything is within its limits."</span></div>
            </section>
        </div>
        <section class="card rows">
            <table role="table">
                <caption>"Agents"</caption>
                <thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">"Name"</th><th role="columnheader" scope="col">"Model"</th></tr></thead>
                <tbody role="rowgroup">
                    <tr role="row"><td role="cell" class="name"><b>"Support"</b></td><td role="cell">"large"</td></tr>
                    <tr role="row"><td role="cell" class="name"><b>"Billing"</b></td><td role="cell">"small"</td></tr>
                </tbody>
            </table>
        </section>
    };
    view! {
        {sheet.map(|sheet| view! { <style nonce=nonce>{sheet}</style> })}
        {inert(frame.in_look(look).view("Preview of the portal", "/preview", body.into_any()))}
    }
    .into_any()
}
