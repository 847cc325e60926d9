//! `/admin/plans/{plan}/draft`: the next version of a plan, before anybody has it: what it costs and grants, what differs, whom it would touch.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::plan_server::{ChangeDraft, DiscardDraft, PublishDraft};
use crate::domain::plan_terms::{Difference, PlanTerms, Words, differences, granted_text};
use crate::domain::quantity::{self, Unit};
use crate::domain::staff::ManageCatalogue;
use crate::store::features::Feature;
use crate::store::meters::Meter;
use crate::store::plan_versions::{DraftLine, OverLimit, PlanRecord};
use crate::ui::dialog::ConfirmDialog;
use crate::ui::field::{FormMessage, TextField};
use crate::ui::text::Notice;
use crate::ui::time::Minute;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{Islands, PageError, PageText, page};
use crate::web::request::{self, Context, query};

/// All that the page shows.
struct Shown {
    plan: PlanRecord,
    draft: DraftLine,
    terms: PlanTerms,
    /// Of the newest version, with its number.
    before: Option<(i32, PlanTerms)>,
    over: Vec<OverLimit>,
    meters: Vec<Meter>,
    features: Vec<Feature>,
    change: Form,
    publish: Form,
    discard: Form,
    ask: String,
    done: String,
}

impl Shown {
    fn here(&self) -> String {
        format!("/admin/plans/{}/draft", self.plan.key)
    }

    fn differences(&self) -> Vec<Difference> {
        let meters: Vec<(String, String, Unit)> =
            self.meters.iter().map(|meter| (meter.key.clone(), meter.label.clone(), meter.unit)).collect();
        let features: Vec<(String, String)> = self.features.iter().map(|feature| (feature.key.clone(), feature.label.clone())).collect();
        let words = Words { meters: &meters, features: &features };
        self.before.as_ref().map(|(_, before)| differences(before, &self.terms, &words)).unwrap_or_default()
    }
}

pub fn draft_page() -> PageText {
    let key = request::param("plan");
    page(async move {
        let (change, publish, discard) = (Form::of::<ChangeDraft>(), Form::of::<PublishDraft>(), Form::of::<DiscardDraft>());
        let (ask, done) = (query("ask").unwrap_or_default(), query("done").unwrap_or_default());
        let (me, admin) = request::admin_with::<ManageCatalogue>().await?;
        let mut read = Context::get().store.platform_read(&admin).await?;
        let plan = read.get_plan_record(&key).await?;
        let failed = change.message().or_else(|| publish.message()).or_else(|| discard.message());
        let Some(draft) = plan.draft.clone() else {
            // Somebody published or discarded it meanwhile: whoever comes back with a form is told why, on the plan's page.
            let Some(message) = failed else { return Err(PageError::NotFound) };
            let body = view! {
                <div class="head"><div class="grow">
                    <h1>{format!("No draft of {}", plan.name)}</h1>
                    <p><a href=format!("/admin/plans/{}", plan.key)>{plan.name.clone()}</a></p>
                </div></div>
                <FormMessage message=Some(message) />
            };
            return Ok(console(&me, &plan.name, "/admin/plans", body.into_any()));
        };
        let terms = read.draft_terms(&draft).await?;
        let before = match plan.newest() {
            Some(newest) => Some((newest.number, read.version_terms(newest).await?)),
            None => None,
        };
        let over = read.over_in_draft(&plan.versions, &draft).await?;
        let (meters, features) = (read.list_meters().await?, read.list_catalogue_features().await?);
        let title = format!("Draft of {} version {}", plan.name, draft.number);
        let shown = Shown { plan, draft, terms, before, over, meters, features, change, publish, discard, ask, done };
        Ok(console(&me, &title, "/admin/plans", body(&shown, &title).into_any()))
    })
}

fn hidden(shown: &Shown) -> impl IntoView + use<> {
    view! {
        <input type="hidden" name="plan" value=shown.plan.key.clone() />
        <input type="hidden" name="draft" value=shown.draft.id.to_string() />
        <input type="hidden" name="revision" value=shown.draft.revision.to_string() />
    }
}

fn publish_dialog(shown: &Shown) -> impl IntoView + use<> {
    let (plan, number) = (&shown.plan, shown.draft.number);
    let keep = match plan.tenants() {
        0 => String::new(),
        n => {
            format!(" {} on the version that it bought until you move it.", quantity::plural(n, "tenant stays, each", "tenants stay, each"))
        }
    };
    let fields = view! {
        <p>{format!("Whoever buys {} from now on, at sign-up, as an upgrade or in the console, gets version {number} for {} a month.{keep} A published version does not change any more.", plan.name, shown.terms.price.short())}</p>
        {plan.archived_at.is_some().then(|| view! { <p>"The plan is archived: nobody can buy it before you bring it back."</p> })}
        <FormMessage message=shown.publish.message() />
        {hidden(shown)}
    };
    view! {
        <ConfirmDialog
            id="publish".to_owned()
            label="Publish".to_owned()
            title=format!("Publish version {number} of {}?", plan.name)
            href=format!("{}?ask=publish#publish", shown.here())
            cancel_href=shown.here()
            action=PublishDraft::PATH.to_owned()
            confirm=format!("Publish version {number}")
            danger=false
            open=shown.ask == "publish" || shown.publish.failed()
        >
            {fields}
        </ConfirmDialog>
    }
}

fn discard_dialog(shown: &Shown) -> impl IntoView + use<> {
    let plan = &shown.plan;
    let text = match plan.versions.is_empty() {
        true => format!("{} was never published: the plan goes with its draft.", plan.name),
        false => format!("What was changed in it is gone. Version {} stays as it is.", shown.draft.number - 1),
    };
    let fields = view! {
        <p>{text}</p>
        <FormMessage message=shown.discard.message() />
        {hidden(shown)}
    };
    view! {
        <ConfirmDialog
            id="discard".to_owned()
            label="Discard".to_owned()
            title="Discard this draft?".to_owned()
            href=format!("{}?ask=discard#discard", shown.here())
            cancel_href=shown.here()
            action=DiscardDraft::PATH.to_owned()
            confirm="Discard the draft".to_owned()
            danger=true
            open=shown.ask == "discard" || shown.discard.failed()
        >
            {fields}
        </ConfirmDialog>
    }
}

fn difference_card(shown: &Shown) -> AnyView {
    let Some((number, _)) = &shown.before else {
        return view! {
            <section class="card pad"><h2>"What differs"</h2><p class="muted">"This is the first version: there is nothing to compare it with."</p></section>
        }
        .into_any();
    };
    let found = shown.differences();
    if found.is_empty() {
        return view! {
            <section class="card pad"><h2>"What differs"</h2><p class="muted">{format!("Nothing yet: the draft is as version {number}. Change its price, features or a quota below.")}</p></section>
        }
        .into_any();
    }
    let rows = found
        .into_iter()
        .map(|one| {
            view! {
                <tr role="row">
                    <td role="cell" class="name"><b><bdi>{one.what}</bdi></b></td>
                    <td role="cell" data-label=format!("Version {number}")>{one.before}</td>
                    <td role="cell" data-label="Draft"><b>{one.after}</b></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="card rows">
            <div class="card-head"><h2>"What differs"</h2></div>
            <table role="table">
                <caption class="visually-hidden">{format!("What the draft has other than version {number}")}</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"What"</th><th role="columnheader" scope="col">{format!("Version {number}")}</th>
                    <th role="columnheader" scope="col">"Draft"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}

/// `12 tenants would be over their limit of agents`, a line a meter.
pub(super) fn over_lines(over: &[OverLimit]) -> impl IntoView + use<> {
    let lines = over
        .iter()
        .map(|one| view! { <li><b>{quantity::plural(one.tenants, "tenant", "tenants")}</b>" over the limit of "<bdi>{one.label.clone()}</bdi></li> })
        .collect_view();
    view! { <ul class="plain">{lines}</ul> }
}

fn over_card(shown: &Shown) -> Option<AnyView> {
    let tenants = shown.plan.tenants();
    if tenants == 0 {
        return None;
    }
    let all = quantity::plural(tenants, "tenant", "tenants");
    let body = if shown.over.is_empty() {
        view! { <p class="muted">{format!("Nobody would be over a limit, if all {all} of {} were moved to it.", shown.plan.name)}</p> }
            .into_any()
    } else {
        view! {
            <p>{format!("If all {all} of {} were moved to this version:", shown.plan.name)}</p>
            {over_lines(&shown.over)}
            <p class="muted">"Nobody is moved by publishing it. Quotas of a tenant's own and grants are taken into account."</p>
        }
        .into_any()
    };
    Some(view! { <section class="card pad stack"><h2>"Who would be over a limit"</h2>{body}</section> }.into_any())
}

fn terms_form(shown: &Shown) -> impl IntoView + use<> {
    let form = &shown.change;
    let typed = form.typed("features");
    let boxes = shown
        .features
        .iter()
        .map(|feature| {
            let ticked = match &typed {
                Some(keys) => keys.split(' ').any(|key| key == feature.key),
                None => shown.terms.features.contains(&feature.key),
            };
            view! {
                <label class="check">
                    <input type="checkbox" name="features[]" value=feature.key.clone() checked=ticked />
                    <span><bdi>{feature.label.clone()}</bdi><small class="hint"><bdi>{feature.description.clone()}</bdi></small></span>
                </label>
            }
        })
        .collect_view();
    let price = shown.terms.price.to_string().replace(['$', ','], "");
    view! {
        <section class="card pad stack" id="terms">
            <div class="card-head"><h2>"Price and features"</h2><a href="/admin/features">"Features"</a></div>
            <FormMessage message=form.message() />
            <form class="form" method="post" action=ChangeDraft::PATH>
                <input type="hidden" name="plan" value=shown.plan.key.clone() />
                <input type="hidden" name="revision" value=shown.draft.revision.to_string() />
                <TextField
                    name="price"
                    label="Price a month"
                    inputmode="decimal"
                    value=form.typed("price").or(Some(price))
                    error=form.error("price")
                    hint="In US dollars, such as 49 or 49.50."
                />
                <fieldset class="field"><legend>"Features"</legend>{boxes}{form.error("features").map(|error| view! { <p class="error">{error}</p> })}</fieldset>
                <div class="actions"><button class="btn">"Save price and features"</button></div>
            </form>
        </section>
    }
}

fn quotas(shown: &Shown) -> impl IntoView + use<> {
    let rows = shown
        .meters
        .iter()
        .map(|meter| {
            let granted = granted_text(shown.terms.entitlement(&meter.key), meter.unit);
            let changed = shown.before.as_ref().is_some_and(|(_, before)| before.entitlement(&meter.key) != shown.terms.entitlement(&meter.key));
            let tag = changed.then(|| view! { " "<span class="tag near">"changed"</span> });
            view! {
                <tr role="row">
                    <td role="cell" class="name"><b><bdi>{meter.label.clone()}</bdi></b>{tag}</td>
                    <td role="cell" class="lead">{granted}</td>
                    <td role="cell" class="do">
                        <a class="btn" href=format!("{}/{}", shown.here(), meter.key)>"Change"<span class="visually-hidden">{format!(" {}", meter.label)}</span></a>
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="card rows">
            <div class="card-head"><h2>"Quotas"</h2><a href="/admin/meters">"Meters"</a></div>
            <table role="table">
                <caption class="visually-hidden">"What the draft grants of each meter"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Meter"</th><th role="columnheader" scope="col">"Granted"</th>
                    <th role="columnheader" scope="col"><span class="visually-hidden">"Actions"</span></th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </section>
    }
}

fn body(shown: &Shown, title: &str) -> impl IntoView + use<> {
    let quiet = !shown.change.failed() && !shown.publish.failed() && !shown.discard.failed();
    let done = match shown.done.as_str() {
        "changed" => Some("The draft is changed. Nobody has it yet."),
        "begun" => Some("The draft is begun. Nothing of it holds before it is published."),
        "created" => Some("The plan is there, as a draft. Nobody can buy it before it is published."),
        _ => None,
    };
    let by = shown.draft.changed_by.clone().unwrap_or_default();
    view! {
        <div class="head">
            <div class="grow">
                <h1><bdi>{title.to_owned()}</bdi></h1>
                <p><a href=format!("/admin/plans/{}", shown.plan.key)>{shown.plan.name.clone()}</a>", changed "<Minute at=shown.draft.changed_at />" by "<bdi>{by}</bdi></p>
            </div>
            {publish_dialog(shown)}
            {discard_dialog(shown)}
        </div>
        {done.filter(|_| quiet).map(|text| view! { <Notice kind="ok"><b>{text}</b></Notice> })}
        {difference_card(shown)}
        {over_card(shown)}
        {quotas(shown)}
        {terms_form(shown)}
        <Islands />
    }
}
