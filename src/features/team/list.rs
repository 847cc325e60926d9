//! `/t/{slug}/team`: who belongs to the tenant and who is invited; admins invite here.

use leptos::server_fn::ServerFn as _;
use maud::{Markup, html};

use super::inviting::Invite;
use super::words::{full, last_active, role_field};
use crate::domain::capability::{ManageTeam, ViewTenant};
use crate::domain::ids::UserId;
use crate::domain::invite::{MAX_AT_ONCE, MAX_TEXT};
use crate::domain::quantity;
use crate::domain::role::Role;
use crate::domain::team::{MemberCursor, TeamQuery};
use crate::domain::zone::Zone;
use crate::store::access::TenantHead;
use crate::store::agents::Page;
use crate::store::members::{InviteRow, MemberRow};
use crate::ui::field::{Area, form_message};
use crate::ui::pager::pager;
use crate::ui::table::Head::Text;
use crate::ui::table::rows_table;
use crate::ui::text::notice;
use crate::ui::time::{on_day, zone};
use crate::web::form::Form;
use crate::web::frame::PortalFrame;
use crate::web::page::{PageText, islands, page};
use crate::web::request::{self, Context, query};
use crate::web::standing::Limited;

/// Who looks at the team, and from where.
struct Viewer {
    user: UserId,
    may: bool,
    head: TenantHead,
    base: String,
    query: TeamQuery,
}

pub fn team_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let form = Form::of::<Invite>();
        let search = TeamQuery::parse(query);
        let (me, member) = request::member(&slug).await?;
        let mut tx = Context::get().store.tenant::<ViewTenant>(&member).await?;
        let (members, next) = tx.list_members(&search).await?;
        let invites = tx.list_invites(&search).await?;
        let space = tx.get_space(Limited::Members.meter(), 1).await?;
        let (frame, head, may) = (PortalFrame::new(&me, &tx), tx.tenant().clone(), tx.may::<ManageTeam>());
        tx.commit().await?;
        let viewer = Viewer { user: me.user(), may, head, base: frame.base().to_owned(), query: search };
        let (members_now, at_limit) = (space.people.unwrap_or(space.used), space.against.clone());
        let line = format!(
            "{}, {}",
            quantity::plural(members_now, "member", "members"),
            quantity::plural(space.used - members_now, "invite open", "invites open")
        );
        let own = format!("{}/team/members/{}", viewer.base, viewer.user);
        let message = form.message().filter(|_| form.error("email").is_none() && form.error("role").is_none());
        // The banner says it already.
        let message = message.filter(|message| at_limit.as_ref().is_none_or(|limit| limit.to_string() != *message));
        let said = (!form.failed()).then(said).flatten();
        let body = html! {
            div class="head" {
                div class="grow" { h1 { "Team" } p { (line) } }
                a class="btn" href={ (viewer.base) "/roles" } { "Roles" }
                @if may { a class="btn" href={ (viewer.base) "/team/import" } { "Import a CSV file" } }
                a class="btn" href=(own) { "Your membership" }
            }
            @if let Some(text) = said { (notice("ok", html! { (text) })) }
            @if let Some(limit) = at_limit { (full(&limit, &viewer.head, &viewer.base)) }
            (form_message(message.as_deref()))
            @if may {
                div class="two" {
                    (invite_form(&form, &viewer))
                    (Limited::Members.card(&viewer.base, &space))
                }
            }
            (search_form(&viewer))
            (member_table(&members, next, &viewer))
            (invite_table(&invites, &viewer))
            @if may { (islands()) }
        };
        Ok(frame.page("Team", "/team", body))
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

fn invite_form(form: &Form, viewer: &Viewer) -> Markup {
    let chosen = form.typed("role").and_then(|role| role.parse().ok()).unwrap_or(Role::Member);
    html! {
        form class="form card pad" method="post" action=(Invite::PATH) {
            h2 { "Invite people" }
            input type="hidden" name="tenant" value=(viewer.head.slug);
            input type="hidden" name="request" value=(uuid::Uuid::new_v4());
            (form.area(Area {
                name: "email",
                label: "Email",
                rows: 2,
                most: Some(MAX_TEXT),
                required: true,
                hint: &format!("One address, or up to {MAX_AT_ONCE}: separated by commas or line breaks."),
                ..Area::default()
            }))
            (role_field(viewer.head.role, chosen, form.error("role").as_deref(), Some(&viewer.base)))
            div class="actions" { button class="btn pri" { "Invite" } }
        }
    }
}

fn search_form(viewer: &Viewer) -> Markup {
    let TeamQuery { q, role, .. } = &viewer.query;
    html! {
        form class="search" role="search" action={ (viewer.base) "/team" } {
            div class="field grow" {
                label for="q" { "Find people" }
                input id="q" name="q" type="search" value=(q) placeholder="Name or e-mail" autocomplete="off";
            }
            div class="field" {
                label for="by-role" { "With role" }
                select id="by-role" name="role" {
                    option value="" { "Any role" }
                    @for option in Role::ALL.into_iter().rev() {
                        option value=(option.as_str()) selected[*role == Some(option)] { (option.label()) }
                    }
                }
            }
            button class="btn" { "Find" }
            @if viewer.query.is_filtered() { a class="btn" href={ (viewer.base) "/team" } { "Show all" } }
        }
    }
}

fn member_row(member: &MemberRow, viewer: &Viewer, zone: Zone) -> Markup {
    let own = member.user == viewer.user;
    html! {
        tr role="row" {
            td role="cell" class="name" {
                @if viewer.may || own {
                    a href={ (viewer.base) "/team/members/" (member.user) } { bdi { (member.name) } }
                } @else {
                    b { bdi { (member.name) } }
                }
                " " span { (member.email) }
            }
            td role="cell" class="lead" { (member.role.label()) @if own { ", you" } }
            td role="cell" data-label="Joined" { (on_day(member.joined_at, zone)) }
            td role="cell" data-label="Last active" { (last_active(member.last_active_at, viewer.head.now)) }
        }
    }
}

fn member_table(members: &[MemberRow], next: Option<MemberCursor>, viewer: &Viewer) -> Markup {
    if members.is_empty() {
        return html! {
            div class="card empty" {
                h2 { "Nobody here" }
                p { "No member is called like this. Search for a part of a name or e-mail address." }
            }
        };
    }
    let zone = zone();
    let first = viewer.query.after.is_some().then(|| TeamQuery { after: None, ..viewer.query.clone() }.href(&viewer.base));
    let next = next.map(|next| TeamQuery { after: Some(next), ..viewer.query.clone() }.href(&viewer.base));
    html! {
        div class="card rows" {
            (rows_table(
                &format!("Members of {}, by role", viewer.head.name),
                &[Text("Member"), Text("Role"), Text("Joined"), Text("Last active")],
                &html! { @for member in members { (member_row(member, viewer, zone)) } }
            ))
            (pager(members.len(), first.as_deref(), next.as_deref(), "Pages of members"))
        }
    }
}

fn invite_row(invite: &InviteRow, viewer: &Viewer, zone: Zone) -> Markup {
    let (class, word) = match (invite.expired, invite.lapsed) {
        (true, _) => ("state idle", "Run out"),
        (false, true) => ("state near", "Needs resending"),
        (false, false) => ("state wait", "Invited"),
    };
    let until = if invite.expired { "Ran out" } else { "Runs out" };
    html! {
        tr role="row" {
            td role="cell" class="name" {
                @if viewer.may { a href={ (viewer.base) "/team/invites/" (invite.id) } { (invite.email) } } @else { b { (invite.email) } }
                @if let Some(name) = &invite.name { " " span { bdi { (name) } } }
            }
            td role="cell" data-label="Role" { (invite.role.label()) }
            td role="cell" class="lead" { span class=(class) { (word) } }
            td role="cell" class="long" data-label="By" { (invite.invited_by) }
            td role="cell" data-label=(until) { (on_day(invite.expires_at, zone)) }
        }
    }
}

fn invite_table(invites: &Page<InviteRow>, viewer: &Viewer) -> Markup {
    let further = viewer.query.invites_after.is_some();
    if invites.rows.is_empty() && !further {
        return Markup::default();
    }
    let zone = zone();
    let first = further.then(|| TeamQuery { invites_after: None, ..viewer.query.clone() }.href(&viewer.base));
    let next = invites.next.as_ref().and_then(|next| next.parse().ok());
    let next = next.map(|next| TeamQuery { invites_after: Some(next), ..viewer.query.clone() }.href(&viewer.base));
    html! {
        section class="card rows" {
            div class="card-head" { h2 { "Invites" } }
            (rows_table(
                "Invites that were not accepted yet, newest first",
                &[Text("Email"), Text("Role"), Text("State"), Text("By"), Text("Until")],
                &html! { @for invite in &invites.rows { (invite_row(invite, viewer, zone)) } }
            ))
            (pager(invites.rows.len(), first.as_deref(), next.as_deref(), "Pages of invites"))
        }
    }
}
