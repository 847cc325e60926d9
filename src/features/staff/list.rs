//! `/admin/staff`: everybody on the staff, appointing, and whether all need a second factor.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::{Appoint, End, RequireSecondFactor};
use super::{role_field, roles};
use crate::domain::staff::{ManageStaff, StaffRole};
use crate::store::access::SignedIn;
use crate::store::staff::{StaffMember, StaffRules};
use crate::ui::field::{FormMessage, TextField};
use crate::ui::text::{Ago, Notice};
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, query};

pub fn staff_page() -> PageText {
    page(async {
        let (appoint, end, rule) = (Form::of::<Appoint>(), Form::of::<End>(), Form::of::<RequireSecondFactor>());
        let (me, admin) = request::admin_with::<ManageStaff>().await?;
        let mut read = Context::get().store.platform_read_for::<ManageStaff>(&admin).await?;
        let (staff, rules) = (read.list_staff().await?, read.get_staff_rules().await?);
        let failed = appoint.failed() || end.failed() || rule.failed();
        let body = view! {
            <div class="head">
                <div class="grow"><h1>"Staff"</h1><p>"Who works on this platform, and what they may do. Each change stands in the platform's audit log."</p></div>
            </div>
            {(!failed).then(said).flatten().map(|text| view! { <Notice kind="ok">{text}</Notice> })}
            <FormMessage message=end.message() />
            {table(&staff, &me, rules.now)}
            <div class="pair">
                {appoint_form(&me, &appoint)}
                <section class="card pad stack"><h2>"Roles"</h2>{roles()}</section>
            </div>
            {factor_form(rules, &rule)}
        };
        Ok(console(&me, "Staff", "/admin/staff", body.into_any()))
    })
}

fn said() -> Option<&'static str> {
    match query("done")?.as_str() {
        "appointed" => Some("Appointed. A link to choose a password is on its way to them; it works for 7 days."),
        "ended" => Some("They are off the staff: the console is closed to them from now on."),
        "second-factor" => Some("Saved. It holds from the next click on."),
        _ => None,
    }
}

fn row(member: &StaffMember, me: &SignedIn, now: DateTime<Utc>) -> impl IntoView + use<> {
    let own = member.user == me.user();
    let (class, factor) = match (member.accepted, member.second_factor_since.is_some()) {
        (false, _) => ("state wait", "Appointed"),
        (true, true) => ("state ok", "On"),
        (true, false) => ("state near", "None"),
    };
    let active = match member.last_active_at {
        Some(at) => view! { <Ago at=at now=now /> }.into_any(),
        None => view! { <span class="muted">"not yet"</span> }.into_any(),
    };
    view! {
        <tr role="row">
            <td role="cell" class="name"><a href=format!("/admin/staff/{}", member.user)><bdi>{member.name.clone()}</bdi></a>" "<span>{member.email.clone()}</span></td>
            <td role="cell" class="lead">{member.role.label()}{own.then_some(", you")}</td>
            <td role="cell" data-label="Second factor"><span class=class>{factor}</span></td>
            <td role="cell" data-label="Last active">{active}</td>
        </tr>
    }
}

fn table(staff: &[StaffMember], me: &SignedIn, now: DateTime<Utc>) -> impl IntoView + use<> {
    let rows = staff.iter().map(|member| row(member, me, now)).collect_view();
    view! {
        <div class="card rows">
            <table role="table">
                <caption class="visually-hidden">"Staff, by role"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Person"</th><th role="columnheader" scope="col">"Role"</th>
                    <th role="columnheader" scope="col">"Second factor"</th><th role="columnheader" scope="col">"Last active"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
}

fn appoint_form(me: &SignedIn, form: &Form) -> impl IntoView + use<> {
    let most = me.staff().map_or(StaffRole::ReadOnly, |staff| staff.role);
    let chosen = form.typed("role").and_then(|role| role.parse().ok()).unwrap_or(StaffRole::Support);
    let message = form.message().filter(|_| form.error("email").is_none() && form.error("role").is_none());
    view! {
        <form class="form card pad" method="post" action=Appoint::PATH>
            <h2>"Appoint somebody"</h2>
            <FormMessage message=message />
            <TextField
                name="email"
                label="Email"
                kind="email"
                value=form.typed("email")
                error=form.error("email")
                hint="They accept by a link in their mail, with which they choose a new password, also who has an account."
            />
            {role_field(most, chosen, form.error("role"))}
            <div class="actions"><button class="btn pri">"Appoint"</button></div>
        </form>
    }
}

fn factor_form(rules: StaffRules, form: &Form) -> impl IntoView + use<> {
    let text = match (rules.second_factor, rules.demo) {
        (true, _) => "Staff without one are led to set it up before the console opens.",
        (false, true) => "This is a demo: its admin signs in with a password alone. Require one before real tenants are here.",
        (false, false) => "Whoever learns the password of one of the staff can open every tenant.",
    };
    let (value, label) = match rules.second_factor {
        true => ("", "Require none"),
        false => ("on", "Require a second factor"),
    };
    let class = if rules.second_factor { "btn danger" } else { "btn pri" };
    view! {
        <section class="card pad stack" id="second-factor">
            <div class="row">
                <h2>"Second factor"</h2>
                <span class=if rules.second_factor { "tag ok" } else { "tag" }>{if rules.second_factor { "required" } else { "not required" }}</span>
            </div>
            <p>{text}</p>
            <FormMessage message=form.message() />
            <form method="post" action=RequireSecondFactor::PATH>
                <input type="hidden" name="required" value=value />
                <button class=class>{label}</button>
            </form>
        </section>
    }
}
