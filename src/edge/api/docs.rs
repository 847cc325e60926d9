//! `/api/docs`: the OpenAPI document as a page to read. No script, nothing from elsewhere.

use std::sync::LazyLock;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

use super::problem::Code;
use crate::edge::router::AppState;

/// One operation of the document.
struct Call<'a> {
    method: String,
    path: &'a str,
    tag: &'a str,
    operation: &'a Value,
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn calls(document: &Value) -> Vec<Call<'_>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let mut calls: Vec<Call<'_>> = paths
        .flat_map(|(path, item)| {
            item.as_object().into_iter().flatten().filter(|(_, operation)| operation.is_object()).map(|(method, operation)| Call {
                method: method.to_uppercase(),
                path,
                tag: operation["tags"][0].as_str().unwrap_or("Other"),
                operation,
            })
        })
        .collect();
    // What most readers are here for comes first; the platform's calls last.
    calls.sort_by_key(|call| (call.tag == "Platform", call.tag));
    calls
}

/// The schema behind a reference, or the schema itself.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => document.pointer(pointer).unwrap_or(schema),
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

fn fields(document: &Value, schema: &Value, caption: &str) -> Markup {
    let resolved = resolve(document, schema);
    let inner = if resolved["type"] == "array" { resolve(document, &resolved["items"]) } else { resolved };
    let required: Vec<&str> = inner["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    html! {
        @if let Some(properties) = inner["properties"].as_object() {
            table {
                caption { (caption) @if resolved["type"] == "array" { ", a list of" } }
                thead { tr { th scope="col" { "Field" } th scope="col" { "Type" } th scope="col" { "Meaning" } } }
                tbody {
                    @for (name, property) in properties {
                        tr {
                            td { code { (name) } @if required.contains(&name.as_str()) { " *" } }
                            td { (kind(property)) }
                            td { (text(property, "description")) }
                        }
                    }
                }
            }
        }
    }
}

fn parameters(operation: &Value) -> Markup {
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
                            td { (text(parameter, "description")) }
                        }
                    }
                }
            }
        }
    }
}

fn answers(document: &Value, operation: &Value) -> Markup {
    let answers = operation["responses"].as_object();
    html! {
        @if let Some(answers) = answers {
            @for (status, answer) in answers.iter().filter(|(status, _)| status.starts_with('2')) {
                (fields(document, &answer["content"]["application/json"]["schema"], &format!("Answer {status}")))
            }
            ul {
                @for (status, answer) in answers.iter().filter(|(status, _)| !status.starts_with('2')) {
                    li { b { (status) } " " (text(answer, "description")) }
                }
            }
        }
    }
}

fn section(document: &Value, call: &Call<'_>) -> Markup {
    html! {
        section class="card pad stack" {
            h3 { code { (call.method) " " (call.path) } }
            p { b { (text(call.operation, "summary")) "." } " " (text(call.operation, "description")) }
            (parameters(call.operation))
            (fields(document, &call.operation["requestBody"]["content"]["application/json"]["schema"], "Body"))
            (answers(document, call.operation))
        }
    }
}

fn page(document: &Value, stylesheet: &str) -> Markup {
    let calls = calls(document);
    let mut tags: Vec<&str> = calls.iter().map(|call| call.tag).collect();
    tags.dedup();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "API · Tenantry" }
                link rel="icon" href="/favicon.svg" type="image/svg+xml";
                link rel="stylesheet" href=(stylesheet);
            }
            body {
                a class="skip" href="#main" { "Skip to content" }
                main id="main" class="docs stack" tabindex="-1" {
                    div class="head" { div class="grow" {
                        h1 { "Machine API" }
                        p { (document["info"]["description"].as_str().unwrap_or_default()) " For machines: " a href="/api/openapi.json" { "openapi.json" } "." }
                    } }
                    section class="card pad stack" {
                        h2 { "Keys" }
                        p { "Send a key with every call. Admins of a tenant make keys on its page “API keys”, with scopes; platform admins in the console." }
                        pre tabindex="0" { code { "curl -H 'Authorization: Bearer tk_…' https://…/api/v1/tenant" } }
                        p { "The headers " code { "RateLimit" } " and " code { "RateLimit-Policy" } " say how many calls this minute still has. A refusal with "
                            code { "Retry-After" } " may be tried again after so many seconds." }
                    }
                    @for tag in tags {
                        h2 { (tag) }
                        @for call in calls.iter().filter(|call| call.tag == tag) { (section(document, call)) }
                    }
                    section class="card pad stack" {
                        h2 { "Codes of refusals" }
                        table {
                            caption { "Every refusal is application/problem+json with one of these codes" }
                            thead { tr { th scope="col" { "Code" } th scope="col" { "Status" } th scope="col" { "Meaning" } } }
                            tbody {
                                @for code in Code::ALL {
                                    @let (status, name, title) = code.words();
                                    tr id=(name) { td { code { (name) } } td { (status.as_u16()) } td { (title) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

pub async fn show(State(state): State<AppState>) -> Response {
    static DOCUMENT: LazyLock<Value> =
        LazyLock::new(|| serde_json::to_value(super::document()).expect("a document of strings, maps and lists has a JSON form"));
    let mut response = page(&DOCUMENT, &state.context.stylesheet).into_string().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    );
    response
}
