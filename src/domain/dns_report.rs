//! What DNS says of a custom domain, against what is needed. Pure: the answers arrive as arguments.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

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

/// The networks of Cloudflare, https://www.cloudflare.com/ips/: first address and length of the prefix.
const CLOUDFLARE_V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::new(103, 21, 244, 0), 22),
    (Ipv4Addr::new(103, 22, 200, 0), 22),
    (Ipv4Addr::new(103, 31, 4, 0), 22),
    (Ipv4Addr::new(104, 16, 0, 0), 13),
    (Ipv4Addr::new(104, 24, 0, 0), 14),
    (Ipv4Addr::new(108, 162, 192, 0), 18),
    (Ipv4Addr::new(131, 0, 72, 0), 22),
    (Ipv4Addr::new(141, 101, 64, 0), 18),
    (Ipv4Addr::new(162, 158, 0, 0), 15),
    (Ipv4Addr::new(172, 64, 0, 0), 13),
    (Ipv4Addr::new(173, 245, 48, 0), 20),
    (Ipv4Addr::new(188, 114, 96, 0), 20),
    (Ipv4Addr::new(190, 93, 240, 0), 20),
    (Ipv4Addr::new(197, 234, 240, 0), 22),
    (Ipv4Addr::new(198, 41, 128, 0), 17),
];
const CLOUDFLARE_V6: &[(Ipv6Addr, u32)] = &[
    (Ipv6Addr::new(0x2400, 0xcb00, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2606, 0x4700, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2803, 0xf800, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2405, 0xb500, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2405, 0x8100, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2a06, 0x98c0, 0, 0, 0, 0, 0, 0), 29),
    (Ipv6Addr::new(0x2c0f, 0xf248, 0, 0, 0, 0, 0, 0), 32),
];

fn proxy_of(addresses: &[IpAddr]) -> Option<&'static str> {
    let proxied = |address: &IpAddr| match address {
        IpAddr::V4(address) => {
            CLOUDFLARE_V4.iter().any(|(network, length)| (address.to_bits() ^ network.to_bits()).leading_zeros() >= *length)
        }
        IpAddr::V6(address) => {
            CLOUDFLARE_V6.iter().any(|(network, length)| (address.to_bits() ^ network.to_bits()).leading_zeros() >= *length)
        }
    };
    (!addresses.is_empty() && addresses.iter().all(proxied)).then_some("Cloudflare")
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

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789abcdeffedcba9876543210fedcba9876543210";

    fn found(records: &[&str]) -> Answer<String> {
        Answer::Found { records: records.iter().map(|text| (*text).to_owned()).collect(), ttl: 300 }
    }

    fn nothing<T>() -> Answer<T> {
        Answer::Nothing { exists: true, remembered: Some(60) }
    }

    #[test]
    fn a_proof_is_the_text_alone_whatever_stands_beside_it() {
        let (head, tail) = TOKEN.split_at(20);
        let quoted = format!("\"{TOKEN}\"");
        for (answer, proof) in [
            (found(&[TOKEN]), Proof::Found),
            (found(&["v=spf1 -all", TOKEN]), Proof::Found),
            (found(&[&quoted]), Proof::Dressed { found: quoted.clone(), ttl: 300 }),
            (found(&[&format!(" {head} {tail}")]), Proof::Dressed { found: format!(" {head} {tail}"), ttl: 300 }),
            (found(&[&TOKEN.to_uppercase()]), Proof::Dressed { found: TOKEN.to_uppercase(), ttl: 300 }),
            (found(&[tail, head]), Proof::Pieces { found: vec![tail.to_owned(), head.to_owned()], ttl: 300 }),
            (found(&[head]), Proof::Wrong { found: vec![head.to_owned()], ttl: 300 }),
            (
                found(&["old\u{0}\nvalue", ""]),
                Proof::Wrong { found: vec!["old\u{fffd}\u{fffd}value".to_owned(), "(empty)".to_owned()], ttl: 300 },
            ),
            (nothing(), Proof::Missing { exists: true, remembered: Some(60) }),
            (Answer::Silence(Silence::Timeout), Proof::Unanswered { why: Silence::Timeout }),
        ] {
            assert_eq!(Proof::of(&answer, TOKEN), proof, "{answer:?}");
        }
    }

    #[test]
    fn where_a_name_leads_is_said_with_what_was_seen() {
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        let home = Home {
            target: "acme.tenants.example".to_owned(),
            base_host: "tenants.example".to_owned(),
            addresses: vec![ip("192.0.2.1"), ip("2001:db8::1")],
        };
        let to = |texts: &[&str]| Answer::Found { records: texts.iter().map(|text| ip(text)).collect(), ttl: 60 };
        let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        for (cname, addresses, apex, pointing) in [
            (found(&["acme.tenants.example"]), to(&["192.0.2.1"]), false, Pointing::Cname),
            (found(&["tenants.example"]), nothing(), false, Pointing::Cname),
            (found(&["web.acme.example"]), to(&["192.0.2.1"]), false, Pointing::Addresses),
            (nothing(), to(&["192.0.2.1", "2001:db8::1"]), true, Pointing::Addresses),
            (nothing(), to(&["192.0.2.1"]), false, Pointing::Flattened),
            (
                nothing(),
                to(&["104.21.3.4", "2606:4700::1"]),
                true,
                Pointing::Proxied { by: "Cloudflare".to_owned(), found: list(&["104.21.3.4", "2606:4700::1"]) },
            ),
            (
                nothing(),
                to(&["192.0.2.1", "198.51.100.7"]),
                true,
                Pointing::Partly { found: list(&["192.0.2.1", "198.51.100.7"]), ttl: 60 },
            ),
            (
                found(&["shop.other.example"]),
                to(&["198.51.100.7"]),
                false,
                Pointing::Elsewhere { found: list(&["shop.other.example", "198.51.100.7"]), ttl: 60 },
            ),
            (found(&["gone.other.example"]), nothing(), false, Pointing::Elsewhere { found: list(&["gone.other.example"]), ttl: 300 }),
            (nothing(), nothing(), false, Pointing::Nowhere { remembered: Some(60) }),
            (nothing(), Answer::Silence(Silence::Failure), false, Pointing::Unanswered { why: Silence::Failure }),
        ] {
            assert_eq!(Pointing::of(&cname, &addresses, apex, &home), pointing, "{cname:?} {addresses:?}");
        }
        let unknown = Home { addresses: Vec::new(), ..home };
        assert_eq!(Pointing::of(&nothing(), &to(&["192.0.2.1"]), true, &unknown).leads_here(), Some(false));
    }

    #[test]
    fn the_nearest_caa_records_say_who_may_issue() {
        let at = |name: &str, records: &[(&str, &str)]| {
            let records = records.iter().map(|(tag, value)| Caa { tag: (*tag).to_owned(), value: (*value).to_owned() }).collect();
            (name.to_owned(), Answer::Found { records, ttl: 60 })
        };
        let none = |name: &str| (name.to_owned(), Answer::Nothing { exists: true, remembered: None });
        let forbidden = |name: &str, who: &str| Certificates::Forbidden { at: name.to_owned(), found: vec![who.to_owned()] };
        for (answers, expected) in [
            (vec![none("a.example"), none("example")], Certificates::Allowed),
            (vec![at("a.example", &[("issue", "letsencrypt.org")])], Certificates::Allowed),
            (
                vec![at("a.example", &[("issue", "LetsEncrypt.org; validationmethods=dns-01"), ("issue", "other.example")])],
                Certificates::Allowed,
            ),
            (vec![at("a.example", &[("iodef", "mailto:a@a.example")])], Certificates::Allowed),
            (vec![none("a.example"), at("example", &[("issue", "other.example")])], forbidden("example", "other.example")),
            (vec![at("a.example", &[("issue", ";")])], forbidden("a.example", "nobody")),
        ] {
            assert_eq!(Certificates::of(&answers, "letsencrypt.org"), expected, "{answers:?}");
        }
        let silent = vec![("a.example".to_owned(), Answer::Silence(Silence::Timeout))];
        assert_eq!(Certificates::of(&silent, "letsencrypt.org"), Certificates::Unanswered { why: Silence::Timeout });
    }

    #[test]
    fn what_is_stored_is_read_again() {
        let report = Report {
            proof: Proof::Wrong { found: vec!["x".to_owned()], ttl: 1 },
            pointing: Pointing::Nowhere { remembered: None },
            certificates: Certificates::Allowed,
            taken: true,
        };
        let stored = serde_json::to_value(&report).expect("JSON");
        assert_eq!(serde_json::from_value::<Report>(stored).expect("a report"), report);
    }
}
