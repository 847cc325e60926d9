//! The platform's own staff: who is on it, with which role, whether all need a second factor; and the password once more, before what a
//! borrowed browser should not do.
//!
//! Routes: `/admin/staff`, `/admin/staff/{user}`, `/admin/confirm`; functions `staff/appoint`, `staff/role`, `staff/end`,
//! `staff/second-factor`, `staff/confirm`.

pub mod confirm;
pub mod list;
pub mod one;
pub mod server;

use leptos::prelude::*;

use crate::domain::staff::StaffRole;

/// The choice of a role, among those that somebody of role `most` may give.
fn role_field(most: StaffRole, chosen: StaffRole, error: Option<String>) -> impl IntoView {
    let options = StaffRole::ALL
        .into_iter()
        .filter(|role| most.covers(*role))
        .map(|role| view! { <option value=role.as_str() selected=role == chosen>{role.label()}</option> })
        .collect_view();
    view! {
        <div class="field">
            <label for="role">"Role"</label>
            <select id="role" name="role" aria-describedby=error.is_some().then_some("role-error") aria-invalid=error.is_some().then_some("true")>{options}</select>
            {error.map(|error| view! { <p class="error" id="role-error">{error}</p> })}
        </div>
    }
}

/// What the roles are for.
fn roles() -> impl IntoView {
    let rows = StaffRole::ALL.map(|role| view! { <dt>{role.label()}</dt><dd>{role.about()}</dd> });
    view! { <dl class="facts">{rows}</dl> }
}
