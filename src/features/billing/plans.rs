//! `/t/{slug}/plan`: all plans side by side, the tenant's own usage next to each limit.

use chrono::{DateTime, Utc};
use leptos::server_fn::ServerFn as _;
use maud::{Markup, html};

use super::parts::rule;
use super::server::CancelChange;
use crate::domain::amount;
use crate::domain::capability::{ManageBilling, SeeBilling, ViewTenant};
use crate::domain::meter::Kind;
use crate::domain::money::Usd;
use crate::domain::quantity::{Unit, plural, short};
use crate::domain::quota::{QuotaState, percent};
use crate::domain::when;
use crate::store::plan_board::{Board, Offer, Own, Scheduled};
use crate::ui::field::form_message;
use crate::ui::text::notice;
use crate::ui::time::{at_minute, on_day, zone};
use crate::web::form::Form;
use crate::web::frame::PortalFrame;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, query};

/// Who looks, and from where.
struct Viewer {
    slug: String,
    base: String,
    may_change: bool,
    may_see_bills: bool,
    now: DateTime<Utc>,
    cancel: Form,
}

pub fn plan_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let (cancel, done) = (Form::of::<CancelChange>(), query("done").unwrap_or_default());
        let (me, looker) = request::looker(&slug).await?;
        let mut tx = Context::get().store.look::<ViewTenant>(&looker).await?;
        let board = tx.plan_board().await?;
        let frame = PortalFrame::new(&me, &tx);
        let viewer = Viewer {
            slug: tx.tenant().slug.to_string(),
            base: frame.base().to_owned(),
            may_change: tx.may::<ManageBilling>(),
            may_see_bills: tx.may::<SeeBilling>(),
            now: tx.tenant().now,
            cancel,
        };
        tx.commit().await?;
        Ok(frame.page("Plan", "/plan", body(&board, &viewer, &done)))
    })
}

pub(super) fn price(usd: Usd) -> String {
    if usd == Usd::default() { "Free".to_owned() } else { usd.short() }
}

fn said(board: &Board, done: &str) -> Markup {
    let text = match done {
        "changed" => "The plan is changed. Its limits hold from now on.",
        "scheduled" => "The change is scheduled. Until then everything stays as it is.",
        "cancelled" if board.scheduled.is_none() => "The change is cancelled: your plan stays.",
        "asked" => "Your question is on its way. We will write to you.",
        _ => return Markup::default(),
    };
    notice("ok", html! { b { (text) } })
}

fn trial(board: &Board, now: DateTime<Utc>) -> Option<Markup> {
    let end = board.trial_ends_at?;
    let (plan, price) = match &board.scheduled {
        Some(waits) => (&waits.plan, waits.price),
        None => (&board.current().ok()?.name, board.price),
    };
    let said = html! {
        b { "Trial: " (plural(when::days_left(end, now), "day", "days")) " left. " }
        "It ends on " (at_minute(end, zone())) ". "
        @if price == Usd::default() {
            "From then on you have the plan " (plan) ", free of charge."
        } @else {
            "Nothing is billed until then; from that day on " (plan) " for " (price.short()) " a month."
        }
    };
    Some(notice("info", said))
}

fn waits(scheduled: &Scheduled, viewer: &Viewer) -> Markup {
    notice(
        "info",
        html! {
            b { (scheduled.plan) " from " (on_day(scheduled.effective_at, zone())) " on. " }
            "Chosen by " (scheduled.requested_by) ". Until then everything stays as it is."
            @if viewer.may_change {
                form method="post" action=(CancelChange::PATH) {
                    input type="hidden" name="tenant" value=(viewer.slug);
                    input type="hidden" name="change" value=(scheduled.id);
                    button class="btn" { "Cancel the change" }
                }
            }
        },
    )
}

/// What is said of a limit that is reached, or nearly: class and words.
fn tag(own: &Own, limit: Option<i64>, state: QuotaState) -> Option<(&'static str, String)> {
    let over = own.used.zip(limit).filter(|(used, limit)| used > limit);
    let too = if own.unit == Unit::Bytes { "too much" } else { "too many" };
    match (over, state) {
        (Some((used, limit)), _) if own.kind == Kind::Allocated => Some(("tag over", format!("{} {too}", short(used - limit, own.unit)))),
        (Some(_), _) => Some(("tag over", "over the limit".to_owned())),
        (None, QuotaState::AtLimit) => Some(("tag over", state.word().to_owned())),
        (None, QuotaState::Near) => Some(("tag near", state.word().to_owned())),
        (None, QuotaState::Ok) => None,
    }
}

/// One limit of a plan, with what the tenant uses of it.
fn limit_row(own: &Own, offer: &Offer) -> Markup {
    let limit = own.limit(offer);
    let share = own.used.and_then(|used| percent(used, limit));
    html! {
        div {
            dt { (own.label) }
            dd { b { (amount::quota_text(limit, own.unit)) } @if own.overridden.is_some() { small { "your own limit" } } }
            dd class="own" {
                @if let Some(used) = own.used {
                    "you: " (short(used, own.unit))
                    // Beyond the limit a share says less than the word beside it.
                    @if let Some(share @ ..=100) = share { ", " (share) " %" }
                }
                @if let Some((class, text)) = tag(own, limit, QuotaState::of_percent(share)) { " " span class=(class) { (text) } }
            }
        }
    }
}

fn action(board: &Board, offer: &Offer, viewer: &Viewer) -> Markup {
    if offer.current {
        return html! { p class="state active" { "Your plan" } };
    }
    if !viewer.may_change {
        return html! { p class="muted" { "An owner can choose it." } };
    }
    let waits = board.scheduled.as_ref().is_some_and(|scheduled| scheduled.plan == offer.name);
    let talk = !offer.self_service || board.contract;
    let upgrade = !talk && board.is_upgrade(offer);
    html! {
        a class=(if upgrade { "btn pri" } else { "btn" }) href={ (viewer.base) "/plan/" (offer.key) } {
            @if talk {
                "Talk to us" span class="visually-hidden" { " about " (offer.name) }
            } @else if upgrade {
                "Upgrade to " (offer.name)
            } @else if waits {
                (offer.name) " is scheduled"
            } @else {
                "Change to " (offer.name)
            }
        }
    }
}

fn card(board: &Board, offer: &Offer, viewer: &Viewer) -> Markup {
    let own_price = offer.current && board.contract;
    let shown = if own_price { board.price } else { offer.price };
    let unit = match (own_price, shown == Usd::default()) {
        (true, _) => "a month, by contract",
        (false, true) => "of charge",
        (false, false) => "a month",
    };
    html! {
        section class="card pad plan" aria-labelledby={ "plan-" (offer.key) } aria-current=[offer.current.then_some("true")] {
            h2 id={ "plan-" (offer.key) } { (offer.name) }
            p class="price" { b { (price(shown)) } " " (unit) }
            (action(board, offer, viewer))
            dl class="limits" { @for own in &board.own { (limit_row(own, offer)) } }
            h3 { "Features" }
            ul { @for feature in &offer.features { li { (feature) } } }
        }
    }
}

fn body(board: &Board, viewer: &Viewer, done: &str) -> Markup {
    let current = board.current().map(|offer| offer.name.clone()).unwrap_or_default();
    let line = match (board.price == Usd::default(), board.trial_ends_at) {
        (_, Some(_)) => format!("{current}, in a trial."),
        (true, None) => format!("{current}, free of charge."),
        (false, None) => {
            format!("{current}, {} a month, renews {}.", board.price.short(), when::day_and_month(when::next_month(board.today)))
        }
    };
    let asked = board.asked.as_ref().filter(|_| done != "asked");
    html! {
        div class="head" {
            div class="grow" { h1 { "Plan" } p { (line) } }
            @if viewer.may_see_bills { a class="btn" href={ (viewer.base) "/billing" } { "Invoices" } }
        }
        @if !viewer.cancel.failed() { (said(board, done)) }
        (form_message(viewer.cancel.message().as_deref()))
        @if let Some(trial) = trial(board, viewer.now) { (trial) }
        @if let Some(scheduled) = &board.scheduled { (waits(scheduled, viewer)) }
        @if let Some((at, plan)) = asked {
            (notice("info", html! { "Your question about " (plan) " of " (when::day(at.date_naive())) " is open. We will write to you." }))
        }
        div class="plans" { @for offer in &board.offers { (card(board, offer, viewer)) } }
        (rule())
    }
}
