//! The six tenants that documents, scripts and tests know by name, with the figures they are known for.

use chrono::{DateTime, Datelike as _, Duration, Months, NaiveDate, Utc};

use super::sketch::{GB, MILLION, Messages, Person, PlanKey, Sketch, Team};
use crate::domain::role::Role;
use crate::domain::status::TenantStatus;

fn person(email: &str, name: &str, role: Role, signs_in: bool) -> Person {
    Person { email: email.to_owned(), name: name.to_owned(), role, signs_in }
}

/// The latest 15 January whose tenant has two full months of usage by now.
fn acme_since(now: DateTime<Utc>) -> DateTime<Utc> {
    let latest = now - Duration::days(61);
    let day = |year| NaiveDate::from_ymd_opt(year, 1, 15).and_then(|day| day.and_hms_opt(9, 30, 0)).map(|at| at.and_utc());
    [latest.year(), latest.year() - 1].into_iter().filter_map(day).find(|at| *at <= latest).unwrap_or(latest)
}

/// An active tenant of `months` with one known owner: what the six have in common, to be changed where they differ.
fn tenant(slug: &str, name: &str, plan: PlanKey, owner: Person, now: DateTime<Utc>, months: u32) -> Sketch {
    let created_at = now.checked_sub_months(Months::new(months)).unwrap_or(now) - Duration::hours(3);
    let mail = owner.email.split_once('@').map_or_else(|| format!("{slug}.example"), |(_, domain)| domain.to_owned());
    Sketch {
        slug: slug.to_owned(),
        name: name.to_owned(),
        plan,
        status: TenantStatus::Active,
        status_since: created_at,
        status_reason: None,
        contract_cents: None,
        budget_cents: None,
        billing_email: format!("billing@{mail}"),
        mail,
        accent: "#3b5bdb",
        trial_ends_at: None,
        created_at,
        team: Team { known: vec![owner], admins: 1, members: 0 },
        agents: 0,
        storage: 0,
        tokens: 0,
        cost_cents: 0,
        messages: Messages::Level(0),
    }
}

fn acme(now: DateTime<Utc>) -> Sketch {
    let since = acme_since(now);
    let owner = person("owner@acme.example", "Olga Owner", Role::Owner, true);
    let known = vec![
        owner.clone(),
        person("admin@acme.example", "Adam Admin", Role::Admin, true),
        person("member@acme.example", "Max Member", Role::Member, true),
        person("viewer@acme.example", "Vi Viewer", Role::Viewer, true),
    ];
    Sketch {
        accent: "#0b7285",
        created_at: since,
        status_since: since,
        budget_cents: Some(100_000),
        team: Team { known, admins: 5, members: 12 },
        agents: 87,
        storage: 47_300_000_000,
        tokens: 28_500_000,
        cost_cents: 84_732,
        // 12 % more than the 30 days before.
        messages: Messages::Exact { last: 1_234_567, before: 1_102_291 },
        ..tenant("acme", "Acme Corporation", PlanKey::Pro, owner, now, 10)
    }
}

fn beta(now: DateTime<Utc>) -> Sketch {
    let owner = person("it@beta.example", "Bea Brandt", Role::Owner, false);
    Sketch {
        accent: "#5f3dc4",
        contract_cents: Some(540_000),
        budget_cents: Some(500_000),
        team: Team { known: vec![owner.clone()], admins: 9, members: 78 },
        agents: 324,
        storage: 1_240 * GB,
        tokens: 412_900_000,
        cost_cents: 342_100,
        messages: Messages::Level(96_420),
        ..tenant("beta-industries", "Beta Industries", PlanKey::Enterprise, owner, now, 19)
    }
}

fn gamma(now: DateTime<Utc>) -> Sketch {
    let owner = person("hi@gamma.example", "Gil Garnier", Role::Owner, false);
    // 9 of 14 days are left, and stay so for most of a day.
    let ends = now + Duration::days(9) - Duration::minutes(20);
    let created_at = ends - Duration::days(14);
    Sketch {
        accent: "#2b8a3e",
        status: TenantStatus::Trial,
        status_since: created_at,
        created_at,
        trial_ends_at: Some(ends),
        budget_cents: Some(15_000),
        team: Team { known: vec![owner.clone()], admins: 2, members: 5 },
        agents: 12,
        storage: 3_800_000_000,
        tokens: 5_062_000,
        cost_cents: 12_300,
        messages: Messages::Level(1_420),
        ..tenant("gamma-solutions", "Gamma Solutions", PlanKey::Starter, owner, now, 0)
    }
}

fn delta(now: DateTime<Utc>) -> Sketch {
    let owner = person("ops@delta.example", "Dan Duarte", Role::Owner, false);
    // Within this month, so that it has used something this month on any day of it.
    let month = now.with_day(1).map_or(now, |first| first.date_naive().and_time(chrono::NaiveTime::MIN).and_utc());
    Sketch {
        accent: "#c92a2a",
        status: TenantStatus::Suspended,
        status_since: (now - Duration::days(5) - Duration::minutes(50)).max(month),
        status_reason: Some("Two invoices are unpaid after three reminders. Access returns with the payment."),
        budget_cents: Some(60_000),
        team: Team { known: vec![owner.clone()], admins: 3, members: 11 },
        agents: 45,
        storage: 52_600_000_000,
        tokens: 43_100_000,
        cost_cents: 45_600,
        messages: Messages::Level(12_900),
        ..tenant("delta-inc", "Delta Inc", PlanKey::Pro, owner, now, 14)
    }
}

fn techco(now: DateTime<Utc>) -> Sketch {
    let owner = person("owner@techco.example", "Tess Tanaka", Role::Owner, true);
    // One account in two tenants.
    let known = vec![owner.clone(), person("admin@acme.example", "Adam Admin", Role::Member, true)];
    Sketch {
        accent: "#1864ab",
        budget_cents: Some(50_000),
        team: Team { known, admins: 3, members: 14 },
        agents: 61,
        storage: 31_900 * MILLION,
        tokens: 22 * MILLION,
        cost_cents: 38_810,
        messages: Messages::Level(14_310),
        ..tenant("techco", "TechCo", PlanKey::Pro, owner, now, 7)
    }
}

fn startup(now: DateTime<Utc>) -> Sketch {
    let owner = person("founder@startup.example", "Stella Strand", Role::Owner, false);
    Sketch {
        accent: "#a61e4d",
        team: Team { known: vec![owner.clone()], admins: 1, members: 2 },
        agents: 3,
        storage: 420 * MILLION,
        tokens: 180_000,
        messages: Messages::Level(118),
        ..tenant("startup", "StartUp", PlanKey::Free, owner, now, 4)
    }
}

/// In the order of their creation in the story; `acme` is the one that tells whether the demo is there.
pub fn cast(now: DateTime<Utc>) -> Vec<Sketch> {
    vec![acme(now), beta(now), gamma(now), delta(now), techco(now), startup(now)]
}
