//! Schemas of the OpenAPI document as tables of fields: name, type, meaning.

use maud::{Markup, html};
use serde_json::Value;

/// How deep the fields of lists and objects are named beneath them.
const DEPTH: usize = 2;

pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// Text of the document, in which backticks mark what programs read.
pub fn prose(text: &str) -> Markup {
    html! {
        @for (n, part) in text.split('`').enumerate() {
            @if n % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// The schema behind a reference, and the one that is not null of a choice.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(pointer) = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        return document.pointer(pointer).unwrap_or(schema);
    }
    let choices = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
    match choices.and_then(|choices| choices.iter().find(|choice| choice["$ref"].is_string())) {
        Some(choice) => resolve(document, choice),
        None => schema,
    }
}

/// `string or null`, `list of Quota`.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return name.to_owned();
    }
    if let Some(choices) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        return choices.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    let name = |kind: &str| if kind == "array" { format!("list of {}", self::kind(&schema["items"])) } else { kind.to_owned() };
    match &schema["type"] {
        Value::String(one) => name(one),
        Value::Array(several) => several.iter().filter_map(Value::as_str).map(name).collect::<Vec<_>>().join(" or "),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => "any".to_owned(),
    }
}

/// `1 to 120 characters.`, `From 5 to 3600.`: what the schema says of values.
fn bounds(schema: &Value) -> String {
    let mut said = match (schema["minLength"].as_i64(), schema["maxLength"].as_i64()) {
        (Some(least), Some(most)) => format!("{least} to {most} characters."),
        (None, Some(most)) => format!("At most {most} characters."),
        (Some(_) | None, None) => String::new(),
    };
    match (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
        (Some(least), Some(most)) => said += &format!("From {least} to {most}."),
        (None, Some(most)) => said += &format!("At most {most}."),
        (Some(least), None) if least != 0 => said += &format!("At least {least}."),
        (Some(_) | None, None) => {}
    }
    let values: Vec<&str> = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !values.is_empty() {
        said += &format!("`{}`.", values.join("`, `"));
    }
    said
}

/// What a field or parameter means and which values it takes.
fn meaning(described: &Value, schema: &Value) -> Markup {
    let example = match &described["example"] {
        Value::Null => &schema["example"],
        example => example,
    };
    html! {
        (prose(text(described, "description"))) " " (prose(&bounds(schema)))
        @if let Some(example) = example.as_str() { " Such as " code { (example) } "." }
    }
}

/// The fields of an object, each followed by those within it.
fn rows(document: &Value, object: &Value, before: &str, depth: usize) -> Markup {
    let required: Vec<&str> = object["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    html! {
        @for (name, property) in object["properties"].as_object().into_iter().flatten() {
            @let list = property["type"] == "array";
            @let inner = resolve(document, if list { &property["items"] } else { property });
            @let described = if property["description"].is_string() { property } else { resolve(document, property) };
            tr {
                td { code { (before) (name) } @if required.contains(&name.as_str()) { " *" } }
                td { (kind(property)) }
                td { (meaning(described, property)) }
            }
            @if depth > 1 { (rows(document, inner, &format!("{before}{name}{}.", if list { "[]" } else { "" }), depth - 1)) }
        }
    }
}

/// A table of what an object, or each of a list, holds.
pub fn fields(document: &Value, schema: &Value, caption: &str) -> Markup {
    let resolved = resolve(document, schema);
    let list = resolved["type"] == "array";
    let object = if list { resolve(document, &resolved["items"]) } else { resolved };
    html! {
        @if object["properties"].is_object() {
            table {
                caption { (caption) @if list { ", a list of" } }
                thead { tr { th scope="col" { "Field" } th scope="col" { "Type" } th scope="col" { "Meaning" } } }
                tbody { (rows(document, object, "", DEPTH)) }
            }
        }
    }
}

pub fn parameters(operation: &Value) -> Markup {
    let parameters: Vec<&Value> = operation["parameters"].as_array().into_iter().flatten().collect();
    html! {
        @if !parameters.is_empty() {
            table {
                caption { "Parameters" }
                thead { tr { th scope="col" { "Name" } th scope="col" { "In" } th scope="col" { "Meaning" } } }
                tbody {
                    @for parameter in parameters {
                        tr {
                            td { code { (text(parameter, "name")) } @if parameter["required"] == true { " *" } }
                            td { (text(parameter, "in")) }
                            td { (meaning(parameter, &parameter["schema"])) }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_is_said_in_words() {
        for (schema, said) in [
            (json!({"minLength": 1, "maxLength": 80}), "1 to 80 characters."),
            (json!({"minimum": 5, "maximum": 3600}), "From 5 to 3600."),
            (json!({"minimum": 0}), ""),
            (json!({"enum": ["day", "week"]}), "`day`, `week`."),
        ] {
            assert_eq!(bounds(&schema), said);
        }
        assert_eq!(kind(&json!({"type": ["string", "null"]})), "string or null");
        assert_eq!(kind(&json!({"type": "array", "items": {"$ref": "#/components/schemas/Quota"}})), "list of Quota");
        assert_eq!(prose("a `b` <c>").into_string(), "a <code>b</code> &lt;c&gt;");
    }

    #[test]
    fn fields_within_fields_are_named_beneath_them() {
        let document = json!({"components": {"schemas": {"Quota": {"properties": {"used": {"type": "integer"}}, "required": ["used"]}}}});
        let schema = json!({"properties": {"quotas": {"type": "array", "items": {"$ref": "#/components/schemas/Quota"}}}});
        let page = fields(&document, &schema, "Answer").into_string();
        assert!(page.contains("quotas[].used") && page.contains("list of Quota"), "{page}");
        let maybe = json!({"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Quota"}]});
        assert!(fields(&document, &maybe, "Body").into_string().contains("used"));
    }
}
