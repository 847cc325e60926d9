//! `GET /usage`: what a period used and cost, beside the one before.

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::capability::ViewTenant;
use crate::domain::meter::Kind;
use crate::domain::money::Usd;
use crate::domain::usage::{Breakdown, Span, trend};
use crate::edge::api::extract::{ApiQuery, Caller};
use crate::edge::api::problem::{BadQuery, Problem, Refusals};
use crate::edge::router::AppState;
use crate::store::usage_report::UsageReport;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Today, the last seven days, or this month so far; a month without.
    #[serde(default)]
    #[param(inline)]
    period: Option<Period>,
    /// What to break the figures down by.
    #[serde(default)]
    #[param(inline)]
    breakdown: Option<By>,
}

#[derive(Clone, Copy, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Period {
    Day,
    Week,
    #[default]
    Month,
}

#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum By {
    Model,
    Agent,
    CostCenter,
}

impl Wanted {
    /// The days of the period that runs on this one.
    pub fn span(&self, today: NaiveDate) -> Span {
        match self.period.unwrap_or_default() {
            Period::Day => Span::day(today),
            Period::Week => Span::week(today),
            Period::Month => Span::month(today, today),
        }
    }

    pub fn breakdown(&self) -> Option<Breakdown> {
        self.breakdown.map(|by| match by {
            By::Model => Breakdown::Model,
            By::Agent => Breakdown::Agent,
            By::CostCenter => Breakdown::CostCenter,
        })
    }
}

/// What a tenant used in a period, beside the same number of days before.
#[derive(Serialize, ToSchema)]
pub struct UsageOf {
    #[schema(inline)]
    period: Period,
    /// First and last UTC day.
    from: NaiveDate,
    to: NaiveDate,
    before_from: NaiveDate,
    before_to: NaiveDate,
    /// US dollars, exact.
    #[schema(value_type = String, example = "847.32")]
    cost_usd: Decimal,
    #[schema(value_type = String)]
    cost_before_usd: Decimal,
    /// Change of the cost in per cent; null when there was none before.
    trend_percent: Option<i64>,
    totals: Vec<Total>,
    #[schema(inline)]
    breakdown: Option<By>,
    /// The largest shares, the most costly first: of `breakdown`, at most 20. Empty without.
    shares: Vec<ShareOf>,
}

#[derive(Serialize, ToSchema)]
pub struct Total {
    #[schema(example = "tokens")]
    meter: String,
    label: String,
    amount: i64,
    before: i64,
    trend_percent: Option<i64>,
    #[schema(value_type = String)]
    cost_usd: Decimal,
}

#[derive(Serialize, ToSchema)]
pub struct ShareOf {
    /// A model, agent or cost centre; empty for events that name none.
    name: String,
    tokens: i64,
    messages: i64,
    #[schema(value_type = String)]
    cost_usd: Decimal,
    trend_percent: Option<i64>,
}

impl UsageOf {
    pub fn new(wanted: &Wanted, report: &UsageReport) -> Self {
        let (span, cost, before) = (report.span, report.cost().0, report.cost_before().0);
        // Levels, which are not counted up, stand in the quotas.
        let totals = report.totals.iter().filter(|total| total.kind == Kind::Metered || total.cost > Usd::default());
        let totals = totals.map(|total| Total {
            meter: total.meter.clone(),
            label: total.label.clone(),
            amount: total.amount,
            before: total.before,
            trend_percent: trend(total.amount.into(), total.before.into()),
            cost_usd: total.cost.0.normalize(),
        });
        let shares = wanted.breakdown().into_iter().flat_map(|by| report.shares(by)).map(|share| ShareOf {
            name: share.name.clone(),
            tokens: share.tokens,
            messages: share.messages,
            cost_usd: share.cost.0.normalize(),
            trend_percent: trend(share.cost.0, share.cost_before.0),
        });
        Self {
            period: wanted.period.unwrap_or_default(),
            from: span.from,
            to: span.to,
            before_from: span.before_from,
            before_to: span.before_to,
            cost_usd: cost.normalize(),
            cost_before_usd: before.normalize(),
            trend_percent: trend(cost, before),
            totals: totals.collect(),
            breakdown: wanted.breakdown,
            shares: shares.collect(),
        }
    }
}

/// Usage and cost of a period
///
/// Needs the scope `read`.
#[utoipa::path(
    get, path = "/usage", tag = "Usage", params(Wanted),
    responses((status = 200, body = UsageOf), BadQuery, Refusals)
)]
pub async fn get_usage(
    State(state): State<AppState>,
    Caller(caller): Caller,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Json<UsageOf>, Problem> {
    let mut tx = state.context.store.tenant::<ViewTenant>(&caller).await?;
    let span = wanted.span(tx.tenant().now.date_naive());
    let report = tx.usage_report(span, wanted.breakdown().as_slice()).await?;
    tx.commit().await?;
    Ok(Json(UsageOf::new(&wanted, &report)))
}
