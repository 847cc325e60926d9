//! The lists of `/admin/tenants/{slug}/users`.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::super::words::last_active;
use super::Around;
use super::server::{ResendFor, RevokeFor};
use crate::domain::quantity;
use crate::domain::team::{MemberCursor, TeamQuery};
use crate::store::agents::Page;
use crate::store::members::InviteRow;
use crate::store::team_list::HelpedMember;
use crate::ui::pager::Pager;
use crate::ui::text::inert;
use crate::ui::time::OnDay;

pub(super) fn member_table(members: &[HelpedMember], next: Option<MemberCursor>, around: &Around) -> AnyView {
    if members.is_empty() {
        let text = match around.query.is_filtered() {
            true => "No member is called like this. Search for a part of a name or e-mail address.",
            false => "Nobody has joined yet. Invite somebody below.",
        };
        return view! { <div class="card empty"><h2>"Nobody here"</h2><p>{text}</p></div> }.into_any();
    }
    let here = around.here();
    let rows = members
        .iter()
        .map(|helped| {
            let member = &helped.member;
            let factor = if helped.second_factor { "yes" } else { "none" };
            let sessions = match helped.sessions {
                0 => "none".to_owned(),
                n => quantity::count(n),
            };
            view! {
                <tr role="row">
                    <td role="cell" class="name">
                        <a href=format!("{here}?member={}#member", member.user)><bdi>{member.name.clone()}</bdi></a>" "<span>{member.email.clone()}</span>
                    </td>
                    <td role="cell" class="lead">{member.role.label()}{helped.disabled.then_some(", disabled")}</td>
                    <td role="cell" data-label="Last active">{inert(last_active(member.last_active_at, around.now))}</td>
                    <td role="cell" data-label="Second factor">{factor}</td>
                    <td role="cell" class="num" data-label="Sessions">{sessions}</td>
                    <td role="cell" data-label="Joined"><OnDay at=member.joined_at /></td>
                </tr>
            }
        })
        .collect_view();
    let first = around.query.after.is_some().then(|| TeamQuery { after: None, ..around.query.clone() }.at(&here));
    let next = next.map(|next| TeamQuery { after: Some(next), ..around.query.clone() }.at(&here));
    view! {
        <div class="card rows">
            <table role="table">
                <caption class="visually-hidden">{format!("Members of {}, by role", around.tenant.name)}</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Member"</th><th role="columnheader" scope="col">"Role"</th>
                    <th role="columnheader" scope="col">"Last active"</th><th role="columnheader" scope="col">"Second factor"</th>
                    <th role="columnheader" scope="col" class="num">"Sessions"</th><th role="columnheader" scope="col">"Joined"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
            <Pager shown=members.len() first=first next=next label="Pages of members" />
        </div>
    }
    .into_any()
}

pub(super) fn invite_table(invites: &Page<InviteRow>, around: &Around) -> Option<AnyView> {
    let further = around.query.invites_after.is_some();
    if invites.rows.is_empty() && !further {
        return None;
    }
    let here = around.here();
    let rows = invites
        .rows
        .iter()
        .map(|invite| {
            let (class, word) = match (invite.expired, invite.lapsed) {
                (true, _) => ("state idle", "Run out"),
                (false, true) => ("state near", "Needs resending"),
                (false, false) => ("state wait", "Invited"),
            };
            let until = if invite.expired { "Ran out" } else { "Runs out" };
            let form = |action: &'static str, label: &'static str| {
                let spoken = format!("{label} the invite of {}", invite.email);
                view! {
                    <form method="post" action=action>
                        <input type="hidden" name="slug" value=around.tenant.slug.to_string() />
                        <input type="hidden" name="invite" value=invite.id.to_string() />
                        <button class="btn" aria-label=spoken>{label}</button>
                    </form>
                }
            };
            view! {
                <tr role="row">
                    <td role="cell" class="name"><b>{invite.email.clone()}</b>{invite.name.clone().map(|name| view! { " "<span><bdi>{name}</bdi></span> })}</td>
                    <td role="cell" data-label="Role">{invite.role.label()}</td>
                    <td role="cell" class="lead"><span class=class>{word}</span></td>
                    <td role="cell" class="long" data-label="By">{invite.invited_by.clone()}</td>
                    <td role="cell" data-label=until><OnDay at=invite.expires_at /></td>
                    <td role="cell" class="do"><div class="row">{form(ResendFor::PATH, "Resend")}{form(RevokeFor::PATH, "Revoke")}</div></td>
                </tr>
            }
        })
        .collect_view();
    let first = further.then(|| TeamQuery { invites_after: None, ..around.query.clone() }.at(&here));
    let next = invites.next.as_ref().and_then(|next| next.parse().ok());
    let next = next.map(|next| TeamQuery { invites_after: Some(next), ..around.query.clone() }.at(&here));
    let view = view! {
        <section class="card rows">
            <div class="card-head"><h2>"Invites"</h2></div>
            <table role="table">
                <caption class="visually-hidden">"Invites that were not accepted yet, newest first"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Email"</th><th role="columnheader" scope="col">"Role"</th>
                    <th role="columnheader" scope="col">"State"</th><th role="columnheader" scope="col">"By"</th>
                    <th role="columnheader" scope="col">"Until"</th><th role="columnheader" scope="col">"Help"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
            <Pager shown=invites.rows.len() first=first next=next label="Pages of invites" />
        </section>
    };
    Some(view.into_any())
}
