//! `/admin/tenants/{slug}`: one tenant at a glance, with its health and what can be done to its life. Deleted ones too, to be restored.

use leptos::prelude::*;
use maud::html;

use super::health::health_card;
use super::imported::came_in;
use super::life::{Asked, buttons};
use crate::domain::quantity::{self, Unit};
use crate::domain::quota::{Level, Quota};
use crate::domain::slug::Slug;
use crate::domain::staff::{HelpTenants, ManageTenants, MoveTenants};
use crate::domain::status::TenantStatus;
use crate::domain::when;
use crate::store::moving::imported::ImportNote;
use crate::store::tenant_detail::TenantDetail;
use crate::store::tenant_health::Health;
use crate::ui::chart::{Day, DayChart};
use crate::ui::field::FormMessage;
use crate::ui::meter::quota_bar;
use crate::ui::status::StatusBadge;
use crate::ui::text::{ActivityList, Notice, inert};
use crate::ui::time::{Minute, OnDay, zone};
use crate::web::frame::console;
use crate::web::page::{Islands, PageError, PageText, page};
use crate::web::request::{self, Context, at_own_address, may, query};
use crate::web::tenant_tabs::TenantTabs;

pub fn tenant_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let ask = query("ask").unwrap_or_default();
        let (life, done) = (Asked::of(ask.clone()), query("done").unwrap_or_default());
        let (me, admin) = request::admin().await?;
        let slug: Slug = slug.parse().map_err(|_| PageError::NotFound)?;
        let context = Context::get();
        let mut read = context.store.platform_read(&admin).await?;
        let tenant = read.get_any_tenant(&slug).await?;
        at_own_address(&slug, &tenant.slug)?;
        let health = read.tenant_health(&tenant).await?;
        let import = if done == "imported" { read.find_import(&tenant.slug).await? } else { None };
        let (name, base) = (tenant.name.clone(), context.link_base(&tenant.slug));
        let looked = Looked { tenant, health, life, ask, done, import, base };
        Ok(console(&me, &name, "/admin/tenants", body(&looked).into_any()))
    })
}

/// All that the page shows.
struct Looked {
    tenant: TenantDetail,
    health: Health,
    life: Asked,
    /// What the address asks the page to show besides the tenant.
    ask: String,
    done: String,
    /// What came, when the address says that it came in from an archive.
    import: Option<ImportNote>,
    base: String,
}

fn quotas(tenant: &TenantDetail) -> Vec<Quota> {
    let units = |label: &str, used, limit, unit| Quota { label: label.to_owned(), level: Level::Units { used, limit, unit }, resets: None };
    let resets = format!("resets {}", when::day_and_month(when::next_month(tenant.now.date_naive())));
    vec![
        units("Agents", tenant.agents, tenant.agents_quota, Unit::Count),
        Quota { label: "Budget".to_owned(), level: Level::Money { used: tenant.cost, limit: tenant.budget }, resets: None },
        Quota { resets: Some(resets), ..units("Tokens", tenant.tokens, tenant.tokens_quota, Unit::Count) },
        units("Storage", tenant.storage_bytes, tenant.storage_quota, Unit::Bytes),
    ]
}

fn done(looked: &Looked) -> Option<AnyView> {
    if looked.life.failed() {
        return None;
    }
    if let Some(note) = &looked.import {
        return Some(came_in(&looked.tenant, note).into_any());
    }
    let (tenant, suspended) = (&looked.tenant, looked.tenant.status == TenantStatus::Suspended);
    let text = match looked.done.as_str() {
        "created" => "Created.",
        "suspended" if suspended => "Suspended. Its people see the reason.",
        "resumed" if !suspended => "Resumed. Its people can work again.",
        "still-unpaid" if suspended => "The suspension by staff is over. The one for non-payment stands.",
        "unpaid" if suspended => "Suspended for non-payment. Its people see what is owed.",
        "paid" if !suspended => "The payment is noted. Its people can work.",
        "still-held" if suspended => "The payment is noted. The suspension by staff stands.",
        "extended" if tenant.status == TenantStatus::Trial => "The trial is extended.",
        "converted" if tenant.status == TenantStatus::Active => "The trial is over: the plan holds and is billed from today on.",
        "deleted" if tenant.status == TenantStatus::Deleted => "Deleted. Nothing of it is lost yet.",
        "restored" if tenant.status != TenantStatus::Deleted => "Restored, as it was.",
        _ => return None,
    };
    Some(view! { <Notice kind="ok"><b>{text}</b></Notice> }.into_any())
}

/// The owner's link: shown when it was just made, and again on demand while it works.
fn setup_link(tenant: &TenantDetail, asked: &Looked) -> Option<AnyView> {
    // It lets its holder in as the owner.
    let (token, expires_at) = tenant.setup.as_ref().filter(|_| may::<ManageTenants>())?;
    let here = format!("/admin/tenants/{}", tenant.slug);
    if asked.done != "created" && asked.ask != "setup-link" {
        return Some(
            view! {
                <Notice kind="info">
                    <b>"The owner has not set this tenant up yet."</b>" "<a href=format!("{here}?ask=setup-link")>"Show the set-up link"</a>
                </Notice>
            }
            .into_any(),
        );
    }
    let hint = format!(" Hand it to {}. It works once, until {}.", tenant.owner_email, when::day(zone().day_of(*expires_at)));
    let link = format!("{}/invite/{}", asked.base, token.reveal());
    Some(
        view! {
            <Notice kind="info">
                <div class="stack">
                    <span><label for="setup-link"><b>"Set-up link for the owner."</b></label>{hint}</span>
                    <div class="copy"><input id="setup-link" readonly value=link /></div>
                </div>
            </Notice>
        }
        .into_any(),
    )
}

/// Why it is closed, each cause by itself.
fn causes(tenant: &TenantDetail) -> Vec<AnyView> {
    let banner =
        |what: String, why: String| view! { <div class="banner over" role="status"><span><b>{what}</b>{why}</span></div> }.into_any();
    match tenant.status {
        TenantStatus::Suspended => {
            let held = tenant.held_reason.clone().map(|reason| banner("Suspended: ".to_owned(), reason));
            let unpaid = tenant.unpaid.clone().map(|(reason, _)| banner("Suspended for non-payment: ".to_owned(), reason));
            held.into_iter().chain(unpaid).collect()
        }
        TenantStatus::Deleted => {
            let until =
                tenant.purge_after.map(|end| format!("Until {} it can be restored as it was.", zone().minute(end))).unwrap_or_default();
            let over = tenant.purge_after.is_some_and(|end| end <= tenant.now);
            vec![banner("Deleted. ".to_owned(), if over { "Its 30 days are over.".to_owned() } else { until })]
        }
        TenantStatus::Provisioning | TenantStatus::Trial | TenantStatus::Active | TenantStatus::PastDue => Vec::new(),
    }
}

fn steps_notice(tenant: &TenantDetail) -> impl IntoView + use<> {
    let steps = format!("/admin/tenants/{}/provisioning", tenant.slug);
    view! {
        <Notice kind="info">
            <b>"It is being set up, and open to nobody yet."</b>" "<a href=steps>"See its steps"</a>
        </Notice>
    }
}

/// What else can be done with it, on pages of their own.
fn links(tenant: &TenantDetail) -> impl IntoView + use<> {
    let there = !matches!(tenant.status, TenantStatus::Provisioning | TenantStatus::Deleted);
    let open = matches!(tenant.status, TenantStatus::Trial | TenantStatus::Active | TenantStatus::PastDue);
    let here = format!("/admin/tenants/{}", tenant.slug);
    let link =
        |shown: bool, page: &str, text: &'static str| shown.then(|| view! { <a class="btn" href=format!("{here}/{page}")>{text}</a> });
    let (clone, export) =
        (link(there && may::<ManageTenants>(), "clone", "Clone"), link(there && may::<MoveTenants>(), "export", "Export"));
    let support = link(open && may::<HelpTenants>(), "support", "Look as support");
    view! { <div class="actions">{support}{export}{clone}</div> }
}

fn body(looked: &Looked) -> impl IntoView + use<> {
    let tenant = &looked.tenant;
    let price =
        if tenant.contract { format!("{} a month by contract", tenant.price.short()) } else { format!("{} a month", tenant.price.short()) };
    let since = when::day(zone().day_of(tenant.status_since));
    let members: i64 = tenant.members.iter().map(|(_, n)| n).sum();
    let by_role = tenant
        .members
        .iter()
        .map(|(role, n)| format!("{n} {}{}", role.as_str(), if *n == 1 { "" } else { "s" }))
        .collect::<Vec<_>>()
        .join(", ");
    let messages: i64 = tenant.days.iter().map(|day| day.messages).sum();
    let days = tenant
        .days
        .iter()
        .map(|day| Day { day: day.day, value: day.messages, more: vec![quantity::count(day.tokens), day.cost.to_string()] })
        .collect::<Vec<_>>();
    let budget = tenant.budget.map_or_else(|| "no budget set".to_owned(), |budget| format!("of {} budget", budget.short()));
    let (notice, link, bars) = (done(looked), setup_link(tenant, looked), quotas(tenant));
    let gone = tenant.status == TenantStatus::Deleted;
    let more = links(tenant);
    let steps = (tenant.status == TenantStatus::Provisioning).then(|| steps_notice(tenant));
    view! {
        <div class="head">
            <div class="grow">
                <h1><bdi>{tenant.name.clone()}</bdi></h1>
                <p class="row">
                    <span class="mono">{tenant.slug.to_string()}</span>
                    <StatusBadge status=tenant.status trial_ends_at=tenant.trial_ends_at now=tenant.now />
                    <span>{format!("since {since}")}</span>
                </p>
            </div>
            {buttons(tenant, &looked.health, &looked.life)}
        </div>
        <TenantTabs slug=tenant.slug.clone() status=tenant.status current="" />
        {notice}
        <FormMessage message=looked.life.lost(tenant) />
        {steps}
        {link}
        {causes(tenant)}
        <div class="grid">
            <div class="card stat"><small>"Plan"</small><b>{tenant.plan.clone()}</b><em>{price}</em></div>
            <div class="card stat"><small>"Cost this month"</small><b>{tenant.cost.to_string()}</b><em>{budget}</em></div>
            <div class="card stat"><small>"Messages, 30 days"</small><b>{quantity::count(messages)}</b><em>{format!("{} a day on average", quantity::count(messages / 30))}</em></div>
            <div class="card stat"><small>"Members"</small><b>{quantity::count(members)}</b><em>{if by_role.is_empty() { "nobody yet".to_owned() } else { by_role.clone() }}</em></div>
        </div>
        {(!gone).then(|| health_card(tenant, &looked.health))}
        <div class="two">
            <section class="card pad">
                <div class="card-head"><h2>"Quotas"</h2></div>
                {inert(html! { @for quota in &bars { (quota_bar(quota)) } })}
            </section>
            <section class="card pad stack">
                <h2>"Facts"</h2>
                <dl class="facts">
                    <dt>"Owner"</dt><dd>{tenant.owner_email.clone()}</dd>
                    <dt>"Billing"</dt><dd>{tenant.billing_email.clone()}</dd>
                    <dt>"Plan version"</dt><dd>{format!("{} {}", tenant.plan, tenant.plan_version)}</dd>
                    <dt>"Created"</dt><dd><OnDay at=tenant.created_at /></dd>
                    {tenant.trial_ends_at.filter(|_| tenant.status == TenantStatus::Trial).map(|end| view! {
                        <dt>"Trial ends"</dt><dd><Minute at=end /></dd>
                    })}
                    {tenant.region.map(|region| view! { <dt>"Region"</dt><dd>{region.label()}</dd> })}
                    {(!tenant.tags.as_slice().is_empty()).then(|| view! { <dt>"Tags"</dt><dd>{tenant.tags.to_string()}</dd> })}
                    <dt>"Portal"</dt><dd><code>{format!("/t/{}", tenant.slug)}</code></dd>
                </dl>
                {more}
            </section>
        </div>
        <section class="card pad">
            <div class="card-head"><h2>"Messages a day"</h2><span class="muted">"last 30 days, UTC"</span></div>
            <DayChart what="Messages" days=days columns=&["Tokens", "Cost"] />
        </section>
        <section class="card pad">
            <div class="card-head"><h2>"Audit"</h2><span class="muted">"latest events"</span></div>
            <ActivityList events=tenant.activity.clone() now=tenant.now />
        </section>
        <Islands />
    }
}
