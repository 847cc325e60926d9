//! A smaller plan: what would be over which limit, and what is to happen with it. Nothing is ever deleted.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::FieldError;
use super::quantity::{self, Unit};

/// More exists than the plan allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over {
    pub meter: String,
    pub label: String,
    pub unit: Unit,
    pub used: i64,
    pub limit: i64,
}

impl Over {
    /// `87 exist, 10 are allowed: 77 too many`
    pub fn text(&self) -> String {
        let short = |n| quantity::short(n, self.unit);
        match self.unit {
            Unit::Count => {
                format!("{} exist, {} are allowed: {} too many", short(self.used), short(self.limit), short(self.used - self.limit))
            }
            Unit::Bytes => {
                format!("{} are kept, {} are allowed: {} too much", short(self.used), short(self.limit), short(self.used - self.limit))
            }
        }
    }
}

/// What stays as it is of what there is too much of. Of agents the others are deactivated, of members they become viewers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(tag = "keep", content = "ids", rename_all = "snake_case")]
pub enum Keep {
    /// All of it; nothing can be added until there is room again.
    #[default]
    All,
    /// As many as are allowed, the oldest.
    Oldest,
    Chosen(Vec<Uuid>),
}

impl Keep {
    pub fn as_str(&self) -> &'static str {
        match self {
            Keep::All => "all",
            Keep::Oldest => "oldest",
            Keep::Chosen(_) => "chosen",
        }
    }

    /// Whether the oldest stay, else who does; `None` when everything does.
    pub fn stays(&self) -> Option<(bool, &[Uuid])> {
        match self {
            Keep::All => None,
            Keep::Oldest => Some((true, &[])),
            Keep::Chosen(ids) => Some((false, ids)),
        }
    }
}

/// Kept with the change, carried out with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Choices {
    #[serde(default)]
    pub agents: Keep,
    #[serde(default)]
    pub members: Keep,
}

/// What was chosen on the page. Ids are those of the boxes that were ticked.
#[derive(Debug, Clone, Default)]
pub struct ChoicesForm {
    pub agents: String,
    pub stay_agents: Vec<String>,
    pub members: String,
    pub stay_members: Vec<String>,
}

impl ChoicesForm {
    /// `over` are the limits that the plan would pass; nothing is asked about others.
    ///
    /// # Errors
    /// All that is wrong at once.
    pub fn parse(&self, over: &[Over]) -> Result<Choices, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut keep = |meter: &str, what: &str, ids: &[String]| match over.iter().find(|over| over.meter == meter) {
            Some(over) => parse_keep(over, what, ids).unwrap_or_else(|error| {
                errors.push(error);
                Keep::All
            }),
            None => Keep::All,
        };
        let agents = keep("agents", &self.agents, &self.stay_agents);
        let members = keep("members", &self.members, &self.stay_members);
        if errors.is_empty() { Ok(Choices { agents, members }) } else { Err(errors) }
    }
}

fn parse_keep(over: &Over, what: &str, ids: &[String]) -> Result<Keep, FieldError> {
    match what {
        "all" | "" => Ok(Keep::All),
        "oldest" => Ok(Keep::Oldest),
        "chosen" => {
            let chosen: Vec<Uuid> = ids.iter().filter_map(|id| id.parse().ok()).collect();
            let n = i64::try_from(chosen.len()).unwrap_or(i64::MAX);
            let field = format!("stay_{}", over.meter);
            match n {
                0 => Err(FieldError::new(&field, "Tick those that stay, or choose another way.")),
                n if n > over.limit => {
                    Err(FieldError::new(&field, format!("Tick at most {}; these are {}.", quantity::count(over.limit), quantity::count(n))))
                }
                _ => Ok(Keep::Chosen(chosen)),
            }
        }
        _ => Err(FieldError::new(&over.meter, "Choose what is to happen.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(meter: &str, limit: i64) -> Over {
        Over { meter: meter.to_owned(), label: meter.to_owned(), unit: Unit::Count, used: 87, limit }
    }

    #[test]
    fn only_what_is_over_a_limit_is_asked_about() {
        let ids: Vec<String> = (1..=3).map(|n| Uuid::from_u128(n).to_string()).collect();
        let form = ChoicesForm { agents: "chosen".into(), stay_agents: ids, members: "nonsense".into(), stay_members: Vec::new() };
        assert_eq!(form.parse(&[]), Ok(Choices::default()));
        let chosen = form.parse(&[over("agents", 3)]).expect("three fit");
        assert_eq!(chosen.agents, Keep::Chosen((1..=3).map(Uuid::from_u128).collect()));
        let errors = form.parse(&[over("agents", 2), over("members", 5)]).expect_err("too many, and no choice");
        let fields: Vec<_> = errors.iter().map(|error| (error.field.as_str(), error.message.as_str())).collect();
        assert_eq!(fields, [("stay_agents", "Tick at most 2; these are 3."), ("members", "Choose what is to happen.")]);
        let none = ChoicesForm { agents: "chosen".into(), ..ChoicesForm::default() };
        assert!(none.parse(&[over("agents", 2)]).is_err());
    }

    #[test]
    fn choices_are_kept_as_they_were_made() {
        let choices = Choices { agents: Keep::Chosen(vec![Uuid::from_u128(7)]), members: Keep::All };
        let json = serde_json::to_string(&choices).expect("JSON");
        assert_eq!(serde_json::from_str::<Choices>(&json).expect("the same"), choices);
        assert_eq!(serde_json::from_str::<Choices>("{}").expect("none"), Choices::default());
    }

    #[test]
    fn what_is_over_is_said_with_numbers() {
        assert_eq!(over("agents", 10).text(), "87 exist, 10 are allowed: 77 too many");
        let storage = Over { unit: Unit::Bytes, used: 47_300_000_000, limit: 10_000_000_000, ..over("storage", 0) };
        assert_eq!(storage.text(), "47.3 GB are kept, 10 GB are allowed: 37.3 GB too much");
    }
}
