//! `/t/{slug}/team`: who belongs to the tenant and who is invited; admins invite here.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_params_map;

use super::inviting::Invite;
use super::words::{full, last_active, role_field};
use crate::domain::capability::{ManageTeam, ViewTenant};
use crate::domain::ids::UserId;
use crate::domain::invite::{MAX_AT_ONCE, MAX_TEXT};
use crate::domain::quantity::{self, Unit};
use crate::domain::quota::{Level, Quota};
use crate::domain::role::Role;
use crate::domain::team::{MemberCursor, TeamQuery};
use crate::store::access::TenantHead;
use crate::store::agents::Page;
use crate::store::members::{InviteRow, MemberRow};
use crate::ui::field::{FormMessage, TextArea};
use crate::ui::meter::QuotaBar;
use crate::ui::text::Notice;
use crate::ui::time::OnDay;
use crate::web::form::Form;
use crate::web::frame::PortalFrame;
use crate::web::page;
use crate::web::request::{self, Context, query};

/// Who looks at the team, and from where.
struct Viewer {
    user: UserId,
    may: bool,
    head: TenantHead,
    base: String,
    query: TeamQuery,
}

#[component]
pub fn TeamPage() -> impl IntoView {
    let slug = use_params_map().with_untracked(|params| params.get("slug")).unwrap_or_default();
    page(async move {
        let form = Form::of::<Invite>();
        let search = TeamQuery::parse(query);
        let (me, member) = request::member(&slug).await?;
        let mut tx = Context::get().store.tenant::<ViewTenant>(&member).await?;
        let (members, next) = tx.list_members(&search).await?;
        let (invites, counts) = (tx.list_invites(&search).await?, tx.count_team().await?);
        let ((used, limit), at_limit) = (tx.get_level("members").await?, tx.find_limit("members", 1).await?);
        let (frame, head, may) = (PortalFrame::new(&me, &tx), tx.tenant().clone(), tx.may::<ManageTeam>());
        tx.commit().await?;
        let viewer = Viewer { user: me.user(), may, head, base: frame.base().to_owned(), query: search };
        let quota =
            Quota { label: "Members and open invites".to_owned(), level: Level::Units { used, limit, unit: Unit::Count }, resets: None };
        let line = format!(
            "{}, {}",
            quantity::plural(counts.members, "member", "members"),
            quantity::plural(counts.open_invites, "invite open", "invites open")
        );
        let own = format!("{}/team/members/{}", viewer.base, viewer.user);
        let message = form.message().filter(|_| form.error("email").is_none() && form.error("role").is_none());
        // The banner says it already.
        let message = message.filter(|message| at_limit.as_ref().is_none_or(|limit| limit.to_string() != *message));
        let notice = (!form.failed()).then(said).flatten();
        let body = view! {
            <div class="head">
                <div class="grow"><h1>"Team"</h1><p>{line}</p></div>
                {may.then(|| view! { <a class="btn" href=format!("{}/team/import", viewer.base)>"Import a CSV file"</a> })}
                <a class="btn" href=own>"Your membership"</a>
            </div>
            {notice.map(|text| view! { <Notice kind="ok">{text}</Notice> })}
            {at_limit.map(|limit| full(&limit, &viewer.head, &viewer.base))}
            <FormMessage message=message />
            {may.then(|| view! {
                <div class="two">
                    {invite_form(&form, &viewer)}
                    <section class="card pad"><QuotaBar quota=quota /></section>
                </div>
            })}
            {search_form(&viewer)}
            {member_table(members, next, &viewer)}
            {invite_table(invites, &viewer)}
        };
        Ok(frame.view("Team", "/team", body.into_any()))
    })
}

fn said() -> Option<String> {
    match query("done")?.as_str() {
        "invited" => {
            let n = query("n")?.parse::<i64>().ok().filter(|n| *n > 0)?;
            Some(format!("{} invited. Open an invite below to copy its link.", quantity::plural(n, "person is", "people are")))
        }
        "removed" => Some("Removed. They can no longer open this tenant.".to_owned()),
        "revoked" => Some("The invite is taken back. Its link no longer works.".to_owned()),
        _ => None,
    }
}

fn invite_form(form: &Form, viewer: &Viewer) -> impl IntoView + use<> {
    let chosen = form.typed("role").and_then(|role| role.parse().ok()).unwrap_or(Role::Member);
    let hint = format!("One address, or up to {MAX_AT_ONCE}: separated by commas or line breaks.");
    view! {
        <form class="form card pad" method="post" action=Invite::PATH>
            <h2>"Invite people"</h2>
            <input type="hidden" name="tenant" value=viewer.head.slug.to_string() />
            <input type="hidden" name="request" value=uuid::Uuid::new_v4().to_string() />
            <TextArea name="email" label="Email" rows=2 most=MAX_TEXT required=true hint=hint value=form.typed("email") error=form.error("email") />
            {role_field(viewer.head.role, chosen, form.error("role"))}
            <div class="actions"><button class="btn pri">"Invite"</button></div>
        </form>
    }
}

fn search_form(viewer: &Viewer) -> impl IntoView + use<> {
    let TeamQuery { q, role, .. } = &viewer.query;
    let options = Role::ALL
        .into_iter()
        .rev()
        .map(|option| view! { <option value=option.as_str() selected=*role == Some(option)>{option.label()}</option> })
        .collect_view();
    let all = viewer.query.is_filtered().then(|| view! { <a class="btn" href=format!("{}/team", viewer.base)>"Show all"</a> });
    view! {
        <form class="search" role="search" action=format!("{}/team", viewer.base)>
            <div class="field grow">
                <label for="q">"Find people"</label>
                <input id="q" name="q" type="search" value=q.clone() placeholder="Name or e-mail" autocomplete="off" />
            </div>
            <div class="field"><label for="by-role">"With role"</label><select id="by-role" name="role"><option value="">"Any role"</option>{options}</select></div>
            <button class="btn">"Find"</button>
            {all}
        </form>
    }
}

/// Links to the other pages of a list.
fn pager(label: &'static str, first: Option<String>, next: Option<String>) -> Option<impl IntoView> {
    (first.is_some() || next.is_some()).then(|| {
        view! {
            <nav class="foot" aria-label=label><div class="pager">
                {first.map(|href| view! { <a class="btn" href=href>"First page"</a> })}
                {next.map(|href| view! { <a class="btn" href=href>"Next page"</a> })}
            </div></nav>
        }
    })
}

fn member_table(members: Vec<MemberRow>, next: Option<MemberCursor>, viewer: &Viewer) -> AnyView {
    if members.is_empty() {
        return view! { <div class="card empty"><h2>"Nobody here"</h2><p>"No member is called like this. Search for a part of a name or e-mail address."</p></div> }
            .into_any();
    }
    let rows = members
        .into_iter()
        .map(|member| {
            let own = member.user == viewer.user;
            let name = match viewer.may || own {
                true => view! { <a href=format!("{}/team/members/{}", viewer.base, member.user)><bdi>{member.name}</bdi></a> }.into_any(),
                false => view! { <b><bdi>{member.name}</bdi></b> }.into_any(),
            };
            view! {
                <tr role="row">
                    <td role="cell" class="name">{name}" "<span>{member.email}</span></td>
                    <td role="cell" class="lead">{member.role.label()}{own.then_some(", you")}</td>
                    <td role="cell" data-label="Joined"><OnDay at=member.joined_at /></td>
                    <td role="cell" data-label="Last active">{last_active(member.last_active_at, viewer.head.now)}</td>
                </tr>
            }
        })
        .collect_view();
    let first = viewer.query.after.is_some().then(|| TeamQuery { after: None, ..viewer.query.clone() }.href(&viewer.base));
    let next = next.map(|next| TeamQuery { after: Some(next), ..viewer.query.clone() }.href(&viewer.base));
    view! {
        <div class="card rows">
            <table role="table">
                <caption class="visually-hidden">{format!("Members of {}, by role", viewer.head.name)}</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Member"</th><th role="columnheader" scope="col">"Role"</th>
                    <th role="columnheader" scope="col">"Joined"</th><th role="columnheader" scope="col">"Last active"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
            {pager("Pages of members", first, next)}
        </div>
    }
    .into_any()
}

fn invite_table(invites: Page<InviteRow>, viewer: &Viewer) -> Option<impl IntoView + use<>> {
    let further = viewer.query.invites_after.is_some();
    if invites.rows.is_empty() && !further {
        return None;
    }
    let rows = invites
        .rows
        .into_iter()
        .map(|invite| {
            let (class, word) = match (invite.expired, invite.lapsed) {
                (true, _) => ("state idle", "Run out"),
                (false, true) => ("state near", "Needs resending"),
                (false, false) => ("state wait", "Invited"),
            };
            let until = if invite.expired { "Ran out" } else { "Runs out" };
            let email = match viewer.may {
                true => view! { <a href=format!("{}/team/invites/{}", viewer.base, invite.id)>{invite.email}</a> }.into_any(),
                false => view! { <b>{invite.email}</b> }.into_any(),
            };
            view! {
                <tr role="row">
                    <td role="cell" class="name">{email}{invite.name.map(|name| view! { " "<span><bdi>{name}</bdi></span> })}</td>
                    <td role="cell" data-label="Role">{invite.role.label()}</td>
                    <td role="cell" class="lead"><span class=class>{word}</span></td>
                    <td role="cell" class="long" data-label="By">{invite.invited_by}</td>
                    <td role="cell" data-label=until><OnDay at=invite.expires_at /></td>
                </tr>
            }
        })
        .collect_view();
    let first = further.then(|| TeamQuery { invites_after: None, ..viewer.query.clone() }.href(&viewer.base));
    let next = invites.next.and_then(|next| next.parse().ok());
    let next = next.map(|next| TeamQuery { invites_after: Some(next), ..viewer.query.clone() }.href(&viewer.base));
    Some(view! {
        <section class="card rows">
            <div class="card-head"><h2>"Invites"</h2></div>
            <table role="table">
                <caption class="visually-hidden">"Invites that were not accepted yet, newest first"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Email"</th><th role="columnheader" scope="col">"Role"</th>
                    <th role="columnheader" scope="col">"State"</th><th role="columnheader" scope="col">"By"</th>
                    <th role="columnheader" scope="col">"Until"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
            {pager("Pages of invites", first, next)}
        </section>
    })
}
