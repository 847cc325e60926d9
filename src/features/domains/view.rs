//! One domain on the page: its state, the records to set, what DNS answers, what can be done.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use maud::{Markup, html};

use super::server::{CheckDomain, ChoosePrimary, RemoveDomain};
use super::words::{Finding, findings};
use crate::domain::dns_report::Home;
use crate::domain::domain_state::{ANSWERS_FOR, DomainState, KEPT_FOR};
use crate::store::domains::Domain;
use crate::ui::copy::CopyField;
use crate::ui::dialog::ConfirmDialog;
use crate::ui::table::Head::Text;
use crate::ui::table::rows_table;
use crate::ui::text::{ago, inert, written};
use crate::ui::time::zone;
use crate::web::request::query;

/// What every domain's part needs of the page.
pub(super) struct Around {
    pub slug: String,
    /// The page's own path.
    pub here: String,
    pub home: Home,
    pub authority: String,
    pub in_plan: bool,
    pub now: DateTime<Utc>,
}

/// Class and word of a domain's state.
pub(super) fn state(domain: &Domain, in_plan: bool) -> (&'static str, &'static str) {
    match (domain.state, domain.missing_since) {
        (DomainState::Verified, _) if !in_plan => ("state near", "Verified, not in your plan"),
        (DomainState::Verified, None) => ("state ok", "Verified"),
        (DomainState::Verified, Some(_)) => ("state near", "Verified, record missing"),
        (DomainState::Lost, _) => ("state over", "Not answered, record missing"),
        (DomainState::Pending | DomainState::Removed, _) => ("state wait", "Waits for its record"),
    }
}

/// The name as people write it, and as DNS knows it where that differs: scripts may look alike.
pub(super) fn name(domain: &Domain) -> Markup {
    let (shown, ascii) = (domain.name.unicode(), domain.name.to_string());
    html! { bdi { (shown) } @if shown != ascii { " " span class="mono muted" { (ascii) } } }
}

/// What is said of one whose record is missing.
pub(super) fn warning(domain: &Domain) -> Markup {
    let Some(since) = domain.missing_since else { return Markup::default() };
    let shown = domain.name.unicode();
    match domain.state {
        DomainState::Verified => html! {
            div class="banner near" role="status" {
                span {
                    b { "The DNS record of " (shown) " is missing." }
                    " Your portal answers there until " (zone().minute(since + ANSWERS_FOR)) ". Put the record back, then check."
                }
            }
        },
        DomainState::Lost => html! {
            div class="banner over" role="status" {
                span {
                    b { "Your portal does not answer at " (shown) " any more." }
                    " Its DNS record is missing. The name is kept for you until " (zone().minute(since + KEPT_FOR)) "."
                }
            }
        },
        DomainState::Pending | DomainState::Removed => Markup::default(),
    }
}

fn copied(id: String, label: &str, kind: &str, value: &str) -> Markup {
    html! {
        div class="field" {
            label for=(id) { (label) " of the " (kind) " record" }
            (written(view! { <CopyField id=id value=value.to_owned() /> }))
        }
    }
}

fn record(domain: &Domain, nth: usize, kind: &str, why: &str, name: &str, value: &str) -> Markup {
    let id = |part: &str| format!("{part}-{nth}-{}", domain.name);
    html! {
        div class="stack" {
            h3 { (kind) " record" }
            p class="muted" { (why) }
            div class="cols" {
                (copied(id("name"), "Name", kind, name))
                (copied(id("value"), "Value", kind, value))
            }
        }
    }
}

const LEADS: &str = "It leads people who open the name here.";
const APEX: &str = "It leads people who open the name here. A name without another before it can have no CNAME: providers call what can stand there ALIAS, ANAME or flattened CNAME.";

/// The records that somebody has to set where the domain's DNS is.
fn records(domain: &Domain, around: &Around) -> Markup {
    let (host, target) = (domain.name.as_str(), around.home.target.as_str());
    html! {
        (record(domain, 0, "TXT", "It proves that the domain is yours. Leave it there.", &domain.name.challenge(), &domain.token))
        @if !domain.name.is_apex() {
            (record(domain, 1, "CNAME", LEADS, host, target))
        } @else if around.home.addresses.is_empty() {
            (record(domain, 1, "ALIAS", APEX, host, target))
        } @else {
            @for (nth, address) in around.home.addresses.iter().enumerate() {
                (record(domain, nth + 1, if address.is_ipv4() { "A" } else { "AAAA" }, LEADS, host, &address.to_string()))
            }
        }
    }
}

fn row(finding: &Finding) -> Markup {
    let (class, word) = finding.state;
    html! {
        tr role="row" {
            td role="cell" class="name" { b { (finding.what) } }
            td role="cell" class="lead" { span class=(class) { (word) } }
            td role="cell" data-label="Needed" class="long" { (finding.needed) }
            td role="cell" data-label="DNS answers" class="long" { bdi { (finding.answer) } }
            td role="cell" data-label="What to do" class="long" { @if let Some(advice) = &finding.advice { (advice) } }
        }
    }
}

fn answers(domain: &Domain, around: &Around) -> Markup {
    let Some(report) = &domain.report else { return Markup::default() };
    html! {
        div class="rows" {
            (rows_table(
                &format!("What DNS answers for {}", domain.name),
                &[Text("Record"), Text("State"), Text("Needed"), Text("DNS answers"), Text("What to do")],
                &html! { @for finding in findings(domain, report, &around.home, &around.authority) { (row(&finding)) } }
            ))
        }
    }
}

fn hidden(domain: &Domain, around: &Around) -> Markup {
    html! {
        input type="hidden" name="tenant" value=(around.slug);
        input type="hidden" name="domain" value=(domain.name);
    }
}

fn removal(domain: &Domain, around: &Around) -> Markup {
    let name = domain.name.to_string();
    let text = match domain.state {
        DomainState::Verified => {
            "Your portal stops answering at this name at once, and links that begin with it lead nowhere. Others may connect the name. Adding it again needs the same record."
        }
        DomainState::Pending | DomainState::Lost | DomainState::Removed => {
            "The name goes off the list. Adding it again needs the same record."
        }
    };
    let fields = html! { p { (text) } (hidden(domain, around)) };
    written(view! {
        <ConfirmDialog
            id=format!("remove-{name}")
            label="Remove".to_owned()
            title=format!("Remove {}?", domain.name.unicode())
            href=format!("{}?remove={name}#remove-{name}", around.here)
            cancel_href=around.here.clone()
            action=RemoveDomain::PATH.to_owned()
            confirm="Remove the domain".to_owned()
            danger=true
            open=query("remove").as_deref() == Some(name.as_str())
        >
            {inert(fields)}
        </ConfirmDialog>
    })
}

fn primary(domain: &Domain, around: &Around) -> Markup {
    html! {
        @if domain.is_primary {
            form method="post" action=(ChoosePrimary::PATH) {
                input type="hidden" name="tenant" value=(around.slug);
                button class="btn" { "No primary address" }
            }
        } @else if domain.state == DomainState::Verified {
            form method="post" action=(ChoosePrimary::PATH) { (hidden(domain, around)) button class="btn" { "Make primary" } }
        }
    }
}

fn checked(domain: &Domain, now: DateTime<Utc>) -> Markup {
    let zone = zone();
    html! {
        p class="muted" {
            @match domain.checked_at {
                Some(at) => { "Checked " (ago(at, now, zone)) "." },
                None => "Not checked yet.",
            }
            @match domain.next_check_at {
                Some(at) if at <= now => " The next check is on its way.",
                Some(at) => { " The next check by itself is at " (zone.minute(at)) "." },
                None => " It is not checked by itself any more.",
            }
        }
    }
}

pub(super) fn card(domain: &Domain, around: &Around) -> Markup {
    let (class, word) = state(domain, around.in_plan);
    let settled = domain.state == DomainState::Verified && domain.missing_since.is_none();
    html! {
        section class="card pad stack" aria-labelledby={ "title-" (domain.name) } {
            div class="head" {
                div class="grow" {
                    h2 id={ "title-" (domain.name) } { (name(domain)) }
                    p class="row" { span class=(class) { (word) } @if domain.is_primary { span class="tag" { "Primary address" } } }
                }
                form method="post" action=(CheckDomain::PATH) { (hidden(domain, around)) button class="btn pri" { "Check now" } }
                (primary(domain, around))
                (removal(domain, around))
            }
            (warning(domain))
            @if domain.is_primary && !domain.points {
                div class="banner near" role="status" { span { "Others are not sent on to this name while it does not lead here." } }
            }
            (answers(domain, around))
            (checked(domain, around.now))
            details open[!settled] {
                summary { "Records to set" }
                div class="form" { (records(domain, around)) }
            }
        }
    }
}
