//! `/admin/plans/{plan}/move`: what moving tenants to another version would mean, before anybody is moved. `?from=1&to=2` all tenants of a
//! version, `?to=2` all others, `?tenant=acme&to=2` one.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use uuid::Uuid;

use super::draft::over_lines;
use super::move_server::{MoveTenant, MoveTenants};
use crate::domain::plan_terms::{Words, differences};
use crate::domain::quantity;
use crate::domain::slug::Slug;
use crate::domain::staff::ManageTenantPlans;
use crate::store::plan_moves::Movable;
use crate::store::plan_versions::{OverLimit, PlanRecord, VersionLine};
use crate::store::{PlatformRead, StoreError};
use crate::ui::field::{FormMessage, SelectField};
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, Context, query};

/// What the address asks for.
enum Asked {
    One(Movable),
    /// The versions whose tenants move; the chosen one, if it is one.
    Many {
        from: Vec<VersionLine>,
        chosen: Option<i32>,
        over: Vec<OverLimit>,
    },
    /// No tenant has this slug, or it has another plan.
    Nobody(String),
}

fn number(name: &str) -> Option<i32> {
    query(name).filter(|text| !text.is_empty())?.parse().ok()
}

pub fn move_page() -> PageText {
    let key = request::param("plan");
    page(async move {
        let failed = Form::of::<MoveTenants>().message().or_else(|| Form::of::<MoveTenant>().message());
        let (from, to, tenant) = (number("from"), number("to"), query("tenant").filter(|slug| !slug.trim().is_empty()));
        let (me, admin) = request::admin_with::<ManageTenantPlans>().await?;
        let mut read = Context::get().store.platform_read(&admin).await?;
        let plan = read.get_plan_record(&key).await?;
        let newest = plan.newest().ok_or(PageError::NotFound)?;
        let target = match to {
            Some(number) => plan.version(number)?.clone(),
            None => newest.clone(),
        };
        let asked = match tenant {
            Some(slug) => one(&mut read, &plan, &slug, &target).await?,
            None => many(&mut read, &plan, from, &target).await?,
        };
        let changes = changes(&mut read, &plan, &asked, &target).await?;
        let title = format!("Move tenants of {}", plan.name);
        Ok(console(&me, &title, "/admin/plans", body(&plan, &target, &asked, changes, failed, &title).into_any()))
    })
}

async fn one(read: &mut PlatformRead, plan: &PlanRecord, slug: &str, target: &VersionLine) -> Result<Asked, PageError> {
    let Ok(parsed) = slug.trim().parse::<Slug>() else { return Ok(Asked::Nobody(slug.to_owned())) };
    match read.find_movable(&parsed, target).await {
        Ok(found) if found.plan == plan.key => Ok(Asked::One(found)),
        Ok(_) | Err(StoreError::NotFound) => Ok(Asked::Nobody(slug.to_owned())),
        Err(error) => Err(error.into()),
    }
}

async fn many(read: &mut PlatformRead, plan: &PlanRecord, from: Option<i32>, target: &VersionLine) -> Result<Asked, PageError> {
    if let Some(from) = from {
        plan.version(from)?;
    }
    let chosen = |version: &&VersionLine| version.number != target.number && from.is_none_or(|from| from == version.number);
    let from_versions: Vec<VersionLine> = plan.versions.iter().filter(chosen).cloned().collect();
    let over = read.over_in_version(&from_versions, target).await?;
    Ok(Asked::Many { from: from_versions, chosen: from, over })
}

/// What changes for whoever moves, when they all come from one version.
async fn changes(
    read: &mut PlatformRead,
    plan: &PlanRecord,
    asked: &Asked,
    target: &VersionLine,
) -> Result<Option<Vec<String>>, PageError> {
    let from = match asked {
        Asked::One(found) => plan.version(found.version)?,
        Asked::Many { from, .. } => match from.as_slice() {
            [only] => only,
            _ => return Ok(None),
        },
        Asked::Nobody(_) => return Ok(None),
    };
    let (before, after) = (read.version_terms(from).await?, read.version_terms(target).await?);
    let meters: Vec<_> = read.list_meters().await?.into_iter().map(|meter| (meter.key, meter.label, meter.unit)).collect();
    let features: Vec<_> = read.list_catalogue_features().await?.into_iter().map(|feature| (feature.key, feature.label)).collect();
    let found = differences(&before, &after, &Words { meters: &meters, features: &features });
    Ok(Some(found.into_iter().map(|one| format!("{}: {}, until now {}", one.what, one.after, one.before)).collect()))
}

fn here(plan: &PlanRecord) -> String {
    format!("/admin/plans/{}", plan.key)
}

/// Another choice: a plain form that leads back here.
fn choice(plan: &PlanRecord, chosen: Option<i32>, target: &VersionLine) -> impl IntoView + use<> {
    let label = |version: &VersionLine| {
        let tenants = quantity::plural(version.tenants, "tenant", "tenants");
        (version.number.to_string(), format!("Version {}, {}, {tenants}", version.number, version.price.short()))
    };
    let mut from: Vec<_> = plan.versions.iter().map(label).collect();
    from.insert(0, (String::new(), "All other versions".to_owned()));
    let to = plan.versions.iter().map(label).collect();
    view! {
        <form class="form card pad" method="get" action=format!("{}/move", here(plan))>
            <div class="cols">
                <SelectField name="from" label="From" options=from value=Some(chosen.map(|n| n.to_string()).unwrap_or_default()) />
                <SelectField name="to" label="To" options=to value=Some(target.number.to_string()) />
            </div>
            <div class="actions"><button class="btn">"Look at it"</button></div>
        </form>
    }
}

fn change_list(changes: Option<Vec<String>>) -> AnyView {
    match changes {
        None => ().into_any(),
        Some(changes) if changes.is_empty() => view! { <p class="muted">"Nothing differs between the two versions."</p> }.into_any(),
        Some(changes) => {
            let lines = changes.into_iter().map(|line| view! { <li><bdi>{line}</bdi></li> }).collect_view();
            view! { <div><h3>"What changes"</h3><ul class="plain">{lines}</ul></div> }.into_any()
        }
    }
}

fn one_card(plan: &PlanRecord, target: &VersionLine, found: &Movable, changes: Option<Vec<String>>) -> AnyView {
    let name = view! { <a href=format!("/admin/tenants/{}", found.slug)><bdi>{found.name.clone()}</bdi></a> };
    if found.version == target.number {
        return view! { <section class="card pad"><p>{name}{format!(" has version {} already.", target.number)}</p></section> }.into_any();
    }
    let beyond = match found.beyond.is_empty() {
        true => view! { <p class="muted">"It would be over no limit."</p> }.into_any(),
        false => {
            let lines = found.beyond.iter().map(|one| view! { <li><b><bdi>{one.text()}</bdi></b></li> }).collect_view();
            view! { <div><h3>"It would be over these limits"</h3><ul class="plain">{lines}</ul></div> }.into_any()
        }
    };
    view! {
        <section class="card pad stack">
            <h2>{format!("Version {} to {}", found.version, target.number)}</h2>
            <p>{name}" gets what version "{target.number}" grants at once, and pays its price from today on."{found.contract.then_some(" Its own price is agreed by contract and stays.")}</p>
            {change_list(changes)}
            {beyond}
            <form class="actions" method="post" action=MoveTenant::PATH>
                <input type="hidden" name="plan" value=plan.key.clone() />
                <input type="hidden" name="slug" value=found.slug.to_string() />
                <input type="hidden" name="seen" value=found.version.to_string() />
                <input type="hidden" name="to" value=target.number.to_string() />
                <button class="btn pri">"Move this tenant"</button>
                <a class="btn" href=here(plan)>"Cancel"</a>
            </form>
        </section>
    }
    .into_any()
}

fn many_card(
    plan: &PlanRecord,
    target: &VersionLine,
    (from, chosen, over): (&[VersionLine], Option<i32>, &[OverLimit]),
    changes: Option<Vec<String>>,
) -> AnyView {
    let total: i64 = from.iter().map(|version| version.tenants).sum();
    if total == 0 {
        return view! {
            <section class="card empty"><h2>"Nobody to move"</h2><p>{format!("No tenant has another version of {} than {} here.", plan.name, target.number)}</p></section>
        }
        .into_any();
    }
    let over_text = match over.is_empty() {
        true => view! { <p class="muted">"Nobody would be over a limit that version grants less of."</p> }.into_any(),
        false => view! { <div><h3>"Who would be over a limit"</h3>{over_lines(over)}</div> }.into_any(),
    };
    let tenants = quantity::plural(total, "tenant", "tenants");
    view! {
        <section class="card pad stack">
            <h2>{format!("{tenants} to version {}", target.number)}</h2>
            <p>"Each gets at once what the version grants, and pays its price from that day on. Prices that are agreed by contract stay. What is over a limit is not removed: more of it is refused."</p>
            {change_list(changes)}
            {over_text}
            <form class="form" method="post" action=MoveTenants::PATH>
                <input type="hidden" name="plan" value=plan.key.clone() />
                <input type="hidden" name="from" value=chosen.map(|n| n.to_string()).unwrap_or_default() />
                <input type="hidden" name="to" value=target.number.to_string() />
                <input type="hidden" name="request" value=Uuid::new_v4().to_string() />
                <label class="check">
                    <input type="checkbox" name="spare_over" value="on" checked=!over.is_empty() />
                    <span>"Leave out tenants that would be over a limit"<small class="hint">"They keep their version; the result names them."</small></span>
                </label>
                <div class="actions"><button class="btn pri">{format!("Move {tenants}")}</button><a class="btn" href=here(plan)>"Cancel"</a></div>
            </form>
        </section>
    }
    .into_any()
}

fn body(
    plan: &PlanRecord,
    target: &VersionLine,
    asked: &Asked,
    changes: Option<Vec<String>>,
    failed: Option<String>,
    title: &str,
) -> impl IntoView + use<> {
    let (card, chosen) = match asked {
        Asked::One(found) => (one_card(plan, target, found, changes), None),
        Asked::Many { from, chosen, over } => (many_card(plan, target, (from, *chosen, over), changes), Some(*chosen)),
        Asked::Nobody(slug) => {
            let text = format!("No tenant with the plan {} has the slug “{slug}”.", plan.name);
            (view! { <section class="card empty"><h2>"No such tenant"</h2><p><bdi>{text}</bdi></p><a class="btn" href=here(plan)>"Back to the plan"</a></section> }.into_any(), None)
        }
    };
    view! {
        <div class="head"><div class="grow"><h1><bdi>{title.to_owned()}</bdi></h1><p><a href=here(plan)>{plan.name.clone()}</a>", to another version"</p></div></div>
        <FormMessage message=failed />
        <div class="narrow stack">
            {chosen.map(|chosen| choice(plan, chosen, target))}
            {card}
        </div>
    }
}
