//! `tenantry audit verify FILE`: does a downloaded audit log hold? Needs no database, no server and no configuration.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use serde_json::json;

use super::output::{Output, Refusal};
use crate::domain::chain::{Break, Head, Link, VERSION, Verifier};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file that “Download all” of the audit log's page gave
    file: PathBuf,
}

/// What a file says, read once from its beginning to its end.
struct Verdict {
    head: Head,
    /// How many events it holds, or where it breaks: line, event where one can be named, and why.
    found: Result<i64, Fault>,
}

struct Fault {
    line: u64,
    seq: Option<i64>,
    why: String,
}

fn broken(line: u64, found: &Break) -> Fault {
    Fault { line, seq: Some(found.at()), why: found.to_string() }
}

/// One line at a time: a log of any length takes no more memory than its longest line.
fn verify(file: impl BufRead) -> Result<Verdict, Refusal> {
    let unreadable = |error: std::io::Error| Refusal::field("file", format!("cannot be read: {error}"));
    let mut lines = file.lines();
    let no_log = || Refusal::field("file", "is no audit log: its first line has to be the head");
    let first = lines.next().ok_or_else(no_log)?.map_err(unreadable)?;
    let head: Head = serde_json::from_str(&first).map_err(|_| no_log())?;
    if head.tenantry_audit != VERSION {
        return Err(Refusal::field("file", format!("has version {}, which this program does not know", head.tenantry_audit)));
    }
    let mut verifier = Verifier::new(head.tenant_id, head.seq, head.hash.clone());
    let mut number = 1;
    for line in lines {
        let line = line.map_err(unreadable)?;
        number += 1;
        let checked = match serde_json::from_str::<Link>(&line) {
            Ok(link) => verifier.next(&link).map_err(|found| broken(number, &found)),
            Err(_) => Err(Fault { line: number, seq: None, why: "this line is no event".to_owned() }),
        };
        if let Err(fault) = checked {
            return Ok(Verdict { head, found: Err(fault) });
        }
    }
    let found = verifier.end().map_err(|found| broken(number, &found));
    Ok(Verdict { head, found })
}

pub fn run(args: &Args, out: &Output) -> Result<(), Refusal> {
    let name = args.file.display().to_string();
    let file = File::open(&args.file).map_err(|error| Refusal::field("file", format!("{name} cannot be read: {error}")))?;
    let Verdict { head, found } = verify(BufReader::new(file))?;
    let fault = found.as_ref().err();
    if out.is_json() {
        let place = fault.map(|fault| json!({ "line": fault.line, "event": fault.seq, "why": fault.why }));
        out.document(&json!({
            "good": fault.is_none(),
            "tenant": head.slug,
            "tenant_id": head.tenant_id,
            "head": { "event": head.seq, "hash": head.hash },
            "break": place,
        }))?;
    }
    match found {
        Err(fault) => Err(Refusal::new(format!("{name}, line {}: {}.", fault.line, fault.why))),
        Ok(_) if out.is_json() => Ok(()),
        Ok(events) => {
            out.line(&format!("The audit log of {} holds: {events} events, none changed, moved or missing.", head.slug))?;
            out.line(&format!("Head: event {}, hash {}", head.seq, if head.hash.is_empty() { "none" } else { &head.hash }))?;
            out.line("Compare the head with one that you noted before: what was cut off from the end, head and all, shows nowhere else.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_log_is_refused() {
        for text in [
            "",
            "\n",
            "{}\n",
            "day,meter\n",
            "{\"tenantry_audit\":2,\"tenant_id\":\"00000000-0000-0000-0000-000000000007\",\"slug\":\"a\",\"seq\":0,\"hash\":\"\"}\n",
        ] {
            assert!(verify(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_line_that_is_no_event_is_located() {
        let head =
            "{\"tenantry_audit\":1,\"tenant_id\":\"00000000-0000-0000-0000-000000000007\",\"slug\":\"acme\",\"seq\":0,\"hash\":\"\"}\n";
        let verdict = verify(head.as_bytes()).unwrap_or_else(|_| panic!("a log without events"));
        assert!(verdict.found.is_ok_and(|events| events == 0));
        let verdict = verify(format!("{head}nonsense\n").as_bytes()).unwrap_or_else(|_| panic!("a log"));
        assert!(verdict.found.is_err_and(|fault| fault.line == 2 && fault.seq.is_none()));
    }
}
