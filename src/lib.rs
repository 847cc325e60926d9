//! Tenantry: the tenant control plane.
#![forbid(unsafe_code)]

#[cfg(feature = "ssr")]
pub mod app;
#[cfg(feature = "ssr")]
pub mod config;
pub mod domain;
#[cfg(feature = "ssr")]
pub mod edge;
pub mod features;
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
