//! Moving the account to another e-mail address: asked for here, confirmed by a link that is sent there.
//!
//! A section of `/account`, and the page `/account/email/{token}`; functions `account/change-email`, `account/confirm-email`.

use axum::http::StatusCode;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::server_fn::codec::PostUrl;
use leptos_axum::ResponseOptions;

use crate::domain::email::{Email, EmailError};
use crate::domain::token::Token;
use crate::store::account_links::{AccountLink, LinkState, Purpose};
use crate::store::{Constraint, StoreError};
use crate::ui::field::{FormMessage, TextField};
use crate::ui::frame::Card;
use crate::ui::head::Title;
use crate::ui::text::{Notice, written};
use crate::web::confirm::confirm_password;
use crate::web::error::{Kind, answer};
use crate::web::form::Form;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, find_me, query};
use crate::web::{Context, RequestInfo, UiError};

/// The section of the account page.
pub fn section() -> AnyView {
    let form = Form::of::<ChangeEmail>();
    let done = query("done").filter(|_| !form.failed());
    let notice = match done.as_deref() {
        Some("email-asked") => Some("Look into the mailbox of the new address: the link there confirms it. Until then nothing changes."),
        Some("email-changed") => Some("Your account has its new address. Sign in with it from now on."),
        _ => None,
    };
    let message = form.message().filter(|_| form.error("email").is_none() && form.error("password").is_none());
    view! {
        <form class="form card pad" method="post" action=ChangeEmail::PATH>
            <h2>"E-mail address"</h2>
            {notice.map(|text| view! { <Notice kind="ok">{text}</Notice> })}
            <FormMessage message=message />
            <TextField name="email" label="New email" kind="email" autocomplete="email" value=form.typed("email") error=form.error("email") />
            <TextField name="password" label="Password to confirm" kind="password" autocomplete="current-password" error=form.error("password") />
            <div class="actions"><button class="btn">"Change address"</button></div>
        </form>
    }
    .into_any()
}

/// Mails a link to the address that the account is to have.
#[server(prefix = "/fn", endpoint = "account/change-email", input = PostUrl)]
pub async fn change_email(email: String, password: String) -> Result<(), UiError> {
    answer(try_change(&email, &password).await.map_err(|error| error.with_typed(&[("email", &email)])))
}

async fn try_change(email: &str, password: &str) -> Result<(), UiError> {
    let me = find_me().await?.ok_or_else(UiError::signed_out)?;
    let new: Email = email.parse().map_err(|error: EmailError| UiError::field("email", error))?;
    if new.as_str() == me.email() {
        return Err(UiError::field("email", "This is your address already."));
    }
    confirm_password(&me, "password", password).await?;
    Context::get().store.ask_email_change(&me, &new, &RequestInfo::get().origin.address).await?;
    leptos_axum::redirect("/account?done=email-asked");
    Ok(())
}

/// Moves the signed-in person's account to the address that the link was sent to.
#[server(prefix = "/fn", endpoint = "account/confirm-email", input = PostUrl)]
pub async fn confirm_email(token: String) -> Result<(), UiError> {
    answer(try_confirm(&token).await)
}

async fn try_confirm(token: &str) -> Result<(), UiError> {
    let me = find_me().await?.ok_or_else(UiError::signed_out)?;
    let not_open =
        || UiError::new(Kind::Conflict, "This link was used already, has run out, or is not for this account. Ask for a new one.");
    let token: Token = token.parse().map_err(|_| not_open())?;
    let mut tx = Context::get().store.public().await?;
    tx.use_email_change(&me, &token, &RequestInfo::get().origin.address).await.map_err(|error| match error {
        StoreError::NotFound => not_open(),
        StoreError::Conflict(Constraint::UserEmail) => {
            UiError::new(Kind::Conflict, "This address has got an account meanwhile. Choose another.")
        }
        error => error.into(),
    })?;
    tx.commit().await?;
    leptos_axum::redirect("/account?done=email-changed");
    Ok(())
}

pub fn confirm_email_page() -> PageText {
    let token = request::param("link");
    let response = expect_context::<ResponseOptions>();
    page(async move {
        let token: Token = token.parse().map_err(|_| PageError::NotFound)?;
        let me = request::me().await?;
        let form = Form::of::<ConfirmEmail>();
        let mut tx = Context::get().store.public().await?;
        let link = tx.find_account_link(Purpose::Email, &token).await?;
        tx.commit().await?;
        // A link of another account is none: it says nothing about whose it is.
        let link = link.filter(|link| link.user == me.user().0).ok_or(PageError::NotFound)?;
        if link.state != LinkState::Open {
            response.set_status(StatusCode::GONE);
        }
        Ok(written(view! {
            <Title text="Confirm your new address" />
            <Card foot=view! { <a href="/account">"Account"</a> }.into_any()>{confirm(&token, &link, &form)}</Card>
        }))
    })
}

fn confirm(token: &Token, link: &AccountLink, form: &Form) -> AnyView {
    let title = match link.state {
        LinkState::Open => {
            return view! {
                <h1>"Confirm your new address"</h1>
                <p>"Your account moves from "<b>{link.account.to_string()}</b>" to "<b>{link.email.to_string()}</b>". You sign in with the new address from then on."</p>
                <FormMessage message=form.message() />
                <form class="form" method="post" action=ConfirmEmail::PATH>
                    <input type="hidden" name="token" value=token.reveal().to_owned() />
                    <button class="btn pri">"Confirm this address"</button>
                </form>
            }
            .into_any();
        }
        LinkState::Used => "This link was used already",
        LinkState::Expired => "This link has run out",
    };
    view! {
        <h1>{title}</h1>
        <p>"A link works once, for an hour. On your account's page you can ask for a new one."</p>
        <div class="actions"><a class="btn pri" href="/account">"Open your account"</a></div>
    }
    .into_any()
}
