//! Schemas that attributes on fields cannot say.

use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, Type};

use crate::domain::staff_facts::{MAX_TAG, MOST_TAGS};

fn text(format: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::Custom(format.to_owned())))
}

fn or_null(builder: OneOfBuilder) -> Schema {
    builder.item(ObjectBuilder::new().schema_type(Type::Null)).into()
}

/// The id of an agent, or null.
pub fn agent_or_null() -> Schema {
    or_null(OneOfBuilder::new().item(text("uuid")).description(Some("An agent of this tenant.")))
}

/// Whom bills go to, or null.
pub fn billing_email_or_null() -> Schema {
    or_null(OneOfBuilder::new().item(text("email")).description(Some("Where bills go; without, the owner's address, or what it was.")))
}

pub fn dollars_or_null() -> Schema {
    let number = ObjectBuilder::new().schema_type(Type::Number).minimum(Some(0)).exclusive_maximum(Some(1_000_000_000));
    let description = "US dollars, as a number or as text; from the price table of model and direction without.";
    or_null(OneOfBuilder::new().item(number).item(text("decimal")).description(Some(description)))
}

/// The key of a template, or null.
pub fn template_or_null() -> Schema {
    or_null(OneOfBuilder::new().item(text("template")).description(Some("What the tenant begins with, made in steps.")))
}

/// Until when something holds, or null.
pub fn last_day_or_null() -> Schema {
    let description = "The last day on which it holds, UTC, within ten years, such as 2027-12-31; null for no end.";
    or_null(OneOfBuilder::new().item(text("last-day")).description(Some(description)))
}

/// Words for staff, or null.
pub fn tags_or_null() -> Schema {
    let tag = ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(MAX_TAG))
        .pattern(Some("^[A-Za-z0-9][A-Za-z0-9-]*$"))
        .examples([serde_json::json!("vip")]);
    let description = format!("All of them, at most {MOST_TAGS}: letters, digits and hyphens, kept in lower case. Null leaves them.");
    or_null(OneOfBuilder::new().item(ArrayBuilder::new().items(tag).max_items(Some(MOST_TAGS))).description(Some(description)))
}
