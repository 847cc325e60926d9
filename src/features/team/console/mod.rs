//! `/admin/tenants/{slug}/users`: a tenant's people and open invites for staff, who help them here.

mod member;
pub mod server;
mod tables;

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use self::member::{Chosen, card};
use self::server::{EndMember, EndSessions, InviteFor, ResendFor, RevokeFor, SendReset, SetRole};
use self::tables::{invite_table, member_table};
use crate::domain::role::Role;
use crate::domain::slug::Slug;
use crate::domain::team::TeamQuery;
use crate::store::team_list::HelpedTeam;
use crate::store::usage_report::Looked;
use crate::ui::field::{FormMessage, TextField};
use crate::ui::text::{Notice, inert};
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{Islands, PageError, PageText, page};
use crate::web::request::{self, Context, at_own_address, query};
use crate::web::tenant_tabs::TenantTabs;

/// What the page shows around the lists.
pub(super) struct Around {
    pub tenant: Looked,
    pub query: TeamQuery,
    pub now: chrono::DateTime<chrono::Utc>,
}

impl Around {
    /// The page's own path.
    pub fn here(&self) -> String {
        format!("/admin/tenants/{}/users", self.tenant.slug)
    }
}

pub fn tenant_users_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let search = TeamQuery::parse(query);
        let (invite, role) = (Form::of::<InviteFor>(), Form::of::<SetRole>());
        let others =
            [Form::of::<EndMember>(), Form::of::<EndSessions>(), Form::of::<SendReset>(), Form::of::<ResendFor>(), Form::of::<RevokeFor>()];
        // Of a form that failed, the person whom it was about.
        let about = || others.iter().chain([&role]).find_map(|form| form.typed("member"));
        let asked = query("member").or_else(about).and_then(|id| id.parse().ok());
        let (me, admin) = request::admin().await?;
        let slug: Slug = slug.parse().map_err(|_| PageError::NotFound)?;
        let mut read = Context::get().store.platform_read(&admin).await?;
        let tenant = read.look_at(&slug).await?;
        at_own_address(&slug, &tenant.slug)?;
        let HelpedTeam { members, next, chosen, invites } = read.list_team(&tenant, &search, asked).await?;
        let around = Around { now: tenant.now, query: search, tenant };
        let title = format!("Users of {}", around.tenant.name);
        let failed = invite.failed() || role.failed() || others.iter().any(Form::failed);
        let message = others.iter().find_map(Form::message).or_else(|| role.message().filter(|_| role.error("role").is_none()));
        let message = message.or_else(|| invite.message().filter(|_| invite.error("email").is_none() && invite.error("role").is_none()));
        // One form with a role at a time.
        let alone = chosen.is_none();
        let body = view! {
            <div class="head"><div class="grow">
                <h1><bdi>{title.clone()}</bdi></h1>
                <p>"What you do here stands in the tenant's own audit log, with your name."</p>
            </div></div>
            <TenantTabs slug=around.tenant.slug.clone() status=around.tenant.status current="/users" />
            {(!failed).then(said).flatten().map(|text| view! { <Notice kind="ok"><b>{text}</b></Notice> })}
            <FormMessage message=message />
            {chosen.map(|found| card(&Chosen { found, role, ask: query("ask").unwrap_or_default() }, &around))}
            {search_form(&around)}
            {member_table(&members, next, &around)}
            {invite_table(&invites, &around)}
            {alone.then(|| invite_form(&invite, &around))}
            <Islands />
        };
        Ok(console(&me, &title, "/admin/tenants", body.into_any()))
    })
}

fn said() -> Option<&'static str> {
    Some(match query("done")?.as_str() {
        "role" => "The role is changed. It counts from their next click on.",
        "removed" => "Removed. They can no longer open this tenant.",
        "sessions" => "They are signed out everywhere.",
        "reset" => "A link to set a new password is on its way, unless one went out within the last two minutes.",
        "resent" => "A new link is on its way. The old one no longer works.",
        "revoked" => "The invite is taken back. Its link no longer works.",
        "invited" => "The invite is on its way. Its link works once, for 7 days.",
        _ => return None,
    })
}

fn search_form(around: &Around) -> impl IntoView + use<> {
    let TeamQuery { q, role, .. } = &around.query;
    let options = Role::ALL
        .into_iter()
        .rev()
        .map(|option| view! { <option value=option.as_str() selected=*role == Some(option)>{option.label()}</option> })
        .collect_view();
    let all = around.query.is_filtered().then(|| view! { <a class="btn" href=around.here()>"Show all"</a> });
    view! {
        <form class="search" role="search" action=around.here()>
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

fn invite_form(form: &Form, around: &Around) -> impl IntoView + use<> {
    let chosen = form.typed("role").and_then(|role| role.parse().ok()).unwrap_or(Role::Member);
    view! {
        <form class="form card pad narrow" method="post" action=InviteFor::PATH>
            <h2>"Invite somebody"</h2>
            <input type="hidden" name="slug" value=around.tenant.slug.to_string() />
            <TextField
                name="email"
                label="Email"
                kind="email"
                value=form.typed("email")
                error=form.error("email")
                hint="It counts towards the plan's limit of members."
                focus=form.error("email").is_some()
            />
            {inert(super::words::role_field(Role::Owner, chosen, form.error("role").as_deref(), None))}
            <div class="actions"><button class="btn pri">"Send invite"</button></div>
        </form>
    }
}
