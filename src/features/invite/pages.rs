//! `/invite/{token}`: name, password, in. What cannot be accepted says why and what to do.

use axum::http::StatusCode;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_axum::ResponseOptions;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::server::AcceptInvite;
use crate::domain::listing::encode;
use crate::domain::token::Token;
use crate::domain::when;
use crate::store::access::SignedIn;
use crate::store::invites::{Invite, InviteState};
use crate::ui::field::{FormMessage, TextField};
use crate::ui::frame::Card;
use crate::web::form::Form;
use crate::web::frame::SIGN_OUT;
use crate::web::page::{PageError, page};
use crate::web::request::{self, Context};

#[component]
pub fn InvitePage() -> impl IntoView {
    let token = use_params_map().with_untracked(|params| params.get("token")).unwrap_or_default();
    let response = expect_context::<ResponseOptions>();
    page(async move {
        let token: Token = token.parse().map_err(|_| PageError::NotFound)?;
        let form = Form::of::<AcceptInvite>();
        let mut tx = Context::get().store.public().await?;
        let invite = tx.find_invite(&token).await?;
        tx.commit().await?;
        let invite = invite.ok_or(PageError::NotFound)?;
        let me = request::find_me().await?;
        if invite.state != InviteState::Open {
            response.set_status(StatusCode::GONE);
        }
        let (tenant, accent) = (invite.tenant_name.clone(), Some(invite.accent.clone()));
        Ok(view! {
            <Title text=format!("Join {tenant}") />
            <Card brand=tenant accent=accent>{body(&token, invite, me, &form)}</Card>
        })
    })
}

fn body(token: &Token, invite: Invite, me: Option<SignedIn>, form: &Form) -> AnyView {
    let tenant = invite.tenant_name.clone();
    let (title, text) = match invite.state {
        InviteState::Open => return open_invite(token, invite, me, form),
        InviteState::Accepted => {
            ("This invite was used already", "An invite works once. If it was you, sign in; if not, ask whoever invited you for a new one.")
        }
        InviteState::Revoked => ("This invite was taken back", "Ask whoever invited you whether it was meant so."),
        InviteState::Expired => ("This invite has run out", "Invites work for seven days. Ask whoever invited you for a new one."),
        InviteState::Closed => ("This tenant is closed for now", "Nobody can join it at the moment. Ask whoever invited you."),
    };
    view! {
        <h1>{title}</h1>
        <p>{format!("It was an invite of {} to {tenant}. {text}", invite.invited_by)}</p>
        <div class="actions"><a class="btn pri" href="/login">"Sign in"</a></div>
    }
    .into_any()
}

fn open_invite(token: &Token, invite: Invite, me: Option<SignedIn>, form: &Form) -> AnyView {
    let intro = view! {
        <h1>{format!("Join {}", invite.tenant_name)}</h1>
        <p>
            {format!("{} invites you as {}. The invite is for ", invite.invited_by, invite.role.label().to_lowercase())}<b>{invite.email.to_string()}</b>
            {format!(" and works once, until {}.", when::day(invite.expires_at.date_naive()))}
        </p>
        <FormMessage message=form.message() />
    };
    let token_field = view! { <input type="hidden" name="token" value=token.reveal().to_owned() /> };
    let rest = match (invite.has_account, me) {
        (false, _) => view! {
            <form class="form" method="post" action=AcceptInvite::PATH>
                {token_field}
                <TextField name="name" label="Name" autocomplete="name" value=form.typed("name") error=form.error("name") />
                <TextField
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="new-password"
                    hint="At least 15 characters; a few words in a row are easy to remember."
                    error=form.error("password")
                />
                <button class="btn pri">{format!("Join {}", invite.tenant_name)}</button>
            </form>
        }
        .into_any(),
        (true, Some(me)) if me.email() == invite.email.as_str() => view! {
            <p>{format!("You are signed in as {}.", me.email())}</p>
            <form class="form" method="post" action=AcceptInvite::PATH>{token_field}<button class="btn pri">{format!("Join {}", invite.tenant_name)}</button></form>
        }
        .into_any(),
        (true, Some(me)) => view! {
            <p>{format!("You are signed in as {}. Sign out, then open this link again and sign in as {}.", me.email(), invite.email)}</p>
            <form method="post" action=SIGN_OUT><button class="btn pri">"Sign out"</button></form>
        }
        .into_any(),
        (true, None) => view! {
            <p>"You have an account already. Sign in with it to accept."</p>
            <div class="actions">
                <a class="btn pri" href=format!("/login?next={}", encode(&format!("/invite/{}", token.reveal())))>"Sign in"</a>
            </div>
        }
        .into_any(),
    };
    view! { {intro}{rest} }.into_any()
}
