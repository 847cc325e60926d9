//! People to be invited, as a CSV file lists them: header `name,email,role`, one person a line. What is wrong with a line is said with its
//! number; nothing is guessed. Portal and command line read by these rules.

use std::collections::HashMap;

use super::email::Email;
use super::invite::{NewInvite, Taken};
use super::name::Name;
use super::quantity;
use super::role::Role;

/// Bytes of a file.
pub const MAX_BYTES: usize = 1_000_000;
/// People in a file.
pub const MAX_PEOPLE: usize = 10_000;
/// Of a line that is shown because it is bad, in characters.
const MAX_SHOWN: usize = 120;
const COLUMNS: [&str; 3] = ["name", "email", "role"];

/// A line that can be carried out. Lines count from 1, the header is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodLine {
    pub line: usize,
    pub invite: NewInvite,
}

/// A line that cannot.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct BadLine {
    pub line: usize,
    /// What stands there, as far as it can be read.
    pub text: String,
    /// All that is wrong with it.
    pub message: String,
}

/// A file, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    pub good: Vec<GoodLine>,
    /// In the order of the lines.
    pub bad: Vec<BadLine>,
}

/// Why nothing of a file can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RosterError {
    #[error("The file is empty. Its first line names the columns: name,email,role.")]
    Empty,
    #[error("The file has more than {}. Split it.", quantity::short(MAX_BYTES as i64, quantity::Unit::Bytes))]
    TooLarge,
    #[error("The file lists more than {} people. Split it.", quantity::count(MAX_PEOPLE as i64))]
    TooMany,
    #[error("The file is UTF-16. Save it as “CSV UTF-8” and try again.")]
    Utf16,
    #[error("Line 1: {0} The first line names the columns: name,email,role.")]
    Header(String),
}

/// Lines without their ends: `\n`, `\r\n` or `\r`.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes).filter(|bytes| !bytes.is_empty());
    std::iter::from_fn(move || {
        let bytes = rest?;
        let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
            rest = None;
            return Some(bytes);
        };
        let next = if bytes[end..].starts_with(b"\r\n") { end + 2 } else { end + 1 };
        rest = Some(&bytes[next..]).filter(|rest| !rest.is_empty());
        Some(&bytes[..end])
    })
}

/// The cells of one line. No cell holds a line break, since no name does: so a quote that is never closed spoils its own line only.
fn cells(line: &str) -> Result<Vec<String>, &'static str> {
    if line.matches('"').count() % 2 == 1 {
        return Err("A quote (\") is opened and not closed.");
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(line.as_bytes());
    let record = reader.records().next().transpose().map_err(|_| "This line cannot be read as CSV.")?;
    Ok(record.unwrap_or_default().iter().map(str::to_owned).collect())
}

/// Where each of our columns stands.
fn columns(line: &[u8]) -> Result<[usize; 3], RosterError> {
    let header = |problem: String| RosterError::Header(problem);
    let text = std::str::from_utf8(line).map_err(|_| header(LATIN_1.to_owned()))?;
    let names: Vec<String> = cells(text).map_err(|problem| header(problem.to_owned()))?.iter().map(|name| name.to_lowercase()).collect();
    if names.len() == 1 && names[0].contains(';') {
        return Err(header("the columns are separated by semicolons; separate them by commas.".to_owned()));
    }
    let missing: Vec<&str> = COLUMNS.into_iter().filter(|column| !names.iter().any(|name| name == column)).collect();
    if !missing.is_empty() {
        let (what, is) = if missing.len() == 1 { ("the column", "is") } else { ("the columns", "are") };
        return Err(header(format!("{what} {} {is} missing.", missing.join(", "))));
    }
    if let Some(name) = names.iter().find(|name| !COLUMNS.contains(&name.as_str())) {
        let name: String = name.chars().take(40).collect();
        return Err(header(format!("there is no column “{name}” here; leave it out.")));
    }
    if names.len() > COLUMNS.len() {
        return Err(header("a column stands there twice.".to_owned()));
    }
    Ok(COLUMNS.map(|column| names.iter().position(|name| name == column).unwrap_or_default()))
}

const LATIN_1: &str = "Some letters are not UTF-8: the file was probably saved as Latin-1. Save it as “CSV UTF-8” and try again.";

fn person(cells: &[String], at: [usize; 3]) -> Result<NewInvite, String> {
    if cells.len() != COLUMNS.len() {
        return Err(format!("{} instead of 3: name,email,role.", quantity::plural(cells.len() as i64, "cell", "cells")));
    }
    let [name, email, role] = at.map(|column| cells[column].as_str());
    let (name, email, role) = (name.parse::<Name>(), email.parse::<Email>(), role.to_lowercase().parse::<Role>());
    match (name, email, role) {
        (Ok(name), Ok(email), Ok(role)) => Ok(NewInvite { email, role, name: Some(name) }),
        (name, email, role) => {
            let wrong = [
                name.err().map(|error| format!("Name: {error}")),
                email.err().map(|error| format!("Email: {error}")),
                role.err().map(|error| format!("Role: {error}")),
            ];
            Err(wrong.into_iter().flatten().collect::<Vec<_>>().join(" "))
        }
    }
}

fn shown(line: &[u8]) -> String {
    let text: String = match std::str::from_utf8(line) {
        Ok(text) => text.chars().take(MAX_SHOWN).collect(),
        // What the bytes mean in Latin-1.
        Err(_) => line.iter().take(MAX_SHOWN).map(|byte| char::from(*byte)).collect(),
    };
    text.chars().filter(|c| !c.is_control()).collect()
}

impl Roster {
    /// Reads a file as it came, with or without a byte order mark. An address that comes a second time is bad there.
    ///
    /// # Errors
    /// When nothing of it can be read, or when it is too much.
    pub fn read(bytes: &[u8]) -> Result<Self, RosterError> {
        if bytes.len() > MAX_BYTES {
            return Err(RosterError::TooLarge);
        }
        if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
            return Err(RosterError::Utf16);
        }
        let bytes = bytes.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(bytes);
        let mut lines = lines(bytes).zip(1..);
        let (header, _) = lines.next().filter(|(header, _)| !header.trim_ascii().is_empty()).ok_or(RosterError::Empty)?;
        let at = columns(header)?;
        let (mut roster, mut seen) = (Roster::default(), HashMap::new());
        for (bytes, line) in lines {
            // Spreadsheets end with lines of nothing but commas.
            if bytes.iter().all(|byte| byte.is_ascii_whitespace() || *byte == b',') {
                continue;
            }
            let read = std::str::from_utf8(bytes).map_err(|_| LATIN_1.to_owned());
            let invite = read.and_then(|text| cells(text).map_err(str::to_owned)).and_then(|cells| person(&cells, at));
            let once = invite.and_then(|invite| match seen.insert(invite.email.clone(), line) {
                Some(first) => {
                    seen.insert(invite.email.clone(), first);
                    Err(format!("The same address stands in line {first}."))
                }
                None => Ok(invite),
            });
            match once {
                Ok(invite) => roster.good.push(GoodLine { line, invite }),
                Err(message) => roster.bad.push(BadLine { line, text: shown(bytes), message }),
            }
            if roster.good.len() + roster.bad.len() > MAX_PEOPLE {
                return Err(RosterError::TooMany);
            }
        }
        if roster.good.is_empty() && roster.bad.is_empty() {
            return Err(RosterError::Empty);
        }
        Ok(roster)
    }

    pub fn emails(&self) -> Vec<Email> {
        self.good.iter().map(|line| line.invite.email.clone()).collect()
    }

    /// Turns those lines bad whose people are in the team or invited already, or would get more power than `most`.
    pub fn refuse(&mut self, taken: &HashMap<Email, Taken>, most: Role) {
        let mut good = Vec::with_capacity(self.good.len());
        for line in std::mem::take(&mut self.good) {
            let NewInvite { email, role, .. } = &line.invite;
            let message = match taken.get(email) {
                Some(taken) => format!("{email} {}.", taken.predicate()),
                None if *role > most => format!("You may make people {} at most.", most.as_str()),
                None => {
                    good.push(line);
                    continue;
                }
            };
            let name = line.invite.name.as_ref().map(Name::as_str).unwrap_or_default();
            self.bad.push(BadLine { line: line.line, text: format!("{name},{email},{}", role.as_str()), message });
        }
        self.good = good;
        self.bad.sort_by_key(|line| line.line);
    }
}

#[cfg(test)]
mod tests;
