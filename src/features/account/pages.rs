//! `/tenants` and `/account`.

use leptos::prelude::*;

use super::factor::{FactorState, second_factor};
use super::profile::{password, profile};
use super::sessions::{sessions, theme};
use crate::domain::activity::initials;
use crate::store::access::{Membership, SignedIn};
use crate::ui::frame::{Card, Sheet};
use crate::ui::head::Title;
use crate::ui::text::{Notice, written};
use crate::web::frame::SIGN_OUT;
use crate::web::page::Islands;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, query};

/// The tenant switcher.
pub fn tenants_page() -> PageText {
    page(async {
        let me = request::me().await?;
        let done = query("done").and_then(|done| match done.as_str() {
            "left" => Some("You have left the tenant. A new invite brings you back."),
            "deleted" => Some("The tenant is deleted. Each owner got a mail with a link that brings it back, for 30 days."),
            _ => None,
        });
        Ok(written(view! {
            <Title text="Your tenants" />
            <Card foot=view! { <a href="/account">"Account"</a> }.into_any()>
                <h1>"Your tenants"</h1>
                {done.map(|done| view! { <Notice kind="ok">{done}</Notice> })}
                {me.is_platform_admin().then(|| view! {
                    <p><a class="btn pri" href="/admin">"Open the console"</a></p>
                })}
                {memberships(&me)}
                <form method="post" action=SIGN_OUT><button class="link">"Sign out"</button></form>
            </Card>
        }))
    })
}

fn memberships(me: &SignedIn) -> AnyView {
    if me.memberships().is_empty() {
        let sign_up = Context::get().site.sign_up_open.then(|| view! { <p><a class="btn" href="/signup">"Sign up a company"</a></p> });
        return view! { <p class="muted">"You belong to no tenant yet. Open the link of an invite to join one."</p>{sign_up} }.into_any();
    }
    let rows = me.memberships().iter().cloned().map(membership).collect_view();
    view! { <ul class="list go">{rows}</ul> }.into_any()
}

fn membership(membership: Membership) -> impl IntoView {
    view! {
        <li>
            <span class="ava" aria-hidden="true">{initials(&membership.name)}</span>
            <span class="grow">
                <a href=format!("/t/{}", membership.slug)><bdi>{membership.name}</bdi></a>
                <small>{format!("{} · {}", membership.slug, membership.role.label())}</small>
            </span>
            <span class=format!("state {}", membership.status.as_str())>{membership.status.label()}</span>
        </li>
    }
}

pub fn account_page() -> PageText {
    page(async {
        let me = request::me().await?;
        let (done, needed) = (query("done").unwrap_or_default(), query("needed"));
        let mut tx = Context::get().store.public().await?;
        let rows = tx.list_sessions(&me).await?;
        let factor = FactorState::read(&mut tx, &me).await?;
        tx.commit().await?;
        // The name comes from the memberships: nobody puts words on this page by a link.
        let needed =
            needed.and_then(|slug| me.memberships().iter().find(|membership| membership.slug.as_str() == slug)).map(|m| m.name.clone());
        let console = query("console").is_some() && me.staff().is_some_and(|staff| staff.lacks_second_factor);
        let needed = if console { Some("The console".to_owned()) } else { needed };
        Ok(written(view! {
            <Title text="Account" />
            <Sheet title="Account">
                {profile(&me, &done)}
                {password(&me, &done)}
                {super::email::section()}
                {second_factor(factor, &me, &done, needed)}
                {sessions(rows, &me, &done)}
                <section class="card pad stack" id="tenants">
                    <h2>"Your tenants"</h2>
                    {memberships(&me)}
                    {me.is_platform_admin().then(|| view! { <p><a class="btn" href="/admin">"Open the console"</a></p> })}
                </section>
                {theme(&done)}
                <form method="post" action=SIGN_OUT><button class="btn">"Sign out"</button></form>
            </Sheet>
            <Islands />
        }))
    })
}
