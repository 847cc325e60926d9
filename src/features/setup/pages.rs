//! `/t/{slug}/setup`: the first step that is open, or the one that `?step=` names.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::SkipStep;
use crate::domain::capability::SetUpTenant;
use crate::domain::invite::{MAX_AT_ONCE, MAX_TEXT};
use crate::domain::role::Role;
use crate::domain::setup::{Progress, SetupStep, StepState};
use crate::store::access::TenantHead;
use crate::ui::field::{FormMessage, SelectField, TextArea, TextField};
use crate::ui::steps::{StepLink, Steps};
use crate::ui::text::Notice;
use crate::web::form::Form;
use crate::web::frame::{CREATE_AGENT, INVITE, PortalFrame};
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, query};

pub fn setup_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let welcome = query("done").is_some_and(|done| done == "welcome");
        let (me, member) = request::member(&slug).await?;
        let mut tx = Context::get().store.tenant::<SetUpTenant>(&member).await?;
        let progress = tx.setup().await?.progress;
        let (frame, head) = (PortalFrame::new(&me, &tx), tx.tenant().clone());
        tx.commit().await?;
        // What was wrong is shown at its own step.
        let failed = [(CREATE_AGENT, SetupStep::Agent), (INVITE, SetupStep::Team)].into_iter().find(|(path, _)| Form::at(path).failed());
        let asked = query("step").and_then(|step| step.parse().ok());
        let step = failed.map(|(_, step)| step).or(asked).or_else(|| progress.first_open());
        let wizard = Wizard { head, base: frame.base().to_owned(), progress };
        let name = wizard.head.name.clone();
        let body = view! {
            <div class="head">
                <div class="grow"><h1>"Set up"</h1><p>"Three steps, in any order. Each can be skipped, and done later on its own page."</p></div>
                <a class="btn" href=wizard.home()>"To the dashboard"</a>
            </div>
            {welcome.then(|| view! { <Notice kind="ok"><b>{format!("{name} is yours.")}</b>" A welcome is on its way to your mailbox."</Notice> })}
            <div class="narrow stack">
                {wizard.steps(step)}
                {match step {
                    Some(step) => wizard.step(step),
                    None => wizard.finished(),
                }}
            </div>
        };
        Ok(frame.view("Set up", "/setup", body.into_any()))
    })
}

struct Wizard {
    head: TenantHead,
    base: String,
    progress: Progress,
}

impl Wizard {
    fn home(&self) -> String {
        if self.base.is_empty() { "/".to_owned() } else { self.base.clone() }
    }

    fn steps(&self, current: Option<SetupStep>) -> impl IntoView + use<> {
        let steps = self
            .progress
            .steps()
            .map(|(step, state)| StepLink {
                label: step.label(),
                href: Some(format!("{}/setup?step={}", self.base, step.as_str())),
                state: match state {
                    StepState::Open => "",
                    StepState::Done => "done",
                    StepState::Skipped => "skipped",
                },
                current: current == Some(step),
            })
            .collect();
        view! { <Steps label="Steps" steps=steps /> }
    }

    fn step(&self, step: SetupStep) -> AnyView {
        let done = (self.progress.state(step) == StepState::Done)
            .then(|| view! { <Notice kind="ok">"This step is done. You can add more."</Notice> });
        let body = match step {
            SetupStep::Agent => self.agent(),
            SetupStep::Team => self.team(),
            SetupStep::Look => self.look(),
        };
        let skip = (self.progress.state(step) == StepState::Open).then(|| {
            view! {
                <form method="post" action=SkipStep::PATH>
                    {self.tenant()}
                    <input type="hidden" name="step" value=step.as_str() />
                    <button class="btn">"Skip this step"</button>
                </form>
            }
        });
        view! { {done}{body}{skip} }.into_any()
    }

    fn tenant(&self) -> impl IntoView + use<> {
        view! { <input type="hidden" name="tenant" value=self.head.slug.to_string() /> }
    }

    /// Where the forms of other features lead back to.
    fn next(&self) -> impl IntoView + use<> {
        view! { <input type="hidden" name="next" value=format!("{}/setup", self.base) /> }
    }

    fn agent(&self) -> AnyView {
        let form = Form::at(CREATE_AGENT);
        view! {
            <FormMessage message=form.message() />
            <form class="form card pad" method="post" action=CREATE_AGENT>
                <h2>"Your first agent"</h2>
                <p>"An agent does work for you: it answers, writes, looks things up. Its usage is counted from the first call on."</p>
                {self.tenant()}
                {self.next()}
                <TextField name="name" label="Name" value=form.typed("name") error=form.error("name") hint="Such as “Support helper”." />
                <TextField name="model" label="Model" value=form.typed("model") error=form.error("model") hint="The language model that it runs on." />
                <div class="actions"><button class="btn pri">"Create agent"</button></div>
            </form>
        }
        .into_any()
    }

    fn team(&self) -> AnyView {
        let form = Form::at(INVITE);
        let roles =
            [Role::Member, Role::Admin, Role::Viewer].into_iter().map(|role| (role.as_str().to_owned(), role.label().to_owned())).collect();
        view! {
            <FormMessage message=form.message() />
            <form class="form card pad" method="post" action=INVITE>
                <h2>"Invite your team"</h2>
                <p>"Everybody gets a mail with a link that works for seven days. For long lists there is a CSV file, on the page “Team”."</p>
                {self.tenant()}
                {self.next()}
                <input type="hidden" name="request" value=uuid::Uuid::new_v4().to_string() />
                <TextArea
                    name="email"
                    label="Email"
                    rows=2
                    most=MAX_TEXT
                    required=true
                    hint=format!("One address, or up to {MAX_AT_ONCE}: separated by commas or line breaks.")
                    value=form.typed("email")
                    error=form.error("email")
                />
                <SelectField name="role" label="Role" options=roles value=form.typed("role") error=form.error("role") />
                <div class="actions"><button class="btn pri">"Invite"</button></div>
            </form>
        }
        .into_any()
    }

    fn look(&self) -> AnyView {
        view! {
            <section class="card pad stack">
                <h2>"Logo and colour"</h2>
                <p>"Your people see them in the portal, when they sign in, and in mail. The page shows how it looks before anything changes."</p>
                <div class="actions"><a class="btn pri" href=format!("{}/branding", self.base)>"Choose logo and colour"</a></div>
            </section>
        }
        .into_any()
    }

    fn finished(&self) -> AnyView {
        view! {
            <section class="card pad stack">
                <h2>"That is all"</h2>
                <p>{format!("{} is ready. What you skipped stands in the menu, for whenever you like.", self.head.name)}</p>
                <div class="actions"><a class="btn pri" href=self.home()>"To the dashboard"</a></div>
            </section>
        }
        .into_any()
    }
}
