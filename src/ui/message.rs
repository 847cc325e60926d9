//! A page that only says something, and what to do next.

use leptos::prelude::*;

use super::frame::{Brand, Card};
use super::head::Title;

/// `code` stands small above the title; `action` is a link and its text, `other` a second one.
#[component]
pub fn MessagePage(
    #[prop(into)] code: String,
    #[prop(into)] title: String,
    #[prop(into)] message: String,
    action: (String, String),
    #[prop(optional)] other: Option<(&'static str, &'static str)>,
    #[prop(optional, into)] accent: Option<String>,
) -> impl IntoView {
    let (href, label) = action;
    let other = other.map(|(href, label)| view! { <a class="btn" href=href>{label}</a> });
    view! {
        <Title text=title.clone() />
        <Card brand=Brand { accent, ..Brand::default() }>
            <p class="muted">{code}</p>
            <h1><bdi>{title}</bdi></h1>
            <p>{message}</p>
            <div class="actions"><a class="btn pri" href=href>{label}</a>{other}</div>
        </Card>
    }
}
