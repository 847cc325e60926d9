//! The named tenants' tokens and messages, as events by agent, model and cost centre that add up to their days. Pure.

use chrono::NaiveDate;

use super::dice::Dice;
use super::draw::DemoTenant;
use super::shares::spread;

/// How many agents work on one day.
const AT_WORK: usize = 10;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoEvent {
    pub key: String,
    pub meter: &'static str,
    pub day: NaiveDate,
    /// Seconds after the day's midnight.
    pub second: i64,
    pub amount: i64,
    pub model: &'static str,
    pub agent: String,
    pub cost_center: &'static str,
    pub direction: Option<&'static str>,
    /// Ten-thousandths of a dollar.
    pub cost: i64,
}

/// A day's share of each agent at work, three tokens of input to one of output. Costs follow the amounts, as far as the day's go.
pub fn events(tenant: &DemoTenant) -> Vec<DemoEvent> {
    let agents: Vec<_> = tenant.agents.iter().filter(|agent| agent.active).collect();
    let mut drawn = Vec::new();
    if agents.is_empty() {
        return drawn;
    }
    for row in tenant.usage.iter().filter(|row| row.meter == "tokens" || row.meter == "messages") {
        let mut dice = Dice::of(&format!("events {} {} {}", tenant.sketch.slug, row.meter, row.day));
        let tokens = row.meter == "tokens";
        let parts: &[Option<&str>] = if tokens { &[Some("input"), Some("output")] } else { &[None] };
        // The first agents are at work every day and do most of it; the others take turns.
        let first = dice.index(agents.len());
        let at_work: Vec<usize> = (0..agents.len().min(AT_WORK)).map(|i| if i < 5 { i } else { (first + i) % agents.len() }).collect();
        let (mut weights, mut costs) = (Vec::new(), Vec::new());
        for nth in 0..at_work.len() {
            let busy = dice.between(40, 100) * i64::try_from(AT_WORK - nth).unwrap_or(1);
            for part in parts {
                weights.push(if *part == Some("input") { busy * 3 } else { busy });
                // A token of output costs five times as much.
                costs.push(if *part == Some("input") { busy * 3 } else { busy * 5 });
            }
        }
        let (amounts, prices) = (spread(row.amount, &weights), spread(row.cost, &costs));
        let agents = &agents;
        let slots = at_work.iter().flat_map(|agent| parts.iter().map(move |part| (agents[*agent], *part)));
        for (nth, ((agent, direction), (amount, cost))) in slots.zip(amounts.into_iter().zip(prices)).enumerate() {
            if amount > 0 {
                drawn.push(DemoEvent {
                    key: format!("demo-{}-{}-{nth}", row.meter, row.day),
                    meter: row.meter,
                    day: row.day,
                    // Just after midnight: today is not over.
                    second: i64::try_from(nth).unwrap_or(0),
                    amount,
                    model: agent.model,
                    agent: agent.name.clone(),
                    cost_center: agent.cost_center,
                    direction,
                    cost,
                });
            }
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::super::cast::cast;
    use super::super::draw::draw;
    use super::super::usage::FULL_DAYS;
    use super::*;

    #[test]
    fn events_add_up_to_the_days_that_they_describe() {
        let now = "2026-11-23T12:00:00Z".parse().expect("a literal time");
        for tenant in cast(now).into_iter().map(|sketch| draw(sketch, now, FULL_DAYS)) {
            let events = events(&tenant);
            assert!(!events.is_empty(), "{}", tenant.sketch.slug);
            for row in tenant.usage.iter().filter(|row| row.meter == "tokens" || row.meter == "messages") {
                let of_day = || events.iter().filter(|event| event.meter == row.meter && event.day == row.day);
                assert_eq!(of_day().map(|event| event.amount).sum::<i64>(), row.amount, "{} {row:?}", tenant.sketch.slug);
                assert!(of_day().map(|event| event.cost).sum::<i64>() <= row.cost);
            }
            let keys: std::collections::HashSet<_> = events.iter().map(|event| &event.key).collect();
            assert_eq!(keys.len(), events.len());
        }
    }
}
