//! Tenantry: the control plane of a platform that many tenants share.
//!
//! | module | what lives there |
//! |---|---|
//! | [`domain`] | pure types and rules; builds for server and browser |
//! | [`store`] | the only SQL; transactions that know their tenant |
//! | [`ui`] | components without state of their own |
//! | [`web`] | what every feature needs of a request |
//! | [`features`] | one folder a feature: pages, mutations, islands |
//! | [`app`] | the document and the paths of pages |
//! | [`edge`] | listener, layers, routes that are not pages |
//! | [`jobs`] | work without a request |
//! | [`dns`] | questions to DNS |
//! | [`cli`] | one file a command |
//! | [`config`] | environment and `tenantry.toml`, checked once |
//!
//! Imports point one way: `domain <- store <- web <- features <- app <- edge <- cli`, `store <- jobs <- cli`, `domain <- ui <- web`,
//! `domain <- dns <- web, jobs`. A
//! test holds them to it.

#[cfg(feature = "ssr")]
pub mod app;
#[cfg(feature = "ssr")]
pub mod cli;
#[cfg(feature = "ssr")]
pub mod config;
#[cfg(feature = "ssr")]
pub mod dns;
pub mod domain;
#[cfg(feature = "ssr")]
pub mod edge;
pub mod features;
#[cfg(feature = "ssr")]
pub mod jobs;
#[cfg(feature = "ssr")]
pub mod store;
pub mod ui;
#[cfg(feature = "ssr")]
pub mod web;

/// Called by the page's script once the wasm is loaded: wakes the islands that the page holds.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
