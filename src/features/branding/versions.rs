//! The table of what was published.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::UseVersion;
use crate::domain::branding::VERSIONS;
use crate::store::branding::BrandingSheet;
use crate::ui::time::Minute;

/// With buttons to go back, for a tenant that is named.
pub fn versions(sheet: &BrandingSheet, slug: Option<&str>) -> AnyView {
    if sheet.versions.is_empty() {
        return view! {
            <section class="card"><div class="empty"><h2>"No versions yet"</h2><p>"What is published is numbered and listed here; one click goes back to it."</p></div></section>
        }
        .into_any();
    }
    let can_go_back = slug.is_some() && sheet.allowed;
    let rows = sheet
        .versions
        .iter()
        .map(|version| {
            let (number, in_use) = (version.number, sheet.version == Some(version.number));
            let button = slug.filter(|_| can_go_back && !in_use).map(|slug| {
                view! {
                    <form method="post" action=UseVersion::PATH>
                        <input type="hidden" name="tenant" value=slug.to_owned() />
                        <input type="hidden" name="version" value=number.to_string() />
                        <input type="hidden" name="revision" value=sheet.revision.to_string() />
                        <button class="btn">{format!("Go back to version {number}")}</button>
                    </form>
                }
            });
            view! {
                <tr role="row">
                    <td role="cell" class="name"><b>{format!("Version {number}")}</b></td>
                    <td role="cell" data-label="Published"><Minute at=version.published_at /></td>
                    <td role="cell" data-label="By">{version.published_by.clone()}</td>
                    <td role="cell" class="lead">{in_use.then(|| view! { <span class="state active">"In use"</span> })}</td>
                    <td role="cell" class="do">{button}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="card rows">
            <div class="card-head"><h2>"Versions"</h2><span class="muted">{format!("The last {VERSIONS} are kept.")}</span></div>
            <table role="table">
                <caption class="visually-hidden">"What was published, newest first"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Version"</th><th role="columnheader" scope="col">"Published"</th>
                    <th role="columnheader" scope="col">"By"</th><th role="columnheader" scope="col">"State"</th>
                    <th role="columnheader" scope="col"><span class="visually-hidden">"Actions"</span></th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}
