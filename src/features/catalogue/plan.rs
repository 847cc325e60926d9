//! `/admin/plans/{plan}`: one plan with its versions, who has them, and what of it is no version's.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::plan_server::{ArchivePlan, BeginDraft, ChangePlan};
use crate::domain::quantity;
use crate::store::plan_moves::Move;
use crate::store::plan_versions::{PlanRecord, VersionLine};
use crate::ui::dialog::ConfirmDialog;
use crate::ui::field::{FormMessage, SelectField, TextField};
use crate::ui::text::Notice;
use crate::ui::time::{Minute, OnDay};
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{Islands, PageText, page};
use crate::web::request::{self, Context, query};

/// What the address asks the page to show besides the plan.
struct Asked {
    begin: Form,
    facts: Form,
    archive: Form,
    ask: String,
    done: String,
}

pub fn plan_record_page() -> PageText {
    let key = request::param("plan");
    page(async move {
        let asked = Asked {
            begin: Form::of::<BeginDraft>(),
            facts: Form::of::<ChangePlan>(),
            archive: Form::of::<ArchivePlan>(),
            ask: query("ask").unwrap_or_default(),
            done: query("done").unwrap_or_default(),
        };
        let (me, admin) = request::admin().await?;
        let mut read = Context::get().store.platform_read(&admin).await?;
        let plan = read.get_plan_record(&key).await?;
        let moves = read.list_moves(&plan).await?;
        Ok(console(&me, &plan.name, "/admin/plans", body(&plan, &moves, &asked).into_any()))
    })
}

pub(super) fn standing(plan: &PlanRecord) -> (&'static str, &'static str) {
    match (plan.archived_at, plan.newest()) {
        (Some(_), _) => ("deleted", "archived, not sold"),
        (None, None) => ("wait", "not published yet"),
        (None, Some(_)) if plan.self_service => ("ok", "sold"),
        (None, Some(_)) => ("ok", "sold on request"),
    }
}

fn here(plan: &PlanRecord) -> String {
    format!("/admin/plans/{}", plan.key)
}

fn done(asked: &Asked) -> Option<AnyView> {
    if [&asked.begin, &asked.facts, &asked.archive].into_iter().any(Form::failed) {
        return None;
    }
    let (title, text) = match asked.done.as_str() {
        "published" => ("Published.", " Whoever buys this plan from now on gets the new version. Tenants that have it keep theirs."),
        "discarded" => ("The draft is discarded.", " What is sold stays as it is."),
        "changed" => ("Changed.", ""),
        "archived" => ("Archived.", " Nobody can buy it any more. Tenants that have it keep it."),
        "back" => ("It is sold again.", ""),
        "moved" => ("The tenant is moved.", " What the version grants holds from now on, its price from today on."),
        _ => return None,
    };
    Some(view! { <Notice kind="ok"><b>{title}</b>{text}</Notice> }.into_any())
}

fn draft_action(plan: &PlanRecord) -> AnyView {
    match &plan.draft {
        Some(draft) => {
            view! { <a class="btn pri" href=format!("{}/draft", here(plan))>{format!("Draft of version {}", draft.number)}</a> }.into_any()
        }
        None => view! {
            <form method="post" action=BeginDraft::PATH>
                <input type="hidden" name="plan" value=plan.key.clone() />
                <button class="btn pri">"Begin a draft"</button>
            </form>
        }
        .into_any(),
    }
}

fn archive_action(plan: &PlanRecord, asked: &Asked) -> AnyView {
    if plan.archived_at.is_some() {
        return view! {
            <form method="post" action=ArchivePlan::PATH>
                <input type="hidden" name="plan" value=plan.key.clone() />
                <input type="hidden" name="archived" value="no" />
                <button class="btn">"Bring back"</button>
            </form>
        }
        .into_any();
    }
    let keep = match plan.tenants() {
        0 => "Nobody has it.".to_owned(),
        n => format!("{} it and keep it, at the same price.", quantity::plural(n, "tenant has", "tenants have")),
    };
    let fields = view! {
        <p>{format!("Nobody can buy {} any more: not at sign-up, not as an upgrade, not in the console. {keep} You can bring it back at any time.", plan.name)}</p>
        <FormMessage message=asked.archive.message() />
        <input type="hidden" name="plan" value=plan.key.clone() />
        <input type="hidden" name="archived" value="yes" />
    };
    view! {
        <ConfirmDialog
            id="archive".to_owned()
            label="Archive".to_owned()
            title=format!("Archive {}?", plan.name)
            href=format!("{}?ask=archive#archive", here(plan))
            cancel_href=here(plan)
            action=ArchivePlan::PATH.to_owned()
            confirm="Archive the plan".to_owned()
            danger=true
            open=asked.ask == "archive" || asked.archive.failed()
        >
            {fields}
        </ConfirmDialog>
    }
    .into_any()
}

fn version_row(plan: &PlanRecord, version: &VersionLine) -> impl IntoView + use<> {
    let newest = plan.newest().is_some_and(|newest| newest.number == version.number);
    let by = version.published_by.clone().unwrap_or_else(|| "came with the platform".to_owned());
    let target = plan.versions.iter().find(|other| other.number != version.number);
    let link = target.filter(|_| version.tenants > 0).map(|target| {
        let href = format!("{}/move?from={}&to={}", here(plan), version.number, target.number);
        view! { <a class="btn" href=href>"Move"<span class="visually-hidden">{format!(" the tenants of version {}", version.number)}</span></a> }
    });
    let sold = (newest && plan.archived_at.is_none()).then(|| view! { " "<span class="tag ok">"sold now"</span> });
    view! {
        <tr role="row">
            <td role="cell" class="name"><b>{format!("Version {}", version.number)}</b>{sold}</td>
            <td role="cell" class="num" data-label="A month">{version.price.short()}</td>
            <td role="cell" class="num" data-label="Tenants">{quantity::count(version.tenants)}</td>
            <td role="cell" data-label="Published"><OnDay at=version.published_at /></td>
            <td role="cell" data-label="By"><bdi>{by}</bdi></td>
            <td role="cell" class="do">{link}</td>
        </tr>
    }
}

fn versions(plan: &PlanRecord) -> AnyView {
    if plan.versions.is_empty() {
        return view! {
            <section class="card empty">
                <h2>"Not published yet"</h2>
                <p>"Nobody can buy this plan before its first version is published. Set its price and limits in the draft, then publish it."</p>
                <a class="btn" href=format!("{}/draft", here(plan))>"Open the draft"</a>
            </section>
        }
        .into_any();
    }
    let rows = plan.versions.iter().map(|version| version_row(plan, version)).collect_view();
    view! {
        <section class="card rows">
            <div class="card-head"><h2>"Versions"</h2><span class="muted">"a tenant keeps the one that it bought"</span></div>
            <table role="table">
                <caption class="visually-hidden">{format!("Versions of {}, newest first", plan.name)}</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Version"</th><th role="columnheader" scope="col" class="num">"A month"</th>
                    <th role="columnheader" scope="col" class="num">"Tenants"</th><th role="columnheader" scope="col">"Published"</th>
                    <th role="columnheader" scope="col">"By"</th>
                    <th role="columnheader" scope="col"><span class="visually-hidden">"Actions"</span></th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}

/// Choosing one tenant and its version; the page behind says what it means.
fn one_tenant(plan: &PlanRecord) -> Option<impl IntoView + use<>> {
    let options: Vec<_> = plan
        .versions
        .iter()
        .map(|version| (version.number.to_string(), format!("Version {}, {}", version.number, version.price.short())))
        .collect();
    (plan.versions.len() > 1 && plan.tenants() > 0).then(|| {
        view! {
            <section class="card pad stack">
                <h2>"Move one tenant"</h2>
                <form class="form" method="get" action=format!("{}/move", here(plan))>
                    <div class="cols">
                        <TextField name="tenant" label="Tenant" hint="Its slug." />
                        <SelectField name="to" label="To" options=options />
                    </div>
                    <div class="actions"><button class="btn">"Look at it"</button></div>
                </form>
            </section>
        }
    })
}

fn facts(plan: &PlanRecord, form: &Form) -> impl IntoView + use<> {
    let ticked = form.typed("self_service").map_or(plan.self_service, |typed| typed == "on");
    view! {
        <section class="card pad stack" id="facts">
            <h2>"Name and place"</h2>
            <p class="muted">"They hold for all versions, at once."</p>
            <FormMessage message=form.message() />
            <form class="form" method="post" action=ChangePlan::PATH>
                <input type="hidden" name="plan" value=plan.key.clone() />
                <input type="hidden" name="revision" value=plan.revision.to_string() />
                <div class="cols">
                    <TextField name="name" label="Name" value=form.typed("name").or_else(|| Some(plan.name.clone())) error=form.error("name") />
                    <TextField
                        name="position"
                        label="Position"
                        inputmode="numeric"
                        value=form.typed("position").or_else(|| Some(plan.position.to_string()))
                        error=form.error("position")
                        hint="1 comes first in lists."
                    />
                </div>
                <label class="check">
                    <input type="checkbox" name="self_service" value="on" checked=ticked />
                    <span>"People may choose it themselves"<small class="hint">"Else sign-up and portal show it with “talk to us”."</small></span>
                </label>
                <div class="actions"><button class="btn">"Save"</button></div>
            </form>
        </section>
    }
}

fn moves_list(moves: &[Move]) -> Option<impl IntoView + use<>> {
    let rows = moves
        .iter()
        .map(|one| {
            let from = one.from.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let state = match (one.ended_at, one.failed) {
                (Some(_), _) => "ended",
                (None, true) => "stopped",
                (None, false) => "running",
            };
            let text = format!("Version {from} to {}: {} of {} moved, {state}", one.to, quantity::count(one.moved), quantity::count(one.total));
            view! { <li><a class="grow" href=format!("/admin/plans/{}/moves/{}", one.plan, one.id)>{text}</a><Minute at=one.created_at /></li> }
        })
        .collect_view();
    (!moves.is_empty()).then(|| {
        view! { <section class="card pad stack"><h2>"Moves"</h2><ul class="list">{rows}</ul></section> }
    })
}

fn body(plan: &PlanRecord, moves: &[Move], asked: &Asked) -> impl IntoView + use<> {
    let (class, state) = standing(plan);
    view! {
        <div class="head">
            <div class="grow">
                <h1><bdi>{plan.name.clone()}</bdi></h1>
                <p class="row"><a href="/admin/plans">"Plans"</a><span class="mono">{plan.key.clone()}</span><span class=format!("state {class}")>{state}</span></p>
            </div>
            {draft_action(plan)}
            {archive_action(plan, asked)}
        </div>
        {done(asked)}
        <FormMessage message=asked.begin.message().or_else(|| asked.archive.message().filter(|_| plan.archived_at.is_some())) />
        {versions(plan)}
        <div class="two">{facts(plan, &asked.facts)}{one_tenant(plan)}</div>
        {moves_list(moves)}
        <Islands />
    }
}
