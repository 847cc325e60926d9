//! Rows on their way into the new tenant, some hundred at a time, and the people that they are about.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{NotImported, bad_fact};
use crate::domain::archive::table_file;
use crate::domain::email::Email;
use crate::domain::ids::UserId;
use crate::domain::name::Name;
use crate::store::handle::PlatformTx;
use crate::store::moving::rows::{Mapping, Wrong};
use crate::store::moving::tables::Table;

/// Rows that are written at once, and bytes of them.
const AT_ONCE: usize = 500;
const BYTES_AT_ONCE: usize = 4 * 1024 * 1024;

/// What has come so far.
pub(super) struct Coming<'a> {
    pub mapping: Mapping<'a>,
    pub made: Vec<Email>,
    pub joined: Vec<Email>,
    pub rows: BTreeMap<String, u64>,
    pub skipped: u64,
}

/// Rows of one table that are written together.
#[derive(Default)]
pub(super) struct Batch {
    pub table: Option<&'static Table>,
    pub rows: Vec<Map<String, Value>>,
    pub bytes: usize,
    pub line: u64,
    first: bool,
}

impl Batch {
    pub fn of(table: &'static Table) -> Self {
        Self { table: Some(table), first: true, ..Self::default() }
    }

    pub async fn take(&mut self, tx: &mut PlatformTx, coming: &mut Coming<'_>, line: &[u8]) -> Result<(), NotImported> {
        let Some(table) = self.table.filter(|table| table.stays.is_none()) else { return Ok(()) };
        if table.name == "members" {
            let member: Member = serde_json::from_slice(line).map_err(|error| self.wrong(error.to_string()))?;
            person(tx, coming, member).await.map_err(|error| match error {
                NotImported::Facts { field, why } => self.wrong(format!("{field}: {why}")),
                error => error,
            })?;
        }
        match coming.mapping.row(table, line).map_err(|why| self.wrong(why))? {
            Some(row) => self.rows.push(row),
            None => coming.skipped += 1,
        }
        self.bytes += line.len();
        if self.rows.len() >= AT_ONCE || self.bytes >= BYTES_AT_ONCE { self.write(tx, coming).await } else { Ok(()) }
    }

    fn wrong(&self, why: Wrong) -> NotImported {
        let file = self.table.map(|table| table_file(table.name)).unwrap_or_default();
        NotImported::Row { file, line: self.line, why }
    }

    pub async fn write(&mut self, tx: &mut PlatformTx, coming: &mut Coming<'_>) -> Result<(), NotImported> {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        let (Some(table), Some(first)) = (self.table, rows.first()) else { return Ok(()) };
        let columns: Vec<String> = first.keys().cloned().collect();
        let count = rows.len() as u64;
        let rows = Value::Array(rows.into_iter().map(Value::Object).collect());
        let written = sqlx::query_scalar!("select import_rows($1, $2, $3, $4)", table.name, &columns, rows, self.first)
            .fetch_one(tx.read.tx.conn())
            .await;
        self.first = false;
        match written {
            Ok(_) => {
                *coming.rows.entry(table.name.to_owned()).or_default() += count;
                Ok(())
            }
            // What the database refuses about a value is the archive's fault, not ours: classes 22 (data) and 23 (constraints).
            Err(sqlx::Error::Database(refused)) if refused.code().is_some_and(|code| code.starts_with("22") || code.starts_with("23")) => {
                let from = self.line.saturating_sub(count) + 1;
                Err(self.wrong(format!("from line {from} on, the database refuses a row: {}", refused.message())))
            }
            Err(error) => Err(error.into()),
        }
    }
}

#[derive(serde::Deserialize)]
struct Member {
    user_id: String,
    name: String,
}

/// The account with this e-mail, which is made when there is none: without a password, so that nobody can sign in to it before a mailed
/// link has let them set one.
async fn person(tx: &mut PlatformTx, coming: &mut Coming<'_>, member: Member) -> Result<(), NotImported> {
    let email: Email = member.user_id.parse().map_err(|error: crate::domain::email::EmailError| bad_fact("an e-mail", error))?;
    let name: Name = member.name.parse().map_err(|error: crate::domain::name::NameError| bad_fact("a name", error))?;
    let conn = tx.read.tx.conn();
    let known = sqlx::query_scalar!("select id from users where email = $1", email.as_str()).fetch_optional(&mut *conn).await?;
    let user = match known {
        Some(user) => {
            coming.joined.push(email.clone());
            user
        }
        None => {
            let made = sqlx::query_scalar!("insert into users (email, name) values ($1, $2) returning id", email.as_str(), name.as_str());
            let user = made.fetch_one(conn).await?;
            coming.made.push(email.clone());
            user
        }
    };
    coming.mapping.people.insert(member.user_id, UserId(user));
    Ok(())
}
