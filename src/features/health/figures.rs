//! `/admin/health`: alerts that stand, then figures as they are at this moment.

use leptos::prelude::*;

use super::traffic::{duration, section};
use crate::domain::alert::AlertKind;
use crate::domain::quantity::{self, Unit};
use crate::store::alerts::AlertPage;
use crate::store::handle::PoolState;
use crate::store::health::{BusyTenant, DatabaseHealth, QueueHealth, SlowStatement, Statements};
use crate::store::traffic::Disk;
use crate::store::{PlatformRead, Store, StoreError};
use crate::ui::text::Ago;
use crate::web::frame::console;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, query};

/// Alerts that stand on this page; there are all on their own.
const ALERTS: usize = 5;

/// What the database said.
struct Asked {
    alerts: AlertPage,
    counts: (i64, i64),
    database: DatabaseHealth,
    statements: Statements,
    queue: QueueHealth,
    busiest: Vec<BusyTenant>,
}

impl Asked {
    async fn of(store: &Store, read: &mut PlatformRead) -> Result<Self, StoreError> {
        let (database, statements) = store.database_health(read).await?;
        Ok(Self {
            alerts: read.list_alerts(true, None, None).await?,
            counts: read.count_alerts().await?,
            database,
            statements,
            queue: read.queue_health().await?,
            busiest: read.list_busiest_tenants().await?,
        })
    }
}

pub fn health_page() -> PageText {
    page(async {
        let (me, admin) = request::admin().await?;
        let minutes = if query("minutes").as_deref() == Some("60") { 60 } else { 5 };
        let store = &Context::get().store;
        // Who is asking was known a moment ago: what this server knows itself it shows, also when the database is away meanwhile.
        let asked = match store.platform_read(&admin).await {
            Ok(mut read) => Asked::of(store, &mut read).await,
            Err(error) => Err(error),
        };
        let asked = match asked {
            Ok(asked) => Some(asked),
            Err(StoreError::Unavailable(cause)) => {
                tracing::warn!(%cause, "the database is away");
                None
            }
            Err(error) => return Err(error.into()),
        };
        let (routes, running, disks) = (store.traffic().last(minutes), store.traffic().running_for().as_secs(), store.traffic().disks());
        let live = view! {
            <div class="stack" data-live="">
                {section(minutes, &routes, running)}
                <div class="two">
                    {asked.as_ref().map(|asked| database(&asked.database))}
                    <div class="stack">{pools(&store.pools())}{disks_of(&disks)}</div>
                </div>
                {asked.as_ref().map(|asked| view! { <div class="two">{queue(&asked.queue)}{busiest(&asked.busiest)}</div> })}
                {asked.as_ref().map(|asked| statements(&asked.statements))}
            </div>
        };
        let body = view! {
            <div class="head">
                <div class="grow"><h1>"Health"</h1><p>"How the platform is at this moment. What tenants use stands on "<a href="/admin/usage">"Usage"</a>"."</p></div>
                <a class="btn" href="/admin/health/rules">"Alert rules"</a>
            </div>
            {asked.as_ref().map(alerts)}
            {asked.is_none().then(|| view! {
                <div class="banner over" role="alert"><span><b>"The database does not answer. "</b>"Below is what this server knows by itself."</span></div>
            })}
            {live}
        };
        Ok(console(&me, "Health", "/admin/health", body.into_any()))
    })
}

fn alerts(asked: &Asked) -> impl IntoView + use<> {
    let (open, new) = asked.counts;
    let rows = asked
        .alerts
        .rows
        .iter()
        .take(ALERTS)
        .map(|alert| {
            let what = match (&alert.tenant, alert.kind) {
                (Some((_, name)), kind) => format!("{}: {name}", kind.label()),
                (None, kind) => kind.label().to_owned(),
            };
            let href = format!("/admin/health/alerts?kind={}", alert.kind.as_str());
            view! {
                <li>
                    <span class="grow"><a href=href><bdi>{what}</bdi></a>" "<small><bdi>{alert.detail.clone()}</bdi></small></span>
                    <Ago at=alert.raised_at now=asked.alerts.now />
                </li>
            }
        })
        .collect_view();
    let title = match open {
        0 => "Nothing deserves a look".to_owned(),
        n => format!("{}, {} new", quantity::plural(n, "alert", "alerts"), quantity::count(new)),
    };
    let kinds = AlertKind::ALL.map(|kind| kind.label().to_lowercase()).join(", ");
    let body = match open {
        0 => view! { <p class="muted">{format!("What raises an alert: {kinds}.")}</p> }.into_any(),
        _ => view! { <ul class="list">{rows}</ul> }.into_any(),
    };
    view! {
        <section class="card pad">
            <div class="card-head"><h2>{title}</h2><a href="/admin/health/alerts">"All alerts"</a></div>
            {body}
        </section>
    }
}

/// Terms and what they are now.
fn facts(title: &'static str, facts: Vec<(String, String)>) -> impl IntoView + use<> {
    let rows = facts.into_iter().map(|(term, value)| view! { <dt>{term}</dt><dd>{value}</dd> }).collect_view();
    view! { <section class="card pad"><div class="card-head"><h2>{title}</h2></div><dl class="facts">{rows}</dl></section> }
}

fn fact(term: &str, value: impl ToString) -> (String, String) {
    (term.to_owned(), value.to_string())
}

fn database(health: &DatabaseHealth) -> impl IntoView + use<> {
    let longest = health.longest_transaction.map_or("none is open".to_owned(), |seconds| duration(seconds.max(0).cast_unsigned()));
    let hit = health.cache_hit_percent.map_or("nothing was read yet".to_owned(), |hit| format!("{hit} % from memory"));
    let replicas = match health.replicas {
        0 => "no server follows this one".to_owned(),
        1 => "1 server follows".to_owned(),
        n => format!("{n} servers follow"),
    };
    facts(
        "Database",
        vec![
            fact("PostgreSQL", &health.version),
            fact("Size", quantity::short(health.size_bytes, Unit::Bytes)),
            fact("Connections", format!("{} of {}", quantity::count(health.connections), quantity::count(health.most_connections))),
            fact("Longest transaction", longest),
            fact("Pages read", hit),
            fact("Deadlocks", format!("{} since its statistics began", quantity::count(health.deadlocks))),
            fact("Replication", replicas),
        ],
    )
}

fn pools(pools: &[PoolState]) -> impl IntoView + use<> {
    let rows = pools.iter().map(|pool| {
        let used = pool.open.saturating_sub(pool.idle);
        let waiting = if pool.waiting > 0 { format!(", {} wait", pool.waiting) } else { String::new() };
        (pool.name.to_owned(), format!("{used} in use, {} open, {} at most{waiting}", pool.open, pool.most))
    });
    facts("Connections of this server", rows.collect())
}

fn disks_of(disks: &[Disk]) -> impl IntoView + use<> {
    let rows = disks.iter().map(|disk| {
        let bytes = |n: u64| quantity::short(i64::try_from(n).unwrap_or(i64::MAX), Unit::Bytes);
        (disk.what.to_owned(), format!("{} of {} free, {} %", bytes(disk.free_bytes), bytes(disk.all_bytes), disk.free_percent()))
    });
    let mut rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        rows.push(fact("Disk", "not known"));
    }
    facts("Disks of this server", rows)
}

fn queue(queue: &QueueHealth) -> impl IntoView + use<> {
    let oldest = queue.oldest.map_or("none is due".to_owned(), |seconds| format!("due for {}", duration(seconds.max(0).cast_unsigned())));
    let rows = [
        ("/admin/jobs?state=queued", "Jobs that are due", quantity::count(queue.waiting)),
        ("/admin/jobs?state=queued", "Oldest of them", oldest),
        ("/admin/jobs?state=running", "Jobs that run", quantity::count(queue.running)),
        ("/admin/jobs?state=failed", "Failed within a day", quantity::count(queue.failed)),
        ("/admin/mail?state=waiting", "Mails that wait", quantity::count(queue.mails_waiting)),
        ("/admin/mail?state=bounced", "Mails refused within a week", quantity::count(queue.mails_bounced)),
    ]
    .map(|(href, term, value)| view! { <dt><a href=href>{term}</a></dt><dd>{value}</dd> })
    .collect_view();
    view! { <section class="card pad"><div class="card-head"><h2>"Jobs and mail"</h2></div><dl class="facts">{rows}</dl></section> }
}

fn busiest(tenants: &[BusyTenant]) -> impl IntoView + use<> {
    let rows = tenants
        .iter()
        .map(|tenant| {
            view! {
                <tr role="row">
                    <td role="cell" class="name"><a href=format!("/admin/tenants/{}/usage", tenant.slug)><bdi>{tenant.name.clone()}</bdi></a>" "<span>{tenant.slug.clone()}</span></td>
                    <td role="cell" class="lead num">{quantity::count(tenant.calls)}</td>
                    <td role="cell" class="num" data-label="Tokens">{quantity::short(tenant.tokens, Unit::Count)}</td>
                </tr>
            }
        })
        .collect_view();
    let body = match tenants.is_empty() {
        true => view! { <div class="empty"><h2>"No calls today"</h2><p>"Tenants whose programs call the machine API are listed here, those that call most first."</p></div> }
            .into_any(),
        false => view! {
            <table role="table">
                <caption class="visually-hidden">"Tenants with the most calls today"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Tenant"</th><th role="columnheader" scope="col" class="num">"API calls"</th>
                    <th role="columnheader" scope="col" class="num">"Tokens"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        }
        .into_any(),
    };
    view! {
        <section class="card rows"><div class="card-head"><h2>"Busiest tenants today"</h2><a href="/admin/usage">"All usage"</a></div>{body}</section>
    }
}

fn statements(statements: &Statements) -> AnyView {
    let slow = match statements {
        Statements::NotKept => {
            return view! {
                <section class="card pad stack">
                    <h2>"Slow statements"</h2>
                    <p>
                        "PostgreSQL does not keep them here. To see them, load "<code>"pg_stat_statements"</code>" (shared_preload_libraries, and pg_stat_statements.track_utility = off), "
                        "create the extension in this database, and let both logins read it. Texts are shown without the values that they were sent with."
                    </p>
                </section>
            }
            .into_any();
        }
        Statements::Known(slow) => slow,
    };
    let row = |statement: &SlowStatement| {
        view! {
            <tr role="row">
                <td role="cell" class="name"><code>{statement.text.clone()}</code></td>
                <td role="cell" class="num" data-label="Calls">{quantity::count(statement.calls)}</td>
                <td role="cell" class="num" data-label="Mean">{format!("{:.2} ms", statement.mean_ms)}</td>
                <td role="cell" class="lead num">{format!("{:.1} s", statement.total_ms / 1_000.0)}</td>
            </tr>
        }
    };
    let rows = slow.iter().map(row).collect_view();
    view! {
        <section class="card rows">
            <div class="card-head"><h2>"Slow statements"</h2></div>
            <table role="table" class="checks">
                <caption class="visually-hidden">"Statements that took longest in sum, without their values"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Statement"</th><th role="columnheader" scope="col" class="num">"Calls"</th>
                    <th role="columnheader" scope="col" class="num">"Mean"</th><th role="columnheader" scope="col">"In sum"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}
