//! `/t/{slug}/team/members/{id}`: one member; what may be done about them, by whoever looks.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::roles::with_article;
use super::server::{ChangeRole, Leave, RemoveMember, Transfer};
use super::words::{last_active, role_field};
use crate::domain::capability::{ManageTeam, ViewTenant};
use crate::domain::ids::UserId;
use crate::domain::role::Role;
use crate::store::access::TenantHead;
use crate::store::members::MemberRow;
use crate::ui::dialog::ConfirmDialog;
use crate::ui::field::{FormMessage, TextField};
use crate::ui::text::{Notice, inert};
use crate::ui::time::OnDay;
use crate::web::form::Form;
use crate::web::frame::PortalFrame;
use crate::web::page;
use crate::web::page::{Islands, PageError, PageText};
use crate::web::request::{self, Context, query};

/// A member, and who looks at them.
struct Looked {
    member: MemberRow,
    head: TenantHead,
    own: bool,
    may: bool,
    base: String,
    /// The page's own path.
    here: String,
    /// What the address asks the page to show.
    ask: String,
}

pub fn member_page() -> PageText {
    let (slug, user) = (request::param("slug"), request::param("member"));
    page(async move {
        let (role, transfer) = (Form::of::<ChangeRole>(), Form::of::<Transfer>());
        let others = [Form::of::<RemoveMember>(), Form::of::<Leave>()];
        let (me, evidence) = request::member(&slug).await?;
        let mut tx = Context::get().store.tenant::<ViewTenant>(&evidence).await?;
        let user = UserId(user.parse().map_err(|_| PageError::NotFound)?);
        let member = tx.get_member(user).await?;
        let (frame, head, may) = (PortalFrame::new(&me, &tx), tx.tenant().clone(), tx.may::<ManageTeam>());
        tx.commit().await?;
        let here = format!("{}/team/members/{user}", frame.base());
        let looked = Looked {
            own: user == me.user(),
            may: may && member.role <= head.role,
            member,
            head,
            base: frame.base().to_owned(),
            here,
            ask: query("ask").unwrap_or_default(),
        };
        let failed = role.failed() || transfer.failed() || others.iter().any(Form::failed);
        let message = role.message().filter(|_| role.error("role").is_none());
        let message = message.or_else(|| others.iter().find_map(Form::message));
        let title = looked.member.name.clone();
        let back = format!("{}/team", frame.base());
        let acts = looked.may || looked.own;
        let body = view! {
            <div class="head">
                <div class="grow"><h1><bdi>{title.clone()}</bdi></h1><p>{looked.member.email.clone()}</p></div>
                <a class="btn" href=back>"Back to the team"</a>
                {ending(&looked)}
            </div>
            {(!failed).then(|| said(&looked)).flatten().map(|text| view! { <Notice kind="ok">{text}</Notice> })}
            <FormMessage message=message />
            <div class="narrow stack">
                <section class="card pad">{facts(&looked)}</section>
                {(looked.may).then(|| role_form(&role, &looked))}
                {(looked.head.role == Role::Owner && !looked.own).then(|| transfer_form(&transfer, &looked))}
            </div>
            {acts.then(|| view! { <Islands /> })}
        };
        Ok(frame.view(&title, "/team", body.into_any()))
    })
}

fn said(looked: &Looked) -> Option<String> {
    let name = &looked.member.name;
    match query("done")?.as_str() {
        "role" => Some(format!("{name} is {} now. It counts from their next click on.", with_article(looked.member.role))),
        "transferred" if looked.member.role == Role::Owner => Some(format!("{name} owns {} now. You are an admin.", looked.head.name)),
        _ => None,
    }
}

fn facts(looked: &Looked) -> impl IntoView + use<> {
    let member = &looked.member;
    view! {
        <dl class="facts">
            <dt>"Role"</dt><dd>{member.role.label()}</dd>
            <dt>"Joined"</dt><dd><OnDay at=member.joined_at /></dd>
            <dt>"Last active"</dt><dd>{inert(last_active(member.last_active_at, looked.head.now))}</dd>
        </dl>
    }
}

fn role_form(form: &Form, looked: &Looked) -> impl IntoView + use<> {
    let member = &looked.member;
    let hint = match looked.own {
        true => "This is you: what you give up here, somebody else has to give back.",
        false => "It counts from their next click on. Nobody can give more than they have.",
    };
    view! {
        <form class="form card pad" method="post" action=ChangeRole::PATH>
            <h2>"Change the role"</h2>
            <input type="hidden" name="tenant" value=looked.head.slug.to_string() />
            <input type="hidden" name="member" value=member.user.to_string() />
            <input type="hidden" name="was" value=member.role.as_str() />
            {inert(role_field(looked.head.role, member.role, form.error("role").as_deref(), Some(&looked.base)))}
            <p class="hint">{hint}</p>
            <div class="actions"><button class="btn pri">"Change role"</button></div>
        </form>
    }
}

fn transfer_form(form: &Form, looked: &Looked) -> impl IntoView + use<> {
    let (name, tenant, slug) = (looked.member.name.clone(), looked.head.name.clone(), looked.head.slug.to_string());
    let text = format!("{name} becomes an owner of {tenant}, and you become an admin. Only {name} or another owner can undo it.");
    let fields = view! {
        <p>{text}</p>
        <FormMessage message=form.message().filter(|_| form.error("confirm").is_none()) />
        <input type="hidden" name="tenant" value=slug.clone() />
        <input type="hidden" name="member" value=looked.member.user.to_string() />
        <p>"Type "<b>{slug}</b>" to confirm."</p>
        <TextField name="confirm" label="Confirm" value=form.typed("confirm") error=form.error("confirm") />
    };
    view! {
        <section class="card pad stack">
            <h2>"Hand over the ownership"</h2>
            <p class="muted">"For when somebody else is to answer for this tenant."</p>
            <div class="actions">
                <ConfirmDialog
                    id="transfer".to_owned()
                    label="Hand over".to_owned()
                    title=format!("Make {name} the owner?")
                    href=format!("{}?ask=transfer#transfer", looked.here)
                    cancel_href=looked.here.clone()
                    action=Transfer::PATH.to_owned()
                    confirm="Hand over".to_owned()
                    danger=true
                    open=looked.ask == "transfer" || form.failed()
                >
                    {fields}
                </ConfirmDialog>
            </div>
        </section>
    }
}

/// Leave, or remove.
fn ending(looked: &Looked) -> Option<AnyView> {
    if !looked.own && !looked.may {
        return None;
    }
    let (name, tenant) = (looked.member.name.clone(), looked.head.name.clone());
    let text = match looked.own {
        true => format!("You leave {tenant} at once and need a new invite to come back. What you made stays. The last owner cannot leave."),
        false => {
            format!("{name} can no longer open {tenant}, from the next click on. What they made stays; a new invite brings them back.")
        }
    };
    let fields = view! {
        <p>{text}</p>
        <input type="hidden" name="tenant" value=looked.head.slug.to_string() />
        {(!looked.own).then(|| view! { <input type="hidden" name="member" value=looked.member.user.to_string() /> })}
    };
    let (label, title, action, confirm) = match looked.own {
        true => ("Leave", format!("Leave {tenant}?"), Leave::PATH, "Leave".to_owned()),
        false => ("Remove", format!("Remove {name}?"), RemoveMember::PATH, format!("Remove {name}")),
    };
    Some(
        view! {
            <ConfirmDialog
                id="end".to_owned()
                label=label.to_owned()
                title=title
                href=format!("{}?ask=end#end", looked.here)
                cancel_href=looked.here.clone()
                action=action.to_owned()
                confirm=confirm
                danger=true
                open=looked.ask == "end"
            >
                {fields}
            </ConfirmDialog>
        }
        .into_any(),
    )
}
