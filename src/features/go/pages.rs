//! `/admin/go?q=…`: what was typed, what it means, and what is found.

use leptos::prelude::*;

use super::preview::{Preview, preview};
use super::server::RunCommand;
use super::vocabulary;
use crate::domain::command::{Command, Go, MOST, NotUnderstood, Tab, Vocabulary, Which, parse};
use crate::domain::listing::encode;
use crate::domain::staff::{ManageTenants, StaffRole};
use crate::store::tenant_find::FoundTenant;
use crate::store::{PlatformRead, Result};
use crate::ui::field::FormMessage;
use crate::ui::text::Notice;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, may, query};

/// Tenants that are listed.
const TENANTS: i64 = 8;

/// Where one can go: address, what it is called, what it is.
struct Place {
    href: String,
    label: String,
    what: String,
}

/// What a text means, looked up.
struct Found {
    said: Option<String>,
    wrong: Option<NotUnderstood>,
    places: Vec<Place>,
    change: Option<Preview>,
}

pub fn go_page() -> PageText {
    page(async {
        let form = Form::of::<RunCommand>();
        let (me, admin) = request::admin().await?;
        let role = me.staff().map_or(StaffRole::ReadOnly, |staff| staff.role);
        let text = query("q").unwrap_or_default();
        let mut read = Context::get().store.platform_read(&admin).await?;
        let words = vocabulary(&mut read, role).await?;
        let found = look_up(&mut read, &text, &words).await?;
        let done = query("done").is_some() && !form.failed();
        let body = view! {
            <div class="head">
                <div class="grow"><h1>"Go to or do something"</h1><p>"A page, a tenant, or a command in plain words. "<a href="/admin/go/help">"What can be said"</a></p></div>
            </div>
            {done.then(|| view! { <Notice kind="ok"><b>"Done."</b>" It stands in the tenant's audit log."</Notice> })}
            <FormMessage message=form.message().filter(|_| form.error("reason").is_none()) />
            <form class="search" role="search" action="/admin/go">
                <div class="field grow">
                    <label for="q">"Command"</label>
                    <input id="q" name="q" type="search" value=text.clone() maxlength=MOST autocomplete="off" autofocus placeholder="upgrade acme to enterprise" />
                </div>
                <button class="btn pri">"Go"</button>
            </form>
            <div id="found" class="stack">{results(found, role, &form, done)}</div>
        };
        Ok(console(&me, "Go to or do something", "/admin/go", body.into_any()))
    })
}

fn of_tenant(tenant: &FoundTenant, tab: Tab) -> Place {
    let what = if tab == Tab::Overview { "tenant".to_owned() } else { tab.label().to_owned() };
    Place {
        href: format!("/admin/tenants/{}{}", tenant.slug, tab.path()),
        label: tenant.name.clone(),
        what: format!("{}, {what}, {}, {}", tenant.slug, tenant.plan.1, tenant.status.label().to_lowercase()),
    }
}

async fn look_up(read: &mut PlatformRead, text: &str, words: &Vocabulary) -> Result<Found> {
    let mut found = Found { said: None, wrong: None, places: Vec::new(), change: None };
    match parse(text, words) {
        Err(NotUnderstood::Empty) => found.places = everything(words),
        Err(wrong) => {
            // Not a command, but maybe what something is called.
            let tenants = read.find_tenants(text, TENANTS).await?;
            found.places = pages_like(text, words).chain(tenants.iter().map(|tenant| of_tenant(tenant, Tab::Overview))).collect();
            found.wrong = found.places.is_empty().then_some(wrong);
        }
        Ok(Command::Change(change)) => {
            let tenants = read.find_tenants(&change.tenant, TENANTS).await?;
            found.change = Some(preview(read, change, tenants, words).await?);
        }
        Ok(Command::Go(Go::Tenant(name, tab))) => {
            let tenants = read.find_tenants(&name, TENANTS).await?;
            found.said = tenants.is_empty().then(|| format!("No tenant is called “{name}”, or nearly."));
            found.places = tenants.iter().map(|tenant| of_tenant(tenant, tab)).collect();
        }
        Ok(Command::Go(Go::Page(href, label))) => {
            let tenants = read.find_tenants(text, TENANTS).await?;
            found.places.push(Place { href, label, what: "page".to_owned() });
            found.places.extend(tenants.iter().map(|tenant| of_tenant(tenant, Tab::Overview)));
        }
        Ok(Command::Go(Go::Tenants(which))) => found.places.push(list_of(&which)),
        Ok(Command::Go(Go::NewTenant { name, plan })) => match may::<ManageTenants>() {
            true => {
                let plan = plan.map(|plan| format!("&plan={}", encode(&plan))).unwrap_or_default();
                let href = format!("/admin/tenants/new?name={}{plan}", encode(&name));
                found.places.push(Place { href, label: format!("New tenant {name}"), what: "opens the form".to_owned() });
            }
            false => found.said = Some("Your role does not create tenants.".to_owned()),
        },
    }
    Ok(found)
}

fn list_of(which: &Which) -> Place {
    Place { href: which.href(), label: which.label(), what: "list".to_owned() }
}

fn everything(words: &Vocabulary) -> Vec<Place> {
    words.pages.iter().map(|(href, label)| Place { href: href.clone(), label: label.clone(), what: "page".to_owned() }).collect()
}

fn pages_like<'a>(text: &str, words: &'a Vocabulary) -> impl Iterator<Item = Place> + use<'a> {
    let text = text.trim().to_lowercase();
    let like = move |label: &str| label.to_lowercase().contains(&text);
    let found = words.pages.iter().filter(move |(_, label)| like(label));
    found.map(|(href, label)| Place { href: href.clone(), label: label.clone(), what: "page".to_owned() })
}

fn not_understood(wrong: NotUnderstood) -> impl IntoView {
    match wrong {
        NotUnderstood::Empty => ().into_any(),
        NotUnderstood::TooLong => view! { <p class="error">{format!("Use at most {MOST} characters.")}</p> }.into_any(),
        NotUnderstood::Word(why) => view! { <p class="error">{why}</p> }.into_any(),
        NotUnderstood::Text { meant, near } => {
            let link = |text: &str| view! { <a href=format!("/admin/go?q={}", encode(text))>{text.to_owned()}</a> };
            let meant = meant.map(|text| view! { <p>"Did you mean "<b>{link(&text)}</b>"?"</p> });
            let near = near.into_iter().map(|text| view! { <li>{link(text)}</li> }).collect_view();
            view! {
                <section class="card pad stack">
                    <h2>"That was not understood"</h2>
                    {meant}
                    <p>"Nothing is called like this, and it is no command. These come near:"</p>
                    <ul>{near}</ul>
                    <p><a href="/admin/go/help">"All that can be said"</a></p>
                </section>
            }
            .into_any()
        }
    }
}

fn results(found: Found, role: StaffRole, form: &Form, done: bool) -> impl IntoView + use<> {
    let rows = found
        .places
        .into_iter()
        .map(
            |place| view! { <li><span class="grow"><a href=place.href><bdi>{place.label}</bdi></a><small>{place.what}</small></span></li> },
        )
        .collect_view();
    let list = (!rows.is_empty()).then(|| view! { <ul class="list go card pad" aria-label="Found">{rows}</ul> });
    view! {
        {found.said.map(|said| view! { <p class="card pad">{said}</p> })}
        {found.wrong.map(not_understood)}
        {found.change.map(|preview| preview.card(role, form, done))}
        {list}
    }
}
