//! `tenantry tenant usage`: what a tenant uses of its quotas, and day by day.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::operator;
use super::output::{Output, Refusal, decimal};
use super::tenant_show::slug_of;
use crate::domain::quantity::{Unit, short};
use crate::domain::quota::{Level, Quota, percent};
use crate::domain::slug::Slug;
use crate::domain::staff::UseConsole;
use crate::domain::when::day;
use crate::store::Store;
use crate::store::tenant_usage::{MeterDay, MeterUsage, TenantUsage};

#[derive(Debug, clap::Args)]
pub struct Args {
    slug: String,
    /// Each of the last 30 days
    #[arg(long)]
    detailed: bool,
    /// Write it to this file: CSV, or with --json JSON
    #[arg(long)]
    output: Option<PathBuf>,
}

fn document(slug: &Slug, report: &TenantUsage, days: Option<&[MeterDay]>) -> Value {
    let meters: Vec<Value> = report
        .meters
        .iter()
        .map(|meter| {
            json!({
                "meter": meter.meter, "kind": meter.kind, "unit": meter.unit, "period": meter.period, "used": meter.used,
                "limit": meter.limit, "overridden": meter.overridden, "percent": percent(meter.used, meter.limit),
            })
        })
        .collect();
    let mut document = json!({
        "slug": slug, "name": report.name, "as_of": report.today, "meters": meters, "cost_usd": decimal(report.cost),
        "cost_before_usd": decimal(report.cost_before), "budget_usd": report.budget.map(decimal),
    });
    if let Some(days) = days {
        let day = |day: &MeterDay| json!({ "day": day.day, "meter": day.meter, "amount": day.amount, "cost_usd": decimal(day.cost) });
        document["days"] = days.iter().map(day).collect();
    }
    document
}

/// Keys, whole numbers and amounts only: nothing to quote.
fn csv(report: &TenantUsage, days: Option<&[MeterDay]>) -> String {
    let lines: Vec<String> = match days {
        Some(days) => std::iter::once("day,meter,amount,cost_usd".to_owned())
            .chain(days.iter().map(|day| format!("{},{},{},{}", day.day, day.meter, day.amount, decimal(day.cost))))
            .collect(),
        None => std::iter::once("meter,period,used,limit".to_owned())
            .chain(report.meters.iter().map(|meter| {
                let limit = meter.limit.map_or_else(|| "unlimited".to_owned(), |limit| limit.to_string());
                format!("{},{},{},{limit}", meter.meter, meter.period.as_deref().unwrap_or(""), meter.used)
            }))
            .collect(),
    };
    lines.join("\n") + "\n"
}

fn unit(meter: &MeterUsage) -> Unit {
    if meter.unit == "bytes" { Unit::Bytes } else { Unit::Count }
}

fn bar(label: &str, level: Level) -> String {
    let quota = Quota { label: label.to_owned(), level, resets: None };
    format!("{label:<20} {} ({})", quota.text(), quota.state().word())
}

fn lines(slug: &Slug, report: &TenantUsage, days: Option<&[MeterDay]>) -> Vec<String> {
    let mut lines = vec![format!("{} ({slug}), {}", report.name, day(report.today)), String::new()];
    lines.extend(
        report.meters.iter().map(|meter| bar(&meter.label, Level::Units { used: meter.used, limit: meter.limit, unit: unit(meter) })),
    );
    lines.push(bar("Budget", Level::Money { used: report.cost, limit: report.budget }));
    lines.push(format!("{:<20} {}", "The month before", report.cost_before));
    if let Some(days) = days {
        lines.extend([String::new(), format!("{:<12} {:<12} {:>14} {:>12}", "DAY", "METER", "AMOUNT", "COST")]);
        lines.extend(days.iter().map(|day| {
            let unit = report.meters.iter().find(|meter| meter.meter == day.meter).map_or(Unit::Count, unit);
            format!("{:<12} {:<12} {:>14} {:>12}", day.day.to_string(), day.meter, short(day.amount, unit), day.cost.to_string())
        }));
    }
    lines
}

pub async fn run(args: Args, store: &Store, out: &Output) -> Result<(), Refusal> {
    let slug = slug_of(&args.slug)?;
    let what = format!("the tenant {slug}");
    let refusal = |error| Refusal::of(error, &what);
    let mut tx = store.platform::<UseConsole>(&operator()).await.map_err(refusal)?;
    let report = tx.tenant_usage(&slug).await.map_err(refusal)?;
    let days = match args.detailed {
        true => Some(tx.list_usage_days(&slug).await.map_err(refusal)?),
        false => None,
    };
    tx.commit().await.map_err(refusal)?;
    let days = days.as_deref();
    let Some(path) = &args.output else {
        return match out.is_json() {
            true => out.document(&document(&slug, &report, days)),
            false => lines(&slug, &report, days).iter().try_for_each(|line| out.line(line)),
        };
    };
    let text = match out.is_json() {
        true => format!("{:#}\n", document(&slug, &report, days)),
        false => csv(&report, days),
    };
    std::fs::write(path, text).map_err(|error| Refusal::field("output", format!("{} cannot be written: {error}", path.display())))?;
    match out.is_json() {
        true => out.document(&json!({ "slug": slug, "output": path })),
        false => out.line(&format!("Written to {}.", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Usd;

    #[test]
    fn a_report_is_text_csv_or_json() {
        let meter = |meter: &str, unit: &str, used, limit| MeterUsage {
            meter: meter.into(),
            label: meter.to_uppercase(),
            kind: "allocated".into(),
            unit: unit.into(),
            used,
            limit,
            overridden: false,
            period: None,
        };
        let today = chrono::NaiveDate::from_ymd_opt(2026, 12, 1).expect("a day");
        let report = TenantUsage {
            name: "Acme".into(),
            today,
            cost: Usd(rust_decimal::Decimal::new(84_732, 2)),
            cost_before: Usd::default(),
            budget: None,
            meters: vec![meter("agents", "count", 87, Some(100)), meter("storage", "bytes", 47_300_000_000, None)],
        };
        let slug = "acme".parse().expect("a slug");
        assert_eq!(csv(&report, None), "meter,period,used,limit\nagents,,87,100\nstorage,,47300000000,unlimited\n");
        let days = [MeterDay { day: today, meter: "agents".into(), amount: 87, cost: Usd::default() }];
        assert_eq!(csv(&report, Some(&days)), "day,meter,amount,cost_usd\n2026-12-01,agents,87,0.00\n");
        let text = lines(&slug, &report, Some(&days)).join("\n");
        assert!(text.contains("87 of 100, 87 % (near limit)") && text.contains("47.3 GB, unlimited (ok)"), "{text}");
        let document = document(&slug, &report, Some(&days));
        assert_eq!((&document["meters"][0]["percent"], &document["cost_usd"]), (&json!(87), &json!("847.32")));
        assert_eq!(document["days"][0]["amount"], 87);
    }
}
