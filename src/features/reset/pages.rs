//! `/reset`: ask for a link. `/reset/{token}`: set a new password with it.

use axum::http::StatusCode;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_axum::ResponseOptions;

use super::server::{RequestReset, SetPassword};
use crate::domain::token::Token;
use crate::store::account_links::{AccountLink, LinkState, Purpose};
use crate::ui::field::{FormMessage, TextField};
use crate::ui::frame::Card;
use crate::ui::head::Title;
use crate::ui::text::{Notice, written};
use crate::web::brand;
use crate::web::form::Form;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, Context, query};

pub fn reset_page() -> PageText {
    page(async {
        let form = Form::of::<RequestReset>();
        let asked = !form.failed() && query("done").is_some_and(|done| done == "asked");
        let message = form.message().filter(|_| form.error("email").is_none());
        let host = brand::of_host().await?;
        Ok(written(view! {
            <Title text="Set a new password" />
            <Card brand=host.brand foot=view! { <a href="/login">"Sign in"</a> }.into_any()>
                <h1>"Set a new password"</h1>
                {asked.then(|| view! {
                    <Notice kind="ok">
                        <b>"Look into your mailbox."</b>
                        " If this address has an account, a link is on its way. It works once, for an hour."
                    </Notice>
                })}
                <p>"Enter the e-mail address that you sign in with. We mail you a link to choose a new password."</p>
                <FormMessage message=message />
                <form class="form" method="post" action=RequestReset::PATH>
                    <TextField name="email" label="Email" kind="email" autocomplete="username" value=form.typed("email") error=form.error("email") />
                    <button class="btn pri">"Mail me a link"</button>
                </form>
            </Card>
        }))
    })
}

pub fn new_password_page() -> PageText {
    let token = request::param("reset");
    let response = expect_context::<ResponseOptions>();
    page(async move {
        let token: Token = token.parse().map_err(|_| PageError::NotFound)?;
        let form = Form::of::<SetPassword>();
        let mut tx = Context::get().store.public().await?;
        let link = tx.find_account_link(Purpose::Password, &token).await?;
        tx.commit().await?;
        let link = link.ok_or(PageError::NotFound)?;
        if link.state != LinkState::Open {
            response.set_status(StatusCode::GONE);
        }
        let host = brand::of_host().await?;
        Ok(written(view! {
            <Title text="Set a new password" />
            <Card brand=host.brand foot=view! { <a href="/login">"Sign in"</a> }.into_any()>{body(&token, &link, &form)}</Card>
        }))
    })
}

fn body(token: &Token, link: &AccountLink, form: &Form) -> AnyView {
    let title = match link.state {
        LinkState::Open => {
            return view! {
                <h1>"Set a new password"</h1>
                <p>"For the account "<b>{link.account.to_string()}</b>". It signs you out everywhere."</p>
                <FormMessage message=form.message().filter(|_| form.error("password").is_none()) />
                <form class="form" method="post" action=SetPassword::PATH>
                    <input type="hidden" name="token" value=token.reveal().to_owned() />
                    <TextField
                        name="password"
                        label="New password"
                        kind="password"
                        autocomplete="new-password"
                        hint="At least 15 characters; a few words in a row are easy to remember."
                        error=form.error("password")
                    />
                    <button class="btn pri">"Set password"</button>
                </form>
            }
            .into_any();
        }
        LinkState::Used => "This link was used already",
        LinkState::Expired => "This link has run out",
    };
    view! {
        <h1>{title}</h1>
        <p>"A link works once, for an hour. Ask for a new one; it takes a minute."</p>
        <div class="actions"><a class="btn pri" href="/reset">"Ask for a new link"</a></div>
    }
    .into_any()
}
