//! `/t/{slug}/plan`: all plans side by side, the tenant's own usage next to each limit.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

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
use crate::ui::field::FormMessage;
use crate::ui::text::Notice;
use crate::ui::time::{Minute, OnDay};
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
        Ok(frame.view("Plan", "/plan", body(&board, &viewer, &done).into_any()))
    })
}

pub(super) fn price(usd: Usd) -> String {
    if usd == Usd::default() { "Free".to_owned() } else { usd.short() }
}

fn said(board: &Board, done: &str) -> Option<AnyView> {
    let text = match done {
        "changed" => "The plan is changed. Its limits hold from now on.".to_owned(),
        "scheduled" => "The change is scheduled. Until then everything stays as it is.".to_owned(),
        "cancelled" if board.scheduled.is_none() => "The change is cancelled: your plan stays.".to_owned(),
        "asked" => "Your question is on its way. We will write to you.".to_owned(),
        _ => return None,
    };
    Some(view! { <Notice kind="ok"><b>{text}</b></Notice> }.into_any())
}

fn trial(board: &Board, now: DateTime<Utc>) -> Option<AnyView> {
    let end = board.trial_ends_at?;
    let left = plural(when::days_left(end, now), "day", "days");
    let (plan, price) = match &board.scheduled {
        Some(waits) => (waits.plan.clone(), waits.price),
        None => (board.current().ok()?.name.clone(), board.price),
    };
    let then = match price == Usd::default() {
        true => format!("From then on you have the plan {plan}, free of charge."),
        false => format!("Nothing is billed until then; from that day on {plan} for {} a month.", price.short()),
    };
    Some(
        view! {
            <Notice kind="info">
                <b>{format!("Trial: {left} left. ")}</b>"It ends on "<Minute at=end />". "{then}
            </Notice>
        }
        .into_any(),
    )
}

fn waits(scheduled: &Scheduled, viewer: &Viewer) -> AnyView {
    let at = scheduled.effective_at;
    let cancel = viewer.may_change.then(|| {
        view! {
            <form method="post" action=CancelChange::PATH>
                <input type="hidden" name="tenant" value=viewer.slug.clone() />
                <input type="hidden" name="change" value=scheduled.id.to_string() />
                <button class="btn">"Cancel the change"</button>
            </form>
        }
    });
    let (plan, by) =
        (format!("{} from ", scheduled.plan), format!("Chosen by {}. Until then everything stays as it is.", scheduled.requested_by));
    view! {
        <Notice kind="info">
            <b>{plan}<OnDay at=at />" on. "</b>
            {by}
            {cancel}
        </Notice>
    }
    .into_any()
}

/// One limit of a plan, with what the tenant uses of it.
fn limit_row(own: &Own, offer: &Offer) -> impl IntoView + use<> {
    let limit = own.limit(offer);
    let share = own.used.and_then(|used| percent(used, limit));
    let state = QuotaState::of_percent(share);
    // Beyond the limit a share says less than the word beside it.
    let used = own.used.map(|used| match share {
        Some(share @ ..=100) => format!("you: {}, {share} %", short(used, own.unit)),
        _ => format!("you: {}", short(used, own.unit)),
    });
    let over = own.used.zip(limit).filter(|(used, limit)| used > limit);
    let too = if own.unit == Unit::Bytes { "too much" } else { "too many" };
    let tag = match (over, state) {
        (Some((used, limit)), _) if own.kind == Kind::Allocated => Some(("tag over", format!("{} {too}", short(used - limit, own.unit)))),
        (Some(_), _) => Some(("tag over", "over the limit".to_owned())),
        (None, QuotaState::AtLimit) => Some(("tag over", state.word().to_owned())),
        (None, QuotaState::Near) => Some(("tag near", state.word().to_owned())),
        (None, QuotaState::Ok) => None,
    };
    view! {
        <div>
            <dt>{own.label.clone()}</dt>
            <dd><b>{amount::quota_text(limit, own.unit)}</b>{own.overridden.map(|_| view! { <small>"your own limit"</small> })}</dd>
            <dd class="own">{used}{tag.map(|(class, text)| view! { " "<span class=class>{text}</span> })}</dd>
        </div>
    }
}

fn action(board: &Board, offer: &Offer, viewer: &Viewer) -> AnyView {
    if offer.current {
        return view! { <p class="state active">"Your plan"</p> }.into_any();
    }
    if !viewer.may_change {
        return view! { <p class="muted">"An owner can choose it."</p> }.into_any();
    }
    let href = format!("{}/plan/{}", viewer.base, offer.key);
    let waits = board.scheduled.as_ref().is_some_and(|scheduled| scheduled.plan == offer.name);
    if !offer.self_service || board.contract {
        let about = format!(" about {}", offer.name);
        return view! { <a class="btn" href=href>"Talk to us"<span class="visually-hidden">{about}</span></a> }.into_any();
    }
    let (class, text) = match board.is_upgrade(offer) {
        true => ("btn pri", format!("Upgrade to {}", offer.name)),
        false if waits => ("btn", format!("{} is scheduled", offer.name)),
        false => ("btn", format!("Change to {}", offer.name)),
    };
    view! { <a class=class href=href>{text}</a> }.into_any()
}

fn card(board: &Board, offer: &Offer, viewer: &Viewer) -> impl IntoView + use<> {
    let title = format!("plan-{}", offer.key);
    let own_price = offer.current && board.contract;
    let shown = if own_price { board.price } else { offer.price };
    let unit = match (own_price, shown == Usd::default()) {
        (true, _) => "a month, by contract",
        (false, true) => "of charge",
        (false, false) => "a month",
    };
    let limits = board.own.iter().map(|own| limit_row(own, offer)).collect_view();
    let features = offer.features.iter().map(|feature| view! { <li>{feature.clone()}</li> }).collect_view();
    view! {
        <section class="card pad plan" aria-labelledby=title.clone() aria-current=offer.current.then_some("true")>
            <h2 id=title.clone()>{offer.name.clone()}</h2>
            <p class="price"><b>{price(shown)}</b>" "{unit}</p>
            {action(board, offer, viewer)}
            <dl class="limits">{limits}</dl>
            <h3>"Features"</h3>
            <ul>{features}</ul>
        </section>
    }
}

fn body(board: &Board, viewer: &Viewer, done: &str) -> impl IntoView + use<> {
    let current = board.current().map(|offer| offer.name.clone()).unwrap_or_default();
    let line = match (board.price == Usd::default(), board.trial_ends_at) {
        (_, Some(_)) => format!("{current}, in a trial."),
        (true, None) => format!("{current}, free of charge."),
        (false, None) => {
            format!("{current}, {} a month, renews {}.", board.price.short(), when::day_and_month(when::next_month(board.today)))
        }
    };
    let asked = board.asked.as_ref().map(|(at, plan)| {
        let text = format!("Your question about {plan} of {} is open. We will write to you.", when::day(at.date_naive()));
        view! { <Notice kind="info">{text}</Notice> }
    });
    let failed = viewer.cancel.failed();
    let cards = board.offers.iter().map(|offer| card(board, offer, viewer)).collect_view();
    view! {
        <div class="head">
            <div class="grow"><h1>"Plan"</h1><p>{line}</p></div>
            {viewer.may_see_bills.then(|| view! { <a class="btn" href=format!("{}/billing", viewer.base)>"Invoices"</a> })}
        </div>
        {said(board, done).filter(|_| !failed)}
        <FormMessage message=viewer.cancel.message() />
        {trial(board, viewer.now)}
        {board.scheduled.as_ref().map(|scheduled| waits(scheduled, viewer))}
        {asked.filter(|_| done != "asked")}
        <div class="plans">{cards}</div>
        {rule()}
    }
}
