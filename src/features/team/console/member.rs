//! One member of a tenant on its page of the console, and what staff can do for them.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::super::words::{last_active, role_field};
use super::Around;
use super::server::{EndMember, EndSessions, SendReset, SetRole};
use crate::domain::quantity;
use crate::domain::role::Role;
use crate::store::team_list::HelpedMember;
use crate::ui::dialog::ConfirmDialog;
use crate::ui::text::inert;
use crate::web::form::Form;

/// Who was chosen from the list.
pub(super) struct Chosen {
    pub found: HelpedMember,
    pub role: Form,
    /// The dialog that the address asks for.
    pub ask: String,
}

/// What every form here carries.
fn hidden(chosen: &Chosen, around: &Around) -> AnyView {
    let (slug, member) = (around.tenant.slug.to_string(), chosen.found.member.user.to_string());
    view! { <input type="hidden" name="slug" value=slug /><input type="hidden" name="member" value=member /> }.into_any()
}

pub(super) fn card(chosen: &Chosen, around: &Around) -> impl IntoView + use<> {
    let HelpedMember { member, second_factor, sessions, disabled } = &chosen.found;
    let sessions = quantity::plural(*sessions, "session is live", "sessions are live");
    let account = if *disabled { "The account is disabled." } else { "The account is in use." };
    let factor = if *second_factor { "Set up" } else { "None" };
    view! {
        <section class="card pad stack" id="member">
            <div class="card-head"><h2><bdi>{member.name.clone()}</bdi></h2><a class="btn" href=around.here()>"Close"</a></div>
            <dl class="facts">
                <dt>"Email"</dt><dd>{member.email.clone()}</dd>
                <dt>"Role"</dt><dd>{member.role.label()}</dd>
                <dt>"Last active"</dt><dd>{inert(last_active(member.last_active_at, around.now))}</dd>
                <dt>"Second factor"</dt><dd>{factor}</dd>
                <dt>"Account"</dt><dd>{format!("{account} {sessions}, in all of their tenants together.")}</dd>
            </dl>
            <form class="form" method="post" action=SetRole::PATH>
                {hidden(chosen, around)}
                <input type="hidden" name="was" value=member.role.as_str() />
                {inert(role_field(Role::Owner, member.role, chosen.role.error("role").as_deref(), None))}
                <p class="hint">"It counts from their next click on. The last owner stays one."</p>
                <div class="actions"><button class="btn">"Change role"</button></div>
            </form>
            <div class="actions">
                <form method="post" action=SendReset::PATH>{hidden(chosen, around)}<button class="btn">"Send password reset"</button></form>
                {end_sessions(chosen, around)}
                {remove(chosen, around)}
            </div>
        </section>
    }
}

fn end_sessions(chosen: &Chosen, around: &Around) -> impl IntoView + use<> {
    let (name, here) = (chosen.found.member.name.clone(), format!("{}?member={}", around.here(), chosen.found.member.user));
    let fields = view! {
        <p>{format!("{name} is signed out everywhere, in other tenants too, and signs in again with the password.")}</p>
        {hidden(chosen, around)}
    };
    view! {
        <ConfirmDialog
            id="end-sessions".to_owned()
            label="End sessions".to_owned()
            title=format!("End the sessions of {name}?")
            href=format!("{here}&ask=end-sessions#end-sessions")
            cancel_href=here
            action=EndSessions::PATH.to_owned()
            confirm="End sessions".to_owned()
            danger=false
            open=chosen.ask == "end-sessions"
        >
            {fields}
        </ConfirmDialog>
    }
}

fn remove(chosen: &Chosen, around: &Around) -> impl IntoView + use<> {
    let (name, tenant) = (chosen.found.member.name.clone(), around.tenant.name.clone());
    let here = format!("{}?member={}", around.here(), chosen.found.member.user);
    let fields = view! {
        <p>{format!("{name} can no longer open {tenant}, from the next click on. What they made stays; a new invite brings them back.")}</p>
        {hidden(chosen, around)}
    };
    view! {
        <ConfirmDialog
            id="remove".to_owned()
            label="Remove".to_owned()
            title=format!("Remove {name}?")
            href=format!("{here}&ask=remove#remove")
            cancel_href=here
            action=EndMember::PATH.to_owned()
            confirm=format!("Remove {name}")
            danger=true
            open=chosen.ask == "remove"
        >
            {fields}
        </ConfirmDialog>
    }
}
