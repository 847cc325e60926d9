//! How a tenant is: what asks for somebody, and what does not.

use leptos::prelude::*;

use crate::domain::quantity;
use crate::domain::status::TenantStatus;
use crate::domain::when;
use crate::store::tenant_detail::TenantDetail;
use crate::store::tenant_health::Health;
use crate::ui::text::Ago;
use crate::ui::time::OnDay;

/// How much something asks for somebody: a shape, a colour and a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Well,
    Look,
    Bad,
}

impl Mood {
    fn class(self) -> &'static str {
        match self {
            Mood::Well => "state ok",
            Mood::Look => "state near",
            Mood::Bad => "state over",
        }
    }
}

/// One point: what it is about, how it is, in a word and in full, and where more of it stands.
struct Point {
    what: &'static str,
    mood: Mood,
    word: String,
    more: AnyView,
    href: Option<String>,
}

fn point(what: &'static str, mood: Mood, word: impl Into<String>, more: impl IntoAny, href: Option<String>) -> Point {
    Point { what, mood, word: word.into(), more: more.into_any(), href }
}

fn state(tenant: &TenantDetail) -> Point {
    let since = view! { "since "<OnDay at=tenant.status_since /> };
    let (mood, word) = match (tenant.status, tenant.trial_ends_at) {
        (TenantStatus::Trial, Some(end)) => match when::days_left(end, tenant.now) {
            left @ 0..=3 => (Mood::Look, format!("Trial, {} left", quantity::plural(left, "day", "days"))),
            left => (Mood::Well, format!("Trial, {} left", quantity::plural(left, "day", "days"))),
        },
        (TenantStatus::PastDue, _) => (Mood::Look, TenantStatus::PastDue.label().to_owned()),
        (TenantStatus::Suspended, _) => (Mood::Bad, TenantStatus::Suspended.label().to_owned()),
        (status, _) => (Mood::Well, status.label().to_owned()),
    };
    point("State", mood, word, since, None)
}

fn payment(tenant: &TenantDetail, here: &str) -> Point {
    let href = Some(format!("{here}/billing"));
    match (&tenant.unpaid, tenant.status) {
        (Some((owed, since)), _) => {
            let more = view! { "since "<OnDay at=*since />": "<bdi>{owed.clone()}</bdi> };
            point("Payment", Mood::Bad, "Unpaid", more, href)
        }
        (None, TenantStatus::PastDue) => point("Payment", Mood::Look, "Past due", "an invoice waits for its payment", href),
        (None, _) => point("Payment", Mood::Well, "Nothing unpaid", "", href),
    }
}

fn quotas(health: &Health, here: &str) -> Point {
    let href = Some(format!("{here}/quotas"));
    let said: Vec<String> = health.near.iter().map(|(label, percent)| format!("{label} {percent} %")).collect();
    match health.near.iter().map(|(_, percent)| *percent).max() {
        None => point("Quotas", Mood::Well, "All below 80 %", "", href),
        Some(100..) => point("Quotas", Mood::Bad, "At a limit", said.join(", "), href),
        Some(_) => point("Quotas", Mood::Look, "Near a limit", said.join(", "), href),
    }
}

/// After so many days without anybody a tenant is quiet.
const QUIET_DAYS: i64 = 30;

fn activity(tenant: &TenantDetail, health: &Health, here: &str) -> Point {
    let last = health.people_active_at.max(health.keys_active_at);
    let ago = |at: Option<chrono::DateTime<chrono::Utc>>| match at {
        Some(at) => view! { <Ago at=at now=tenant.now /> }.into_any(),
        None => view! { "not yet" }.into_any(),
    };
    let more = view! { "people "{ago(health.people_active_at)}", programs "{ago(health.keys_active_at)} };
    let href = Some(format!("{here}/users"));
    match last.map(|at| (tenant.now - at).num_days()) {
        None => point("Activity", Mood::Look, "Nobody yet", more, href),
        Some(days) if days >= QUIET_DAYS => point("Activity", Mood::Look, format!("Quiet for {days} days"), more, href),
        Some(_) => point("Activity", Mood::Well, "In use", more, href),
    }
}

/// Something that is well as long as there is none of it.
fn none_of(what: &'static str, n: i64, words: (&'static str, &'static str), more: &'static str, href: String) -> Point {
    match n {
        0 => point(what, Mood::Well, "None failed", "", None),
        n => point(what, Mood::Bad, quantity::plural(n, words.0, words.1), more, Some(href)),
    }
}

fn domains(health: &Health, here: &str) -> Point {
    match health.failing_domains.as_slice() {
        [] => point("Domains", Mood::Well, "None failing", "", None),
        names => point("Domains", Mood::Bad, "Failing", names.join(", "), Some(format!("{here}/domains"))),
    }
}

fn unusual(health: &Health, here: &str) -> Option<Point> {
    let said: Vec<String> = health.unusual.iter().map(|(label, day)| format!("{label} on {}", when::day_and_month(*day))).collect();
    (!said.is_empty()).then(|| point("Usage", Mood::Look, "Unusual", said.join(", "), Some(format!("{here}/usage"))))
}

pub(super) fn health_card(tenant: &TenantDetail, health: &Health) -> impl IntoView + use<> {
    let here = format!("/admin/tenants/{}", tenant.slug);
    let points = [
        state(tenant),
        payment(tenant, &here),
        quotas(health, &here),
        activity(tenant, health, &here),
        none_of(
            "Jobs",
            health.failed_jobs,
            ("failed job", "failed jobs"),
            "given up after all attempts",
            "/admin/jobs?state=failed".to_owned(),
        ),
        none_of("Mail", health.bounced_mails, ("bounced mail", "bounced mails"), "within 30 days", "/admin/mail?state=bounced".to_owned()),
        domains(health, &here),
    ];
    let points: Vec<Point> = points.into_iter().chain(unusual(health, &here)).collect();
    let open = points.iter().filter(|point| point.mood != Mood::Well).count();
    let summary = match open {
        0 => "nothing asks for you".to_owned(),
        n => format!("{n} to look at"),
    };
    let rows = points
        .into_iter()
        .map(|point| {
            let word = view! { <span class=point.mood.class()>{point.word}</span> };
            let word = match point.href {
                Some(href) if point.mood != Mood::Well => view! { <a href=href>{word}</a> }.into_any(),
                _ => word.into_any(),
            };
            view! { <dt>{point.what}</dt><dd>{word}" "<span class="muted">{point.more}</span></dd> }
        })
        .collect_view();
    view! {
        <section class="card pad" id="health">
            <div class="card-head"><h2>"Health"</h2><span class="muted">{summary}</span></div>
            <dl class="facts">{rows}</dl>
        </section>
    }
}
