//! `/admin/health/alerts`: those that stand, or those that are over. The whole view is in its address.

use leptos::prelude::*;
use uuid::Uuid;

use super::alerts::table;
use super::server::{AcknowledgeAlert, AssignAlert};
use crate::domain::alert::AlertKind;
use crate::store::alerts::{AlertPage, StaffName};
use crate::ui::field::FormMessage;
use crate::ui::pager::Pager;
use crate::ui::text::Notice;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, query};

const HERE: &str = "/admin/health/alerts";

/// What is looked at.
#[derive(Debug, Clone, Copy)]
struct Asked {
    over: bool,
    kind: Option<AlertKind>,
    after: Option<Uuid>,
}

impl Asked {
    fn read() -> Self {
        Self {
            over: query("state").as_deref() == Some("over"),
            kind: query("kind").and_then(|kind| kind.parse().ok()),
            after: query("after").and_then(|id| id.parse().ok()),
        }
    }

    fn href(self) -> String {
        // Keys of enums and ids in hex: nothing to encode.
        let pairs = [
            self.over.then(|| "state=over".to_owned()),
            self.kind.map(|kind| format!("kind={}", kind.as_str())),
            self.after.map(|id| format!("after={}", id.simple())),
        ];
        let set: Vec<String> = pairs.into_iter().flatten().collect();
        if set.is_empty() { HERE.to_owned() } else { format!("{HERE}?{}", set.join("&")) }
    }
}

pub fn alerts_page() -> PageText {
    page(async {
        let message = Form::of::<AcknowledgeAlert>().message().or_else(|| {
            let form = Form::of::<AssignAlert>();
            form.error("assigned_to").or_else(|| form.message())
        });
        let (me, admin) = request::admin().await?;
        let asked = Asked::read();
        let mut read = Context::get().store.platform_read(&admin).await?;
        let page = read.list_alerts(!asked.over, asked.kind, asked.after).await?;
        let staff = read.list_staff_names().await?;
        drop(read);
        Ok(console(&me, "Alerts", "/admin/health", body(asked, &page, &staff, message).into_any()))
    })
}

fn body(asked: Asked, page: &AlertPage, staff: &[StaffName], message: Option<String>) -> impl IntoView + use<> {
    let done = query("done").filter(|_| message.is_none());
    let notice = match done.as_deref() {
        Some("acknowledged") => Some("Acknowledged: others see that somebody knows."),
        Some("assigned") => Some("Assigned."),
        _ => None,
    };
    let tabs = [(false, "Standing"), (true, "Over")]
        .map(|(over, label)| {
            let href = Asked { over, after: None, ..asked }.href();
            view! { <a href=href aria-current=(asked.over == over).then_some("page")>{label}</a> }
        })
        .collect_view();
    let options = AlertKind::ALL
        .map(|kind| view! { <option value=kind.as_str() selected=asked.kind == Some(kind)>{kind.label()}</option> })
        .collect_view();
    let state = asked.over.then(|| view! { <input type="hidden" name="state" value="over" /> });
    view! {
        <div class="head">
            <div class="grow">
                <h1>"Alerts"</h1>
                <p><a href="/admin/health">"Health"</a>": what deserves a look. An alert ends by itself when what it is about is over; those that ended are kept for 90 days."</p>
            </div>
            <a class="btn" href="/admin/health/rules">"Alert rules"</a>
        </div>
        {notice.map(|text| view! { <Notice kind="ok">{text}</Notice> })}
        <FormMessage message=message />
        <form class="search" action=HERE>
            {state}
            <div class="field"><label for="kind">"Kind"</label><select id="kind" name="kind"><option value="">"Any kind"</option>{options}</select></div>
            <button class="btn">"Show"</button>
        </form>
        <nav class="tabs" aria-label="By state">{tabs}</nav>
        <div class="card rows">{list(asked, page, staff)}</div>
    }
}

fn list(asked: Asked, page: &AlertPage, staff: &[StaffName]) -> AnyView {
    if page.rows.is_empty() {
        let (title, text) = match (asked.over, asked.kind.is_some() || asked.after.is_some()) {
            (_, true) => ("No such alerts", "None of this kind is listed here."),
            (false, false) => ("Nothing deserves a look", "Alerts are raised within a minute of their cause and listed here."),
            (true, false) => ("Nothing is over yet", "Alerts that ended are listed here for 90 days."),
        };
        return view! { <div class="empty"><h2>{title}</h2><p>{text}</p><a class="btn" href=HERE>"Alerts that stand"</a></div> }.into_any();
    }
    let first = asked.after.is_some().then(|| Asked { after: None, ..asked }.href());
    let next = page.next.map(|after| Asked { after: Some(after), ..asked }.href());
    view! {
        {table(&page.rows, staff, page.now)}
        <Pager shown=page.rows.len() first=first next=next />
    }
    .into_any()
}
