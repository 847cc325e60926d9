//! `/admin/mail/{mail}`: one mail as it looks, and as plain text.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::class;
use super::server::SendAgain;
use crate::domain::ids::JobId;
use crate::domain::job::MailState;
use crate::domain::mail::{Mail, kind_label};
use crate::domain::staff::ManageJobs;
use crate::domain::when;
use crate::store::mail::ShownMail;
use crate::ui::field::FormMessage;
use crate::ui::text::Notice;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, Context, query};

pub fn mail_page() -> PageText {
    let id = request::param("mail");
    page(async move {
        let form = Form::of::<SendAgain>();
        let (me, admin) = request::admin_with::<ManageJobs>().await?;
        let id = id.parse().map(JobId).map_err(|_| PageError::NotFound)?;
        let context = Context::get();
        let mail = context.store.platform_read_for::<ManageJobs>(&admin).await?.get_mail(id).await?;
        let written =
            context.store.write_out(&mail.letter, &mail.brand, &context.site.base_url, mail.home.as_ref(), mail.shows_secrets(me.staff()));
        let queued = !form.failed() && query("done").is_some_and(|done| done == "queued");
        Ok(console(&me, &written.subject, "/admin/mail", body(&mail, &written, queued, form.message()).into_any()))
    })
}

fn facts(mail: &ShownMail, written: &Mail) -> impl IntoView + use<> {
    let row = &mail.row;
    let tenant = match &row.tenant {
        Some((slug, name)) => view! { <a href=format!("/admin/tenants/{slug}")><bdi>{name.clone()}</bdi></a> }.into_any(),
        None => view! { "None: it is the platform's own" }.into_any(),
    };
    let what = match row.state {
        MailState::Sent => "Sent",
        MailState::Kept => "Kept",
        MailState::Bounced => "Refused",
        MailState::Waiting | MailState::Failed | MailState::Cancelled => "",
    };
    let fact = |name: &'static str, value: Option<String>| value.map(|value| view! { <dt>{name}</dt><dd>{value}</dd> });
    let link = written.link.clone().map(|link| view! { <dt>"Its link"</dt><dd><a href=link.clone()>{link.clone()}</a></dd> });
    view! {
        <dl class="facts card pad">
            <dt>"To"</dt><dd>{row.recipient.clone()}</dd>
            <dt>"Kind"</dt><dd>{kind_label(&row.kind).to_owned()}</dd>
            <dt>"Tenant"</dt><dd>{tenant}</dd>
            <dt>"State"</dt><dd><span class=class(row.state)>{row.state.label()}</span></dd>
            <dt>"Written"</dt><dd>{when::minute(row.posted_at)}</dd>
            {fact(what, row.settled_at.map(when::minute))}
            {fact("Next try", row.next_try.map(when::minute))}
            <dt>"Attempts"</dt><dd>{row.attempts}</dd>
            {fact("Last error", row.last_error.clone())}
            {fact("Answer", row.reply.clone().filter(|_| row.state == MailState::Sent))}
            {link}
        </dl>
    }
}

fn again(mail: &ShownMail) -> Option<impl IntoView + use<>> {
    let id = mail.row.id.to_string();
    (mail.row.state != MailState::Waiting).then(|| {
        view! {
            <form method="post" action=SendAgain::PATH>
                <input type="hidden" name="mail" value=id />
                <button class="btn">"Send again"</button>
            </form>
        }
    })
}

fn body(mail: &ShownMail, written: &Mail, queued: bool, message: Option<String>) -> impl IntoView + use<> {
    view! {
        <div class="head">
            <div class="grow"><h1><bdi>{written.subject.clone()}</bdi></h1><p><a href="/admin/mail">"All mail"</a></p></div>
            {again(mail)}
        </div>
        {queued.then(|| view! { <Notice kind="ok">"It is queued, and goes out within seconds."</Notice> })}
        <FormMessage message=message />
        {facts(mail, written)}
        <div class="pair">
            <section class="stack">
                <h2>"As it looks"</h2>
                // Nothing in it runs, and it can reach nothing of ours; its links open in a new tab.
                <iframe
                    class="mail-frame"
                    title="The mail as it looks"
                    sandbox="allow-popups allow-popups-to-escape-sandbox"
                    src=format!("/admin/mail/{}/html", mail.row.id)
                ></iframe>
            </section>
            <section class="stack"><h2>"As plain text"</h2><pre class="mail-text card pad" tabindex="0">{written.text.clone()}</pre></section>
        </div>
    }
}
