//! `/signup/{token}`: the link in the mail. A password for who is new, one button for who has an account; what cannot be used says why and
//! what to do.

use axum::http::StatusCode;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_axum::ResponseOptions;
use maud::Markup;

use super::complete::Complete;
use super::{card, closed};
use crate::domain::listing::encode;
use crate::domain::money::Usd;
use crate::domain::sign_up::TRIAL_DAYS;
use crate::domain::token::Token;
use crate::store::access::SignedIn;
use crate::store::sign_up::{LinkedSignUp, SignUpState, SoldPlan};
use crate::ui::field::{FormMessage, SelectField, TextField};
use crate::web::form::Form;
use crate::web::frame::SIGN_OUT;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context};

pub fn link_page() -> PageText {
    let token = request::param("signup");
    let response = expect_context::<ResponseOptions>();
    page(async move {
        if let Some(closed) = closed(&response) {
            return Ok(closed);
        }
        let form = Form::of::<Complete>();
        let me = request::find_me().await?;
        let Ok(token) = token.parse::<Token>() else { return Ok(unknown(&response)) };
        let mut tx = Context::get().store.public().await?;
        let link = tx.find_sign_up(&token).await?;
        let plans = tx.list_sold_plans().await?;
        tx.commit().await?;
        Ok(match link {
            None => unknown(&response),
            Some(link) => card("Set up your tenant", false, body(&Linked { token, link, plans }, me, &form, &response)),
        })
    })
}

struct Linked {
    token: Token,
    link: LinkedSignUp,
    plans: Vec<SoldPlan>,
}

/// Of no form: made up, cut off, replaced by a newer one, or long over.
fn unknown(response: &ResponseOptions) -> Markup {
    response.set_status(StatusCode::NOT_FOUND);
    let body = view! {
        <h1>"This link does not work"</h1>
        <p>
            "It may have been cut off on its way, or a newer mail has replaced it. Open the link in the newest mail, all of it; or sign up once more, which takes a minute."
        </p>
        <div class="actions"><a class="btn pri" href="/signup">"Sign up"</a></div>
    };
    card("This link does not work", false, body.into_any())
}

fn body(linked: &Linked, me: Option<SignedIn>, form: &Form, response: &ResponseOptions) -> AnyView {
    let link = &linked.link;
    match link.state {
        SignUpState::Open => open(linked, me, form, response),
        SignUpState::Expired => {
            response.set_status(StatusCode::GONE);
            view! {
                <h1>"This link has run out"</h1>
                <p>{format!("Links work for a day. Nothing was made of {} yet.", link.company)}</p>
                <p>"In the browser that you signed up with all you typed is still there: one button sends a new link."</p>
                <div class="actions"><a class="btn pri" href="/signup">"Go on signing up"</a></div>
            }
            .into_any()
        }
        SignUpState::Used => {
            response.set_status(StatusCode::GONE);
            let own = me.as_ref().and_then(|me| me.memberships().iter().find(|own| Some(own.slug.as_str()) == link.tenant_slug.as_deref()));
            let action = match (own, me.is_some()) {
                (Some(own), _) => {
                    view! { <a class="btn pri" href=format!("/t/{}", own.slug)>{format!("Open {}", link.company)}</a> }.into_any()
                }
                (None, true) => view! { <a class="btn pri" href="/tenants">"Go to your tenants"</a> }.into_any(),
                (None, false) => view! { <a class="btn pri" href="/login">"Sign in"</a> }.into_any(),
            };
            view! {
                <h1>"This link was used already"</h1>
                <p>{format!("{} is set up. A link works once: from now on you sign in with your e-mail and password.", link.company)}</p>
                <div class="actions">{action}</div>
            }
            .into_any()
        }
    }
}

fn terms(linked: &Linked) -> String {
    let (name, price) = (&linked.link.plan_name, linked.link.price);
    match price {
        None => format!("The plan {name} is not sold any more; choose another below."),
        Some(price) if price == Usd::default() => format!("Plan {name}, free of charge."),
        Some(price) => format!("Plan {name}: {TRIAL_DAYS} days free, then {} a month.", price.short()),
    }
}

fn open(linked: &Linked, me: Option<SignedIn>, form: &Form, response: &ResponseOptions) -> AnyView {
    let Linked { token, link, .. } = linked;
    let intro = view! { <h1>{format!("Set up {}", link.company)}</h1> };
    if let Some(me) = me.as_ref().filter(|me| me.email() != link.email.as_str()) {
        response.set_status(StatusCode::FORBIDDEN);
        return view! {
            {intro}
            <p>
                {format!("You are signed in as {}, and this link is for somebody else. If it is for you, sign out, open it again and go on as ", me.email())}
                <b>{link.email.to_string()}</b>"."
            </p>
            <form method="post" action=SIGN_OUT><button class="btn pri">"Sign out"</button></form>
        }
        .into_any();
    }
    if link.has_account && me.is_none() {
        return view! {
            {intro}
            <p>{format!("{} has an account here already. Sign in with it to go on.", link.email)}</p>
            <div class="actions">
                <a class="btn pri" href=format!("/login?next={}", encode(&format!("/signup/{}", token.reveal())))>"Sign in"</a>
            </div>
        }
        .into_any();
    }
    let who = match &me {
        Some(me) => format!("You are signed in as {}, and become its owner. ", me.email()),
        None => format!("Your address {} is proved. You become the owner. ", link.email),
    };
    view! {
        {intro}
        <p>{who}{terms(linked)}</p>
        <FormMessage message=form.message() />
        <form class="form" method="post" action=Complete::PATH>
            <input type="hidden" name="token" value=token.reveal().to_owned() />
            {slug_field(link, form)}
            {plan_field(linked, form)}
            {me.is_none().then(|| view! {
                <TextField
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="new-password"
                    hint="At least 15 characters; a few words in a row are easy to remember."
                    error=form.error("password")
                />
            })}
            <button class="btn pri">{format!("Set up {}", link.company)}</button>
        </form>
    }
    .into_any()
}

/// Only where the slug of the form is not to be had any more, or another one was typed.
fn slug_field(link: &LinkedSignUp, form: &Form) -> Option<impl IntoView + use<>> {
    let typed = form.typed("slug").filter(|typed| !typed.is_empty());
    let error = form.error("slug").or_else(|| {
        (!link.slug_free && typed.is_none()).then(|| format!("Somebody took “{}” meanwhile. Choose another; all else stays.", link.slug))
    });
    let shown = !link.slug_free || typed.is_some() || error.is_some();
    let value = typed.unwrap_or_else(|| link.slug.clone());
    shown.then(|| {
        view! {
            <TextField
                name="slug"
                label="Slug"
                value=Some(value)
                error=error
                hint="In addresses: lower-case letters, digits and hyphens."
            />
        }
    })
}

/// The same for the plan.
fn plan_field(linked: &Linked, form: &Form) -> Option<impl IntoView + use<>> {
    let typed = form.typed("plan").filter(|typed| !typed.is_empty());
    let shown = linked.link.price.is_none() || typed.is_some() || form.error("plan").is_some();
    let options = linked
        .plans
        .iter()
        .filter(|plan| plan.self_service)
        .map(|plan| {
            let price = if plan.price == Usd::default() { "free".to_owned() } else { format!("{} a month", plan.price.short()) };
            (plan.key.clone(), format!("{}, {price}", plan.name))
        })
        .collect();
    shown.then(|| view! { <SelectField name="plan" label="Plan" options=options value=typed error=form.error("plan") /> })
}
