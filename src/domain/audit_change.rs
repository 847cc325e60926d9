//! What an event changed, field by field.

use serde_json::{Map, Value};

/// `Role`, `viewer`, `admin`; a side that was not there is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub field: String,
    pub before: String,
    pub after: String,
    /// Whether both sides are there and say the same.
    pub same: bool,
}

/// The fields of both texts in the order of the alphabet. What is no object is one field without a name.
pub fn changes(before: Option<&str>, after: Option<&str>) -> Vec<Change> {
    let (before, after) = (fields(before), fields(after));
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .map(|name| {
            let (old, new) = (before.get(name), after.get(name));
            Change {
                field: words(name),
                before: old.map(shown).unwrap_or_default(),
                after: new.map(shown).unwrap_or_default(),
                same: old.is_some() && old == new,
            }
        })
        .collect()
}

fn fields(text: Option<&str>) -> Map<String, Value> {
    match text.map(|text| (serde_json::from_str(text), text)) {
        None | Some((Ok(Value::Null), _)) => Map::new(),
        Some((Ok(Value::Object(fields)), _)) => fields,
        Some((Ok(other), _)) => Map::from_iter([(String::new(), other)]),
        // Not ours, but it is what was written.
        Some((Err(_), text)) => Map::from_iter([(String::new(), Value::from(text))]),
    }
}

/// `monthly_budget_usd` as `Monthly budget usd`.
fn words(name: &str) -> String {
    let text = name.replace(['_', '-'], " ");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(field: &str, before: &str, after: &str, same: bool) -> Change {
        Change { field: field.to_owned(), before: before.to_owned(), after: after.to_owned(), same }
    }

    #[test]
    fn before_and_after_stand_beside_each_other() {
        assert_eq!(
            changes(Some(r#"{"role":"viewer","quota":null,"only":1}"#), Some(r#"{"role":"admin","quota":5,"new_thing":[true,"x"]}"#)),
            [
                change("New thing", "", "yes, x", false),
                change("Only", "1", "", false),
                change("Quota", "none", "5", false),
                change("Role", "viewer", "admin", false),
            ]
        );
        assert_eq!(changes(Some(r#"{"a":1}"#), Some(r#"{"a":1}"#)), [change("A", "1", "1", true)]);
        assert_eq!(changes(None, Some("\"text\"")), [change("", "", "text", false)]);
        assert_eq!(changes(Some("not json"), None), [change("", "not json", "", false)]);
        assert_eq!(changes(None, None), []);
    }
}
