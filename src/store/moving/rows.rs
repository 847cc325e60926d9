//! A line of an archive as a row of the new tenant: other ids, other tokens, and nothing that a form would not take.

use std::collections::{BTreeSet, HashMap};
use std::str::FromStr;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::ids::Ids;
use super::tables::{Kind, Table};
use crate::domain::branding::ImageKind;
use crate::domain::chain::hex;
use crate::domain::document::FileName;
use crate::domain::email::Email;
use crate::domain::hostname::Hostname;
use crate::domain::ids::UserId;
use crate::domain::label::Label;
use crate::domain::name::Name;
use crate::store::tokens::{SecretKey, hash_token, random_domain_token};

/// What is wrong with a line, in words.
pub(super) type Wrong = String;

/// What rows are mapped with.
pub(super) struct Mapping<'a> {
    pub ids: Ids,
    pub secret: &'a SecretKey,
    /// Members by e-mail.
    pub people: HashMap<String, UserId>,
    /// Plan versions of this installation.
    pub versions: HashMap<(String, i64), Uuid>,
    /// Meters of this installation.
    pub meters: BTreeSet<String>,
    /// The first day of this month, and a minute from now, as text.
    pub month: String,
    pub soon: String,
    /// Documents whose files are to come: by the id in the archive, their new file and its length.
    pub documents: HashMap<Uuid, (Uuid, u64)>,
}

/// A row to be written; `None` for one that is left out.
pub(super) type Mapped = Option<Map<String, Value>>;

impl Mapping<'_> {
    /// # Errors
    /// What is wrong with the line.
    pub fn row(&mut self, table: &Table, line: &[u8]) -> Result<Mapped, Wrong> {
        let mut row: Map<String, Value> = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        if row.len() != table.columns.len() || table.columns.iter().any(|(name, _)| !row.contains_key(*name)) {
            return Err("it has other fields than its table".to_owned());
        }
        check(table.name, &row)?;
        let old = row.get("id").and_then(Value::as_str).and_then(|id| id.parse::<Uuid>().ok());
        for (name, kind) in table.columns {
            let value = row.get(*name).cloned().unwrap_or(Value::Null);
            let mapped = match (kind, value) {
                (_, Value::Null) if matches!(kind, Kind::Id | Kind::Plan) => return Err(format!("its {name} is missing")),
                (Kind::Plan, value) => match self.version(&value)? {
                    Some(version) => json!(version),
                    // Of a plan that is not here.
                    None => return Ok(None),
                },
                (_, Value::Null) => Value::Null,
                (Kind::Id | Kind::Of(_), value) => json!(self.ids.of(id(&value, name)?)),
                (Kind::Person, value) => self.people.get(value.as_str().unwrap_or_default()).map_or(Value::Null, |user| json!(user.0)),
                (Kind::Look, value) => self.look(value)?,
                (Kind::Bytes, value) => bytes(&value, name)?,
                (Kind::PersonName, _) => continue,
                (Kind::Plain | Kind::Number | Kind::As(_), value) => value,
            };
            row.insert((*name).to_owned(), mapped);
        }
        self.special(table.name, row, old)
    }

    fn version(&self, value: &Value) -> Result<Option<Uuid>, Wrong> {
        let (Some(plan), Some(version)) = (value["plan"].as_str(), value["version"].as_i64()) else {
            return Err("it names no plan".to_owned());
        };
        Ok(self.versions.get(&(plan.to_owned(), version)).copied())
    }

    fn look(&self, mut value: Value) -> Result<Value, Wrong> {
        for kind in ImageKind::ALL {
            if let Some(image) = value.get_mut(kind.key()).filter(|image| !image.is_null()) {
                *image = json!(self.ids.of(id(image, kind.key())?));
            }
        }
        Ok(value)
    }

    /// What a table needs besides.
    fn special(&mut self, table: &str, mut row: Map<String, Value>, old: Option<Uuid>) -> Result<Mapped, Wrong> {
        if let Some(meter) = row.get("meter").and_then(Value::as_str)
            && !self.meters.contains(meter)
            && meter != "budget"
        {
            return Err(format!("the meter `{meter}` is not known here: make it first"));
        }
        match table {
            "members" => {
                row.remove("name");
            }
            "invites" => {
                let new = id(&row["id"], "id")?;
                row.insert("token_hash".to_owned(), json!(format!("\\x{}", hex(&hash_token(&self.secret.invite_token(new))))));
                // Whoever invited and is no member any more holds no invite: it stays nobody's.
                if row["inviter_kind"] == "member" && row["inviter_id"].is_null() {
                    row.insert("inviter_id".to_owned(), json!(Uuid::new_v4()));
                }
            }
            "documents" => {
                let file = Uuid::new_v4();
                let size = row["size_bytes"].as_u64().ok_or("its size is no number")?;
                self.documents.insert(old.ok_or("its id is missing")?, (file, size));
                row.insert("file".to_owned(), json!(file));
            }
            "domains" => {
                row.insert("state".to_owned(), json!("pending"));
                row.insert("is_primary".to_owned(), json!(false));
                row.insert("token".to_owned(), json!(random_domain_token()));
                row.insert("points".to_owned(), json!(false));
                row.insert("checks".to_owned(), json!(0));
                row.insert("next_check_at".to_owned(), json!(self.soon));
            }
            "billing_heads" => {
                row.insert("next_period".to_owned(), json!(self.month));
                row.insert("version".to_owned(), json!(1));
            }
            "plan_changes" => {
                // One that waits is a promise of the other installation's clock.
                if row["state"] == "scheduled" {
                    return Ok(None);
                }
                row.insert("choices".to_owned(), json!({}));
            }
            "usage_counters" => {
                row.insert("reserved".to_owned(), json!(0));
            }
            _ => {}
        }
        Ok(Some(row))
    }
}

fn id(value: &Value, name: &str) -> Result<Uuid, Wrong> {
    value.as_str().and_then(|id| id.parse().ok()).ok_or_else(|| format!("its {name} is no id"))
}

fn bytes(value: &Value, name: &str) -> Result<Value, Wrong> {
    use base64::Engine as _;
    let bytes = value.as_str().and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok());
    let bytes = bytes.ok_or_else(|| format!("its {name} is no base64"))?;
    // Images were written by the platform that they come from: PNG and nothing else, which is what they are sent as.
    if !bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Err(format!("its {name} is no PNG"));
    }
    Ok(json!(format!("\\x{}", hex(&bytes))))
}

fn parsed<T: FromStr<Err: ToString>>(row: &Map<String, Value>, name: &str) -> Result<(), Wrong> {
    match row.get(name) {
        Some(Value::String(text)) => text.parse::<T>().map(drop).map_err(|error| format!("its {name}: {}", error.to_string())),
        Some(Value::Null) | None => Ok(()),
        Some(_) => Err(format!("its {name} is no text")),
    }
}

/// What constraints of the database do not know: names are seen next to those of others.
fn check(table: &str, row: &Map<String, Value>) -> Result<(), Wrong> {
    match table {
        "members" => {
            parsed::<Email>(row, "user_id")?;
            parsed::<Name>(row, "name")
        }
        "invites" => {
            parsed::<Email>(row, "email")?;
            parsed::<Name>(row, "name")
        }
        "agents" => {
            parsed::<Name>(row, "name")?;
            parsed::<Label>(row, "model")
        }
        "documents" => parsed::<FileName>(row, "name"),
        "domains" => parsed::<Hostname>(row, "name"),
        _ => Ok(()),
    }
}
