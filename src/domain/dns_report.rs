//! What DNS says of a custom domain, against what is needed. Pure: the answers arrive as arguments.

mod proxies;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use self::proxies::proxy_of;

/// Why a question was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// Nobody answered in time.
    Timeout,
    /// The servers of the domain answer with an error, such as SERVFAIL, or not at all.
    Failure,
    /// The DNS server that we ask answers nothing, of no domain.
    Ours,
}

/// What one question got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<T> {
    /// `ttl`: for how many seconds others may remember it.
    Found {
        records: Vec<T>,
        ttl: u32,
    },
    /// `exists`: there is something else of this name. `remembered`: for how many seconds others may remember that there is nothing.
    Nothing {
        exists: bool,
        remembered: Option<u32>,
    },
    Silence(Silence),
}

impl<T> Answer<T> {
    fn records(&self) -> &[T] {
        match self {
            Answer::Found { records, .. } => records,
            Answer::Nothing { .. } | Answer::Silence(_) => &[],
        }
    }
}

/// The TXT record that proves a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Proof {
    Found,
    /// There is no such name (NXDOMAIN), or it has no TXT record (`exists`).
    Missing {
        exists: bool,
        remembered: Option<u32>,
    },
    /// Other texts stand there.
    Wrong {
        found: Vec<String>,
        ttl: u32,
    },
    /// The right text in quotation marks or with spaces.
    Dressed {
        found: String,
        ttl: u32,
    },
    /// The right text in several records.
    Pieces {
        found: Vec<String>,
        ttl: u32,
    },
    Unanswered {
        why: Silence,
    },
}

/// Where the name itself leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Pointing {
    /// By a CNAME to us.
    Cname,
    /// To our addresses, by records of the name itself.
    Addresses,
    /// To our addresses, though a CNAME was asked for: it was flattened.
    Flattened,
    /// To a proxy that may stand before us.
    Proxied {
        by: String,
        found: Vec<String>,
    },
    /// Some of the addresses are ours.
    Partly {
        found: Vec<String>,
        ttl: u32,
    },
    Elsewhere {
        found: Vec<String>,
        ttl: u32,
    },
    Nowhere {
        remembered: Option<u32>,
    },
    Unanswered {
        why: Silence,
    },
}

/// Which certificate authorities the domain allows (CAA).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Certificates {
    /// Every one, or ours among them.
    Allowed,
    /// Others only, by the records of `at`.
    Forbidden {
        at: String,
        found: Vec<String>,
    },
    Unanswered {
        why: Silence,
    },
}

/// All of it, as it was at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub proof: Proof,
    pub pointing: Pointing,
    pub certificates: Certificates,
    /// Another tenant has proved this name.
    #[serde(default)]
    pub taken: bool,
}

impl Proof {
    /// `token` is 64 hexadecimal digits. The strings of one record arrive joined, as RFC 7208 (3.3) reads them.
    pub fn of(answer: &Answer<String>, token: &str) -> Self {
        match answer {
            Answer::Silence(why) => Proof::Unanswered { why: *why },
            Answer::Nothing { exists, remembered } => Proof::Missing { exists: *exists, remembered: *remembered },
            Answer::Found { records, .. } if records.iter().any(|text| text == token) => Proof::Found,
            Answer::Found { records, ttl } => match records.iter().find(|text| undressed(text) == token) {
                Some(text) => Proof::Dressed { found: shown(text), ttl: *ttl },
                None if in_pieces(records, token) => Proof::Pieces { found: few(records), ttl: *ttl },
                None => Proof::Wrong { found: few(records), ttl: *ttl },
            },
        }
    }
}

/// What people's control panels put around a text or into it.
fn undressed(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | '`' | '\\' | '“' | '”' | '„'))
        .collect::<String>()
        .to_lowercase()
}

fn in_pieces(records: &[String], token: &str) -> bool {
    let mut pieces: Vec<(usize, String)> = records
        .iter()
        .map(|text| undressed(text))
        .filter(|text| text.len() > 3)
        .filter_map(|text| Some((token.find(&text)?, text)))
        .collect();
    pieces.sort();
    pieces.len() > 1 && pieces.into_iter().map(|(_, text)| text).collect::<String>() == token
}

/// Texts of strangers: on one line, not longer than a line.
fn shown(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(120).collect();
    if text.is_empty() { "(empty)".to_owned() } else { text }
}

fn few(records: &[String]) -> Vec<String> {
    records.iter().take(5).map(|text| shown(text)).collect()
}

/// Where names should lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The tenant's own host below the platform's, for the CNAME.
    pub target: String,
    /// The platform's own host: a CNAME to it leads here too.
    pub base_host: String,
    /// The platform's addresses, as far as they are known.
    pub addresses: Vec<IpAddr>,
}

impl Pointing {
    pub fn of(cname: &Answer<String>, addresses: &Answer<IpAddr>, apex: bool, home: &Home) -> Self {
        if cname.records().iter().any(|target| *target == home.target || *target == home.base_host) {
            return Pointing::Cname;
        }
        let alias = cname.records().first();
        let seen = |found: &[IpAddr]| {
            alias.cloned().into_iter().chain(found.iter().map(ToString::to_string)).map(|text| shown(&text)).take(6).collect()
        };
        match addresses {
            Answer::Found { records, ttl } => {
                let ours = records.iter().filter(|address| home.addresses.contains(address)).count();
                match proxy_of(records) {
                    _ if ours == records.len() && (apex || alias.is_some()) => Pointing::Addresses,
                    _ if ours == records.len() => Pointing::Flattened,
                    Some(by) => Pointing::Proxied { by: by.to_owned(), found: seen(records) },
                    None if ours > 0 => Pointing::Partly { found: seen(records), ttl: *ttl },
                    None => Pointing::Elsewhere { found: seen(records), ttl: *ttl },
                }
            }
            Answer::Nothing { remembered, .. } => match cname {
                Answer::Found { ttl, .. } => Pointing::Elsewhere { found: seen(&[]), ttl: *ttl },
                Answer::Nothing { .. } | Answer::Silence(_) => Pointing::Nowhere { remembered: *remembered },
            },
            Answer::Silence(why) => Pointing::Unanswered { why: *why },
        }
    }

    /// Whether people who follow the name come here; `None` when that is not known.
    pub fn leads_here(&self) -> Option<bool> {
        match self {
            Pointing::Cname | Pointing::Addresses | Pointing::Flattened | Pointing::Proxied { .. } => Some(true),
            Pointing::Partly { .. } | Pointing::Elsewhere { .. } | Pointing::Nowhere { .. } => Some(false),
            Pointing::Unanswered { .. } => None,
        }
    }
}

/// The part of a CAA record that counts here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caa {
    /// `issue`, `issuewild`, `iodef` …
    pub tag: String,
    /// `letsencrypt.org; validationmethods=dns-01`
    pub value: String,
}

impl Certificates {
    /// `answers` of the name and those above it, nearest first, up to the first that has records (RFC 8659, 3).
    pub fn of(answers: &[(String, Answer<Caa>)], authority: &str) -> Self {
        let Some((at, answer)) = answers.last() else { return Certificates::Allowed };
        match answer {
            Answer::Silence(why) => Certificates::Unanswered { why: *why },
            Answer::Nothing { .. } => Certificates::Allowed,
            Answer::Found { records, .. } => {
                let issuers: Vec<&str> = records
                    .iter()
                    .filter(|record| record.tag.eq_ignore_ascii_case("issue"))
                    .map(|record| record.value.split(';').next().unwrap_or_default().trim())
                    .collect();
                match issuers.is_empty() || issuers.iter().any(|issuer| issuer.eq_ignore_ascii_case(authority)) {
                    true => Certificates::Allowed,
                    false => {
                        let found = issuers.into_iter().map(|issuer| if issuer.is_empty() { "nobody" } else { issuer }.to_owned());
                        Certificates::Forbidden { at: at.clone(), found: few(&found.collect::<Vec<_>>()) }
                    }
                }
            }
        }
    }
}
