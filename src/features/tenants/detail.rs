//! `/admin/tenants/{slug}`: one tenant at a glance, suspend and resume.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_params_map;

use super::server::{ResumeTenant, SuspendTenant};
use crate::domain::quantity::{self, Unit};
use crate::domain::quota::{Level, Quota};
use crate::domain::slug::Slug;
use crate::domain::status::TenantStatus;
use crate::domain::when;
use crate::store::tenant_detail::TenantDetail;
use crate::ui::chart::{Day, DayChart};
use crate::ui::dialog::ConfirmDialog;
use crate::ui::field::{FormMessage, TextArea};
use crate::ui::meter::QuotaBar;
use crate::ui::status::StatusBadge;
use crate::ui::text::{ActivityList, Notice};
use crate::ui::time::{Minute, OnDay, zone};
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{Islands, PageError, page};
use crate::web::request::{self, Context, query};

#[component]
pub fn TenantPage() -> impl IntoView {
    let slug = use_params_map().with_untracked(|params| params.get("slug")).unwrap_or_default();
    page(async move {
        let (me, admin) = request::admin().await?;
        let slug: Slug = slug.parse().map_err(|_| PageError::NotFound)?;
        let context = Context::get();
        let asked = Asked {
            suspend: Form::of::<SuspendTenant>(),
            resume: Form::of::<ResumeTenant>(),
            ask: query("ask").unwrap_or_default(),
            done: query("done").unwrap_or_default(),
            base: context.link_base(&slug),
        };
        let mut read = context.store.platform_read(&admin).await?;
        let tenant = read.get_tenant(&slug).await?;
        let name = tenant.name.clone();
        Ok(console(&me, &name, "/admin/tenants", body(tenant, &asked).into_any()))
    })
}

/// What the address asks the page to show besides the tenant.
struct Asked {
    suspend: Form,
    resume: Form,
    ask: String,
    done: String,
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

fn suspend_dialog(tenant: &TenantDetail, asked: &Asked) -> impl IntoView + use<> {
    let members: i64 = tenant.members.iter().map(|(_, n)| n).sum();
    let here = format!("/admin/tenants/{}", tenant.slug);
    let error = asked.suspend.error("reason");
    let fields = view! {
        <p>{format!("{} refused from the next click on, with the reason and whom to ask. Nothing is deleted; you can resume at any time.", quantity::plural(members, "member is", "members are"))}</p>
        <FormMessage message=asked.suspend.message().filter(|_| error.is_none()) />
        <input type="hidden" name="slug" value=tenant.slug.to_string() />
        <TextArea
            name="reason"
            label="Reason"
            rows=3
            most=300
            required=true
            hint="The tenant's people read this."
            value=asked.suspend.typed("reason")
            error=error.clone()
        />
    };
    view! {
        <ConfirmDialog
            id="suspend".to_owned()
            label="Suspend".to_owned()
            title=format!("Suspend {}?", tenant.name)
            href=format!("{here}?ask=suspend#suspend")
            cancel_href=here
            action=SuspendTenant::PATH.to_owned()
            confirm="Suspend tenant".to_owned()
            danger=true
            open=asked.ask == "suspend" || asked.suspend.failed()
        >
            {fields}
        </ConfirmDialog>
    }
}

fn resume_dialog(tenant: &TenantDetail, asked: &Asked) -> impl IntoView + use<> {
    let here = format!("/admin/tenants/{}", tenant.slug);
    let fields = view! {
        <p>"Its people can work again at once, in the state and with the plan it had before."</p>
        <FormMessage message=asked.resume.message() />
        <input type="hidden" name="slug" value=tenant.slug.to_string() />
    };
    view! {
        <ConfirmDialog
            id="resume".to_owned()
            label="Resume".to_owned()
            title=format!("Resume {}?", tenant.name)
            href=format!("{here}?ask=resume#resume")
            cancel_href=here
            action=ResumeTenant::PATH.to_owned()
            confirm="Resume tenant".to_owned()
            danger=false
            open=asked.ask == "resume" || asked.resume.failed()
        >
            {fields}
        </ConfirmDialog>
    }
}

fn done(tenant: &TenantDetail, asked: &Asked) -> Option<AnyView> {
    if asked.suspend.failed() || asked.resume.failed() {
        return None;
    }
    let text = match asked.done.as_str() {
        "created" => "Created.",
        "suspended" if tenant.status == TenantStatus::Suspended => "Suspended. Its people see the reason.",
        "resumed" if tenant.status != TenantStatus::Suspended => "Resumed. Its people can work again.",
        _ => return None,
    };
    Some(view! { <Notice kind="ok"><b>{text}</b></Notice> }.into_any())
}

/// The owner's link: shown when it was just made, and again on demand while it works.
fn setup_link(tenant: &TenantDetail, asked: &Asked) -> Option<AnyView> {
    let (token, expires_at) = tenant.setup.as_ref()?;
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

fn body(tenant: TenantDetail, asked: &Asked) -> impl IntoView + use<> {
    let action = match tenant.status {
        TenantStatus::Suspended => resume_dialog(&tenant, asked).into_any(),
        TenantStatus::Trial | TenantStatus::Active | TenantStatus::PastDue => suspend_dialog(&tenant, asked).into_any(),
        TenantStatus::Provisioning | TenantStatus::Deleted => ().into_any(),
    };
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
    let (notice, link, bars) = (done(&tenant, asked), setup_link(&tenant, asked), quotas(&tenant));
    let reason = tenant.status_reason.clone().filter(|_| tenant.status == TenantStatus::Suspended);
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
            <a class="btn" href=format!("/admin/tenants/{}/usage", tenant.slug)>"Usage"</a>
            <a class="btn" href=format!("/admin/tenants/{}/quotas", tenant.slug)>"Quotas"</a>
            <a class="btn" href=format!("/admin/tenants/{}/billing", tenant.slug)>"Billing"</a>
            <a class="btn" href=format!("/admin/tenants/{}/branding", tenant.slug)>"Branding"</a>
            <a class="btn" href=format!("/admin/tenants/{}/domains", tenant.slug)>"Domains"</a>
            {action}
        </div>
        {notice}
        {link}
        {reason.map(|reason| view! { <div class="banner over" role="status"><span><b>"Suspended: "</b>{reason}</span></div> })}
        <div class="grid">
            <div class="card stat"><small>"Plan"</small><b>{tenant.plan.clone()}</b><em>{price}</em></div>
            <div class="card stat"><small>"Cost this month"</small><b>{tenant.cost.to_string()}</b><em>{budget}</em></div>
            <div class="card stat"><small>"Messages, 30 days"</small><b>{quantity::count(messages)}</b><em>{format!("{} a day on average", quantity::count(messages / 30))}</em></div>
            <div class="card stat"><small>"Members"</small><b>{quantity::count(members)}</b><em>{if by_role.is_empty() { "nobody yet".to_owned() } else { by_role.clone() }}</em></div>
        </div>
        <div class="two">
            <section class="card pad">
                <div class="card-head"><h2>"Quotas"</h2></div>
                {bars.into_iter().map(|quota| view! { <QuotaBar quota=quota /> }).collect_view()}
            </section>
            <section class="card pad">
                <div class="card-head"><h2>"Facts"</h2></div>
                <dl class="facts">
                    <dt>"Owner"</dt><dd>{tenant.owner_email.clone()}</dd>
                    <dt>"Billing"</dt><dd>{tenant.billing_email.clone()}</dd>
                    <dt>"Plan version"</dt><dd>{format!("{} {}", tenant.plan, tenant.plan_version)}</dd>
                    <dt>"Created"</dt><dd><OnDay at=tenant.created_at /></dd>
                    {tenant.trial_ends_at.filter(|_| tenant.status == TenantStatus::Trial).map(|end| view! {
                        <dt>"Trial ends"</dt><dd><Minute at=end /></dd>
                    })}
                    <dt>"Portal"</dt><dd><code>{format!("/t/{}", tenant.slug)}</code></dd>
                </dl>
            </section>
        </div>
        <section class="card pad">
            <div class="card-head"><h2>"Messages a day"</h2><span class="muted">"last 30 days, UTC"</span></div>
            <DayChart what="Messages" days=days columns=&["Tokens", "Cost"] />
        </section>
        <section class="card pad">
            <div class="card-head"><h2>"Audit"</h2><span class="muted">"latest events"</span></div>
            <ActivityList events=tenant.activity now=tenant.now />
        </section>
        <Islands />
    }
}
