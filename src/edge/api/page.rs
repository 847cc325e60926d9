//! Lists page by page: what a call asks for, what it gets.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::Problem;
use crate::store::agents::Page;

/// Rows of a page, when the call does not say.
const USUAL: i64 = 50;
const MOST: i64 = 100;
/// Longer than any `next` of ours.
const MAX_AFTER: usize = 500;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// The `next` of the page before; the first page without.
    #[param(max_length = 500)]
    after: Option<String>,
    /// How many there may be on a page; 50 without.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

impl PageQuery {
    /// Where the page begins, as `read` understands it, and how long it is.
    pub fn parse<T>(&self, read: impl Fn(&str) -> Option<T>) -> Result<(Option<T>, i64), Problem> {
        let limit = match self.limit.unwrap_or(USUAL) {
            limit @ 1..=MOST => limit,
            _ => return Err(Problem::field("limit", format!("Use a number from 1 to {MOST}."))),
        };
        let wrong = || Problem::field("after", "Use the “next” of the page before.");
        match &self.after {
            None => Ok((None, limit)),
            // PostgreSQL's text holds no NUL.
            Some(after) if after.len() > MAX_AFTER || after.contains('\0') => Err(wrong()),
            Some(after) => Ok((Some(read(after).ok_or_else(wrong)?), limit)),
        }
    }
}

/// Some of a list.
#[derive(Serialize, ToSchema)]
pub struct Listed<T> {
    pub items: Vec<T>,
    /// Where the next page begins; null on the last one.
    pub next: Option<String>,
}

impl<T> Listed<T> {
    pub fn of<R: Into<T>>(page: Page<R>) -> Self {
        Self { items: page.rows.into_iter().map(Into::into).collect(), next: page.next }
    }
}
