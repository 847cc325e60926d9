//! `/t/{slug}/audit`: the filter, the events of one page, and the way to the older ones.

use maud::{Markup, html};

use crate::domain::FieldError;
use crate::domain::activity::Action;
use crate::domain::audit_filter::AuditFilter;
use crate::domain::capability::ReadAudit;
use crate::store::audit_log::AuditPage as Events;
use crate::ui::audit::{Narrowed, Pages, filter_form, nothing, table};
use crate::ui::time::zone;
use crate::web::frame::PortalFrame;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, query};

pub fn audit_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let (filter, errors) = AuditFilter::parse(query);
        let (me, member) = request::member(&slug).await?;
        let mut tx = Context::get().store.tenant::<ReadAudit>(&member).await?;
        let events = tx.list_audit(&filter, zone()).await?;
        let head = tx.audit_head().await?;
        let frame = PortalFrame::new(&me, &tx);
        tx.commit().await?;
        let here = format!("{}/audit", frame.base());
        let file = format!("{}/audit.jsonl", frame.base());
        let actions = Action::ALL.map(|action| action.as_str().to_owned()).to_vec();
        let body = html! {
            div class="head" {
                div class="grow" {
                    h1 { "Audit log" }
                    p { "Everything that people, keys and the platform changed here. Nothing in it can be changed or removed unseen." }
                }
                a class="btn" href=(file) download { "Download all" }
            }
            (filter_form(&narrowed(&filter, errors), actions, &here, None))
            (events_table(&events, &filter, &here))
            (verifying(head.seq, &head.hash))
        };
        Ok(frame.page("Audit log", "/audit", body))
    })
}

pub(super) fn narrowed(filter: &AuditFilter, errors: Vec<FieldError>) -> Narrowed {
    Narrowed {
        actor: filter.actor.clone(),
        action: filter.action.map(|action| action.as_str().to_owned()).unwrap_or_default(),
        target: filter.target.clone(),
        from: filter.from,
        to: filter.to,
        is_narrow: filter.is_narrow(),
        errors,
    }
}

pub(super) fn events_table(events: &Events, filter: &AuditFilter, here: &str) -> Markup {
    let oldest = events.rows.last().map(|row| row.seq).filter(|_| events.more);
    let pages = Pages {
        newest: filter.before.map(|_| format!("{here}{}", AuditFilter { before: None, ..filter.clone() }.query())),
        older: oldest.map(|seq| format!("{here}{}", AuditFilter { before: Some(seq), ..filter.clone() }.query())),
        older_label: "Older",
    };
    match (events.rows.is_empty(), filter.is_narrow()) {
        (true, true) => nothing("No event is like this. Show all, or look for less.", &pages),
        (true, false) => nothing("There is nothing older than this.", &pages),
        (false, _) => table(&events.rows.iter().map(|row| (row, None)).collect::<Vec<_>>(), false, &pages),
    }
}

fn verifying(seq: i64, hash: &str) -> Markup {
    html! {
        section class="card pad stack" {
            h2 { "Verify it yourself" }
            p {
                "Each event holds a hash of the one before it. “Download all” gives the whole log, one event a line, and in its first line the head: \
                 number and hash of the last event. " code { "tenantry audit verify FILE" } " checks the file without this server and names the \
                 first event that was changed, moved or removed. What was cut off from the end shows against the head alone: note it now and then."
            }
            dl class="facts" {
                dt { "Head" } dd { "event " (seq) }
                dt { "Hash" } dd { code { @if hash.is_empty() { "none yet" } @else { (hash) } } }
            }
        }
    }
}
