//! What DNS answers, in words: what is needed, what is there, what to do.

use crate::domain::dns_report::{Certificates, Home, Pointing, Proof, Report, Silence};
use crate::domain::quantity::plural;
use crate::store::domains::Domain;

/// One line of the list of findings.
pub(super) struct Finding {
    /// `TXT record`
    pub what: &'static str,
    /// Class and word of its state.
    pub state: (&'static str, &'static str),
    pub needed: String,
    pub answer: String,
    /// What to do, when there is something.
    pub advice: Option<String>,
}

const RIGHT: (&str, &str) = ("state ok", "Right");
const WAITS: (&str, &str) = ("state wait", "Not there yet");
const WRONG: (&str, &str) = ("state over", "Wrong");
const LOOK: (&str, &str) = ("state near", "Have a look");
const UNKNOWN: (&str, &str) = ("state idle", "Not known");

/// `5 minutes`, `2 hours`: rounded up.
fn span(seconds: u32) -> String {
    match i64::from(seconds) {
        s if s < 60 => plural(s, "second", "seconds"),
        s if s < 3_600 => plural((s + 59) / 60, "minute", "minutes"),
        s => plural((s + 3_599) / 3_600, "hour", "hours"),
    }
}

/// What a change that was just made waits for.
fn cached(ttl: u32) -> String {
    match ttl {
        0 => String::new(),
        ttl => format!(
            " If you have changed it just now: others may remember what was there for {} more; we check again by ourselves.",
            span(ttl)
        ),
    }
}

fn list(found: &[String]) -> String {
    found.iter().map(|text| format!("“{text}”")).collect::<Vec<_>>().join(", ")
}

fn plain(found: &[String]) -> String {
    found.join(", ")
}

fn silence(why: Silence) -> (String, String) {
    match why {
        Silence::Timeout => (
            "No answer in time".to_owned(),
            "The name servers of the domain did not answer. That may pass: check again in a few minutes. If it stays so, ask whoever runs them.".to_owned(),
        ),
        Silence::Failure => (
            "An error (SERVFAIL)".to_owned(),
            "The name servers of the domain answer with an error. Often the domain names servers that do not know it, or its DNSSEC is broken: ask whoever runs its DNS.".to_owned(),
        ),
        Silence::Ours => (
            "Nothing".to_owned(),
            "The DNS server that we ask is away. It is not about your records; we check again by ourselves.".to_owned(),
        ),
    }
}

fn proof(domain: &Domain, report: &Report) -> Finding {
    let needed = format!("{} says {}", domain.name.challenge(), domain.token);
    let finding =
        |state, answer: &str, advice: Option<String>| Finding { what: "TXT record", state, needed, answer: answer.to_owned(), advice };
    match &report.proof {
        Proof::Found if report.taken => finding(
            WRONG,
            "The right value",
            Some("Another tenant has connected this name and proved it. When they remove it, or 30 days after their record is gone, it is free for you.".to_owned()),
        ),
        Proof::Found => finding(RIGHT, "The right value", None),
        Proof::Missing { exists: false, remembered } => finding(
            WAITS,
            "There is no such name (NXDOMAIN)",
            Some(format!(
                "Add the TXT record. If you have: many providers add the domain to the name by themselves, so that it stands there twice; then enter the part before it only.{}",
                cached(remembered.unwrap_or(0))
            )),
        ),
        Proof::Missing { exists: true, remembered } => finding(
            WAITS,
            "The name exists, but has no TXT record",
            Some(format!("Add a record of the type TXT there, not CNAME or another one.{}", cached(remembered.unwrap_or(0)))),
        ),
        Proof::Wrong { found, ttl } => finding(
            WRONG,
            &format!("Another value: {}", list(found)),
            Some(format!("Copy the value above once more. Other TXT records may stay beside it.{}", cached(*ttl))),
        ),
        Proof::Dressed { found, ttl } => finding(
            WRONG,
            &format!("The right value with quotation marks, spaces or capitals: {}", list(std::slice::from_ref(found))),
            Some(format!("Enter the value alone, without quotation marks and spaces.{}", cached(*ttl))),
        ),
        Proof::Pieces { found, ttl } => finding(
            WRONG,
            &format!("The right value, split into several records: {}", list(found)),
            Some(format!("Put all of it into one TXT record.{}", cached(*ttl))),
        ),
        Proof::Unanswered { why } => {
            let (answer, advice) = silence(*why);
            finding(UNKNOWN, &answer, Some(advice))
        }
    }
}

fn pointing(domain: &Domain, report: &Report, home: &Home) -> Finding {
    let addresses: Vec<String> = home.addresses.iter().map(ToString::to_string).collect();
    let needed = match domain.name.is_apex() && !addresses.is_empty() {
        true => format!("{} leads to {}", domain.name, plain(&addresses)),
        false => format!("{} leads to {}", domain.name, home.target),
    };
    let finding = |state, answer: &str, advice: Option<&str>| Finding {
        what: "Address",
        state,
        needed,
        answer: answer.to_owned(),
        advice: advice.map(str::to_owned),
    };
    match &report.pointing {
        Pointing::Cname => finding(RIGHT, "A CNAME to here", None),
        Pointing::Addresses => finding(RIGHT, "Our addresses", None),
        Pointing::Flattened => finding(
            RIGHT,
            "Our addresses instead of the CNAME: your provider has flattened it",
            Some("This works. If it copied the addresses once and does not follow them, it ends when ours change: a real CNAME lasts."),
        ),
        Pointing::Proxied { by, found } => finding(
            LOOK,
            &format!("The proxy of {by}: {}", plain(found)),
            Some(
                "We cannot see what is behind it. Set the record to “DNS only”; or let the proxy forward to here, with the domain as host name.",
            ),
        ),
        Pointing::Partly { found, ttl } => finding(
            WRONG,
            &format!("Some addresses are ours, others are not: {}", plain(found)),
            Some(&format!("Remove the others: who gets one of them does not come here.{}", cached(*ttl))),
        ),
        Pointing::Elsewhere { found, ttl } => finding(
            WRONG,
            &format!("It leads elsewhere: {}", plain(found)),
            Some(&format!("Change the record to the one above. Whatever answers at this name now stops doing so.{}", cached(*ttl))),
        ),
        Pointing::Nowhere { remembered } => {
            finding(WAITS, "Nothing: the name leads nowhere", Some(&format!("Add the record above.{}", cached(remembered.unwrap_or(0)))))
        }
        Pointing::Unanswered { why } => {
            let (answer, advice) = silence(*why);
            finding(UNKNOWN, &answer, Some(&advice))
        }
    }
}

fn certificates(report: &Report, authority: &str) -> Finding {
    let needed = format!("No CAA records, or one for {authority}");
    let finding = |state, answer: String, advice: Option<String>| Finding { what: "CAA records", state, needed, answer, advice };
    match &report.certificates {
        Certificates::Allowed => finding(RIGHT, format!("{authority} may issue certificates"), None),
        Certificates::Forbidden { at, found } => finding(
            WRONG,
            format!("{at} allows {} only", plain(found)),
            Some(format!("Without a certificate browsers refuse the page. Add a CAA record at {at}: 0 issue \"{authority}\"")),
        ),
        Certificates::Unanswered { why } => {
            let (answer, advice) = silence(*why);
            finding(UNKNOWN, answer, Some(advice))
        }
    }
}

/// Everything that the last check found.
pub(super) fn findings(domain: &Domain, report: &Report, home: &Home, authority: &str) -> Vec<Finding> {
    vec![proof(domain, report), pointing(domain, report, home), certificates(report, authority)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_rounded_up() {
        for (seconds, text) in
            [(1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (61, "2 minutes"), (3_600, "1 hour"), (3_601, "2 hours")]
        {
            assert_eq!(span(seconds), text);
        }
        assert_eq!(cached(0), "");
    }
}
