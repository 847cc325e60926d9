//! `POST /usage`, `GET /usage`: what was used, reported and read back.

use std::str::FromStr as _;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{ApiJson, ApiQuery, Caller};
use super::problem::{BadBody, BadQuery, Problem, Refusals};
use crate::domain::FieldError;
use crate::domain::capability::{UseQuota, ViewTenant};
use crate::domain::usage::{Breakdown, EventProblem, MOST_EVENTS, NewEvent, Span, trend};
use crate::edge::router::AppState;
use crate::store::usage_events::Recorded;
use crate::store::usage_report::{Share, UsageReport};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(report_usage, get_usage))
}

/// Something that was used.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// A metered meter's key.
    #[schema(example = "tokens")]
    meter: String,
    #[schema(minimum = 1, example = 1200)]
    amount: i64,
    /// Of the caller's choice: an event that comes again under the same key is not counted again.
    #[schema(min_length = 1, max_length = 200)]
    idempotency_key: String,
    /// When it was used; now without. A month closes five days after its end (UTC).
    #[serde(default)]
    at: Option<DateTime<Utc>>,
    #[serde(default)]
    #[schema(max_length = 120, example = "claude-sonnet-4-5")]
    model: Option<String>,
    #[serde(default)]
    #[schema(max_length = 120)]
    agent: Option<String>,
    #[serde(default)]
    #[schema(max_length = 120)]
    cost_center: Option<String>,
    #[serde(default)]
    direction: Option<Direction>,
    /// US dollars, as a number or as text; from the price table of model and direction without.
    #[serde(default, deserialize_with = "dollars")]
    #[schema(value_type = Option<f64>, minimum = 0, exclusive_maximum = 1000000000)]
    cost_usd: Option<Decimal>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Direction {
    Input,
    Output,
}

/// A number of JSON goes through its shortest text: 0.1 is a tenth, not the double nearest to it.
fn dollars<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Decimal>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Number(serde_json::Number),
        Text(String),
    }
    let Some(given) = Option::<Given>::deserialize(from).map_err(|_| serde::de::Error::custom("Give US dollars from 0 on."))? else {
        return Ok(None);
    };
    let text = match given {
        Given::Number(number) => number.to_string(),
        Given::Text(text) => text,
    };
    let amount = Decimal::from_str(&text).or_else(|_| Decimal::from_scientific(&text)).ok();
    let amount =
        amount.filter(|amount| !amount.is_sign_negative() || amount.is_zero()).filter(|amount| *amount < Decimal::from(1_000_000_000));
    // As fine as the database keeps it.
    amount
        .map(|amount| Some(amount.round_dp(10)))
        .ok_or_else(|| serde::de::Error::custom("Give US dollars from 0 to less than 1,000,000,000."))
}

impl From<Event> for NewEvent {
    fn from(event: Event) -> Self {
        Self {
            idempotency_key: event.idempotency_key,
            meter: event.meter,
            amount: event.amount,
            at: event.at,
            model: event.model,
            agent: event.agent,
            cost_center: event.cost_center,
            direction: event.direction.map(|direction| match direction {
                Direction::Input => "input".to_owned(),
                Direction::Output => "output".to_owned(),
            }),
            cost_usd: event.cost_usd,
        }
    }
}

#[derive(Serialize, ToSchema)]
pub struct Counted {
    /// Events that are counted from now on.
    accepted: i64,
    /// Events whose key was there already.
    duplicates: i64,
}

/// Report usage
///
/// Up to 1,000 events, all or none: when one is wrong, `errors` names its place and field, and nothing is counted. Needs the scope `usage`.
#[utoipa::path(
    post, path = "/usage", tag = "Usage", request_body = Vec<Event>,
    responses((status = 202, body = Counted), BadBody, Refusals)
)]
async fn report_usage(
    State(state): State<AppState>,
    Caller(caller): Caller,
    ApiJson(events): ApiJson<Vec<Event>>,
) -> Result<(StatusCode, Json<Counted>), Problem> {
    if events.is_empty() || events.len() > MOST_EVENTS {
        return Err(Problem::field("", format!("Send 1 to {MOST_EVENTS} events.")));
    }
    let events: Vec<NewEvent> = events.into_iter().map(NewEvent::from).collect();
    // Text that PostgreSQL cannot hold.
    let nul = |event: &NewEvent| {
        let texts =
            [Some(&event.idempotency_key), Some(&event.meter), event.model.as_ref(), event.agent.as_ref(), event.cost_center.as_ref()];
        texts.into_iter().flatten().any(|text| text.contains('\0'))
    };
    if let Some(row) = events.iter().position(nul) {
        return Err(Problem::field(&format!("[{row}]"), "Text must not contain the character U+0000."));
    }
    let mut tx = state.context.store.tenant::<UseQuota>(&caller).await?;
    let recorded = tx.record_usage(&events).await?;
    match recorded {
        Recorded::Done { accepted, duplicates } => {
            tx.commit().await?;
            Ok((StatusCode::ACCEPTED, Json(Counted { accepted, duplicates })))
        }
        Recorded::Refused(errors) => {
            let unknown = errors.iter().any(|error| error.problem == EventProblem::UnknownMeter);
            let known = if unknown { tx.list_metered().await? } else { Vec::new() };
            tx.commit().await?;
            let fields =
                errors.iter().map(|error| FieldError::new(&format!("[{}].{}", error.row, error.field), error.problem.message())).collect();
            let problem = Problem::invalid(fields);
            Err(if unknown { problem.with("known", known) } else { problem })
        }
    }
}

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
    fn new(period: Period, breakdown: Option<By>, report: &UsageReport, shares: Vec<Share>) -> Self {
        let (span, cost, before) = (report.span, report.cost().0, report.cost_before().0);
        let totals = report.totals.iter().map(|total| Total {
            meter: total.meter.clone(),
            label: total.label.clone(),
            amount: total.amount,
            before: total.before,
            trend_percent: trend(total.amount.into(), total.before.into()),
            cost_usd: total.cost.0.normalize(),
        });
        let shares = shares.into_iter().map(|share| ShareOf {
            name: share.name,
            tokens: share.tokens,
            messages: share.messages,
            cost_usd: share.cost.0.normalize(),
            trend_percent: trend(share.cost.0, share.cost_before.0),
        });
        Self {
            period,
            from: span.from,
            to: span.to,
            before_from: span.before_from,
            before_to: span.before_to,
            cost_usd: cost.normalize(),
            cost_before_usd: before.normalize(),
            trend_percent: trend(cost, before),
            totals: totals.collect(),
            breakdown,
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
async fn get_usage(
    State(state): State<AppState>,
    Caller(caller): Caller,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Json<UsageOf>, Problem> {
    let mut tx = state.context.store.tenant::<ViewTenant>(&caller).await?;
    let today = tx.tenant().now.date_naive();
    let period = wanted.period.unwrap_or_default();
    let span = match period {
        Period::Day => Span::day(today),
        Period::Week => Span::week(today),
        Period::Month => Span::month(today, today),
    };
    let report = tx.usage_report(span).await?;
    let by = wanted.breakdown.map(|by| match by {
        By::Model => Breakdown::Model,
        By::Agent => Breakdown::Agent,
        By::CostCenter => Breakdown::CostCenter,
    });
    let shares = match by {
        Some(by) => tx.list_shares(span, by).await?,
        None => Vec::new(),
    };
    tx.commit().await?;
    Ok(Json(UsageOf::new(period, wanted.breakdown, &report, shares)))
}
