//! Tenants by the hundred thousand, small ones: to see that lists and totals stay quick. Pure.

use chrono::{DateTime, Duration, Utc};

use super::crowd::{owner_at, slug_of};
use super::dice::Dice;
use super::shares::fraction;
use super::sketch::{MILLION, Messages, PlanKey, Sketch, Team};
use super::words::{ACCENTS, PLACES, ROOTS, TRADES};
use crate::domain::status::TenantStatus;

/// Names with a place: as many as there are before numbers follow.
const NAMES: usize = ROOTS.len() * TRADES.len() * PLACES.len();

fn name_of(nth: usize) -> String {
    // 7,919 is prime and no factor of NAMES: every name once, neighbours unlike.
    let at = (nth % NAMES) * 7_919 % NAMES;
    let name =
        format!("{} {} {}", ROOTS[at % ROOTS.len()], TRADES[at / ROOTS.len() % TRADES.len()], PLACES[at / ROOTS.len() / TRADES.len()]);
    if nth < NAMES { name } else { format!("{name} {}", nth / NAMES + 1) }
}

/// The `nth` of the bulk; the same each time but for its dates.
pub fn sketch(nth: usize, now: DateTime<Utc>) -> Sketch {
    let name = name_of(nth);
    let slug = slug_of(&name);
    let mut dice = Dice::of(&slug);
    let owner = owner_at(&slug, &dice);
    let plan = match dice.between(1, 100) {
        1..=55 => PlanKey::Free,
        56..=80 => PlanKey::Starter,
        81..=96 => PlanKey::Pro,
        _ => PlanKey::Enterprise,
    };
    let status = match dice.between(1, 100) {
        1..=4 => TenantStatus::Trial,
        5..=7 => TenantStatus::PastDue,
        8..=10 => TenantStatus::Suspended,
        _ => TenantStatus::Active,
    };
    let limits = plan.limits();
    // Below 80 % of the plan's, unless somebody is about to need more.
    let agents = match limits.agents {
        Some(limit) if !dice.chance(3) => dice.between(2, 8).min(limit * 79 / 100),
        _ => dice.between(4, 8),
    };
    // Most use a quarter to a half; some come near their limit and a few pass it.
    let percent = if dice.chance(4) { dice.between(80, 112) } else { dice.between(2, 72) };
    let tokens = fraction(limits.tokens.unwrap_or(90 * MILLION), percent * 10 + dice.between(0, 9), 1_000);
    let rate = if plan == PlanKey::Free { 0 } else { dice.between(400, 1_600) };
    let cost_cents = fraction(tokens, rate, MILLION);
    let age = dice.between(if status == TenantStatus::Trial { 2 } else { 30 }, if status == TenantStatus::Trial { 13 } else { 729 });
    let created_at = now - Duration::days(age) - Duration::minutes(dice.between(0, 1_439));
    let suspended_since = now - Duration::days(dice.between(0, 20)) - Duration::minutes(dice.between(1, 1_439));
    Sketch {
        plan,
        status,
        status_since: if status == TenantStatus::Suspended { suspended_since } else { created_at },
        status_reason: (status == TenantStatus::Suspended).then_some("The payment failed three times. Access returns with the payment."),
        contract_cents: (plan == PlanKey::Enterprise && dice.chance(40)).then(|| dice.between(30, 100) * 5_000),
        budget_cents: (cost_cents > 0 && dice.chance(40)).then(|| (cost_cents * dice.between(105, 260) / 100 / 1_000 + 1) * 1_000),
        billing_email: owner.email.clone(),
        mail: format!("{slug}.example"),
        accent: ACCENTS[nth % ACCENTS.len()],
        trial_ends_at: (status == TenantStatus::Trial).then(|| created_at + Duration::days(14)),
        created_at,
        team: Team { known: vec![owner], admins: 1, members: dice.index(3) },
        agents,
        storage: fraction(limits.storage, dice.between(1, 620), 1_000),
        tokens,
        cost_cents,
        messages: Messages::Level(match plan {
            PlanKey::Free => dice.between(5, 220),
            PlanKey::Starter => dice.between(50, 1_150),
            PlanKey::Pro => dice.between(500, 9_000),
            PlanKey::Enterprise => dice.between(2_000, 20_000),
        }),
        name,
        slug,
    }
}
