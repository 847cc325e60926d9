//! `/login`, `/login/code`, `/logout`, and `/`, which leads to where the person belongs.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::{SignIn, SignInCode, SignOut};
use crate::domain::local_path::local_or;
use crate::ui::field::{FormMessage, TextField};
use crate::ui::frame::Card;
use crate::ui::head::Title;
use crate::ui::sign_in::{SignInForm, SignInText};
use crate::ui::text::{Notice, written};
use crate::web::brand;
use crate::web::form::Form;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, Context, RequestInfo, query};
use crate::web::sign_in::find_half;

pub fn start_page() -> PageText {
    page(async {
        let me = request::me().await?;
        let to = match me.memberships() {
            _ if me.is_platform_admin() => "/admin".to_owned(),
            [only] => format!("/t/{}", only.slug),
            _ => "/tenants".to_owned(),
        };
        Err(PageError::Redirect(to))
    })
}

pub fn login_page() -> PageText {
    page(async {
        let next = query("next").unwrap_or_default();
        let next = local_or(&next, "").to_owned();
        if request::find_me().await?.is_some() {
            return Err(PageError::Redirect(local_or(&next, "/").to_owned()));
        }
        let form = Form::of::<SignIn>();
        let signed_out = query("done").is_some_and(|done| done == "signed-out");
        let password_set = query("done").is_some_and(|done| done == "password-set");
        let host = brand::of_host().await?;
        // At a tenant's own host people come to work in it, not to sign up for one.
        let sign_up = (Context::get().site.sign_up_open && RequestInfo::get().portal.is_none())
            .then(|| view! { " · "<a href="/signup">"Sign up"</a> });
        let foot = view! { <a href="/reset">"Forgot your password?"</a>{sign_up} };
        Ok(written(view! {
            <Title text="Sign in" />
            <Card brand=host.brand foot=foot.into_any()>
                <h1>"Sign in"</h1>
                <SignInText text=host.sign_in_text />
                {(password_set && !form.failed()).then(|| view! {
                    <Notice kind="ok"><b>"Your password is set."</b>" Sign in with it."</Notice>
                })}
                {(signed_out && !form.failed()).then(|| view! { <Notice kind="ok">"You are signed out."</Notice> })}
                <FormMessage message=form.message().filter(|_| form.error("password").is_none() && form.error("email").is_none()) />
                <SignInForm
                    action=SignIn::PATH
                    next=next
                    email=form.typed("email")
                    email_error=form.error("email")
                    password_error=form.error("password")
                />
            </Card>
        }))
    })
}

/// The second step of signing in.
pub fn login_code_page() -> PageText {
    page(async {
        let next = query("next").unwrap_or_default();
        let next = local_or(&next, "").to_owned();
        if request::find_me().await?.is_some() {
            return Err(PageError::Redirect(local_or(&next, "/").to_owned()));
        }
        let form = Form::of::<SignInCode>();
        let Some(half) = find_half().await? else { return Err(PageError::Redirect("/login".to_owned())) };
        let host = brand::of_host().await?;
        Ok(written(view! {
            <Title text="Enter your code" />
            <Card brand=host.brand>
                <h1>"Enter your code"</h1>
                <p>"The password of "<b>{half.email}</b>" is right. Now the code of your authenticator app."</p>
                <FormMessage message=form.message().filter(|_| form.error("code").is_none()) />
                <form class="form" method="post" action=SignInCode::PATH>
                    <input type="hidden" name="next" value=next />
                    <TextField
                        name="code"
                        label="Code"
                        autocomplete="one-time-code"
                        hint="The 6 digits that the app shows now. Without your phone: one of your recovery codes."
                        error=form.error("code")
                        focus=true
                    />
                    <button class="btn pri">"Sign in"</button>
                </form>
                <form method="post" action=SignOut::PATH><button class="link">"Start again"</button></form>
            </Card>
        }))
    })
}

pub fn logout_page() -> PageText {
    page(async {
        let me = request::me().await?;
        Ok(written(view! {
            <Title text="Sign out" />
            <Card>
                <h1>"Sign out?"</h1>
                <p>{format!("You are signed in as {}.", me.email())}</p>
                <form class="actions" method="post" action=SignOut::PATH>
                    <button class="btn pri">"Sign out"</button>
                    <a class="btn" href="/">"Stay"</a>
                </form>
            </Card>
        }))
    })
}
