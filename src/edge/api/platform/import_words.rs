//! What came of an archive, as JSON: the API's answer, and that of `tenantry tenant import --json`.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::email::Email;
use crate::store::moving::import::{Imported, LeftOut};

/// A tenant that came in.
#[derive(Serialize, ToSchema)]
pub struct ImportFacts {
    #[schema(example = "acme")]
    pub slug: String,
    name: String,
    /// That which it had.
    #[schema(example = "active")]
    status: String,
    /// Rows by table, of those that have any.
    rows: BTreeMap<String, u64>,
    /// Files of knowledge documents.
    documents: u64,
    /// E-mails of people who had no account. They have one without a password now, and set one at `/reset`.
    accounts_made: Vec<String>,
    /// E-mails of people who had an account here, and are members now.
    accounts_joined: Vec<String>,
    left_out: Vec<NotTaken>,
}

/// Something of the archive that did not come.
#[derive(Serialize, ToSchema)]
pub struct NotTaken {
    count: u64,
    /// What it is, and why it stays.
    #[schema(example = "api_keys: a key is known by its hash alone, which does not leave: make new ones")]
    what: String,
}

impl From<Imported> for ImportFacts {
    fn from(imported: Imported) -> Self {
        let emails = |people: Vec<Email>| people.iter().map(ToString::to_string).collect();
        Self {
            slug: imported.slug.to_string(),
            name: imported.name,
            status: imported.status.as_str().to_owned(),
            rows: imported.rows,
            documents: imported.documents,
            accounts_made: emails(imported.made),
            accounts_joined: emails(imported.joined),
            left_out: imported.left.into_iter().map(|LeftOut { count, what }| NotTaken { count, what }).collect(),
        }
    }
}
