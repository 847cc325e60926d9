//! `/t/{slug}/team/invites/{id}`: one invite for the tenant's admins: its link to copy, a new link, an end.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::inviting::{Resend, Revoke};
use crate::domain::capability::ManageTeam;
use crate::domain::ids::InviteId;
use crate::domain::when;
use crate::store::inviting::{InviteSheet, Stage};
use crate::ui::copy::CopyField;
use crate::ui::dialog::ConfirmDialog;
use crate::ui::field::FormMessage;
use crate::ui::text::Notice;
use crate::ui::time::OnDay;
use crate::web::form::Form;
use crate::web::frame::PortalFrame;
use crate::web::page;
use crate::web::page::{Islands, PageError, PageText};
use crate::web::request::{self, Context, query};

pub fn invite_sheet_page() -> PageText {
    let (slug, invite) = (request::param("slug"), request::param("invite"));
    page(async move {
        let forms = [Form::of::<Resend>(), Form::of::<Revoke>()];
        let (me, member) = request::member(&slug).await?;
        let mut tx = Context::get().store.tenant::<ManageTeam>(&member).await?;
        let invite = InviteId(invite.parse().map_err(|_| PageError::NotFound)?);
        let sheet = tx.get_invite(invite).await?;
        let (frame, head) = (PortalFrame::new(&me, &tx), tx.tenant().clone());
        tx.commit().await?;
        let team = format!("{}/team", frame.base());
        let (may, waits) = (sheet.role <= head.role, matches!(sheet.stage, Stage::Open | Stage::Expired));
        let message = forms.iter().find_map(Form::message);
        let done = if message.is_some() { None } else { said(&sheet) };
        let slug = head.slug.to_string();
        let email = sheet.email.to_string();
        let islands = may && waits;
        let body = view! {
            <div class="head">
                <div class="grow"><h1>{format!("Invite of {email}")}</h1><p>{state(&sheet)}</p></div>
                <a class="btn" href=team.clone()>"Back to the team"</a>
                {islands.then(|| revocation(&sheet, &slug, &format!("{team}/invites/{invite}")))}
            </div>
            {done.map(|text| view! { <Notice kind="ok">{text}</Notice> })}
            <FormMessage message=message />
            <div class="narrow stack">
                {link(&sheet, &Context::get().link_base(&head.slug))}
                <section class="card pad">{facts(&sheet)}</section>
                {islands.then(|| resend_form(&sheet, &slug))}
                {elsewhere(&sheet, &team, may)}
            </div>
            {islands.then(|| view! { <Islands /> })}
        };
        Ok(frame.view(&format!("Invite of {email}"), "/team", body.into_any()))
    })
}

fn said(sheet: &InviteSheet) -> Option<String> {
    match (query("done")?.as_str(), sheet.stage) {
        ("invited", Stage::Open) => Some(format!("{} is invited. Hand over the link below.", sheet.email)),
        ("resent", Stage::Open) => Some("There is a new link. The one before no longer works.".to_owned()),
        _ => None,
    }
}

fn state(sheet: &InviteSheet) -> String {
    let until = when::day(sheet.expires_at.date_naive());
    match sheet.stage {
        Stage::Open => format!("Open until {until}"),
        Stage::Expired => format!("Ran out on {until}; its place is free for others"),
        Stage::Accepted => "Accepted: the person has joined the team".to_owned(),
        Stage::Revoked => "Taken back; its link no longer works".to_owned(),
        Stage::Replaced(_) => "Sent anew; this link no longer works".to_owned(),
    }
}

fn link(sheet: &InviteSheet, base: &str) -> Option<impl IntoView + use<>> {
    let token = sheet.token.as_ref()?;
    let link = format!("{base}/invite/{}", token.reveal());
    let hint = format!(
        " It works once, for {}, until {}. Whoever has it can join in their place: hand it to nobody else.",
        sheet.email,
        when::day(sheet.expires_at.date_naive())
    );
    Some(view! {
        <Notice kind="info">
            <div class="stack">
                <span><label for="invite-link"><b>"Link of the invite."</b></label>{hint}</span>
                <CopyField id="invite-link".to_owned() value=link />
            </div>
        </Notice>
    })
}

fn facts(sheet: &InviteSheet) -> impl IntoView + use<> {
    view! {
        <dl class="facts">
            {sheet.name.clone().map(|name| view! { <dt>"Name"</dt><dd><bdi>{name}</bdi></dd> })}
            <dt>"Role"</dt><dd>{sheet.role.label()}</dd>
            <dt>"Invited by"</dt><dd>{sheet.invited_by.clone()}</dd>
            <dt>"Invited on"</dt><dd><OnDay at=sheet.created_at /></dd>
        </dl>
    }
}

fn resend_form(sheet: &InviteSheet, slug: &str) -> impl IntoView + use<> {
    view! {
        <form class="form card pad" method="post" action=Resend::PATH>
            <h2>"Resend"</h2>
            <p class="muted">"Makes a new link that works for seven days from now. The link above ends at once."</p>
            <input type="hidden" name="tenant" value=slug.to_owned() />
            <input type="hidden" name="invite" value=sheet.id.to_string() />
            <div class="actions"><button class="btn">"Resend"</button></div>
        </form>
    }
}

fn revocation(sheet: &InviteSheet, slug: &str, here: &str) -> impl IntoView + use<> {
    let fields = view! {
        <p>"Its link no longer works from now on, and its place is free. A new invite brings the person back."</p>
        <input type="hidden" name="tenant" value=slug.to_owned() />
        <input type="hidden" name="invite" value=sheet.id.to_string() />
    };
    view! {
        <ConfirmDialog
            id="revoke".to_owned()
            label="Revoke".to_owned()
            title=format!("Take back the invite of {}?", sheet.email)
            href=format!("{here}?ask=revoke#revoke")
            cancel_href=here.to_owned()
            action=Revoke::PATH.to_owned()
            confirm="Revoke the invite".to_owned()
            danger=true
            open=query("ask").is_some_and(|ask| ask == "revoke")
        >
            {fields}
        </ConfirmDialog>
    }
}

/// Where it goes on, of an invite that is over or that others have to care for.
fn elsewhere(sheet: &InviteSheet, team: &str, may: bool) -> Option<AnyView> {
    match sheet.stage {
        Stage::Replaced(newer) => {
            Some(view! { <p>"There is a newer one. "<a href=format!("{team}/invites/{newer}")>"Open the newer invite"</a></p> }.into_any())
        }
        Stage::Revoked => {
            Some(view! { <p>"To let the person in after all, "<a href=team.to_owned()>"invite them again"</a>"."</p> }.into_any())
        }
        Stage::Open | Stage::Expired if !may => {
            Some(view! { <p class="muted">"Only an owner sees the link of an owner's invite and can change it."</p> }.into_any())
        }
        Stage::Open | Stage::Expired | Stage::Accepted => None,
    }
}
