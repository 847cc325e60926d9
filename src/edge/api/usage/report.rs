//! `POST /usage`: events of what was used, all of a call or none.

use std::str::FromStr as _;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::domain::FieldError;
use crate::domain::capability::UseQuota;
use crate::domain::metering::{Amount, AmountError};
use crate::domain::usage::{EventProblem, MOST_EVENTS, NewEvent};
use crate::edge::api::extract::{ApiList, Caller};
use crate::edge::api::json::whole;
use crate::edge::api::problem::{BadBody, Problem, Refusals};
use crate::edge::api::schema::dollars_or_null;
use crate::edge::router::AppState;
use crate::store::usage_events::Recorded;

/// Something that was used.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// A metered meter's key.
    #[schema(format = "meter", example = "tokens")]
    meter: String,
    #[serde(deserialize_with = "whole")]
    #[schema(minimum = 1, maximum = 1_000_000_000_000_000_i64, example = 1200)]
    amount: i64,
    /// Of the caller's choice: an event that comes again under the same key is not counted again.
    #[schema(min_length = 1, max_length = 200, pattern = "^[^\\x00]*$")]
    idempotency_key: String,
    /// When it was used; now without. A month closes five days after its end (UTC).
    #[serde(default)]
    at: Option<DateTime<Utc>>,
    #[serde(default)]
    #[schema(max_length = 120, pattern = "^[^\\x00]*$", example = "claude-sonnet-4-5")]
    model: Option<String>,
    #[serde(default)]
    #[schema(max_length = 120, pattern = "^[^\\x00]*$")]
    agent: Option<String>,
    #[serde(default)]
    #[schema(max_length = 120, pattern = "^[^\\x00]*$")]
    cost_center: Option<String>,
    #[serde(default)]
    direction: Option<Direction>,
    /// US dollars, as a number or as text; from the price table of model and direction without.
    #[serde(default, deserialize_with = "dollars")]
    #[schema(schema_with = dollars_or_null)]
    cost_usd: Option<Decimal>,
}

/// What a call reports.
#[derive(ToSchema)]
#[schema(min_items = 1, max_items = 1000)]
#[allow(dead_code, reason = "for the document alone")]
struct Events(Vec<Event>);

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
    post, path = "/usage", tag = "Usage", request_body = Events,
    responses((status = 202, body = Counted), BadBody, Refusals)
)]
pub async fn report_usage(
    State(state): State<AppState>,
    Caller(caller): Caller,
    ApiList(events): ApiList<Event>,
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
    if let Some(row) = events.iter().position(|event| event.amount > Amount::MOST) {
        return Err(Problem::field(&format!("[{row}].amount"), AmountError));
    }
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
