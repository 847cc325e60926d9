//! The account's sessions, and light or dark.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::islands::LiveTheme;
use super::server::sessions::{RevokeOthers, RevokeSession, SetTheme};
use crate::store::access::SignedIn;
use crate::store::sessions::SessionRow;
use crate::ui::field::FormMessage;
use crate::ui::text::Notice;
use crate::ui::time::Minute;
use crate::web::form::Form;
use crate::web::request;

/// Every browser that is signed in.
pub fn sessions(rows: Vec<SessionRow>, me: &SignedIn, done: &str) -> impl IntoView + use<> {
    let revoke = Form::of::<RevokeSession>();
    let notice = match done {
        _ if revoke.failed() => None,
        "revoked" => Some("Ended. That browser is signed out."),
        "others" => Some("Ended. All other browsers are signed out."),
        _ => None,
    };
    let others = rows.len() > 1;
    let rows = rows.into_iter().map(|session| row(session, me)).collect_view();
    view! {
        <section class="card pad stack" id="sessions">
            <h2>"Sessions"</h2>
            {notice.map(|text| view! { <Notice kind="ok">{text}</Notice> })}
            <FormMessage message=revoke.message() />
            <ul class="list sessions">{rows}</ul>
            {others.then(|| view! { <form method="post" action=RevokeOthers::PATH><button class="btn">"Sign out everywhere else"</button></form> })}
        </section>
    }
}

fn row(session: SessionRow, me: &SignedIn) -> impl IntoView + use<> {
    let name = device(&session.agent);
    let place = format!("{}, {}, last seen ", session.host, session.address);
    let action = if session.id == me.session() {
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
    view! { <li><span class="grow"><b>{name.clone()}</b><small>{place}<Minute at=session.seen_at /></small></span>{action}</li> }
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

/// Light, dark or as the system has it.
pub fn theme(done: &str) -> impl IntoView + use<> {
    let theme = request::theme().unwrap_or("system");
    let choices = [("system", "As the system"), ("light", "Light"), ("dark", "Dark")].map(|(value, label)| {
        view! { <label class="check"><input type="radio" name="theme" value=value checked=theme == value />" "{label}</label> }
    });
    view! {
        <section class="card pad stack" id="theme">
            <h2>"Appearance"</h2>
            {(done == "theme").then(|| view! { <Notice kind="ok">"Kept for this browser."</Notice> })}
            <form class="form" method="post" action=SetTheme::PATH>
                <LiveTheme>
                    <fieldset class="field">
                        <legend>"Theme of this browser"</legend>
                        <div class="choices">{choices.collect_view()}</div>
                    </fieldset>
                </LiveTheme>
                <div class="actions"><button class="btn">"Save theme"</button></div>
            </form>
        </section>
    }
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
