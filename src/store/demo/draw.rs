//! A sketch with its people, agents and usage. Pure.

use chrono::{DateTime, Duration, Utc};

use super::dice::Dice;
use super::sketch::{Person, PlanKey, Sketch};
use super::usage::{UsageRow, usage};
use super::words::{JOBS, MODELS, REGIONS, cost_center, person};
use crate::domain::role::Role;

#[derive(Debug, Clone)]
pub struct DemoMember {
    pub person: Person,
    pub joined_at: DateTime<Utc>,
    pub last_active_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone)]
pub struct DemoAgent {
    pub name: String,
    pub model: &'static str,
    pub department: &'static str,
    pub cost_center: &'static str,
    pub active: bool,
    pub created_at: DateTime<Utc>,
}

#[derive(Debug, Clone)]
pub struct DemoTenant {
    pub sketch: Sketch,
    pub members: Vec<DemoMember>,
    pub agents: Vec<DemoAgent>,
    pub usage: Vec<UsageRow>,
}

/// The same rows each time, but for dates relative to `now`; usage of the last `days`.
pub fn draw(sketch: Sketch, now: DateTime<Utc>, days: u64) -> DemoTenant {
    let mut dice = Dice::of(&format!("rows {}", sketch.slug));
    DemoTenant {
        members: members(&sketch, now, &mut dice),
        agents: agents(&sketch, now, &mut dice),
        usage: usage(&sketch, now, days),
        sketch,
    }
}

/// A moment between the tenant's creation and now.
fn since(created: DateTime<Utc>, now: DateTime<Utc>, dice: &mut Dice) -> DateTime<Utc> {
    created + Duration::seconds(dice.between(0, (now - created).num_seconds()))
}

fn members(sketch: &Sketch, now: DateTime<Utc>, dice: &mut Dice) -> Vec<DemoMember> {
    let mut people = sketch.team.known.clone();
    let seed = Dice::of(&sketch.slug);
    let mut nth = 0;
    for (wanted, powerful) in [(sketch.team.admins, true), (sketch.team.members, false)] {
        let known = people.iter().filter(|person| (person.role >= Role::Admin) == powerful).count();
        for i in known..wanted {
            // The first is the owner of those whose owner has no name of its own.
            nth += 1;
            let (first, last) = person(&seed, nth);
            let role = if powerful {
                Role::Admin
            } else if i % 4 == 3 {
                Role::Viewer
            } else {
                Role::Member
            };
            let email = format!("{}.{}@{}", first.to_lowercase(), last.to_lowercase(), sketch.mail);
            people.push(Person { email, name: format!("{first} {last}"), role, signs_in: false });
        }
    }
    people
        .into_iter()
        .map(|person| {
            let joined_at = if person.role == Role::Owner { sketch.created_at } else { since(sketch.created_at, now, dice) };
            let seen = now - Duration::minutes(dice.between(3, 60 * 24 * 12));
            let last_active_at = dice.chance(90).then(|| seen.max(joined_at));
            DemoMember { person, joined_at, last_active_at }
        })
        .collect()
}

fn agents(sketch: &Sketch, now: DateTime<Utc>, dice: &mut Dice) -> Vec<DemoAgent> {
    let count = usize::try_from(sketch.agents).unwrap_or(0);
    // Small tenants do not all have the same few agents; a large one has all.
    let first = if sketch.plan == PlanKey::Free || count < 10 { dice.index(JOBS.len()) } else { 0 };
    (0..count)
        .map(|i| {
            let (job, department) = JOBS[(first + i) % JOBS.len()];
            let name = match (i / JOBS.len()) % (REGIONS.len() + 1) {
                0 => job.to_owned(),
                region => format!("{job} {}", REGIONS[region - 1]),
            };
            let round = i / (JOBS.len() * (REGIONS.len() + 1));
            DemoAgent {
                name: if round == 0 { name } else { format!("{name} {}", round + 1) },
                model: MODELS[dice.index(6) % MODELS.len()],
                department,
                cost_center: cost_center(department),
                active: i % 8 != 3,
                created_at: since(sketch.created_at, now, dice),
            }
        })
        .collect()
}
