//! `/signup`: the first step that is not done, or an earlier one that `?step=` names.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_axum::ResponseOptions;

use super::server::{CheckFreeSlug, KeepCompany, KeepPerson, KeepPlan, ResendLink, Restart};
use super::{card, closed, draft, taken};
use crate::domain::amount::quota_text;
use crate::domain::money::Usd;
use crate::domain::sign_up::{DRAFT_DAYS, Draft, LINK_HOURS, Step, TRIAL_DAYS};
use crate::domain::slug::Slug;
use crate::store::access::SignedIn;
use crate::store::sign_up::{SignUpState, SoldPlan, Waiting};
use crate::ui::field::{FormMessage, TextField};
use crate::ui::slug::SlugProposal;
use crate::ui::steps::{StepLink, Steps};
use crate::ui::text::Notice;
use crate::web::form::Form;
use crate::web::page::{Islands, PageText, page};
use crate::web::request::{self, Context, query};

pub fn sign_up_page() -> PageText {
    let response = expect_context::<ResponseOptions>();
    page(async move {
        if let Some(closed) = closed(&response) {
            return Ok(closed);
        }
        let draft = draft();
        // What was wrong is shown at its own step, whatever another window did meanwhile.
        let failed = [(KeepCompany::PATH, Step::Company), (KeepPlan::PATH, Step::Plan), (KeepPerson::PATH, Step::Person)]
            .into_iter()
            .find(|(path, _)| Form::at(path).failed())
            .map(|(_, step)| step);
        let asked = failed.or_else(|| query("step").and_then(|key| Step::of_key(&key)));
        let step = draft.step(asked);
        let me = request::find_me().await?;
        let mut tx = Context::get().store.public().await?;
        let plans = if step == Step::Plan { tx.list_sold_plans().await? } else { Vec::new() };
        let waiting = if step == Step::Mail { tx.find_waiting(draft.id, &draft.mailed_to).await? } else { None };
        tx.commit().await?;
        Ok(match step {
            Step::Company => card("Sign up", false, company(&draft)),
            Step::Plan => card("Choose a plan", true, choose_plan(&draft, &plans)),
            Step::Person => card("About you", false, person(&draft, me.as_ref())),
            Step::Mail => card("Look into your mailbox", false, mailbox(&draft, waiting.as_ref())),
        })
    })
}

fn steps(draft: &Draft, current: Step) -> impl IntoView + use<> {
    let steps = Step::ALL
        .into_iter()
        .map(|step| StepLink {
            label: step.label(),
            href: None,
            state: if step != current && draft.is_done(step) { "done" } else { "" },
            current: step == current,
        })
        .collect();
    view! { <Steps label="Steps" steps=steps /> }
}

fn company(draft: &Draft) -> AnyView {
    let form = Form::of::<KeepCompany>();
    let lost = draft.slug.parse::<Slug>().ok().filter(|slug| slug.as_str() == draft.taken).map(|slug| taken(&slug));
    let typed = |field: &str, kept: &str| form.typed(field).or_else(|| Some(kept.to_owned()).filter(|kept| !kept.is_empty()));
    let fields = view! {
        <TextField
            name="name"
            label="Name"
            value=typed("name", &draft.company)
            error=form.error("name")
            autocomplete="organization"
            hint="Of your company or team, as its people know it."
        />
        <TextField
            name="slug"
            label="Slug"
            value=typed("slug", &draft.slug)
            error=form.error("slug").or(lost)
            hint="In addresses: lower-case letters, digits and hyphens."
        />
    };
    view! {
        {steps(draft, Step::Company)}
        <h1>"Sign up"</h1>
        <p>{format!("First your company. What you enter stays in this browser for {DRAFT_DAYS} days: leave at any step, and go on later.")}</p>
        <FormMessage message=form.message() />
        <form class="form" method="post" action=KeepCompany::PATH>
            <SlugProposal check=CheckFreeSlug::PATH.to_owned()>{fields}</SlugProposal>
            <div class="actions"><button class="btn pri">"Continue"</button></div>
        </form>
        <Islands />
    }
    .into_any()
}

fn price_line(price: Usd) -> String {
    if price == Usd::default() { "for as long as you like".to_owned() } else { format!("a month, after {TRIAL_DAYS} days free") }
}

fn plan_card(plan: &SoldPlan, chosen: bool, support: &str) -> impl IntoView + use<> {
    let id = format!("plan-{}", plan.key);
    let limits = plan
        .limits
        .iter()
        .map(|limit| view! { <div><dt>{limit.label.clone()}</dt><dd><b>{quota_text(limit.quota, limit.unit)}</b></dd></div> })
        .collect_view();
    let features = plan.features.iter().map(|feature| view! { <li>{feature.clone()}</li> }).collect_view();
    let action = match plan.self_service {
        true => {
            let class = if chosen { "btn pri" } else { "btn" };
            let text = if chosen { format!("Keep {}", plan.name) } else { format!("Choose {}", plan.name) };
            view! { <button class=class name="plan" value=plan.key.clone()>{text}</button> }.into_any()
        }
        false => {
            let href = format!("mailto:{support}?subject={}", crate::domain::listing::encode(&format!("The plan {}", plan.name)));
            view! { <a class="btn" href=href>{format!("Talk to us about {}", plan.name)}</a> }.into_any()
        }
    };
    let line = if plan.self_service { price_line(plan.price) } else { "a month".to_owned() };
    let price = if plan.price == Usd::default() { "Free".to_owned() } else { plan.price.short() };
    view! {
        <section class="card pad plan" aria-labelledby=id.clone() aria-current=chosen.then_some("true")>
            <h2 id=id.clone()>{plan.name.clone()}</h2>
            <p class="price"><b>{price}</b>" "{line}</p>
            {action}
            <dl class="limits">{limits}</dl>
            <h3>"Features"</h3>
            <ul>{features}</ul>
        </section>
    }
}

fn choose_plan(draft: &Draft, plans: &[SoldPlan]) -> AnyView {
    let form = Form::of::<KeepPlan>();
    let support = Context::get().site.support_email.clone();
    let cards = plans.iter().map(|plan| plan_card(plan, plan.key == draft.plan, &support)).collect_view();
    view! {
        {steps(draft, Step::Plan)}
        <h1>"Choose a plan"</h1>
        <p>{format!("Plans that cost something are free for {TRIAL_DAYS} days. You can change to another one at any time.")}</p>
        <FormMessage message=form.error("plan").or_else(|| form.message()) />
        <form method="post" action=KeepPlan::PATH><div class="plans">{cards}</div></form>
        <div class="actions"><a class="btn" href="/signup?step=company">"Back"</a></div>
    }
    .into_any()
}

fn person(draft: &Draft, me: Option<&SignedIn>) -> AnyView {
    let form = Form::of::<KeepPerson>();
    let typed = |field: &str, kept: &str, own: Option<&str>| {
        form.typed(field).or_else(|| Some(kept.to_owned()).filter(|kept| !kept.is_empty())).or_else(|| own.map(str::to_owned))
    };
    view! {
        {steps(draft, Step::Person)}
        <h1>"About you"</h1>
        <p>{format!("You become the owner of {}. We mail you a link that proves that the address is yours.", draft.company)}</p>
        <FormMessage message=form.message() />
        <form class="form" method="post" action=KeepPerson::PATH>
            <TextField
                name="name"
                label="Your name"
                autocomplete="name"
                value=typed("name", &draft.person, me.map(SignedIn::name))
                error=form.error("name")
            />
            <TextField
                name="email"
                label="Email"
                kind="email"
                autocomplete="email"
                value=typed("email", &draft.email, me.map(SignedIn::email))
                error=form.error("email")
                hint="You sign in with it, and bills go there until you name another address."
            />
            <div class="actions">
                <button class="btn pri">"Mail me the link"</button>
                <button class="btn" name="go" value="back" formnovalidate>"Back"</button>
            </div>
        </form>
    }
    .into_any()
}

fn mailbox(draft: &Draft, waiting: Option<&Waiting>) -> AnyView {
    let form = Form::of::<ResendLink>();
    let restart = |text: &'static str| view! { <form method="post" action=Restart::PATH><button class="link">{text}</button></form> };
    let company = draft.company.clone();
    if waiting.is_some_and(Waiting::is_used) {
        return view! {
            <h1>{format!("{company} is set up")}</h1>
            <p>"The link in the mail was used. Sign in to go on."</p>
            <div class="actions"><a class="btn pri" href="/tenants">"Go to your tenants"</a></div>
            {restart("Sign up another company")}
        }
        .into_any();
    }
    let over = waiting.is_none_or(|waiting| waiting.state == SignUpState::Expired);
    let wait = waiting.map_or(0, |waiting| waiting.wait_seconds);
    let sent = !form.failed() && query("done").is_some_and(|done| done == "sent");
    let (title, text) = match over {
        true => ("The link has run out", format!("Links work for {LINK_HOURS} hours. Send a new one to ")),
        false => ("Look into your mailbox", "A link is on its way to ".to_owned()),
    };
    let hint = match wait {
        0 => "Nothing there? Look among the unwanted mail, then send it again.".to_owned(),
        wait => format!("Nothing there? Look among the unwanted mail. In {wait} seconds you can send it again."),
    };
    view! {
        {steps(draft, Step::Mail)}
        <h1>{title}</h1>
        {sent.then(|| view! { <Notice kind="ok">"Sent once more."</Notice> })}
        <FormMessage message=form.message() />
        <p>
            {text}<b>{draft.mailed_to.clone()}</b>
            {(!over).then(|| format!(". Open it within {LINK_HOURS} hours, and {company} is set up. You can close this window."))}
        </p>
        <p class="hint">{hint}</p>
        <div class="actions">
            <form method="post" action=ResendLink::PATH><button class="btn pri">"Send again"</button></form>
            <a class="btn" href="/signup?step=you">"Other address"</a>
        </div>
        <p class="hint">"Something else to change? "<a href="/signup?step=company">"Back to the company"</a>" or "<a href="/signup?step=plan">"to the plan"</a>"."</p>
        {restart("Start over")}
    }
    .into_any()
}
