//! `/tenants` and `/account`.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_meta::Title;

use super::islands::LiveTheme;
use super::server::{RevokeOthers, RevokeSession, SetTheme};
use crate::domain::activity::initials;
use crate::domain::when;
use crate::store::access::{Membership, SignedIn};
use crate::store::sessions::SessionRow;
use crate::ui::field::FormMessage;
use crate::ui::frame::Card;
use crate::ui::text::Notice;
use crate::web::form::Form;
use crate::web::frame::SIGN_OUT;
use crate::web::page;
use crate::web::page::Islands;
use crate::web::request::{self, Context, query};

/// The tenant switcher.
#[component]
pub fn TenantsPage() -> impl IntoView {
    page(async {
        let me = request::me().await?;
        let left = query("done").is_some_and(|done| done == "left");
        Ok(view! {
            <Title text="Your tenants" />
            <Card foot=view! { <a href="/account">"Account"</a> }.into_any()>
                <h1>"Your tenants"</h1>
                {left.then(|| view! { <Notice kind="ok">"You have left the tenant. A new invite brings you back."</Notice> })}
                {me.is_platform_admin().then(|| view! {
                    <p><a class="btn pri" href="/admin">"Open the console"</a></p>
                })}
                {memberships(&me)}
                <form method="post" action=SIGN_OUT><button class="link">"Sign out"</button></form>
            </Card>
        })
    })
}

fn memberships(me: &SignedIn) -> AnyView {
    if me.memberships().is_empty() {
        return view! { <p class="muted">"You belong to no tenant yet. Open the link of an invite to join one."</p> }.into_any();
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

#[component]
pub fn AccountPage() -> impl IntoView {
    page(async {
        let me = request::me().await?;
        let (revoke, done) = (Form::of::<RevokeSession>(), query("done").unwrap_or_default());
        let theme = request::theme().unwrap_or("system");
        let mut tx = Context::get().store.public().await?;
        let sessions = tx.list_sessions(&me).await?;
        tx.commit().await?;
        let notice = match done.as_str() {
            _ if revoke.failed() => None,
            "revoked" => Some("Ended. That browser is signed out."),
            "theme" => Some("Kept for this browser."),
            _ => None,
        };
        let others = sessions.len() > 1;
        Ok(view! {
            <Title text="Account" />
            <Card foot=view! { <a href="/tenants">"Your tenants"</a> }.into_any()>
                <h1>"Account"</h1>
                <p><b><bdi>{me.name().to_owned()}</bdi></b><br />{me.email().to_owned()}</p>
                {notice.map(|text| view! { <Notice kind="ok">{text}</Notice> })}
                <FormMessage message=revoke.message() />
                <div class="card-head"><h2>"Sessions"</h2></div>
                <ul class="list sessions">{sessions.into_iter().map(|session| session_row(session, &me)).collect_view()}</ul>
                {others.then(|| view! { <form method="post" action=RevokeOthers::PATH><button class="btn">"Sign out everywhere else"</button></form> })}
                {super::email::section()}
                <form class="form" method="post" action=SetTheme::PATH>
                    <LiveTheme>
                        <fieldset class="field">
                            <legend>"Theme"</legend>
                            <div class="choices">
                                {[("system", "As the system"), ("light", "Light"), ("dark", "Dark")].map(|(value, label)| view! {
                                    <label class="check"><input type="radio" name="theme" value=value checked=theme == value />" "{label}</label>
                                }).collect_view()}
                            </div>
                        </fieldset>
                    </LiveTheme>
                    <div class="actions"><button class="btn">"Save theme"</button></div>
                </form>
                <form method="post" action=SIGN_OUT><button class="btn">"Sign out"</button></form>
            </Card>
            <Islands />
        })
    })
}

/// `Firefox on Linux`, as far as the browser says so.
fn device(agent: &str) -> String {
    let find = |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let browser = find(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = find(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "Unknown browser".to_owned(),
    }
}

fn session_row(session: SessionRow, me: &SignedIn) -> impl IntoView + use<> {
    let name = device(&session.agent);
    let seen = format!("{}, {}, last seen {}", session.host, session.address, when::minute(session.seen_at));
    let own = session.id == me.session();
    let action = if own {
        view! { <span class="tag ok">"this one"</span> }.into_any()
    } else {
        view! {
            <form method="post" action=RevokeSession::PATH>
                <input type="hidden" name="session" value=session.id.to_string() />
                <button class="btn">"Revoke"<span class="visually-hidden">{format!(" {name}")}</span></button>
            </form>
        }
        .into_any()
    };
    view! { <li><span class="grow"><b>{name.clone()}</b><small>{seen}</small></span>{action}</li> }
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn a_session_is_known_by_its_browser() {
        for (agent, name) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15", "Safari on macOS"),
            ("curl/8.5.0", "curl"),
            ("", "Unknown browser"),
        ] {
            assert_eq!(device(agent), name);
        }
    }
}
