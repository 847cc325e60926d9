//! `/admin/tenants/{slug}/quotas/{meter}`: one meter of one tenant; an override in the plan's place, grants on top.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_params_map;

use super::server::{AddGrant, EndGrant, GiveBack, SetOverride};
use super::words::{own, why};
use crate::domain::amount;
use crate::domain::last_day;
use crate::domain::meter::kind_text;
use crate::domain::quantity::Unit;
use crate::domain::quota::{Level, Quota};
use crate::domain::slug::Slug;
use crate::domain::when;
use crate::store::grants::Grant;
use crate::store::tenant_quotas::QuotaLine;
use crate::store::usage_report::Looked;
use crate::ui::dialog::ConfirmDialog;
use crate::ui::field::{FormMessage, TextField};
use crate::ui::meter::QuotaBar;
use crate::ui::text::{Ago, Notice};
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{Islands, PageError, page};
use crate::web::request::{self, Context, query};

fn param(name: &str) -> String {
    use_params_map().with_untracked(|params| params.get(name)).unwrap_or_default()
}

/// All that the page shows.
struct Sheet {
    tenant: Looked,
    plan: String,
    line: QuotaLine,
    grants: Vec<Grant>,
    now: DateTime<Utc>,
    set: Form,
    give_back: Form,
    grant: Form,
    end: Form,
    /// What the address asks for: a dialog.
    ask: String,
    done: String,
}

impl Sheet {
    fn here(&self) -> String {
        format!("/admin/tenants/{}/quotas/{}", self.tenant.slug, self.line.meter)
    }

    fn text(&self, n: i64) -> String {
        amount::plain(n, self.line.unit)
    }
}

#[component]
pub fn TenantQuotaPage() -> impl IntoView {
    let (slug, meter) = (param("slug"), param("meter"));
    page(async move {
        let (set, give_back) = (Form::of::<SetOverride>(), Form::of::<GiveBack>());
        let (grant, end) = (Form::of::<AddGrant>(), Form::of::<EndGrant>());
        let (ask, done) = (query("ask").unwrap_or_default(), query("done").unwrap_or_default());
        let (me, admin) = request::admin().await?;
        let slug: Slug = slug.parse().map_err(|_| PageError::NotFound)?;
        let mut read = Context::get().store.platform_read(&admin).await?;
        let tenant = read.look_at(&slug).await?;
        let line = read.get_quota_line(&tenant, &meter).await?;
        let (plan, mut grants, now) = (read.get_plan_name(&tenant).await?, read.list_grants(&tenant).await?, read.now().await?);
        grants.retain(|grant| grant.meter == line.meter);
        let sheet = Sheet { tenant, plan, line, grants, now, set, give_back, grant, end, ask, done };
        let title = format!("{} of {}", sheet.line.label, sheet.tenant.name);
        Ok(console(&me, &title, "/admin/tenants", body(&sheet, &title).into_any()))
    })
}

fn facts(sheet: &Sheet) -> impl IntoView + use<> {
    let line = &sheet.line;
    let beyond = match line.rule {
        crate::domain::entitlement::Rule::Block => "refused beyond",
        crate::domain::entitlement::Rule::Degrade => "degraded beyond",
        crate::domain::entitlement::Rule::Overage => "billed beyond",
    };
    let plan = match line.plan {
        Some(quota) => format!("{}, {beyond} ({})", sheet.text(quota), sheet.plan),
        None => format!("unlimited ({})", sheet.plan),
    };
    let overridden = line.overridden.as_ref().map(|standing| {
        let (quota, until) = own(line, standing);
        view! {
            <dt>"Override"</dt>
            <dd>{quota}" "{until}</dd>
            <dt>"Its reason"</dt>
            <dd><bdi>{standing.reason.clone()}</bdi></dd>
            <dt>"Set by"</dt>
            <dd><bdi>{standing.created_by.clone()}</bdi>", "<Ago at=standing.created_at now=sheet.now /></dd>
        }
    });
    let granted = (line.granted + line.drawn > 0).then(|| {
        let drawn = if line.drawn > 0 { format!(", {} drawn in this period", sheet.text(line.drawn)) } else { String::new() };
        view! { <dt>"Grants"</dt><dd>{format!("{} left{drawn}", sheet.text(line.granted))}</dd> }
    });
    let held = (line.held > 0).then(|| view! { <dt>"Held"</dt><dd>{format!("{} by reservations", sheet.text(line.held))}</dd> });
    let bar = line.used.map(|used| {
        let level = Level::Units { used, limit: line.quota, unit: line.unit };
        view! { <QuotaBar quota=Quota { label: "Used".to_owned(), level, resets: None } /> }
    });
    view! {
        <section class="card pad">
            <div class="card-head"><h2>"What holds"</h2></div>
            {bar}
            <dl class="facts">
                <dt>"Holds now"</dt>
                <dd><b>{amount::quota_text(line.quota, line.unit)}</b>{format!(" ({})", why(line))}</dd>
                <dt>"Plan"</dt>
                <dd>{plan}</dd>
                {overridden}
                {granted}
                {held}
            </dl>
        </section>
    }
}

fn give_back_dialog(sheet: &Sheet) -> impl IntoView + use<> {
    let here = sheet.here();
    let error = sheet.give_back.error("removal_reason");
    let fields = view! {
        <p>{format!("The plan's quota holds again at once: {}.", amount::quota_text(sheet.line.plan, sheet.line.unit))}</p>
        <FormMessage message=sheet.give_back.message().filter(|_| error.is_none()) />
        <input type="hidden" name="slug" value=sheet.tenant.slug.to_string() />
        <input type="hidden" name="meter" value=sheet.line.meter.clone() />
        <TextField
            name="removal_reason"
            label="Why it is removed"
            value=sheet.give_back.typed("removal_reason")
            error=error
            hint="For the tenant's audit log."
        />
    };
    view! {
        <ConfirmDialog
            id="remove".to_owned()
            label="Remove override".to_owned()
            title="Remove the override?".to_owned()
            href=format!("{here}?ask=remove#remove")
            cancel_href=here
            action=GiveBack::PATH.to_owned()
            confirm="Remove".to_owned()
            danger=true
            open=sheet.ask == "remove" || sheet.give_back.failed()
        >
            {fields}
        </ConfirmDialog>
    }
}

fn amount_hint(unit: Unit) -> (&'static str, &'static str) {
    match unit {
        Unit::Count => ("A number such as 50,000 or 50 M; nothing is unlimited.", "A number such as 50,000 or 5 M."),
        Unit::Bytes => ("A size such as 100 GB or 1.5 TB; nothing is unlimited.", "A size such as 5 GB."),
    }
}

fn override_form(sheet: &Sheet) -> impl IntoView + use<> {
    let (form, standing) = (&sheet.set, sheet.line.overridden.as_ref());
    let now = |field: &str, value: Option<String>| form.typed(field).or(value);
    let quota = standing.map(|standing| standing.quota.map(|quota| sheet.text(quota)).unwrap_or_default());
    let until = standing.and_then(|standing| standing.expires_at).map(|end| last_day::day_of(end).to_string());
    view! {
        <section class="card pad stack">
            <div class="head"><h2 class="grow">{if standing.is_some() { "Change the override" } else { "Set an override" }}</h2>{standing.map(|_| give_back_dialog(sheet))}</div>
            <FormMessage message=form.message() />
            <form class="form" method="post" action=SetOverride::PATH>
                <input type="hidden" name="slug" value=sheet.tenant.slug.to_string() />
                <input type="hidden" name="meter" value=sheet.line.meter.clone() />
                <TextField
                    name="quota"
                    label="Quota in the plan's place"
                    required=false
                    value=now("quota", quota)
                    error=form.error("quota")
                    hint=amount_hint(sheet.line.unit).0
                />
                <TextField
                    name="until"
                    label="Last day"
                    kind="date"
                    required=false
                    value=now("until", until)
                    error=form.error("until")
                    hint="It holds until the end of this day, UTC; nothing for no end."
                />
                <TextField
                    name="reason"
                    label="Reason"
                    value=now("reason", standing.map(|standing| standing.reason.clone()))
                    error=form.error("reason")
                    hint="For the tenant's audit log."
                />
                <div class="actions"><button class="btn pri">"Save override"</button></div>
            </form>
        </section>
    }
}

fn end_dialog(sheet: &Sheet, grant: &Grant) -> impl IntoView + use<> {
    let here = sheet.here();
    let id = grant.id.to_string();
    let left = sheet.text(grant.amount - grant.drawn);
    let fields = view! {
        <p>{format!("The {left} that it still holds are gone at once. What was used of it stays used.")}</p>
        <input type="hidden" name="slug" value=sheet.tenant.slug.to_string() />
        <input type="hidden" name="grant" value=id.clone() />
    };
    view! {
        <ConfirmDialog
            id=format!("end-{id}")
            label="End".to_owned()
            title="End this grant?".to_owned()
            href=format!("{here}?ask={id}#end-{id}")
            cancel_href=here
            action=EndGrant::PATH.to_owned()
            confirm="End grant".to_owned()
            danger=true
            open=sheet.ask == id
        >
            {fields}
        </ConfirmDialog>
    }
}

fn grant_list(sheet: &Sheet) -> AnyView {
    if sheet.grants.is_empty() {
        return view! { <p class="muted">"No grants run. A grant adds to the quota until it is used up or its last day is over."</p> }
            .into_any();
    }
    let rows = sheet
        .grants
        .iter()
        .map(|grant| {
            let left = format!("{} of {} left", sheet.text(grant.amount - grant.drawn), sheet.text(grant.amount));
            let end = format!("until {}", when::day(last_day::day_of(grant.expires_at)));
            view! {
                <li>
                    <span class="grow">
                        <b>{left}</b>" "<span class="muted">{end}</span>
                        <small><bdi>{grant.reason.clone()}</bdi>", by "<bdi>{grant.created_by.clone()}</bdi></small>
                    </span>
                    {end_dialog(sheet, grant)}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="list">{rows}</ul> }.into_any()
}

fn grant_form(sheet: &Sheet) -> impl IntoView + use<> {
    let form = &sheet.grant;
    view! {
        <section class="card pad stack">
            <h2>"Grants"</h2>
            <FormMessage message=sheet.end.message() />
            {grant_list(sheet)}
            <FormMessage message=form.message() />
            <form class="form" method="post" action=AddGrant::PATH>
                <input type="hidden" name="slug" value=sheet.tenant.slug.to_string() />
                <input type="hidden" name="meter" value=sheet.line.meter.clone() />
                <TextField
                    name="amount"
                    label="Amount to grant"
                    value=form.typed("amount")
                    error=form.error("amount")
                    hint=amount_hint(sheet.line.unit).1
                />
                <TextField
                    name="grant_until"
                    label="Last day of the grant"
                    kind="date"
                    value=form.typed("grant_until")
                    error=form.error("grant_until")
                    hint="What is left then is gone, UTC."
                />
                <TextField
                    name="grant_reason"
                    label="Reason for the grant"
                    value=form.typed("grant_reason")
                    error=form.error("grant_reason")
                    hint="For the tenant's audit log."
                />
                <div class="actions"><button class="btn pri">"Add grant"</button></div>
            </form>
        </section>
    }
}

fn done(sheet: &Sheet) -> Option<AnyView> {
    if [&sheet.set, &sheet.give_back, &sheet.grant, &sheet.end].into_iter().any(Form::failed) {
        return None;
    }
    let text = match sheet.done.as_str() {
        "set" if sheet.line.overridden.is_some() => "The override holds from now on.",
        "plan" if sheet.line.overridden.is_none() => "The override is removed: the plan's quota holds again.",
        "granted" => "The grant is added.",
        "ended" => "The grant has ended.",
        _ => return None,
    };
    Some(view! { <Notice kind="ok"><b>{text}</b></Notice> }.into_any())
}

fn body(sheet: &Sheet, title: &str) -> impl IntoView + use<> {
    let quotas = format!("/admin/tenants/{}/quotas", sheet.tenant.slug);
    let facts_of = kind_text(sheet.line.kind, sheet.line.period.as_deref());
    let dialogs = sheet.line.overridden.is_some() || !sheet.grants.is_empty();
    view! {
        <div class="head">
            <div class="grow">
                <h1><bdi>{title.to_owned()}</bdi></h1>
                <p><a href=quotas>"Quotas of "<bdi>{sheet.tenant.name.clone()}</bdi></a>{format!(", {facts_of}")}</p>
            </div>
        </div>
        {done(sheet)}
        {facts(sheet)}
        <div class="pair">{override_form(sheet)}{grant_form(sheet)}</div>
        {dialogs.then(|| view! { <Islands /> })}
    }
}
