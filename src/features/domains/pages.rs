//! `/t/{slug}/domains`: the tenant's domains, for its admins.

use leptos::server_fn::ServerFn as _;
use maud::{Markup, html};

use super::server::{AddDomain, CheckDomain, ChoosePrimary, RemoveDomain};
use super::view::{Around, card};
use crate::domain::capability::ManageDomains;
use crate::domain::domain_state::DomainState;
use crate::domain::hostname::Hostname;
use crate::store::domains::DomainBoard;
use crate::store::mail::at_host;
use crate::ui::field::{Input, form_message};
use crate::ui::text::notice;
use crate::web::form::Form;
use crate::web::frame::PortalFrame;
use crate::web::page::{PageText, islands, page};
use crate::web::request::{self, Context, query};

pub fn domains_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let add = Form::of::<AddDomain>();
        let others = [Form::of::<CheckDomain>(), Form::of::<ChoosePrimary>(), Form::of::<RemoveDomain>()];
        let (me, member) = request::member(&slug).await?;
        let context = Context::get();
        let mut tx = context.store.tenant::<ManageDomains>(&member).await?;
        let board = tx.domain_board().await?;
        let (frame, head) = (PortalFrame::new(&me, &tx), tx.tenant().clone());
        tx.commit().await?;
        let message = others.iter().find_map(Form::message);
        let failed = message.is_some() || add.failed();
        let around = Around {
            slug: head.slug.to_string(),
            here: format!("{}/domains", frame.base()),
            home: context.dns.home(&head.slug),
            authority: context.dns.authority().to_owned(),
            in_plan: board.in_plan,
            now: board.now,
        };
        let plans = format!("{}/plan", frame.base());
        let body = html! {
            div class="head" {
                div class="grow" { h1 { "Domains" } p { "Your portal at an address of your own, beside " (home(&around)) "." } }
            }
            @if !failed { (said(&board, &context)) }
            (form_message(message.as_deref()))
            @if !board.in_plan { (not_in_plan(&board, &plans)) }
            (list(&board, &around))
            @if board.in_plan { (form(&add, &around.slug)) }
            @if !board.domains.is_empty() { (islands()) }
        };
        Ok(frame.page("Domains", "/domains", body))
    })
}

/// Where the portal is reached in any case.
fn home(around: &Around) -> Markup {
    let host = &around.home.target;
    html! { a href=(at_host(&Context::get().site.base_url, host)) { (host) } }
}

fn said(board: &DomainBoard, context: &Context) -> Markup {
    let name: Option<Hostname> = query("name").and_then(|name| name.parse().ok());
    let listed = name.as_ref().and_then(|name| board.domains.iter().find(|domain| domain.name == *name));
    let (strong, text) = match (query("done").as_deref(), listed) {
        (Some("added"), Some(_)) => ("Added.", " Set the records below where the domain's DNS is, then check."),
        (Some("verified"), Some(domain)) if domain.state == DomainState::Verified && board.in_plan => {
            let link = at_host(&context.site.base_url, domain.name.as_str());
            return notice(
                "ok",
                html! {
                    b { "Verified." } " Your portal answers at " a href=(link) { (domain.name.unicode()) }
                    ". Sign in there once more: a session belongs to one address."
                },
            );
        }
        (Some("checked"), Some(_)) => {
            return notice("info", html! { b { "Checked." } " What is still to be done stands beside each record." });
        }
        (Some("removed"), None) => ("Removed.", " Your portal does not answer there any more."),
        (Some("primary"), _) => {
            ("This is your primary address now.", " Your other addresses lead there, and links in mails begin with it.")
        }
        (Some("no-primary"), _) => ("There is no primary address any more.", " Each address shows the portal itself."),
        _ => return Markup::default(),
    };
    notice("ok", html! { b { (strong) } (text) })
}

fn not_in_plan(board: &DomainBoard, plans: &str) -> Markup {
    html! {
        div class="banner near" role="status" {
            span {
                b { "Your plan does not include custom domains." }
                @if !board.domains.is_empty() { " Those below are kept, and answer again with a plan that includes them." }
            }
            a class="btn" href=(plans) { "Compare plans" }
        }
    }
}

fn list(board: &DomainBoard, around: &Around) -> Markup {
    html! {
        @if board.domains.is_empty() {
            div class="card empty" {
                h2 { "No domains yet" }
                p { "Add a name that you have registered, such as portal.example.com. You will see which records to set, and what DNS says of them." }
            }
        }
        @for domain in &board.domains { (card(domain, around)) }
    }
}

fn form(form: &Form, slug: &str) -> Markup {
    html! {
        section class="narrow stack" {
            (form_message(form.message().filter(|_| form.error("domain").is_none()).as_deref()))
            form class="form card pad" method="post" action=(AddDomain::PATH) {
                h2 { "Add a domain" }
                input type="hidden" name="tenant" value=(slug);
                (form.input(Input {
                    name: "domain",
                    label: "Domain",
                    focus: form.failed(),
                    inputmode: "url",
                    hint: "A name of your own, such as portal.example.com or example.com. Letters of any script.",
                    ..Input::default()
                }))
                div class="actions" { button class="btn pri" { "Add domain" } }
            }
        }
    }
}
