//! What a plan grants of one meter: a quota, what happens at its end, and the price beyond it.

use std::str::FromStr;

use serde::Serialize;

use super::FieldError;
use super::amount;
use super::meter::Kind;
use super::quantity::Unit;
use super::unit_price::UnitPrice;

/// What happens at 100 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    Block,
    /// Allowed, uncounted; the answer says so, and programs go on with free models.
    Degrade,
    /// Allowed, counted, billed.
    Overage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Choose what happens at 100 %.")]
pub struct UnknownRule;

impl FromStr for Rule {
    type Err = UnknownRule;

    fn from_str(text: &str) -> Result<Self, UnknownRule> {
        [Rule::Block, Rule::Degrade, Rule::Overage].into_iter().find(|rule| rule.as_str() == text).ok_or(UnknownRule)
    }
}

impl Rule {
    pub fn as_str(self) -> &'static str {
        match self {
            Rule::Block => "block",
            Rule::Degrade => "degrade",
            Rule::Overage => "overage",
        }
    }

    /// As a form offers it.
    pub fn label(self) -> &'static str {
        match self {
            Rule::Block => "Block: refuse what goes beyond",
            Rule::Degrade => "Degrade: allow uncounted, free models only",
            Rule::Overage => "Overage: allow, count and bill",
        }
    }

    /// Those that work for a meter. Calls of the API itself are refused by each server, whatever a plan says.
    pub fn offered(kind: Kind, meter: &str) -> &'static [Rule] {
        match kind {
            Kind::Metered if meter != "api_calls" => &[Rule::Block, Rule::Degrade, Rule::Overage],
            Kind::Metered | Kind::Allocated | Kind::Rate | Kind::Concurrent => &[Rule::Block],
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Entitlement {
    /// `None` is unlimited.
    pub quota: Option<i64>,
    pub rule: Rule,
    pub overage: Option<UnitPrice>,
}

impl Entitlement {
    /// What happens at 100 %, in a few words; nothing where there is no limit.
    pub fn beyond(&self, unit: Unit) -> Option<String> {
        self.quota?;
        Some(match (self.rule, &self.overage) {
            (Rule::Block, _) => "then refused".to_owned(),
            (Rule::Degrade, _) => "then degraded".to_owned(),
            (Rule::Overage, Some(price)) => format!("then {}", price.text(unit)),
            (Rule::Overage, None) => "then billed".to_owned(),
        })
    }
}

/// What was typed.
#[derive(Debug, Clone, Default)]
pub struct EntitlementForm {
    /// Nothing is unlimited.
    pub quota: String,
    /// Nothing is block, for meters that offer nothing else.
    pub rule: String,
    pub overage_price: String,
    pub overage_per: String,
}

impl EntitlementForm {
    /// # Errors
    /// All that is wrong at once, in the order of the fields.
    pub fn parse(&self, kind: Kind, meter: &str, unit: Unit) -> Result<Entitlement, Vec<FieldError>> {
        let mut errors = Vec::new();
        let quota = amount::parse_quota(&self.quota, unit).map_err(|error| errors.push(FieldError::new("quota", error))).ok();
        let offered = Rule::offered(kind, meter);
        let rule = match self.rule.as_str() {
            "" if offered.len() == 1 => Some(Rule::Block),
            text => text.parse().ok().filter(|rule| offered.contains(rule)),
        };
        if rule.is_none() {
            errors.push(FieldError::new("rule", UnknownRule));
        }
        let priced = !self.overage_price.trim().is_empty() || !self.overage_per.trim().is_empty();
        let overage = if priced || rule == Some(Rule::Overage) {
            let texts = (self.overage_price.as_str(), self.overage_per.as_str());
            UnitPrice::parse(("overage_price", "overage_per"), texts, unit, 4, &mut errors)
        } else {
            None
        };
        match (quota, rule) {
            (Some(quota), Some(rule)) if errors.is_empty() => Ok(Entitlement { quota, rule, overage }),
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(quota: &str, rule: &str, price: &str, per: &str) -> Result<Entitlement, Vec<String>> {
        let form = EntitlementForm {
            quota: quota.to_owned(),
            rule: rule.to_owned(),
            overage_price: price.to_owned(),
            overage_per: per.to_owned(),
        };
        let fields = |errors: Vec<FieldError>| errors.into_iter().map(|error| error.field).collect();
        form.parse(Kind::Metered, "tokens", Unit::Count).map_err(fields)
    }

    #[test]
    fn an_entitlement_says_what_happens_beyond() {
        for (quota, rule, price, per, beyond) in [
            ("50 M", "block", "", "", Some("then refused")),
            ("50 M", "degrade", "10", "1 M", Some("then degraded")),
            ("50 M", "overage", "10", "1 M", Some("then $10 per 1 M")),
            ("", "overage", "0.25", "1", None),
        ] {
            assert_eq!(parse(quota, rule, price, per).expect("good").beyond(Unit::Count).as_deref(), beyond);
        }
    }

    #[test]
    fn overage_has_a_price() {
        assert_eq!(parse("5", "overage", "", ""), Err(vec!["overage_price".to_owned(), "overage_per".to_owned()]));
        assert_eq!(parse("-5", "free", "10", ""), Err(vec!["quota".to_owned(), "rule".to_owned(), "overage_per".to_owned()]));
        let sessions = EntitlementForm { rule: "degrade".into(), ..EntitlementForm::default() };
        assert_eq!(sessions.parse(Kind::Concurrent, "sessions", Unit::Count).expect_err("not offered")[0].field, "rule");
        let calls = EntitlementForm { rule: "overage".into(), ..EntitlementForm::default() };
        assert!(calls.parse(Kind::Metered, "api_calls", Unit::Count).is_err());
        assert!(EntitlementForm::default().parse(Kind::Concurrent, "sessions", Unit::Count).is_ok());
    }
}
