//! `/admin/staff/{user}`: one of the staff; another role, or the end.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::{ChangeRole, End};
use super::{role_field, roles};
use crate::domain::ids::UserId;
use crate::domain::staff::{ManageStaff, StaffRole};
use crate::store::staff::StaffMember;
use crate::ui::dialog::ConfirmDialog;
use crate::ui::field::FormMessage;
use crate::ui::text::{Ago, Notice};
use crate::ui::time::OnDay;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{Islands, PageError, PageText, page};
use crate::web::request::{self, Context, query};

pub fn staff_member_page() -> PageText {
    let user = request::param("staff");
    page(async move {
        let (role, end) = (Form::of::<ChangeRole>(), Form::of::<End>());
        let (me, admin) = request::admin_with::<ManageStaff>().await?;
        let user = user.parse().map(UserId).map_err(|_| PageError::NotFound)?;
        let mut read = Context::get().store.platform_read_for::<ManageStaff>(&admin).await?;
        let member = read.list_staff().await?.into_iter().find(|member| member.user == user).ok_or(PageError::NotFound)?;
        let now = read.get_staff_rules().await?.now;
        let changed = query("done").is_some_and(|done| done == "role") && !role.failed() && !end.failed();
        let most = me.staff().map_or(StaffRole::ReadOnly, |staff| staff.role);
        let active = match member.last_active_at {
            Some(at) => view! { <Ago at=at now=now /> }.into_any(),
            None => view! { <span class="muted">"not yet"</span> }.into_any(),
        };
        let factor = match member.second_factor_since.filter(|_| member.accepted) {
            Some(at) => view! { "since "<OnDay at=at /> }.into_any(),
            None if member.accepted => view! { <span class="state near">"None"</span> }.into_any(),
            None => view! { "has not accepted yet; “Forgot your password?” mails another link" }.into_any(),
        };
        let title = member.name.clone();
        let body = view! {
            <div class="head">
                <div class="grow"><h1><bdi>{title.clone()}</bdi></h1><p>{member.email.clone()}</p></div>
                <a class="btn" href="/admin/staff">"All staff"</a>
                {ending(&member, &end)}
            </div>
            {changed.then(|| view! { <Notice kind="ok">"The role is changed. It holds from their next click on."</Notice> })}
            <FormMessage message=end.message() />
            <div class="pair">
                <div class="stack">
                    <section class="card pad">
                        <dl class="facts">
                            <dt>"Role"</dt><dd>{member.role.label()}</dd>
                            <dt>"On the staff"</dt><dd>"since "<OnDay at=member.since /></dd>
                            <dt>"Second factor"</dt><dd>{factor}</dd>
                            <dt>"Last active"</dt><dd>{active}</dd>
                        </dl>
                    </section>
                    {role_form(&member, most, &role)}
                </div>
                <section class="card pad stack"><h2>"Roles"</h2>{roles()}</section>
            </div>
            <Islands />
        };
        Ok(console(&me, &title, "/admin/staff", body.into_any()))
    })
}

fn role_form(member: &StaffMember, most: StaffRole, form: &Form) -> impl IntoView + use<> {
    let chosen = form.typed("role").and_then(|role| role.parse().ok()).unwrap_or(member.role);
    let message = form.message().filter(|_| form.error("role").is_none());
    view! {
        <form class="form card pad" method="post" action=ChangeRole::PATH>
            <h2>"Change the role"</h2>
            <FormMessage message=message />
            <input type="hidden" name="user" value=member.user.to_string() />
            <input type="hidden" name="was" value=member.role.as_str() />
            {role_field(most, chosen, form.error("role"))}
            <div class="actions"><button class="btn pri">"Change role"</button></div>
        </form>
    }
}

fn ending(member: &StaffMember, form: &Form) -> impl IntoView + use<> {
    let here = format!("/admin/staff/{}", member.user);
    let fields = view! {
        <p>{format!("The console is closed to {} from the next click on. The account stays, with the tenants it belongs to. The last owner cannot go.", member.name)}</p>
        <input type="hidden" name="user" value=member.user.to_string() />
    };
    view! {
        <ConfirmDialog
            id="end".to_owned()
            label="Take off the staff".to_owned()
            title=format!("Take {} off the staff?", member.name)
            href=format!("{here}?ask=end#end")
            cancel_href=here
            action=End::PATH.to_owned()
            confirm="Take off the staff".to_owned()
            danger=true
            open=query("ask").as_deref() == Some("end") || form.failed()
        >
            {fields}
        </ConfirmDialog>
    }
}
