//! `/t/{slug}`: where the tenant stands.

use maud::{Markup, html};

use crate::domain::capability::ViewTenant;
use crate::domain::money::Usd;
use crate::domain::quantity;
use crate::domain::role::Role;
use crate::domain::status::TenantStatus;
use crate::domain::when;
use crate::store::access::TenantHead;
use crate::store::dashboard::{Dashboard, Figures};
use crate::store::notices::Standing;
use crate::ui::text::{activity_list, notice};
use crate::ui::time::zone;
use crate::web::frame::{DISMISS_SETUP, PortalFrame};
use crate::web::page::{PageText, islands, page};
use crate::web::request::{self, Context, query};
use crate::web::standing::{Bars, Warned, banners, bars, live_bars};

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
        let body = body(&dashboard, &standing, &head, frame.base(), welcome);
        Ok(frame.page("Dashboard", "", body))
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
fn setup_card(open: i32, head: &TenantHead, base: &str) -> Markup {
    html! {
        section class="banner" aria-labelledby="setup" {
            div class="grow" {
                h2 id="setup" { "Finish setting up" }
                p { (quantity::plural(open.into(), "step is left", "steps are left")) ". Each takes a minute, and each can be skipped." }
            }
            a class="btn pri" href={ (base) "/setup" } { "Go on" }
            form method="post" action=(DISMISS_SETUP) {
                input type="hidden" name="tenant" value=(head.slug);
                button class="btn" { "Do not remind me" }
            }
        }
    }
}

/// What people come here for, as far as their role goes.
fn actions(role: Role, base: &str) -> Markup {
    html! {
        @match role {
            Role::Owner => {
                a class="btn" href={ (base) "/team" } { "Invite people" }
                a class="btn pri" href={ (base) "/plan" } { "Change plan" }
            },
            Role::Admin => {
                a class="btn" href={ (base) "/plan" } { "Compare plans" }
                a class="btn pri" href={ (base) "/team" } { "Invite people" }
            },
            Role::Member | Role::Viewer => a class="btn" href={ (base) "/team" } { "Team" },
        }
    }
}

fn figures(figures: &Figures, standing: &Standing, head: &TenantHead, base: &str) -> Markup {
    let spent = standing.level("budget");
    let cost = Usd(spent.map(|level| level.used).unwrap_or_default());
    html! {
        div class="grid" {
            a class="card stat" href={ (base) "/plan" } { small { "Plan" } b { (figures.plan) } em { (plan_line(figures, head)) } }
            div class="card stat" {
                small { "Cost this month" } b { (cost) }
                em {
                    @match spent.and_then(|level| level.quota) {
                        Some(budget) => { "of " (Usd(budget).short()) " budget" },
                        None => "no budget set",
                    }
                }
            }
            div class="card stat" {
                small { "Messages, 30 days" } b { (quantity::count(figures.messages)) }
                em { (trend(figures.messages, figures.messages_before)) }
            }
            div class="card stat" {
                small { "Members" } b { (quantity::count(figures.members)) }
                em {
                    (quantity::plural(figures.admins, "owner or admin", "owners and admins")) ", "
                    (quantity::plural(figures.open_invites, "invite open", "invites open"))
                }
            }
        }
    }
}

fn body(dashboard: &Dashboard, standing: &Standing, head: &TenantHead, base: &str, welcome: bool) -> Markup {
    html! {
        div class="head" {
            h1 class="grow" { "Dashboard" }
            (actions(head.role, base))
        }
        @if welcome { (notice("ok", html! { b { "Welcome to " (head.name) "." } " This page shows where your tenant stands." })) }
        @if let Some(open) = dashboard.figures.open_steps.filter(|_| head.role >= Role::Admin) { (setup_card(open, head, base)) }
        (banners(standing, 1, Warned::People(base)))
        (figures(&dashboard.figures, standing, head, base))
        div class="two" {
            section class="card pad" {
                div class="card-head" { h2 { "Quotas" } a href={ (base) "/usage" } { "All limits" } }
                (live_bars(format!("{base}/live?bars=main"), bars(standing, Bars::Main)))
            }
            section class="card pad" {
                div class="card-head" {
                    h2 { "Recent activity" }
                    @if head.role >= Role::Admin { a href={ (base) "/audit" } { "All events" } }
                }
                (activity_list(&dashboard.activity, head.now, zone()))
            }
        }
        (islands())
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
