//! `/admin/confirm` and `staff/confirm`: password or code once more. Whoever sent a form that asks for it comes back to the form as it was.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::server_fn::codec::PostUrl;

use crate::domain::local_path::local_or;
use crate::domain::second_code::SecondCode;
use crate::store::access::SignedIn;
use crate::store::second_factor::Tried;
use crate::ui::field::{FormMessage, TextField};
use crate::ui::frame::Card;
use crate::ui::head::Title;
use crate::ui::text::written;
use crate::web::confirm::{confirm_password, too_many, wait};
use crate::web::error::answer;
use crate::web::form::Form;
use crate::web::page::{PageText, page};
use crate::web::request::{self, find_me, query};
use crate::web::{Context, RequestInfo, UiError};

pub fn confirm_page() -> PageText {
    page(async {
        let form = Form::of::<Confirm>();
        let next = query("next").unwrap_or_default();
        let next = local_or(&next, "/admin").to_owned();
        let (me, _admin) = request::admin().await?;
        let message = form.message().filter(|_| form.error("password").is_none() && form.error("code").is_none());
        let code = me.has_second_factor().then(|| {
            view! {
                <TextField
                    name="code"
                    label="Or a code"
                    autocomplete="one-time-code"
                    required=false
                    hint="Of your authenticator app, instead of the password."
                    error=form.error("code")
                />
            }
        });
        Ok(written(view! {
            <Title text="Confirm that it is you" />
            <Card foot=view! { <a href="/admin">"Back to the console"</a> }.into_any()>
                <h1>"Confirm that it is you"</h1>
                <p>"What you are about to do cannot be done with a session that somebody found open: it asks for your password, given within the last 15 minutes. What you typed is kept."</p>
                <FormMessage message=message />
                <form class="form" method="post" action=Confirm::PATH>
                    <input type="hidden" name="next" value=next />
                    <input type="text" name="username" value=me.email().to_owned() autocomplete="username" hidden />
                    <TextField
                        name="password"
                        label="Password"
                        kind="password"
                        autocomplete="current-password"
                        required=!me.has_second_factor()
                        error=form.error("password")
                        focus=true
                    />
                    {code}
                    <button class="btn pri">"Confirm"</button>
                </form>
            </Card>
        }))
    })
}

/// Notes that the person behind this session is who signed in. Leads to `next`, on this host.
#[server(prefix = "/fn", endpoint = "staff/confirm", input = PostUrl)]
pub async fn confirm(
    #[server(default)] password: String,
    #[server(default)] code: String,
    #[server(default)] next: String,
    #[server(default)] username: String,
) -> Result<(), UiError> {
    // For password managers only.
    drop(username);
    answer(try_confirm(&password, code.trim(), &next).await)
}

async fn try_confirm(password: &str, code: &str, next: &str) -> Result<(), UiError> {
    let me = find_me().await?.ok_or_else(UiError::signed_out)?;
    if !me.is_platform_admin() {
        return Err(UiError::not_found());
    }
    match me.has_second_factor() && !code.is_empty() {
        true => confirm_code(&me, code).await?,
        false => drop(confirm_password(&me, "password", password).await?),
    }
    let mut tx = Context::get().store.public().await?;
    tx.confirm_session(&me).await?;
    tx.commit().await?;
    leptos_axum::redirect(local_or(next, "/admin"));
    Ok(())
}

async fn confirm_code(me: &SignedIn, code: &str) -> Result<(), UiError> {
    let (context, info) = (Context::get(), RequestInfo::get());
    if !context.site.sign_in_rate.allow(me.email(), &info.origin.address) {
        return Err(too_many());
    }
    let code: SecondCode = code.parse().map_err(|error| UiError::field("code", error))?;
    let mut tx = context.store.public().await?;
    let tried = tx.try_second_factor(me.user(), me.email(), &code, &info.origin.address).await?;
    // Also what failed is counted.
    tx.commit().await?;
    match tried.ok_or_else(UiError::not_found)?.tried {
        Tried::Passed | Tried::Recovered => Ok(()),
        Tried::Wrong => Err(UiError::field("code", "This code does not work, or not any more. Take the next one your app shows.")),
        Tried::Wait(seconds) => Err(wait(seconds)),
    }
}
