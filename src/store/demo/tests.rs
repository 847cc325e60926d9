//! The generator's promises, on any day.

use chrono::{DateTime, Datelike as _, Utc};

use super::bulk;
use super::crowd::{AGENTS, COMPANY, MESSAGES_TODAY, REVENUE_CENTS, company, price_cents};
use super::draw::{DemoTenant, draw};
use super::sketch::{PlanKey, Sketch};
use super::usage::{FEW_DAYS, FULL_DAYS};
use crate::domain::email::Email;
use crate::domain::name::Name;
use crate::domain::quota::{NEAR_PERCENT, percent};
use crate::domain::role::Role;
use crate::domain::slug::Slug;
use crate::domain::status::TenantStatus;

/// The first, a middle and the last day of a month, a Sunday, the days after New Year, a leap day; early and late.
const MOMENTS: [&str; 8] = [
    "2026-11-01T00:00:01Z",
    "2026-11-15T12:00:00Z",
    "2026-11-30T23:59:59Z",
    "2026-11-22T08:00:00Z",
    "2027-01-03T03:00:00Z",
    "2027-01-31T17:00:00Z",
    "2028-02-29T06:30:00Z",
    "2028-03-01T21:00:00Z",
];

fn moments() -> impl Iterator<Item = DateTime<Utc>> {
    MOMENTS.iter().map(|text| text.parse().expect("a literal time"))
}

fn drawn(now: DateTime<Utc>) -> Vec<DemoTenant> {
    company(now).into_iter().map(|sketch| draw(sketch, now, FULL_DAYS)).collect()
}

fn month_of(tenant: &DemoTenant, meter: &str, now: DateTime<Utc>) -> i64 {
    let first = now.date_naive().with_day(1).expect("every month has a first");
    tenant.usage.iter().filter(|row| row.meter == meter && row.day >= first).map(|row| row.amount).sum()
}

fn cost_of(tenant: &DemoTenant, now: DateTime<Utc>) -> i64 {
    let first = now.date_naive().with_day(1).expect("every month has a first");
    tenant.usage.iter().filter(|row| row.day >= first).map(|row| row.cost).sum()
}

fn peak(sketch: &Sketch) -> i64 {
    let limits = sketch.plan.limits();
    [
        percent(sketch.agents, limits.agents),
        percent(sketch.tokens, limits.tokens),
        percent(sketch.storage, Some(limits.storage)),
        percent(sketch.cost_cents, sketch.budget_cents),
    ]
    .into_iter()
    .flatten()
    .max()
    .unwrap_or(0)
}

#[test]
fn the_totals_are_exact_on_any_day() {
    for now in moments() {
        let all = drawn(now);
        let of = |status| all.iter().filter(|tenant| tenant.sketch.status == status).count();
        assert_eq!(all.len(), COMPANY);
        assert_eq!((of(TenantStatus::Active), of(TenantStatus::Trial), of(TenantStatus::Suspended)), (115, 8, 4));
        assert_eq!(all.iter().map(|tenant| tenant.agents.len()).sum::<usize>(), usize::try_from(AGENTS).expect("small"));
        let revenue: i64 = all.iter().map(|tenant| &tenant.sketch).filter(|sketch| sketch.status.pays()).map(price_cents).sum();
        assert_eq!(revenue, REVENUE_CENTS);
        let today: i64 = all
            .iter()
            .flat_map(|tenant| &tenant.usage)
            .filter(|row| row.meter == "messages" && row.day == now.date_naive())
            .map(|row| row.amount)
            .sum();
        assert_eq!(today, MESSAGES_TODAY, "{now}");
        let near: Vec<_> = all
            .iter()
            .filter(|tenant| tenant.sketch.status.is_open() && peak(&tenant.sketch) >= NEAR_PERCENT)
            .map(|tenant| tenant.sketch.slug.as_str())
            .collect();
        assert_eq!(near.len(), 4, "{near:?}");
        assert!(near.contains(&"acme") && near.contains(&"gamma-solutions"));
    }
}

#[test]
fn costs_stand_in_the_known_order() {
    for now in moments() {
        let all = drawn(now);
        let mut costs: Vec<(i64, &str)> = all.iter().map(|tenant| (cost_of(tenant, now), tenant.sketch.slug.as_str())).collect();
        costs.sort_by(|a, b| b.cmp(a));
        assert_eq!((costs[0], costs[1], costs[2].0), ((34_210_000, "beta-industries"), (8_473_200, "acme"), 7_340_000), "{now}");
        assert!(costs[3].0 < 7_340_000);
        assert!(all.iter().filter(|tenant| tenant.sketch.plan == PlanKey::Free).all(|tenant| cost_of(tenant, now) == 0));
    }
}

#[test]
fn the_named_tenants_have_their_figures_on_any_day() {
    for now in moments() {
        let all = drawn(now);
        let find = |slug: &str| all.iter().find(|tenant| tenant.sketch.slug == slug).expect("one of the cast");
        for (slug, agents, tokens, cost) in [
            ("acme", 87, 28_500_000, 8_473_200),
            ("beta-industries", 324, 412_900_000, 34_210_000),
            ("gamma-solutions", 12, 5_062_000, 1_230_000),
            ("delta-inc", 45, 43_100_000, 4_560_000),
            ("techco", 61, 22_000_000, 3_881_000),
            ("startup", 3, 180_000, 0),
        ] {
            let tenant = find(slug);
            assert_eq!(
                (tenant.agents.len(), month_of(tenant, "tokens", now), cost_of(tenant, now)),
                (agents, tokens, cost),
                "{slug} {now}"
            );
        }
        let acme = find("acme");
        let messages: Vec<i64> = acme.usage.iter().filter(|row| row.meter == "messages").map(|row| row.amount).collect();
        assert_eq!((messages.len(), messages[30..].iter().sum::<i64>(), messages[..30].iter().sum::<i64>()), (60, 1_234_567, 1_102_291));
        assert_eq!((acme.sketch.created_at.month(), acme.sketch.created_at.day()), (1, 15));
        let with = |least: Role| acme.members.iter().filter(|member| member.person.role >= least).count();
        assert_eq!((acme.members.len(), with(Role::Admin), with(Role::Owner)), (17, 5, 1));
        let left = find("gamma-solutions").sketch.trial_ends_at.map(|ends| crate::domain::when::days_left(ends, now));
        assert_eq!(left, Some(9));
    }
}

#[test]
fn every_name_slug_and_address_is_one_that_a_form_would_take() {
    let now = moments().next().expect("a moment");
    let bulk = (0..130_000).map(|nth| bulk::sketch(nth, now));
    let mut slugs = std::collections::HashSet::new();
    for sketch in company(now).into_iter().chain(bulk) {
        assert!(sketch.name.parse::<Name>().is_ok() && sketch.slug.parse::<Slug>().is_ok(), "{}", sketch.slug);
        assert!(sketch.owner_email().parse::<Email>().is_ok() && sketch.billing_email.parse::<Email>().is_ok());
        assert!(slugs.insert(sketch.slug.clone()), "{} twice", sketch.slug);
    }
}

#[test]
fn nobody_is_twice_in_a_tenant_and_nothing_is_in_the_future() {
    for now in moments() {
        for tenant in drawn(now).iter().chain(&(0..200).map(|nth| draw(bulk::sketch(nth, now), now, FEW_DAYS)).collect::<Vec<_>>()) {
            let mut emails: Vec<_> = tenant.members.iter().map(|member| &member.person.email).collect();
            emails.sort();
            emails.dedup();
            assert_eq!(emails.len(), tenant.members.len(), "{}", tenant.sketch.slug);
            assert!(tenant.members.iter().all(|member| member.joined_at <= now && member.last_active_at.is_none_or(|at| at <= now)));
            assert!(tenant.sketch.created_at <= now && tenant.sketch.status_since <= now);
            assert!(tenant.usage.iter().all(|row| row.day <= now.date_naive() && row.amount >= 0 && row.cost >= 0));
            assert!(tenant.sketch.status_since >= tenant.sketch.created_at || tenant.sketch.status != TenantStatus::Suspended);
        }
    }
}
