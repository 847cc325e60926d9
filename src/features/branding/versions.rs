//! The table of what was published.

use leptos::server_fn::ServerFn as _;
use maud::{Markup, html};

use super::server::UseVersion;
use crate::domain::branding::VERSIONS;
use crate::domain::zone::Zone;
use crate::store::branding::{BrandingSheet, VersionRow};
use crate::ui::table::Head::{Text, Unseen};
use crate::ui::table::rows_table;
use crate::ui::time::{at_minute, zone};

/// With buttons to go back, for a tenant that is named.
pub fn versions(sheet: &BrandingSheet, slug: Option<&str>) -> Markup {
    if sheet.versions.is_empty() {
        return html! {
            section class="card" {
                div class="empty" {
                    h2 { "No versions yet" }
                    p { "What is published is numbered and listed here; one click goes back to it." }
                }
            }
        };
    }
    let zone = zone();
    html! {
        section class="card rows" {
            div class="card-head" { h2 { "Versions" } span class="muted" { "The last " (VERSIONS) " are kept." } }
            (rows_table(
                "What was published, newest first",
                &[Text("Version"), Text("Published"), Text("By"), Text("State"), Unseen("Actions")],
                &html! { @for version in &sheet.versions { (row(version, sheet, slug, zone)) } }
            ))
        }
    }
}

fn row(version: &VersionRow, sheet: &BrandingSheet, slug: Option<&str>, zone: Zone) -> Markup {
    let (number, in_use) = (version.number, sheet.version == Some(version.number));
    html! {
        tr role="row" {
            td role="cell" class="name" { b { "Version " (number) } }
            td role="cell" data-label="Published" { (at_minute(version.published_at, zone)) }
            td role="cell" data-label="By" { (version.published_by) }
            td role="cell" class="lead" { @if in_use { span class="state active" { "In use" } } }
            td role="cell" class="do" {
                @if let Some(slug) = slug.filter(|_| sheet.allowed && !in_use) {
                    form method="post" action=(UseVersion::PATH) {
                        input type="hidden" name="tenant" value=(slug);
                        input type="hidden" name="version" value=(number);
                        input type="hidden" name="revision" value=(sheet.revision);
                        button class="btn" { "Go back to version " (number) }
                    }
                }
            }
        }
    }
}
