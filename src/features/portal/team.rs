//! `/t/{slug}/team`: who belongs to the tenant and who is invited; admins and owners can remove members.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_params_map;

use super::server::RemoveMember;
use crate::domain::capability::{ManageTeam, ViewTenant};
use crate::domain::ids::UserId;
use crate::domain::quantity;
use crate::domain::role::Role;
use crate::store::access::TenantHead;
use crate::store::members::{InviteRow, MemberRow};
use crate::ui::dialog::ConfirmDialog;
use crate::ui::field::FormMessage;
use crate::ui::text::{Ago, Notice};
use crate::ui::time::OnDay;
use crate::web::form::Form;
use crate::web::frame::PortalFrame;
use crate::web::page;
use crate::web::page::Islands;
use crate::web::request::{self, Context, query};

/// Who looks at the team, and how.
struct Viewer {
    user: UserId,
    role: Role,
    may_remove: bool,
    /// Whose removal is asked about, without script.
    asked: Option<String>,
    base: String,
}

#[component]
pub fn TeamPage() -> impl IntoView {
    let slug = use_params_map().with_untracked(|params| params.get("slug")).unwrap_or_default();
    page(async move {
        let (form, asked) = (Form::of::<RemoveMember>(), query("remove"));
        let removed = query("done").is_some_and(|done| done == "removed");
        let (me, member) = request::member(&slug).await?;
        let mut tx = Context::get().store.tenant::<ViewTenant>(&member).await?;
        let (members, invites) = (tx.list_members().await?, tx.list_open_invites().await?);
        let (frame, head, may_remove) = (PortalFrame::new(&me, &tx), tx.tenant().clone(), tx.may::<ManageTeam>());
        tx.commit().await?;
        let viewer = Viewer { user: me.user(), role: head.role, may_remove, asked, base: frame.base().to_owned() };
        let waiting = invites.iter().filter(|invite| !invite.expired).count();
        let body = view! {
            <div class="head"><div class="grow">
                <h1>"Team"</h1>
                <p>{format!("{}, {}", plural(members.len(), "member", "members"), plural(waiting, "invite open", "invites open"))}</p>
            </div></div>
            {(removed && !form.failed()).then(|| view! { <Notice kind="ok"><b>"Removed."</b>" They can no longer open this tenant."</Notice> })}
            <FormMessage message=form.message() />
            {member_table(members, &viewer, &head)}
            {invite_table(invites)}
            {may_remove.then(|| view! { <Islands /> })}
        };
        Ok(frame.view("Team", "/team", body.into_any()))
    })
}

fn plural(n: usize, one: &str, many: &str) -> String {
    quantity::plural(i64::try_from(n).unwrap_or(i64::MAX), one, many)
}

fn last_seen(at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> AnyView {
    match at {
        Some(at) => view! { <Ago at=at now=now /> }.into_any(),
        None => view! { <span class="muted">"not yet"</span> }.into_any(),
    }
}

fn removal(member: &MemberRow, viewer: &Viewer, head: &TenantHead) -> Option<AnyView> {
    if !viewer.may_remove || member.role > viewer.role {
        return None;
    }
    let id = member.user.to_string();
    let open = viewer.asked.as_deref() == Some(id.as_str());
    let (name, tenant) = (member.name.clone(), head.name.clone());
    let own = member.user == viewer.user;
    let text = if own {
        format!("You leave {tenant} at once and need a new invite to come back. What you made stays.")
    } else {
        format!("{name} can no longer open {tenant}, from the next click on. What they made stays; a new invite brings them back.")
    };
    let team = format!("{}/team", viewer.base);
    let fields = view! {
        <p>{text}</p>
        <input type="hidden" name="tenant" value=head.slug.to_string() />
        <input type="hidden" name="member" value=id.clone() />
    };
    Some(
        view! {
            <ConfirmDialog
                id=format!("remove-{id}")
                label=if own { "Leave".to_owned() } else { "Remove".to_owned() }
                title=if own { format!("Leave {tenant}?") } else { format!("Remove {name}?") }
                href=format!("{team}?remove={id}#remove-{id}")
                cancel_href=team
                action=RemoveMember::PATH.to_owned()
                confirm=if own { "Leave".to_owned() } else { format!("Remove {name}") }
                danger=true
                open=open
            >
                {fields}
            </ConfirmDialog>
        }
        .into_any(),
    )
}

fn member_table(members: Vec<MemberRow>, viewer: &Viewer, head: &TenantHead) -> impl IntoView + use<> {
    let rows = members
        .into_iter()
        .map(|member| {
            let action = removal(&member, viewer, head);
            view! {
                <tr role="row">
                    <td role="cell" class="name"><b><bdi>{member.name}</bdi></b>" "<span>{member.email}</span></td>
                    <td role="cell" class="lead">{member.role.label()}</td>
                    <td role="cell" data-label="Joined"><OnDay at=member.joined_at /></td>
                    <td role="cell" data-label="Last active">{last_seen(member.last_active_at, head.now)}</td>
                    {viewer.may_remove.then(|| view! { <td role="cell" class="do">{action}</td> })}
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="card rows">
            <table role="table">
                <caption class="visually-hidden">{format!("Members of {}, by role", head.name)}</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Member"</th><th role="columnheader" scope="col">"Role"</th>
                    <th role="columnheader" scope="col">"Joined"</th><th role="columnheader" scope="col">"Last active"</th>
                    {viewer.may_remove.then(|| view! { <th role="columnheader" scope="col"><span class="visually-hidden">"Actions"</span></th> })}
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
}

fn invite_table(invites: Vec<InviteRow>) -> Option<impl IntoView> {
    let rows = invites
        .into_iter()
        .map(|invite| {
            let (class, word) = if invite.expired { ("state idle", "Run out") } else { ("state wait", "Invited") };
            let until = if invite.expired { "Ran out" } else { "Runs out" };
            view! {
                <tr role="row">
                    <td role="cell" class="name"><b>{invite.email}</b></td>
                    <td role="cell" data-label="Role">{invite.role.label()}</td>
                    <td role="cell" class="lead"><span class=class>{word}</span></td>
                    <td role="cell" data-label=until><OnDay at=invite.expires_at /></td>
                </tr>
            }
        })
        .collect::<Vec<_>>();
    (!rows.is_empty()).then(|| {
        view! {
            <section class="card rows">
                <div class="card-head"><h2>"Invites"</h2></div>
                <table role="table">
                    <caption class="visually-hidden">"Invites that were not accepted yet"</caption>
                    <thead role="rowgroup"><tr role="row">
                        <th role="columnheader" scope="col">"Email"</th><th role="columnheader" scope="col">"Role"</th>
                        <th role="columnheader" scope="col">"State"</th><th role="columnheader" scope="col">"Until"</th>
                    </tr></thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
            </section>
        }
    })
}
