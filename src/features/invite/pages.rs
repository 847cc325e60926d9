//! `/invite/{token}`: name, password, in. What cannot be accepted says why and what to do.

use axum::http::StatusCode;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_axum::ResponseOptions;

use super::server::AcceptInvite;
use crate::domain::listing::encode;
use crate::domain::token::Token;
use crate::domain::when;
use crate::store::access::SignedIn;
use crate::store::invites::{Invite, InviteState};
use crate::ui::field::{FormMessage, TextField};
use crate::ui::frame::Card;
use crate::ui::head::Title;
use crate::ui::text::written;
use crate::web::brand;
use crate::web::form::Form;
use crate::web::frame::SIGN_OUT;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, Context, RequestInfo};

pub fn invite_page() -> PageText {
    let token = request::param("token");
    let response = expect_context::<ResponseOptions>();
    page(async move {
        let token: Token = token.parse().map_err(|_| PageError::NotFound)?;
        let form = Form::of::<AcceptInvite>();
        let mut tx = Context::get().store.public().await?;
        let invite = tx.find_invite(&token).await?;
        let look = match &invite {
            Some(invite) => tx.find_tenant_of_host(&invite.tenant_slug).await?.map(|tenant| tenant.look),
            None => None,
        };
        tx.commit().await?;
        let invite = invite.ok_or(PageError::NotFound)?;
        let me = request::find_me().await?;
        match invite.state {
            InviteState::Open => {}
            // What works again by itself is not gone.
            InviteState::Full | InviteState::Suspended => response.set_status(StatusCode::CONFLICT),
            _ => response.set_status(StatusCode::GONE),
        }
        let tenant = invite.tenant_name.clone();
        let base = RequestInfo::get().portal_base(&invite.tenant_slug);
        let brand = brand::brand(&base, tenant.clone(), Some(invite.accent.clone()), &look.unwrap_or_default());
        Ok(written(view! {
            <Title text=format!("Join {tenant}") />
            <Card brand=brand>{body(&token, invite, me, &form)}</Card>
        }))
    })
}

fn body(token: &Token, invite: Invite, me: Option<SignedIn>, form: &Form) -> AnyView {
    let (tenant, inviter) = (&invite.tenant_name, &invite.invited_by);
    let own = me.as_ref().is_some_and(|me| me.email() == invite.email.as_str());
    let joined =
        me.as_ref().filter(|_| own).is_some_and(|me| me.memberships().iter().any(|membership| membership.slug == invite.tenant_slug));
    let (title, text) = match invite.state {
        InviteState::Open => return open_invite(token, invite, me, form),
        InviteState::Accepted if joined => {
            return view! {
                <h1>"You have joined already"</h1>
                <p>{format!("This invite was used, and you belong to {tenant}. There is nothing more to do.")}</p>
                <div class="actions"><a class="btn pri" href=format!("/t/{}", invite.tenant_slug)>{format!("Open {tenant}")}</a></div>
            }
            .into_any();
        }
        InviteState::Accepted => {
            ("This invite was used already", format!("An invite works once. If it was you, sign in; if not, ask {inviter} for a new one."))
        }
        InviteState::Revoked => ("This invite was taken back", format!("Ask {inviter} whether it was meant so.")),
        InviteState::Replaced => {
            ("There is a newer link", format!("This invite was sent anew, and only the newest link works. Look for it, or ask {inviter}."))
        }
        InviteState::Expired => ("This invite has run out", format!("Invites work for seven days. Ask {inviter} for a new one.")),
        InviteState::Lapsed => (
            "This invite no longer holds",
            format!("{inviter} may not invite people to {tenant} any more. Ask an owner or admin of {tenant} for a new invite."),
        ),
        InviteState::Full => (
            "No place is free at the moment",
            format!(
                "The team has as many members as its plan allows. Ask {inviter} to make room, then open this link again: it still works."
            ),
        ),
        InviteState::Suspended => (
            "This tenant is closed for now",
            format!(
                "{tenant} is suspended: nobody can join it at the moment. Ask {inviter}; when it is open again, this link works until it runs out."
            ),
        ),
        InviteState::Deleted => (
            "This tenant is gone",
            format!("{tenant} was deleted, and nobody can join it any more. Ask {inviter} what it was replaced by."),
        ),
    };
    let action = match me {
        Some(_) => view! { <a class="btn pri" href="/tenants">"Go to your tenants"</a> }.into_any(),
        None => view! { <a class="btn pri" href="/login">"Sign in"</a> }.into_any(),
    };
    view! {
        <h1>{title}</h1>
        <p>{format!("It was an invite of {inviter} to {tenant}. {text}")}</p>
        <div class="actions">{action}</div>
    }
    .into_any()
}

fn open_invite(token: &Token, invite: Invite, me: Option<SignedIn>, form: &Form) -> AnyView {
    let intro = view! {
        <h1>{format!("Join {}", invite.tenant_name)}</h1>
        <p>
            {format!("You are invited as {} by {}. The invite is for ", invite.role.as_str(), invite.invited_by)}<b>{invite.email.to_string()}</b>
            {format!(" and works once, until {}.", when::day(invite.expires_at.date_naive()))}
        </p>
        <FormMessage message=form.message() />
    };
    let token_field = view! { <input type="hidden" name="token" value=token.reveal().to_owned() /> };
    let rest = match (invite.has_account, me) {
        (_, Some(me)) if me.email() != invite.email.as_str() => view! {
            <p>
                {format!("You are signed in as {}, and this invite is for somebody else. If it is for you, sign out, open this link again and go on as {}. ", me.email(), invite.email)}
                {format!("If not, tell {}: an invite cannot be passed on.", invite.invited_by)}
            </p>
            <form method="post" action=SIGN_OUT><button class="btn pri">"Sign out"</button></form>
        }
        .into_any(),
        (false, _) => view! {
            <form class="form" method="post" action=AcceptInvite::PATH>
                {token_field}
                <TextField name="name" label="Name" autocomplete="name" value=form.typed("name").or(invite.name) error=form.error("name") />
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
        (true, Some(me)) => view! {
            <p>{format!("You are signed in as {}.", me.email())}</p>
            <form class="form" method="post" action=AcceptInvite::PATH>{token_field}<button class="btn pri">{format!("Join {}", invite.tenant_name)}</button></form>
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
