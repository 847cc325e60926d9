//! What a version of a plan costs and grants; what differs between two of them; and what of a plan is no version's.

use serde::Serialize;

use super::FieldError;
use super::agent::take;
use super::amount;
use super::entitlement::Entitlement;
use super::feature::CatalogueKey;
use super::label::Label;
use super::money::Usd;
use super::quantity::Unit;

/// Everything that a tenant buys with a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanTerms {
    /// A month.
    pub price: Usd,
    /// One a meter, in the catalogue's order: its key and what is granted.
    pub entitlements: Vec<(String, Entitlement)>,
    /// Keys, in the catalogue's order.
    pub features: Vec<String>,
}

impl PlanTerms {
    pub fn entitlement(&self, meter: &str) -> Option<&Entitlement> {
        self.entitlements.iter().find(|(key, _)| key == meter).map(|(_, granted)| granted)
    }
}

/// One thing that differs, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub what: String,
    pub before: String,
    pub after: String,
}

/// How meters and features are called.
pub struct Words<'a> {
    /// Key, label, unit.
    pub meters: &'a [(String, String, Unit)],
    /// Key, label.
    pub features: &'a [(String, String)],
}

/// `100, then refused`
pub fn granted_text(granted: Option<&Entitlement>, unit: Unit) -> String {
    let quota = amount::quota_text(granted.and_then(|granted| granted.quota), unit);
    match granted.and_then(|granted| granted.beyond(unit)) {
        Some(beyond) => format!("{quota}, {beyond}"),
        None => quota,
    }
}

/// The price beyond the quota, whether the rule bills it now or not.
fn price_text(granted: Option<&Entitlement>, unit: Unit) -> String {
    granted.and_then(|granted| granted.overage).map_or_else(|| "none".to_owned(), |price| price.text(unit))
}

/// What `after` has other than `before`: price first, then meters, then features.
pub fn differences(before: &PlanTerms, after: &PlanTerms, words: &Words<'_>) -> Vec<Difference> {
    let mut found = Vec::new();
    if before.price != after.price {
        found.push(Difference { what: "Price a month".to_owned(), before: before.price.short(), after: after.price.short() });
    }
    for (key, label, unit) in words.meters {
        let (old, new) = (before.entitlement(key), after.entitlement(key));
        let (said, says) = (granted_text(old, *unit), granted_text(new, *unit));
        if said != says {
            found.push(Difference { what: label.clone(), before: said.clone(), after: says.clone() });
        }
        let (priced, prices) = (price_text(old, *unit), price_text(new, *unit));
        // Where it is billed, the line before says it.
        if priced != prices && !(said != says && says.ends_with(&prices)) {
            found.push(Difference { what: format!("{label}, overage price"), before: priced, after: prices });
        }
    }
    for (key, label) in words.features {
        let has = |terms: &PlanTerms| if terms.features.contains(key) { "included" } else { "not included" }.to_owned();
        if has(before) != has(after) {
            found.push(Difference { what: label.clone(), before: has(before), after: has(after) });
        }
    }
    found
}

/// What of a plan holds for all of its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFacts {
    pub name: Label,
    /// Where it stands in lists.
    pub position: i32,
    /// Else people talk to somebody about it.
    pub self_service: bool,
}

/// What was typed for a plan.
#[derive(Debug, Clone, Default)]
pub struct PlanForm {
    pub key: String,
    pub name: String,
    pub position: String,
    /// `on` or nothing, as a box of a form.
    pub self_service: String,
    pub price: String,
    /// Whose limits and features the first draft begins with.
    pub like: String,
}

/// A plan to be, with the first draft of its terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPlan {
    pub key: CatalogueKey,
    pub facts: PlanFacts,
    pub price: Usd,
    /// The key of a plan that is sold.
    pub like: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Enter a whole number from 1 to 999.")]
pub struct PositionError;

fn position(text: &str) -> Result<i32, PositionError> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    text.parse().ok().filter(|n| digits && (1..=999).contains(n)).ok_or(PositionError)
}

/// A price a month in whole cents.
///
/// # Errors
/// As it is said beside the field.
pub fn price(text: &str) -> Result<Usd, String> {
    text.parse::<Usd>().map_err(|error| error.to_string())
}

impl PlanForm {
    fn take_facts(&self, errors: &mut Vec<FieldError>) -> Option<PlanFacts> {
        let name = take(errors, "name", &self.name);
        let position = position(&self.position).map_err(|error| errors.push(FieldError::new("position", error))).ok();
        Some(PlanFacts { name: name?, position: position?, self_service: self.self_service == "on" })
    }

    /// # Errors
    /// All that is wrong at once, in the order of the fields.
    pub fn parse_facts(&self) -> Result<PlanFacts, Vec<FieldError>> {
        let mut errors = Vec::new();
        self.take_facts(&mut errors).ok_or(errors)
    }

    /// # Errors
    /// All that is wrong at once, in the order of the fields.
    pub fn parse_new(&self) -> Result<NewPlan, Vec<FieldError>> {
        let mut errors = Vec::new();
        let facts = self.take_facts(&mut errors);
        let key = take(&mut errors, "key", &self.key);
        let price = price(&self.price).map_err(|error| errors.push(FieldError::new("price", error))).ok();
        match (facts, key, price) {
            (Some(facts), Some(key), Some(price)) => Ok(NewPlan { key, facts, price, like: self.like.trim().to_owned() }),
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entitlement::Rule;
    use crate::domain::unit_price::UnitPrice;

    fn terms(price: i64, quota: Option<i64>, rule: Rule, features: &[&str]) -> PlanTerms {
        let overage = Some(UnitPrice { usd: 10.into(), per: 1_000_000 });
        PlanTerms {
            price: Usd(price.into()),
            entitlements: vec![("tokens".to_owned(), Entitlement { quota, rule, overage })],
            features: features.iter().map(|key| (*key).to_owned()).collect(),
        }
    }

    #[test]
    fn what_differs_is_said_and_what_is_the_same_is_not() {
        let meters = [("tokens".to_owned(), "Tokens".to_owned(), Unit::Count)];
        let features = [("sso".to_owned(), "Single sign-on".to_owned()), ("webhooks".to_owned(), "Webhooks".to_owned())];
        let words = Words { meters: &meters, features: &features };
        let old = terms(49, Some(50_000_000), Rule::Block, &["webhooks"]);
        assert_eq!(differences(&old, &old, &words), []);
        let mut unpriced = old.clone();
        unpriced.entitlements[0].1.overage = None;
        assert_eq!(differences(&old, &unpriced, &words).first().map(|d| d.what.as_str()), Some("Tokens, overage price"));
        let new = terms(59, Some(40_000_000), Rule::Overage, &["sso"]);
        let said: Vec<_> =
            differences(&old, &new, &words).into_iter().map(|d| format!("{}: {} -> {}", d.what, d.before, d.after)).collect();
        assert_eq!(
            said,
            [
                "Price a month: $49 -> $59",
                "Tokens: 50 M, then refused -> 40 M, then $10 per 1 M",
                "Single sign-on: not included -> included",
                "Webhooks: included -> not included",
            ]
        );
    }

    #[test]
    fn everything_that_is_wrong_with_a_plan_is_said_at_once() {
        let fields = |errors: Vec<FieldError>| errors.into_iter().map(|error| error.field).collect::<Vec<_>>();
        assert_eq!(fields(PlanForm::default().parse_new().expect_err("empty")), ["name", "position", "key", "price"]);
        for bad in ["0", "-1", "+1", "1000", "1.5", "x", "99999999999"] {
            let form = PlanForm { name: "Team".into(), position: bad.into(), ..PlanForm::default() };
            assert_eq!(fields(form.parse_facts().expect_err("a position")), ["position"], "{bad}");
        }
        let form = PlanForm { key: "team".into(), name: "Team".into(), position: "3".into(), price: "29.5".into(), ..PlanForm::default() };
        assert!(!form.parse_new().expect("fine").facts.self_service);
    }
}
