//! What a page puts into its document's head while its view is made: a title, and links and styles as they come.

use std::sync::{Arc, Mutex, PoisonError};

use leptos::prelude::*;
use maud::Markup;

/// The head of the page that is being written, as its context.
#[derive(Debug, Clone, Default)]
pub struct Head(Arc<Mutex<Parts>>);

/// What it has so far.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    pub title: String,
    pub tags: String,
}

impl Head {
    fn change(change: impl FnOnce(&mut Parts)) {
        if let Some(head) = use_context::<Head>() {
            // Nothing below panics: a poisoned head is whole, too.
            change(&mut head.0.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Takes out what was put in.
    pub fn take(&self) -> Parts {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The page's title; the last one stands.
pub fn title(text: String) {
    Head::change(|head| head.title = text);
}

/// Adds a tag.
pub fn tag(tag: &Markup) {
    Head::change(|head| head.tags.push_str(&tag.0));
}

/// [`title`] in a view.
#[component]
pub fn Title(#[prop(into)] text: String) -> impl IntoView {
    title(text);
}
