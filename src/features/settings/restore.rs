//! `/restore/{token}`: an owner brings a deleted tenant back, with the link of their mail. Whoever holds it needs no session: of a deleted
//! tenant nobody has one. Function `settings/restore`.

use axum::http::StatusCode;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::server_fn::codec::PostUrl;
use leptos_axum::ResponseOptions;

use crate::domain::token::Token;
use crate::domain::when;
use crate::store::StoreError;
use crate::store::tenant_deletion::{RestoreLink, RestoreState};
use crate::ui::field::FormMessage;
use crate::ui::frame::{Brand, Card};
use crate::ui::head::Title;
use crate::ui::text::written;
use crate::web::error::{Kind, answer};
use crate::web::form::Form;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::param;
use crate::web::{Context, RequestInfo, UiError};

/// Restores the tenant that the link is about.
#[server(prefix = "/fn", endpoint = "settings/restore", input = PostUrl)]
pub async fn restore_tenant(token: String) -> Result<(), UiError> {
    answer(try_restore(&token).await)
}

async fn try_restore(token: &str) -> Result<(), UiError> {
    let not_open = || UiError::new(Kind::Conflict, "This link does not restore anything any more. The page says why.");
    let token: Token = token.parse().map_err(|_| not_open())?;
    let mut tx = Context::get().store.public().await?;
    let slug = tx.restore_by_link(&token, &RequestInfo::get().origin.address).await.map_err(|error| match error {
        StoreError::NotFound => not_open(),
        error => error.into(),
    })?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/t/{slug}"));
    Ok(())
}

pub fn restore_page() -> PageText {
    let token = param("restore");
    let response = expect_context::<ResponseOptions>();
    page(async move {
        let token: Token = token.parse().map_err(|_| PageError::NotFound)?;
        let form = Form::of::<RestoreTenant>();
        let mut tx = Context::get().store.public().await?;
        let link = tx.find_restore_link(&token).await?.ok_or(PageError::NotFound)?;
        tx.commit().await?;
        if link.state != RestoreState::Open {
            response.set_status(StatusCode::GONE);
        }
        let tenant = link.tenant_name.clone();
        let brand = Brand { name: tenant.clone(), accent: Some(link.accent.clone()), ..Brand::default() };
        Ok(written(view! {
            <Title text=format!("Restore {tenant}") />
            <Card brand=brand>{body(&token, &link, &form)}</Card>
        }))
    })
}

fn body(token: &Token, link: &RestoreLink, form: &Form) -> AnyView {
    let tenant = &link.tenant_name;
    let (title, text) = match link.state {
        RestoreState::Open => {
            let until = link.purge_after.map(|at| format!(" This works until {}.", when::minute(at))).unwrap_or_default();
            return view! {
                <h1>{format!("Restore {tenant}")}</h1>
                <p>{format!("{tenant} was deleted. It comes back as it was: people, agents, documents and API keys.{until}")}</p>
                <FormMessage message=form.message() />
                <form class="form" method="post" action=RestoreTenant::PATH>
                    <input type="hidden" name="token" value=token.reveal().to_owned() />
                    <button class="btn pri">{format!("Restore {tenant}")}</button>
                </form>
            }
            .into_any();
        }
        RestoreState::Restored => {
            return view! {
                <h1>{format!("{tenant} is there")}</h1>
                <p>"It was restored, and nothing of it is lost. There is nothing more to do."</p>
                <div class="actions"><a class="btn pri" href=format!("/t/{}", link.tenant_slug)>{format!("Open {tenant}")}</a></div>
            }
            .into_any();
        }
        RestoreState::Void => (
            "This link is of an earlier time",
            format!("{tenant} was restored and deleted again since. The newest mail to its owners has the link that works."),
        ),
        RestoreState::Late => ("It is too late", format!("{tenant} was deleted for good: a deleted tenant can be restored for 30 days.")),
    };
    view! {
        <h1>{title}</h1>
        <p>{text}</p>
        <div class="actions"><a class="btn pri" href="/tenants">"Go to your tenants"</a></div>
    }
    .into_any()
}
