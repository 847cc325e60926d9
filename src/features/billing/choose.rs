//! `/t/{slug}/plan/{plan}`: one plan, before it is confirmed: an upgrade, a change to a smaller one, or a question.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use uuid::Uuid;

use super::server::{AskAboutPlan, ChangePlan};
use super::{downgrade, upgrade};
use crate::domain::billing::Draft;
use crate::domain::capability::ManageBilling;
use crate::domain::downgrade::Over;
use crate::store::plan_board::{Board, Offer};
use crate::store::plan_candidates::Candidate;
use crate::ui::field::{FormMessage, TextArea};
use crate::ui::text::Notice;
use crate::web::error::MAX_TICKED;
use crate::web::form::Form;
use crate::web::frame::PortalFrame;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context};

/// All that the page shows.
pub(super) struct Sheet {
    pub(super) slug: String,
    pub(super) base: String,
    pub(super) board: Board,
    pub(super) offer: Offer,
    /// The next invoice as it would be without the change, and with it.
    pub(super) before: Draft,
    pub(super) after: Draft,
    /// What would be too much, with what can be chosen from; nothing to choose from where there is too much for a page.
    pub(super) over: Vec<(Over, Vec<Candidate>)>,
    pub(super) form: Form,
}

pub fn choose_plan_page() -> PageText {
    let (slug, plan) = (request::param("slug"), request::param("plan"));
    page(async move {
        let (form, ask) = (Form::of::<ChangePlan>(), Form::of::<AskAboutPlan>());
        let (me, member) = request::member(&slug).await?;
        let mut tx = Context::get().store.tenant::<ManageBilling>(&member).await?;
        let board = tx.plan_board().await?;
        let offer = board.offer(&plan)?.clone();
        let (before, after) = tx.next_invoices(&board, &offer).await?;
        let most = i64::try_from(MAX_TICKED).unwrap_or(i64::MAX);
        let over = board.over(&offer);
        let meters: Vec<&str> = over.iter().map(|limit| limit.meter.as_str()).collect();
        let mut candidates = tx.list_candidates(&meters, most).await?;
        let over = over.into_iter().map(|limit| {
            let of_it = candidates.extract_if(.., |candidate| candidate.meter == limit.meter).collect::<Vec<_>>();
            let of_it = if of_it.len() > MAX_TICKED { Vec::new() } else { of_it };
            (limit, of_it)
        });
        let over = over.collect();
        let frame = PortalFrame::new(&me, &tx);
        let slug = tx.tenant().slug.to_string();
        tx.commit().await?;
        let sheet = Sheet { slug, base: frame.base().to_owned(), board, offer, before, after, over, form };
        let (title, body) = match &sheet {
            sheet if sheet.offer.current => ("Your plan".to_owned(), own(sheet).into_any()),
            sheet if !sheet.offer.self_service || sheet.board.contract => {
                (format!("Talk to us about {}", sheet.offer.name), question(sheet, &ask).into_any())
            }
            sheet if sheet.board.is_upgrade(&sheet.offer) => (format!("Upgrade to {}", sheet.offer.name), upgrade::body(sheet).into_any()),
            sheet => (format!("Change to {}", sheet.offer.name), downgrade::body(sheet).into_any()),
        };
        let plans = format!("{}/plan", sheet.base);
        let view = view! {
            <div class="head"><div class="grow"><h1>{title.clone()}</h1><p><a href=plans>"All plans"</a></p></div></div>
            <FormMessage message=sheet.form.message() />
            {body}
        };
        Ok(frame.view(&title, "/plan", view.into_any()))
    })
}

fn own(sheet: &Sheet) -> impl IntoView + use<> {
    let text = format!("You have the plan {}.", sheet.offer.name);
    view! {
        <Notice kind="info">{text}</Notice>
        <div class="actions"><a class="btn" href=format!("{}/plan", sheet.base)>"Compare plans"</a></div>
    }
}

fn question(sheet: &Sheet, ask: &Form) -> AnyView {
    let plans = format!("{}/plan", sheet.base);
    if sheet.board.asked.is_some() && !ask.failed() {
        return view! {
            <Notice kind="info">"Your last question is open. We will write to you."</Notice>
            <div class="actions"><a class="btn" href=plans>"Compare plans"</a></div>
        }
        .into_any();
    }
    let why = match sheet.board.contract {
        true => "Your price is agreed by contract, so another plan is too.",
        false => "This plan is made to measure. Tell us what you need, and we will write to you.",
    };
    view! {
        <div class="narrow stack">
            <p>{why}</p>
            <FormMessage message=ask.message() />
            <form class="form card pad" method="post" action=AskAboutPlan::PATH>
                <input type="hidden" name="tenant" value=sheet.slug.clone() />
                <input type="hidden" name="plan" value=sheet.offer.key.clone() />
                <input type="hidden" name="request" value=Uuid::new_v4().to_string() />
                <TextArea
                    name="message"
                    label="What do you need?"
                    rows=5
                    most=400
                    required=true
                    hint="Such as how many people and agents, and by when. Up to 400 characters."
                    value=ask.typed("message")
                    error=ask.error("message")
                />
                <div class="actions"><button class="btn pri">"Send"</button><a class="btn" href=plans>"Cancel"</a></div>
            </form>
        </div>
    }
    .into_any()
}
