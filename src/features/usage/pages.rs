//! `/t/{slug}/usage` and `/admin/tenants/{slug}/usage`: the same figures, read with the rights of whoever looks.

use chrono::NaiveDate;
use leptos::prelude::*;

use super::body::{Place, Usage, body};
use crate::domain::capability::ViewTenant;
use crate::domain::slug::Slug;
use crate::domain::usage::{Breakdown, Span};
use crate::ui::text::inert;
use crate::web::frame::{PortalFrame, console};
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, Context, at_own_address, query};

/// The month that `?month=2026-10` asks for; this one for anything else, and for what is to come.
fn asked_month(month: Option<String>, today: NaiveDate) -> NaiveDate {
    month.and_then(|month| format!("{month}-01").parse().ok()).filter(|month| *month <= today).unwrap_or(today)
}

pub fn usage_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let month = query("month");
        let (me, looker) = request::looker(&slug).await?;
        let mut tx = Context::get().store.look::<ViewTenant>(&looker).await?;
        let span = Span::month(asked_month(month, tx.tenant().now.date_naive()), tx.tenant().now.date_naive());
        let usage = Usage {
            report: tx.usage_report(span, &Breakdown::ALL).await?,
            standing: tx.standing().await?,
            refusals: tx.list_refusals().await?,
        };
        let frame = PortalFrame::new(&me, &tx);
        tx.commit().await?;
        let (here, live) = (format!("{}/usage", frame.base()), format!("{}/live", frame.base()));
        let place = Place { here, title: "Usage".to_owned(), of: None, live: Some(live) };
        Ok(frame.page("Usage", "/usage", body(&usage, &place)))
    })
}

pub fn tenant_usage_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let month = query("month");
        let (me, admin) = request::admin().await?;
        let slug: Slug = slug.parse().map_err(|_| PageError::NotFound)?;
        let mut read = Context::get().store.platform_read(&admin).await?;
        let tenant = read.look_at(&slug).await?;
        at_own_address(&slug, &tenant.slug)?;
        let span = Span::month(asked_month(month, tenant.today), tenant.today);
        let usage = Usage {
            report: read.usage_report(&tenant, span, &Breakdown::ALL).await?,
            standing: read.standing(&tenant).await?,
            refusals: read.list_refusals(&tenant).await?,
        };
        let (here, title) = (format!("/admin/tenants/{}/usage", tenant.slug), format!("Usage of {}", tenant.name));
        let place = Place { here, title, of: Some(tenant), live: None };
        Ok(console(&me, &place.title, "/admin/tenants", inert(body(&usage, &place)).into_any()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_asks_for_a_month_that_has_begun() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a literal day");
        let today = day("2026-11-23");
        for (asked, month) in [
            (None, "2026-11-23"),
            (Some("2026-10"), "2026-10-01"),
            (Some("2026-11"), "2026-11-01"),
            (Some("2026-12"), "2026-11-23"),
            (Some("2026-13"), "2026-11-23"),
            (Some("'; drop"), "2026-11-23"),
        ] {
            assert_eq!(asked_month(asked.map(str::to_owned), today), day(month), "{asked:?}");
        }
    }
}
