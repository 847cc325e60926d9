//! Name, time zone and password.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use maud::html;

use super::server::profile::{ChangePassword, ChangeProfile};
use crate::domain::password::{MIN_LENGTH, MIN_LENGTH_BESIDE};
use crate::domain::zone::Zone;
use crate::store::access::SignedIn;
use crate::ui::field::{FormMessage, TextField};
use crate::ui::text::{Notice, inert};
use crate::web::form::Form;

pub fn profile(me: &SignedIn, done: &str) -> impl IntoView + use<> {
    let form = Form::of::<ChangeProfile>();
    let zone = form.typed("time_zone").or_else(|| me.zone().map(|zone| zone.as_str().to_owned())).unwrap_or_default();
    view! {
        <section class="card pad stack" id="profile">
            <h2>"Profile"</h2>
            {(done == "profile" && !form.failed()).then(|| view! { <Notice kind="ok">"Saved."</Notice> })}
            <FormMessage message=form.message() />
            <p class="muted">"You sign in as "<b>{me.email().to_owned()}</b></p>
            <form class="form" method="post" action=ChangeProfile::PATH>
                <TextField
                    name="name"
                    label="Name"
                    autocomplete="name"
                    value=form.typed("name").or_else(|| Some(me.name().to_owned()))
                    error=form.error("name")
                    focus=form.error("name").is_some()
                />
                {zones(&zone, form.error("time_zone"))}
                <div class="actions"><button class="btn">"Save profile"</button></div>
            </form>
        </section>
    }
}

/// Some 450 places: written as text, for as views they take long.
fn zones(chosen: &str, error: Option<String>) -> impl IntoView + use<> {
    let described = if error.is_some() { "time_zone-hint time_zone-error" } else { "time_zone-hint" };
    let option = |name: &str, text: &str| html! { option value=(name) selected[name == chosen] { (text) } };
    let markup = html! {
        select id="time_zone" name="time_zone" aria-describedby=(described) aria-invalid=[error.as_ref().map(|_| "true")] {
            (option("", "UTC"))
            @for (region, names) in Zone::by_region() {
                optgroup label=(region) {
                    @for name in names {
                        (option(name, &name.replace('_', " ")))
                    }
                }
            }
        }
    };
    view! {
        <div class="field">
            <label for="time_zone">"Time zone"</label>
            {inert(markup)}
            <p class="hint" id="time_zone-hint">"Times on pages are shown in it. Usage is counted by days and months of UTC everywhere."</p>
            {error.map(|error| view! { <p class="error" id="time_zone-error">{error}</p> })}
        </div>
    }
}

pub fn password(me: &SignedIn, done: &str) -> impl IntoView + use<> {
    let form = Form::of::<ChangePassword>();
    let least = if me.has_second_factor() { MIN_LENGTH_BESIDE } else { MIN_LENGTH };
    let hint = format!("At least {least} characters; a few words in a row are easy to remember.");
    view! {
        <section class="card pad stack" id="your-password">
            <h2>"Password"</h2>
            {(done == "password" && !form.failed()).then(|| view! { <Notice kind="ok">"Changed. All other browsers are signed out."</Notice> })}
            <FormMessage message=form.message() />
            <p class="muted">"A new password signs you out everywhere else. "{hint}</p>
            <form class="form" method="post" action=ChangePassword::PATH>
                <TextField
                    name="current_password"
                    label="Current password"
                    kind="password"
                    autocomplete="current-password"
                    error=form.error("current_password")
                    focus=form.error("current_password").is_some()
                />
                <TextField
                    name="new_password"
                    label="New password"
                    kind="password"
                    autocomplete="new-password"
                    error=form.error("new_password")
                    focus=form.error("new_password").is_some()
                />
                <div class="actions"><button class="btn">"Change password"</button></div>
            </form>
        </section>
    }
}
