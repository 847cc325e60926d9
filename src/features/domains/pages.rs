//! `/t/{slug}/domains`: the tenant's domains, for its admins.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::{AddDomain, CheckDomain, ChoosePrimary, RemoveDomain};
use super::view::{Around, card};
use crate::domain::capability::ManageDomains;
use crate::domain::domain_state::DomainState;
use crate::domain::hostname::Hostname;
use crate::store::domains::DomainBoard;
use crate::store::mail::at_host;
use crate::ui::field::{FormMessage, TextField};
use crate::ui::text::Notice;
use crate::web::form::Form;
use crate::web::frame::PortalFrame;
use crate::web::page::Islands;
use crate::web::page::{PageText, page};
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
        let body = view! {
            <div class="head"><div class="grow"><h1>"Domains"</h1><p>"Your portal at an address of your own, beside "{home(&around)}"."</p></div></div>
            {(!failed).then(|| said(&board, &context)).flatten()}
            <FormMessage message=message />
            {(!board.in_plan).then(|| not_in_plan(&board, plans))}
            {list(&board, &around)}
            {board.in_plan.then(|| form(&add, &around.slug))}
            {(!board.domains.is_empty()).then(|| view! { <Islands /> })}
        };
        Ok(frame.view("Domains", "/domains", body.into_any()))
    })
}

/// Where the portal is reached in any case.
fn home(around: &Around) -> impl IntoView + use<> {
    let host = around.home.target.clone();
    let link = at_host(&Context::get().site.base_url, &host);
    view! { <a href=link>{host}</a> }
}

fn said(board: &DomainBoard, context: &Context) -> Option<AnyView> {
    let name: Option<Hostname> = query("name").and_then(|name| name.parse().ok());
    let listed = name.as_ref().and_then(|name| board.domains.iter().find(|domain| domain.name == *name));
    let (strong, text) = match (query("done")?.as_str(), listed) {
        ("added", Some(_)) => ("Added.", " Set the records below where the domain's DNS is, then check."),
        ("verified", Some(domain)) if domain.state == DomainState::Verified && board.in_plan => {
            let (link, shown) = (at_host(&context.site.base_url, domain.name.as_str()), domain.name.unicode());
            return Some(
                view! { <Notice kind="ok"><b>"Verified."</b>" Your portal answers at "<a href=link>{shown}</a>". Sign in there once more: a session belongs to one address."</Notice> }
                    .into_any(),
            );
        }
        ("checked", Some(_)) => {
            return Some(
                view! { <Notice kind="info"><b>"Checked."</b>" What is still to be done stands beside each record."</Notice> }.into_any(),
            );
        }
        ("removed", None) => ("Removed.", " Your portal does not answer there any more."),
        ("primary", _) => ("This is your primary address now.", " Your other addresses lead there, and links in mails begin with it."),
        ("no-primary", _) => ("There is no primary address any more.", " Each address shows the portal itself."),
        _ => return None,
    };
    Some(view! { <Notice kind="ok"><b>{strong}</b>{text}</Notice> }.into_any())
}

fn not_in_plan(board: &DomainBoard, plans: String) -> impl IntoView + use<> {
    let rest = match board.domains.is_empty() {
        true => "",
        false => " Those below are kept, and answer again with a plan that includes them.",
    };
    view! {
        <div class="banner near" role="status">
            <span><b>"Your plan does not include custom domains."</b>{rest}</span>
            <a class="btn" href=plans>"Compare plans"</a>
        </div>
    }
}

fn list(board: &DomainBoard, around: &Around) -> AnyView {
    if board.domains.is_empty() {
        return view! {
            <div class="card empty">
                <h2>"No domains yet"</h2>
                <p>"Add a name that you have registered, such as portal.example.com. You will see which records to set, and what DNS says of them."</p>
            </div>
        }
        .into_any();
    }
    board.domains.iter().map(|domain| card(domain, around)).collect_view().into_any()
}

fn form(form: &Form, slug: &str) -> impl IntoView + use<> {
    let failed = form.failed();
    view! {
        <section class="narrow stack">
            <FormMessage message=form.message().filter(|_| form.error("domain").is_none()) />
            <form class="form card pad" method="post" action=AddDomain::PATH>
                <h2>"Add a domain"</h2>
                <input type="hidden" name="tenant" value=slug.to_owned() />
                <TextField
                    name="domain"
                    label="Domain"
                    value=form.typed("domain")
                    error=form.error("domain")
                    focus=failed
                    inputmode="url"
                    hint="A name of your own, such as portal.example.com or example.com. Letters of any script."
                />
                <div class="actions"><button class="btn pri">"Add domain"</button></div>
            </form>
        </section>
    }
}
