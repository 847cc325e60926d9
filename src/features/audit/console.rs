//! `/admin/audit`: all logs at once, and the chain of the one that is looked at.

use std::collections::BTreeSet;

use leptos::prelude::*;
use maud::{Markup, html};

use crate::domain::FieldError;
use crate::domain::activity::Action;
use crate::domain::audit_query::{AuditQuery, Log};
use crate::domain::quantity;
use crate::store::StoreError;
use crate::store::audit_search::{Chain, FoundEvents, PAGE_SIZE};
use crate::ui::audit::{Narrowed, Pages, filter_form, nothing, table, verified};
use crate::ui::field::{Input, Select};
use crate::ui::text::inert;
use crate::ui::time::zone;
use crate::web::frame::console;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, query};

const HERE: &str = "/admin/audit";
/// Chains up to this length are computed anew for every page, which takes some milliseconds; longer ones when somebody asks for it.
const AT_ONCE: i64 = 5_000;

pub fn platform_audit_page() -> PageText {
    page(async {
        let (me, admin) = request::admin().await?;
        let (mut asked, mut errors) = AuditQuery::parse(query);
        let mut read = Context::get().store.platform_read(&admin).await?;
        let found = match read.search_audit(&asked, zone(), PAGE_SIZE).await {
            Err(StoreError::NotFound) => {
                errors.push(FieldError::new("tenant", "There is no tenant with this slug. All are shown."));
                asked.tenant = None;
                read.search_audit(&asked, zone(), PAGE_SIZE).await?
            }
            found => found?,
        };
        let actions: BTreeSet<String> =
            Action::ALL.into_iter().map(|action| action.as_str().to_owned()).chain(read.list_platform_actions().await?).collect();
        let chain = read.get_chain(asked.tenant.as_ref()).await?;
        let outcome = match chain.events <= AT_ONCE || query("verify").is_some() {
            true => Some(read.verify_chain(&chain).await?.map_err(|found| found.to_string())),
            false => None,
        };
        drop(read);
        Ok(console(&me, "Audit log", HERE, inert(body(&asked, errors, actions, &found, &chain, outcome)).into_any()))
    })
}

fn body(
    asked: &AuditQuery,
    errors: Vec<FieldError>,
    actions: BTreeSet<String>,
    found: &FoundEvents,
    chain: &Chain,
    outcome: Option<Result<i64, String>>,
) -> Markup {
    let narrowed = Narrowed {
        actor: asked.actor.clone(),
        action: asked.action.clone().unwrap_or_default(),
        target: asked.target.clone(),
        from: asked.from,
        to: asked.to,
        is_narrow: asked.is_narrow(),
        errors,
    };
    let file = AuditQuery { before: None, ..asked.clone() }.query();
    let more = more_controls(asked, &narrowed);
    html! {
        div class="head" {
            div class="grow" {
                h1 { "Audit log" }
                p { "Everything that people, keys and the platform changed, in all tenants and in the platform itself. An e-mail address is looked for whole, any other text as part of a name." }
            }
            a class="btn" href={ (HERE) "/events.csv" (file) } download { "Download CSV" }
            a class="btn" href={ (HERE) "/events.jsonl" (file) } download { "Download JSON Lines" }
        }
        (filter_form(&narrowed, actions.into_iter().collect(), HERE, Some(more)))
        (events(asked, found))
        (chain_section(asked, chain, outcome))
    }
}

fn more_controls(asked: &AuditQuery, narrowed: &Narrowed) -> Markup {
    let logs = Log::ALL.map(|log| (log.as_str().to_owned(), log.label().to_owned()));
    let tenant = asked.tenant.as_ref().map(ToString::to_string).or_else(|| narrowed.error("tenant").and_then(|_| query("tenant")));
    let (of_log, of_tenant) = (narrowed.error("log"), narrowed.error("tenant"));
    html! {
        (Select { name: "log", label: "Log", options: &logs, value: Some(asked.log.as_str()), error: of_log.as_deref() })
        (Input { name: "tenant", label: "Tenant", optional: true, value: tenant.as_deref(), error: of_tenant.as_deref(), ..Input::default() })
    }
}

fn events(asked: &AuditQuery, found: &FoundEvents) -> Markup {
    let older = found.next.map(|place| format!("{HERE}{}", AuditQuery { before: Some(place), ..asked.clone() }.query()));
    let pages = Pages {
        newest: asked.before.map(|_| format!("{HERE}{}", AuditQuery { before: None, ..asked.clone() }.query())),
        older,
        older_label: if found.looked_only { "Look further back" } else { "Older" },
    };
    if found.rows.is_empty() {
        return nothing(
            match (found.looked_only, asked.is_narrow()) {
                (true, _) => {
                    "Nothing like this among the events that were looked through. Look further back, or say more: days, an action, a whole address."
                }
                (false, true) => "No event is like this. Show all, or look for less.",
                (false, false) => "There is nothing older than this.",
            },
            &pages,
        );
    }
    let rows: Vec<_> = found
        .rows
        .iter()
        .map(|found| {
            let whose = match &found.tenant {
                Some((slug, name)) => html! { a href={ "/admin/tenants/" (slug) } { bdi { (name) } } },
                None => html! { span class="muted" { "the platform" } },
            };
            (&found.event, Some(whose))
        })
        .collect();
    table(&rows, true, &pages)
}

fn chain_section(asked: &AuditQuery, chain: &Chain, outcome: Option<Result<i64, String>>) -> Markup {
    let whose = match &asked.tenant {
        Some(slug) => format!("The log of {slug}"),
        None => "The platform's own log".to_owned(),
    };
    let shown = match outcome {
        Some(outcome) => verified(&whose, &outcome),
        None => {
            let address = AuditQuery { before: None, ..asked.clone() }.query();
            let separator = if address.is_empty() { '?' } else { '&' };
            html! {
                p {
                    (whose) " has " (quantity::count(chain.events)) " events. "
                    a href={ (HERE) (address) (separator) "verify=yes" } { "Compute all of them anew" }
                }
            }
        }
    };
    html! {
        section class="card pad stack" {
            h2 { "Is it whole?" }
            (shown)
            p class="muted" {
                "Each event holds a hash of the one before it: who changes, moves or removes one breaks the chain. Narrow the log to a tenant to see its chain here; all chains are computed anew once a day, see "
                a href="/admin/isolation" { "Isolation" } "."
            }
        }
    }
}
