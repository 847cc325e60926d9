//! What of a tenant's tables leaves with it: the list of tables and columns that an archive has, written once. What is not named here does
//! not leave; a test reads the catalog and asks for a word about every table and column that there is.

mod list;

pub(super) use list::AUDIT_LINES;
pub use list::{EXPORTED, LEFT_OUT};

/// How a column's value is written, and read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As PostgreSQL writes it in JSON.
    Plain,
    /// A `numeric`: as text, every digit of it.
    Number,
    /// Bytes, in base64.
    Bytes,
    /// The row's own id: another one in the new tenant, in the same order.
    Id,
    /// The id of a row of this table, which comes before.
    Of(&'static str),
    /// A user's id: as their e-mail, where they are a member; a person has another id elsewhere.
    Person,
    /// No column of the table: the name of the person in `user_id`.
    PersonName,
    /// As this expression says.
    As(&'static str),
    /// The id of a plan version: as `{"plan": "pro", "version": 1}`.
    Plan,
    /// JSON that names brand images by their ids.
    Look,
}

/// A column and how it travels.
pub type Column = (&'static str, Kind);

#[derive(Debug, Clone, Copy)]
pub struct Table {
    pub name: &'static str,
    pub columns: &'static [Column],
    /// Columns that do not leave: secrets, and what has a meaning only where it was written.
    pub without: &'static [&'static str],
    /// Rows that leave; all of them when empty.
    pub only: &'static str,
    /// One order for each state of the table.
    pub order: &'static str,
    /// Why its rows do not come into another tenant, for those that are only to be read.
    pub stays: Option<&'static str>,
}

impl Table {
    const fn new(name: &'static str, order: &'static str, columns: &'static [Column]) -> Self {
        Self { name, columns, without: &[], only: "", order, stays: None }
    }

    const fn without(mut self, columns: &'static [&'static str]) -> Self {
        self.without = columns;
        self
    }

    const fn only(mut self, condition: &'static str) -> Self {
        self.only = condition;
        self
    }

    const fn stays(mut self, why: &'static str) -> Self {
        self.stays = Some(why);
        self
    }

    /// The query for its lines: one JSON object a row. Made of this file's words alone; the tenant is the policy's.
    pub(super) fn lines(&self) -> String {
        let fields: Vec<String> = self.columns.iter().map(|(name, kind)| format!("'{name}', {}", kind.written(name))).collect();
        let only = if self.only.is_empty() { String::new() } else { format!(" where {}", self.only) };
        format!("select json_build_object({})::text as line from {} t{only} order by {}", fields.join(", "), self.name, self.order)
    }
}

impl Kind {
    /// The value as SQL.
    fn written(self, name: &str) -> String {
        match self {
            Kind::Plain | Kind::Id | Kind::Of(_) | Kind::Look => format!("t.{name}"),
            Kind::Number => format!("t.{name}::text"),
            Kind::Bytes => format!("translate(encode(t.{name}, 'base64'), e'\\n', '')"),
            Kind::Person => {
                format!(
                    "(select u.email from members m join users u on u.id = m.user_id where m.tenant_id = t.tenant_id and m.user_id = t.{name})"
                )
            }
            Kind::PersonName => "(select u.name from users u where u.id = t.user_id)".to_owned(),
            Kind::As(expression) => expression.to_owned(),
            Kind::Plan => format!(
                "(select json_build_object('plan', p.key, 'version', v.version) from plan_versions v join plans p on p.id = v.plan_id where v.id = t.{name})"
            ),
        }
    }
}
