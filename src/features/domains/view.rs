//! One domain on the page: its state, the records to set, what DNS answers, what can be done.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::{CheckDomain, ChoosePrimary, RemoveDomain};
use super::words::{Finding, findings};
use crate::domain::dns_report::Home;
use crate::domain::domain_state::{ANSWERS_FOR, DomainState, KEPT_FOR};
use crate::store::domains::Domain;
use crate::ui::copy::CopyField;
use crate::ui::dialog::ConfirmDialog;
use crate::ui::text::Ago;
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
pub(super) fn name(domain: &Domain) -> impl IntoView + use<> {
    let (shown, ascii) = (domain.name.unicode(), domain.name.to_string());
    let differs = (shown != ascii).then(|| view! { " "<span class="mono muted">{ascii}</span> });
    view! { <bdi>{shown}</bdi>{differs} }
}

/// What is said of one whose record is missing.
pub(super) fn warning(domain: &Domain) -> Option<AnyView> {
    let since = domain.missing_since?;
    let shown = domain.name.unicode();
    let (class, title, text) = match domain.state {
        DomainState::Verified => (
            "banner near",
            format!("The DNS record of {shown} is missing."),
            format!(" Your portal answers there until {}. Put the record back, then check.", zone().minute(since + ANSWERS_FOR)),
        ),
        DomainState::Lost => (
            "banner over",
            format!("Your portal does not answer at {shown} any more."),
            format!(" Its DNS record is missing. The name is kept for you until {}.", zone().minute(since + KEPT_FOR)),
        ),
        DomainState::Pending | DomainState::Removed => return None,
    };
    Some(view! { <div class=class role="status"><span><b>{title}</b>{text}</span></div> }.into_any())
}

fn copied(id: String, label: String, value: String) -> impl IntoView {
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <CopyField id=id value=value />
        </div>
    }
}

fn record(domain: &Domain, nth: usize, kind: &str, why: &str, name: String, value: String) -> AnyView {
    let id = |part: &str| format!("{part}-{nth}-{}", domain.name);
    view! {
        <div class="stack">
            <h3>{format!("{kind} record")}</h3>
            <p class="muted">{why.to_owned()}</p>
            <div class="cols">
                {copied(id("name"), format!("Name of the {kind} record"), name)}
                {copied(id("value"), format!("Value of the {kind} record"), value)}
            </div>
        </div>
    }
    .into_any()
}

/// The records that somebody has to set where the domain's DNS is.
fn records(domain: &Domain, around: &Around) -> Vec<AnyView> {
    let host = domain.name.to_string();
    let mut records = vec![record(
        domain,
        0,
        "TXT",
        "It proves that the domain is yours. Leave it there.",
        domain.name.challenge(),
        domain.token.clone(),
    )];
    if !domain.name.is_apex() {
        records.push(record(domain, 1, "CNAME", "It leads people who open the name here.", host, around.home.target.clone()));
        return records;
    }
    if around.home.addresses.is_empty() {
        let why = "It leads people who open the name here. A name without another before it can have no CNAME: providers call what can stand there ALIAS, ANAME or flattened CNAME.";
        records.push(record(domain, 1, "ALIAS", why, host, around.home.target.clone()));
        return records;
    }
    for (nth, address) in around.home.addresses.iter().enumerate() {
        let kind = if address.is_ipv4() { "A" } else { "AAAA" };
        records.push(record(domain, nth + 1, kind, "It leads people who open the name here.", host.clone(), address.to_string()));
    }
    records
}

fn row(finding: Finding) -> impl IntoView {
    let (class, word) = finding.state;
    view! {
        <tr role="row">
            <td role="cell" class="name"><b>{finding.what}</b></td>
            <td role="cell" class="lead"><span class=class>{word}</span></td>
            <td role="cell" data-label="Needed" class="long">{finding.needed}</td>
            <td role="cell" data-label="DNS answers" class="long"><bdi>{finding.answer}</bdi></td>
            <td role="cell" data-label="What to do" class="long">{finding.advice}</td>
        </tr>
    }
}

fn answers(domain: &Domain, around: &Around) -> Option<AnyView> {
    let report = domain.report.as_ref()?;
    let rows = findings(domain, report, &around.home, &around.authority).into_iter().map(row).collect_view();
    Some(
        view! {
            <div class="rows">
                <table role="table">
                    <caption class="visually-hidden">{format!("What DNS answers for {}", domain.name)}</caption>
                    <thead role="rowgroup"><tr role="row">
                        <th role="columnheader" scope="col">"Record"</th><th role="columnheader" scope="col">"State"</th>
                        <th role="columnheader" scope="col">"Needed"</th><th role="columnheader" scope="col">"DNS answers"</th>
                        <th role="columnheader" scope="col">"What to do"</th>
                    </tr></thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
            </div>
        }
        .into_any(),
    )
}

fn hidden(domain: &Domain, around: &Around) -> impl IntoView + use<> {
    view! {
        <input type="hidden" name="tenant" value=around.slug.clone() />
        <input type="hidden" name="domain" value=domain.name.to_string() />
    }
}

fn removal(domain: &Domain, around: &Around) -> impl IntoView + use<> {
    let name = domain.name.to_string();
    let text = match domain.state {
        DomainState::Verified => {
            "Your portal stops answering at this name at once, and links that begin with it lead nowhere. Others may connect the name. Adding it again needs the same record."
        }
        DomainState::Pending | DomainState::Lost | DomainState::Removed => {
            "The name goes off the list. Adding it again needs the same record."
        }
    };
    let fields = view! { <p>{text}</p>{hidden(domain, around)} };
    view! {
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
            {fields}
        </ConfirmDialog>
    }
}

fn primary(domain: &Domain, around: &Around) -> Option<AnyView> {
    if domain.is_primary {
        let fields = view! { <input type="hidden" name="tenant" value=around.slug.clone() /> };
        return Some(
            view! { <form method="post" action=ChoosePrimary::PATH>{fields}<button class="btn">"No primary address"</button></form> }
                .into_any(),
        );
    }
    (domain.state == DomainState::Verified).then(|| {
        view! { <form method="post" action=ChoosePrimary::PATH>{hidden(domain, around)}<button class="btn">"Make primary"</button></form> }.into_any()
    })
}

fn checked(domain: &Domain, now: DateTime<Utc>) -> impl IntoView + use<> {
    let last = match domain.checked_at {
        Some(at) => view! { "Checked "<Ago at=at now=now />"." }.into_any(),
        None => view! { "Not checked yet." }.into_any(),
    };
    let next = match domain.next_check_at {
        Some(at) if at <= now => " The next check is on its way.".to_owned(),
        Some(at) => format!(" The next check by itself is at {}.", zone().minute(at)),
        None => " It is not checked by itself any more.".to_owned(),
    };
    view! { <p class="muted">{last}{next}</p> }
}

pub(super) fn card(domain: &Domain, around: &Around) -> AnyView {
    let (class, word) = state(domain, around.in_plan);
    let settled = domain.state == DomainState::Verified && domain.missing_since.is_none();
    let at_rest = domain.is_primary && !domain.points;
    let title = format!("title-{}", domain.name);
    let labelled_by = title.clone();
    view! {
        <section class="card pad stack" aria-labelledby=labelled_by>
            <div class="head">
                <div class="grow">
                    <h2 id=title>{name(domain)}</h2>
                    <p class="row"><span class=class>{word}</span>{domain.is_primary.then(|| view! { <span class="tag">"Primary address"</span> })}</p>
                </div>
                <form method="post" action=CheckDomain::PATH>{hidden(domain, around)}<button class="btn pri">"Check now"</button></form>
                {primary(domain, around)}
                {removal(domain, around)}
            </div>
            {warning(domain)}
            {at_rest.then(|| view! {
                <div class="banner near" role="status"><span>"Others are not sent on to this name while it does not lead here."</span></div>
            })}
            {answers(domain, around)}
            {checked(domain, around.now)}
            <details open=!settled>
                <summary>"Records to set"</summary>
                <div class="form">{records(domain, around)}</div>
            </details>
        </section>
    }
    .into_any()
}
