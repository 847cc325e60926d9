//! `/api/docs`: the OpenAPI document as a page to read. No script, nothing from elsewhere.

mod fields;

use std::sync::LazyLock;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

use self::fields::{fields, parameters, prose, text};
use super::problem::Code;
use crate::edge::router::AppState;

/// One operation of the document.
struct Call<'a> {
    method: String,
    path: &'a str,
    tag: &'a str,
    operation: &'a Value,
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

/// What every call may be refused with, in the same words: said once.
fn common(calls: &[Call<'_>]) -> Vec<(String, String)> {
    let refusals = |call: &Call<'_>| -> Vec<(String, String)> {
        let answers = call.operation["responses"].as_object().into_iter().flatten();
        answers.map(|(status, answer)| (status.clone(), text(answer, "description").to_owned())).collect()
    };
    let mut common = calls.first().map(refusals).unwrap_or_default();
    for call in calls {
        let own = refusals(call);
        common.retain(|refusal| own.contains(refusal));
    }
    common
}

fn refusals<'a>(refusals: impl Iterator<Item = (&'a str, &'a str)>) -> Markup {
    html! {
        ul { @for (status, why) in refusals { li { b { (status) } " " (prose(why)) } } }
    }
}

fn answers(document: &Value, operation: &Value, common: &[(String, String)]) -> Markup {
    let (done, refused): (Vec<_>, Vec<_>) =
        operation["responses"].as_object().into_iter().flatten().partition(|(status, _)| status.starts_with('2'));
    let said = |status: &str, why: &str| common.iter().any(|(s, w)| s == status && w == why);
    let own = refused.into_iter().map(|(status, answer)| (status.as_str(), text(answer, "description")));
    html! {
        @for (status, answer) in done {
            (fields(document, &answer["content"]["application/json"]["schema"], &format!("Answer {status}")))
            @if !answer["content"]["application/json"].is_object() { p { b { (status) } " " (prose(text(answer, "description"))) } }
        }
        (refusals(own.filter(|(status, why)| !said(status, why))))
    }
}

fn section(document: &Value, call: &Call<'_>, common: &[(String, String)]) -> Markup {
    html! {
        section class="card pad stack" id=(text(call.operation, "operationId")) {
            h3 { code { (call.method) " " (call.path) } }
            p { b { (text(call.operation, "summary")) "." } " " (prose(text(call.operation, "description"))) }
            (parameters(call.operation))
            (fields(document, &call.operation["requestBody"]["content"]["application/json"]["schema"], "Body"))
            (answers(document, call.operation, common))
        }
    }
}

/// Every call by name, to go to it.
fn index(calls: &[Call<'_>], tags: &[&str]) -> Markup {
    html! {
        nav class="card pad index" aria-label="Calls" {
            @for tag in tags {
                div {
                    b { (tag) }
                    ul {
                        @for call in calls.iter().filter(|call| call.tag == *tag) {
                            li { a href=(format!("#{}", text(call.operation, "operationId"))) { (text(call.operation, "summary")) } }
                        }
                    }
                }
            }
        }
    }
}

fn page(document: &Value, stylesheet: &str) -> Markup {
    let calls = calls(document);
    let mut tags: Vec<&str> = calls.iter().map(|call| call.tag).collect();
    tags.dedup();
    let common = common(&calls);
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
                        p { (prose(text(&document["info"], "description"))) " For machines: " a href="/api/openapi.json" { "openapi.json" } "." }
                    } }
                    (index(&calls, &tags))
                    section class="card pad stack" {
                        h2 { "Keys" }
                        p { "Send a key with every call. Admins of a tenant make keys on its page “API keys”, with scopes; platform admins in the console." }
                        pre tabindex="0" { code { "curl -H 'Authorization: Bearer tk_…' https://…/api/v1/tenant" } }
                        p { "The headers " code { "RateLimit" } " and " code { "RateLimit-Policy" } " say how many calls this minute still has. A refusal with "
                            code { "Retry-After" } " may be tried again after so many seconds." }
                        p { "Fields with * have to be sent; in answers they are always there. Every call may be refused in these ways, and in those beneath it:" }
                        (refusals(common.iter().map(|(status, why)| (status.as_str(), why.as_str()))))
                    }
                    @for tag in tags {
                        h2 { (tag) }
                        @for call in calls.iter().filter(|call| call.tag == tag) { (section(document, call, &common)) }
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
