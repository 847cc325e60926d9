//! `/t/{slug}`: where the tenant stands.

use leptos::prelude::*;

use crate::domain::capability::ViewTenant;
use crate::domain::money::Usd;
use crate::domain::quantity;
use crate::domain::role::Role;
use crate::domain::status::TenantStatus;
use crate::domain::when;
use crate::store::access::TenantHead;
use crate::store::dashboard::{Dashboard, Figures};
use crate::store::notices::Standing;
use crate::ui::live::LiveBars;
use crate::ui::text::{ActivityList, Notice};
use crate::web::frame::{DISMISS_SETUP, PortalFrame};
use crate::web::page::Islands;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, query};
use crate::web::standing::{Bars, Warned, banners, bars};

pub fn dashboard_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let welcome = query("done").is_some_and(|done| done == "welcome");
        let (me, looker) = request::looker(&slug).await?;
        let mut tx = Context::get().store.look::<ViewTenant>(&looker).await?;
        let dashboard = tx.dashboard().await?;
        let standing = tx.standing().await?;
        let (frame, head) = (PortalFrame::new(&me, &tx), tx.tenant().clone());
        tx.commit().await?;
        let body = body(dashboard, &standing, &head, frame.base(), welcome);
        Ok(frame.view("Dashboard", "", body.into_any()))
    })
}

/// `12 % more than the 30 days before`
fn trend(now: i64, before: i64) -> String {
    if before == 0 {
        return "no messages in the 30 days before".to_owned();
    }
    let percent = (i128::from(now) - i128::from(before)) * 100 / i128::from(before);
    match percent {
        0 => "as many as in the 30 days before".to_owned(),
        p if p > 0 => format!("{p} % more than the 30 days before"),
        p => format!("{} % fewer than the 30 days before", -p),
    }
}

fn plan_line(figures: &Figures, head: &TenantHead) -> String {
    match (head.status, figures.trial_ends_at) {
        (TenantStatus::Trial, Some(end)) => {
            let left = quantity::plural(when::days_left(end, head.now), "day", "days");
            format!("trial, {left} left, then {} a month", figures.price.short())
        }
        _ if figures.price == Usd::default() => "free of charge".to_owned(),
        _ => format!("{} a month, renews {}", figures.price.short(), when::day_and_month(when::next_month(figures.today))),
    }
}

/// What is left to set up, for those who can.
fn setup_card(open: i32, head: &TenantHead, base: &str) -> impl IntoView + use<> {
    let left = quantity::plural(open.into(), "step is left", "steps are left");
    view! {
        <section class="banner" aria-labelledby="setup">
            <div class="grow"><h2 id="setup">"Finish setting up"</h2><p>{format!("{left}. Each takes a minute, and each can be skipped.")}</p></div>
            <a class="btn pri" href=format!("{base}/setup")>"Go on"</a>
            <form method="post" action=DISMISS_SETUP>
                <input type="hidden" name="tenant" value=head.slug.to_string() />
                <button class="btn">"Do not remind me"</button>
            </form>
        </section>
    }
}

/// What people come here for, as far as their role goes.
fn actions(role: Role, base: &str) -> impl IntoView + use<> {
    let (team, plan) = (format!("{base}/team"), format!("{base}/plan"));
    match role {
        Role::Owner => view! { <a class="btn" href=team>"Invite people"</a><a class="btn pri" href=plan>"Change plan"</a> }.into_any(),
        Role::Admin => view! { <a class="btn" href=plan>"Compare plans"</a><a class="btn pri" href=team>"Invite people"</a> }.into_any(),
        Role::Member | Role::Viewer => view! { <a class="btn" href=team>"Team"</a> }.into_any(),
    }
}

fn body(dashboard: Dashboard, standing: &Standing, head: &TenantHead, base: &str, welcome: bool) -> impl IntoView + use<> {
    let Dashboard { figures, activity } = dashboard;
    let bars = bars(standing, Bars::Main);
    let spent = standing.level("budget");
    let cost = Usd(spent.map(|level| level.used).unwrap_or_default());
    let budget = match spent.and_then(|level| level.quota) {
        Some(budget) => format!("of {} budget", Usd(budget).short()),
        None => "no budget set".to_owned(),
    };
    let plan_line = plan_line(&figures, head);
    let members_line = format!(
        "{}, {}",
        quantity::plural(figures.admins, "owner or admin", "owners and admins"),
        quantity::plural(figures.open_invites, "invite open", "invites open")
    );
    let setup = figures.open_steps.filter(|_| head.role >= Role::Admin).map(|open| setup_card(open, head, base));
    let name = head.name.clone();
    let log = (head.role >= Role::Admin).then(|| view! { <a href=format!("{base}/audit")>"All events"</a> });
    view! {
        <div class="head">
            <h1 class="grow">"Dashboard"</h1>
            {actions(head.role, base)}
        </div>
        {welcome.then(|| view! { <Notice kind="ok"><b>{format!("Welcome to {name}.")}</b>" This page shows where your tenant stands."</Notice> })}
        {setup}
        {banners(standing, 1, Warned::People(base))}
        <div class="grid">
            <a class="card stat" href=format!("{base}/plan")><small>"Plan"</small><b>{figures.plan.clone()}</b><em>{plan_line}</em></a>
            <div class="card stat"><small>"Cost this month"</small><b>{cost.to_string()}</b><em>{budget}</em></div>
            <div class="card stat"><small>"Messages, 30 days"</small><b>{quantity::count(figures.messages)}</b><em>{trend(figures.messages, figures.messages_before)}</em></div>
            <div class="card stat"><small>"Members"</small><b>{quantity::count(figures.members)}</b><em>{members_line}</em></div>
        </div>
        <div class="two">
            <section class="card pad">
                <div class="card-head"><h2>"Quotas"</h2><a href=format!("{base}/usage")>"All limits"</a></div>
                <LiveBars address=format!("{base}/live?bars=main")>{bars}</LiveBars>
            </section>
            <section class="card pad">
                <div class="card-head"><h2>"Recent activity"</h2>{log}</div>
                <ActivityList events=activity now=head.now />
            </section>
        </div>
        <Islands />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trend_is_said_in_words() {
        for (now, before, text) in [
            (112, 100, "12 % more than the 30 days before"),
            (88, 100, "12 % fewer than the 30 days before"),
            (100, 100, "as many as in the 30 days before"),
            (5, 0, "no messages in the 30 days before"),
        ] {
            assert_eq!(trend(now, before), text);
        }
    }
}
