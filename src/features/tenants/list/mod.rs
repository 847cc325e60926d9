//! `/admin/tenants`: find any tenant. The whole view is in its address.
//!
//! Written straight into a string: as views, fifty rows take as long as the rest of the request.

mod form;
mod panels;
mod table;

use leptos::prelude::*;
use maud::{Markup, PreEscaped, html};

use super::bulk::may_any;
use super::bulk::server::DraftBulk;
use super::islands::LiveSearch;
use crate::domain::FieldError;
use crate::domain::listing::{PATH, TenantQuery};
use crate::domain::staff::{ManageTenants, MoveTenants};
use crate::store::tenant_list::TenantList;
use crate::ui::text::{inert, written};
use crate::web::form::Form;
use crate::web::frame::console_page;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, Context, may, with_parts};

/// What the page shows besides the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Panel {
    None,
    /// A control for each filter.
    Filters,
    /// Which columns to show.
    Columns,
    /// A box beside each row, and what to do with those that are ticked.
    Select,
}

impl Panel {
    fn asked(text: Option<&str>) -> Self {
        match text {
            Some("filters") => Panel::Filters,
            Some("columns") => Panel::Columns,
            Some("select") => Panel::Select,
            _ => Panel::None,
        }
    }

    /// This view with the panel.
    fn href(self, query: &TenantQuery) -> String {
        let href = query.href();
        let panel = match self {
            Panel::None => return href,
            Panel::Filters => "filters",
            Panel::Columns => "columns",
            Panel::Select => "select",
        };
        format!("{href}{}panel={panel}", if href.contains('?') { '&' } else { '?' })
    }
}

/// Everything that the parts of the page are made of.
struct Sheet {
    query: TenantQuery,
    /// What stands in the field.
    typed: String,
    errors: Vec<FieldError>,
    panel: Panel,
    list: TenantList,
    /// What is wrong with what was chosen.
    bulk: Option<String>,
}

pub fn tenant_list_page() -> PageText {
    page(async {
        let (me, admin) = request::admin().await?;
        let asked = request::queries();
        let get = |key: &str| asked.iter().find(|(k, _)| k == key).map(|(_, value)| value.clone());
        let (query, errors) = TenantQuery::parse(|key| match key {
            // One parameter a ticked box.
            "col" => Some(asked.iter().filter(|(k, _)| k == "col").map(|(_, v)| v.as_str()).collect::<Vec<_>>().join(",")),
            key => get(key),
        });
        let panel = match Panel::asked(get("panel").as_deref()) {
            Panel::Select if !may_any() => Panel::None,
            panel => panel,
        };
        // A form brings all of its fields: on to the address that says the same in few words.
        if errors.is_empty() && get("was").is_some() && is_navigation() {
            return Err(PageError::Redirect(panel.href(&query)));
        }
        let list = Context::get().store.tenant_list(&admin, &query).await?;
        let typed = typed(get("q").unwrap_or_default(), &query);
        let bulk = Form::of::<DraftBulk>().message_or_first();
        let sheet = Sheet { query, typed, errors, panel, list, bulk };
        Ok(console_page(&me, "Tenants", PATH, &body(&sheet)))
    })
}

/// Not what a script asks for while somebody types: that one wants the answer.
fn is_navigation() -> bool {
    with_parts(|parts| parts.headers.get("sec-fetch-mode").is_none_or(|mode| mode.as_bytes() == b"navigate"))
}

/// As it was typed, unless a control says something else by now.
fn typed(raw: String, query: &TenantQuery) -> String {
    if query.line.is_good() {
        return query.line.to_string();
    }
    let as_typed = TenantQuery::parse(|key| (key == "q").then(|| raw.clone())).0;
    if as_typed.line == query.line { raw } else { query.line.with_bad() }
}

/// What a page with 50 rows takes, about.
const BYTES: usize = 48 * 1024;

fn body(sheet: &Sheet) -> Markup {
    let form = inert(form::form(sheet));
    let head = html! {
        div class="head" {
            h1 class="grow" { "Tenants" }
            @if may::<MoveTenants>() { a class="btn" href="/admin/tenants/import" { "Import" } }
            @if may::<ManageTenants>() { a class="btn pri" href="/admin/tenants/new" { "New tenant" } }
        }
        @if let Some(message) = &sheet.bulk { div class="notice error" role="alert" { span { (message) } } }
        (written(view! { <LiveSearch results="results".to_owned()>{form}</LiveSearch> }))
        (PreEscaped("<div id=\"results\" class=\"stack\" data-view=\"")) (Panel::None.href(&sheet.query)) (PreEscaped("\">"))
        (panels::above(sheet))
    };
    let mut page = String::with_capacity(head.0.len() + BYTES);
    page.push_str(&head.0);
    table::push(&mut page, sheet);
    page.push_str("</div>");
    PreEscaped(page)
}
