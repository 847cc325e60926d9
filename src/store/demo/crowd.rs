//! The 121 tenants around the cast, and with it the totals that the console's overview is known for. Pure.

use chrono::{DateTime, Duration, Utc};

use super::cast::cast;
use super::dice::Dice;
use super::shares::{fraction, settle, spread};
use super::sketch::{GB, MILLION, Messages, Person, PlanKey, Sketch, Team};
use super::usage::messages_today;
use super::words::{ACCENTS, ROOTS, TRADES, person};
use crate::domain::role::Role;
use crate::domain::status::TenantStatus;

/// Tenants of the cast and the crowd together.
pub const COMPANY: usize = 127;
pub const AGENTS: i64 = 8_432;
pub const MESSAGES_TODAY: i64 = 1_234_567;
pub const REVENUE_CENTS: i64 = 8_743_200;

const CONTRACT_LOW: i64 = 150_000;
const CONTRACT_HIGH: i64 = 500_000;
const CONTRACT_STEP: i64 = 5_000;

const REASONS: [&str; 3] = [
    "The payment failed three times. Access returns with the payment.",
    "The owner asked to pause the account until the contract is renewed.",
    "Bulk mail from agents broke the terms of use; waiting for the owner's answer.",
];

/// What a tenant of the crowd is in for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Usual,
    /// Third of all by cost.
    Costly,
    NearAgents,
    NearTokens,
}

/// Numbers per plan and state that leave a remainder which contract prices in steps of 50 USD can fill.
fn parts() -> Vec<(PlanKey, TenantStatus, Part)> {
    use PlanKey::{Enterprise, Free, Pro, Starter};
    use TenantStatus::{Active, Suspended, Trial};
    let mut parts = vec![(Enterprise, Active, Part::Costly), (Pro, Active, Part::NearAgents), (Starter, Active, Part::NearTokens)];
    for (n, plan, status) in [
        (29, Enterprise, Active),
        (45, Pro, Active),
        (19, Starter, Active),
        (15, Free, Active),
        (1, Enterprise, Trial),
        (4, Pro, Trial),
        (2, Starter, Trial),
        (1, Pro, Suspended),
        (2, Starter, Suspended),
    ] {
        parts.extend(std::iter::repeat_n((plan, status, Part::Usual), n));
    }
    Dice::new(3).shuffle(&mut parts);
    parts
}

/// Of names in plain letters.
pub fn slug_of(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

pub fn owner_at(slug: &str, dice: &Dice) -> Person {
    let (first, last) = person(dice, 0);
    Person {
        email: format!("{}.{}@{slug}.example", first.to_lowercase(), last.to_lowercase()),
        name: format!("{first} {last}"),
        role: Role::Owner,
        signs_in: false,
    }
}

/// Agents, bytes, tokens and the price of a million tokens in cents, well below 80 % of each quota.
fn levels(plan: PlanKey, dice: &mut Dice) -> (i64, i64, i64, i64) {
    match plan {
        PlanKey::Free => (dice.between(1, 3), dice.between(40, 700) * MILLION, dice.between(40, 640) * 1_000, 0),
        PlanKey::Starter => {
            (dice.between(2, 7), dice.between(300, 7_400) * MILLION, dice.between(400, 3_700) * 1_000, dice.between(800, 2_000))
        }
        PlanKey::Pro => {
            (dice.between(12, 78), dice.between(4_000, 74_000) * MILLION, dice.between(5_200, 36_500) * 1_000, dice.between(600, 1_800))
        }
        PlanKey::Enterprise => {
            (dice.between(60, 290), dice.between(90, 2_600) * GB, dice.between(24, 92) * MILLION, dice.between(380, 780))
        }
    }
}

fn sketch(nth: usize, plan: PlanKey, status: TenantStatus, part: Part, now: DateTime<Utc>) -> Sketch {
    // The walk meets every root before it meets one again, and then with another trade.
    let name = format!("{} {}", ROOTS[(nth * 37) % ROOTS.len()], TRADES[(nth * 7 + nth / ROOTS.len()) % TRADES.len()]);
    let slug = slug_of(&name);
    let mut dice = Dice::of(&slug);
    let owner = owner_at(&slug, &dice);
    let (mut agents, storage, mut tokens, rate) = levels(plan, &mut dice);
    let mut cost_cents = fraction(tokens, rate, MILLION);
    match part {
        Part::Usual => {}
        Part::Costly => (agents, cost_cents) = (65, 73_400),
        Part::NearAgents => agents = 84,
        Part::NearTokens => tokens = 4_620_000,
    }
    let budget_cents = (plan != PlanKey::Free && dice.chance(55)).then(|| (cost_cents * dice.between(145, 230) / 100 / 5_000 + 1) * 5_000);
    let (created_at, trial_ends_at) = match status {
        TenantStatus::Trial => {
            let ends = now + Duration::days(dice.between(1, 12)) - Duration::minutes(dice.between(30, 900));
            (ends - Duration::days(14), Some(ends))
        }
        _ => (now - Duration::days(dice.between(70, 729)) - Duration::minutes(dice.between(0, 1_439)), None),
    };
    let status_since = match status {
        TenantStatus::Suspended => now - Duration::days(dice.between(2, 40)) - Duration::minutes(dice.between(0, 1_439)),
        // The trial before it.
        TenantStatus::Active => created_at + Duration::days(14),
        _ => created_at,
    };
    let (admins, members) = match plan {
        PlanKey::Free => (1, dice.between(0, 3)),
        PlanKey::Starter => (dice.between(1, 2), dice.between(1, 6)),
        PlanKey::Pro => (dice.between(2, 4), dice.between(3, 15)),
        PlanKey::Enterprise => (dice.between(3, 7), dice.between(12, 46)),
    };
    let usual_day = match plan {
        PlanKey::Free => dice.between(20, 220),
        PlanKey::Starter => dice.between(250, 1_150),
        PlanKey::Pro => dice.between(3_000, 15_500),
        PlanKey::Enterprise => dice.between(11_000, 34_000),
    };
    Sketch {
        name,
        plan,
        status,
        status_since,
        status_reason: (status == TenantStatus::Suspended).then(|| REASONS[nth % REASONS.len()]),
        contract_cents: (plan == PlanKey::Enterprise && status == TenantStatus::Active)
            .then(|| dice.between(CONTRACT_LOW / CONTRACT_STEP, CONTRACT_HIGH / CONTRACT_STEP) * CONTRACT_STEP),
        budget_cents,
        billing_email: if dice.chance(70) { format!("billing@{slug}.example") } else { owner.email.clone() },
        mail: format!("{slug}.example"),
        accent: ACCENTS[nth % ACCENTS.len()],
        trial_ends_at,
        created_at,
        team: Team { known: vec![owner], admins: usize::try_from(admins).unwrap_or(1), members: usize::try_from(members).unwrap_or(0) },
        agents,
        storage,
        tokens,
        cost_cents,
        messages: Messages::Level(usual_day),
        slug,
    }
}

/// What a tenant pays a month, in cents.
pub fn price_cents(sketch: &Sketch) -> i64 {
    sketch.contract_cents.unwrap_or(match sketch.plan {
        PlanKey::Free => 0,
        PlanKey::Starter => 1_900,
        PlanKey::Pro => 4_900,
        PlanKey::Enterprise => 49_900,
    })
}

/// Cast and crowd apart.
pub fn company_of(now: DateTime<Utc>) -> (Vec<Sketch>, Vec<Sketch>) {
    let mut named = company(now);
    let others = named.split_off(cast(now).len());
    (named, others)
}

/// Cast and crowd: [`COMPANY`] tenants with exactly [`AGENTS`], [`MESSAGES_TODAY`] and [`REVENUE_CENTS`], the same on every day but for
/// its dates.
pub fn company(now: DateTime<Utc>) -> Vec<Sketch> {
    let mut all = cast(now);
    let parts = parts();
    let mut movable = Vec::new();
    for (nth, (plan, status, part)) in parts.into_iter().enumerate() {
        if plan == PlanKey::Enterprise && status == TenantStatus::Active {
            movable.push((all.len(), part));
        }
        all.push(sketch(nth, plan, status, part, now));
    }
    settle_prices(&mut all, &movable);
    settle_agents(&mut all, &movable);
    settle_messages(&mut all, &movable, now);
    all
}

fn settle_prices(all: &mut [Sketch], movable: &[(usize, Part)]) {
    let mut prices: Vec<i64> = movable.iter().map(|(at, _)| price_cents(&all[*at])).collect();
    let paid: i64 = all.iter().filter(|sketch| sketch.status.pays()).map(price_cents).sum();
    let total = REVENUE_CENTS - (paid - prices.iter().sum::<i64>());
    settle(&mut prices, total, CONTRACT_STEP, CONTRACT_LOW, CONTRACT_HIGH);
    for ((at, _), price) in movable.iter().zip(prices) {
        all[*at].contract_cents = Some(price);
    }
}

fn settle_agents(all: &mut [Sketch], movable: &[(usize, Part)]) {
    let movable: Vec<usize> = movable.iter().filter(|(_, part)| *part == Part::Usual).map(|(at, _)| *at).collect();
    let mut agents: Vec<i64> = movable.iter().map(|at| all[*at].agents).collect();
    let total = AGENTS - (all.iter().map(|sketch| sketch.agents).sum::<i64>() - agents.iter().sum::<i64>());
    settle(&mut agents, total, 3, 20, 318);
    for (at, agents) in movable.iter().zip(agents) {
        all[*at].agents = agents;
    }
}

fn settle_messages(all: &mut [Sketch], movable: &[(usize, Part)], now: DateTime<Utc>) {
    let weights: Vec<i64> = movable.iter().map(|(at, _)| messages_today(&all[*at], now)).collect();
    let total = MESSAGES_TODAY - (all.iter().map(|sketch| messages_today(sketch, now)).sum::<i64>() - weights.iter().sum::<i64>());
    for ((at, _), messages) in movable.iter().zip(spread(total, &weights)) {
        all[*at].messages = Messages::Level(messages);
    }
}
