//! The columns of the tenant list that a view shows.

use std::fmt;

use super::SortKey;

/// The name is always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Plan,
    State,
    Agents,
    Tokens,
    Storage,
    Cost,
    Limit,
    Owner,
    Created,
}

impl Column {
    pub const ALL: [Column; 9] = [
        Column::Plan,
        Column::State,
        Column::Agents,
        Column::Tokens,
        Column::Storage,
        Column::Cost,
        Column::Limit,
        Column::Owner,
        Column::Created,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Column::State => "state",
            other => other.sort_key().as_str(),
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Column::Plan => "Plan",
            Column::State => "State",
            Column::Agents => "Agents",
            Column::Tokens => "Tokens",
            Column::Storage => "Storage",
            Column::Cost => "Cost",
            Column::Limit => "Fullest limit",
            Column::Owner => "Owner",
            Column::Created => "Created",
        }
    }

    pub fn sort_key(self) -> SortKey {
        match self {
            Column::Plan => SortKey::Plan,
            Column::State => SortKey::Status,
            Column::Agents => SortKey::Agents,
            Column::Tokens => SortKey::Tokens,
            Column::Storage => SortKey::Storage,
            Column::Cost => SortKey::Cost,
            Column::Limit => SortKey::Limit,
            Column::Owner => SortKey::Owner,
            Column::Created => SortKey::Created,
        }
    }

    fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// Some columns, always shown in the order of [`Column::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns(u16);

impl Default for Columns {
    fn default() -> Self {
        Self::of(&[Column::Plan, Column::State, Column::Agents, Column::Tokens, Column::Cost, Column::Owner])
    }
}

impl Columns {
    pub fn of(columns: &[Column]) -> Self {
        Self(columns.iter().fold(0, |bits, column| bits | column.bit()))
    }

    pub fn all() -> Self {
        Self::of(&Column::ALL)
    }

    /// Names between commas; those that there are not are left out.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a String>) -> Self {
        let names = texts.into_iter().flat_map(|text| text.split(','));
        let found: Vec<Column> = names.filter_map(|name| Column::ALL.into_iter().find(|column| column.as_str() == name.trim())).collect();
        Self::of(&found)
    }

    pub fn has(self, column: Column) -> bool {
        self.0 & column.bit() != 0
    }

    pub fn iter(self) -> impl Iterator<Item = Column> {
        Column::ALL.into_iter().filter(move |column| self.has(*column))
    }
}

/// `plan,state`; of no column but the name `name`.
impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(Column::as_str).collect();
        f.write_str(if names.is_empty() { "name" } else { "" })?;
        f.write_str(&names.join(","))
    }
}
