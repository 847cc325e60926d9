//! Schemas that attributes on fields cannot say.

use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, Type};

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
