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
        (nothing(), to(&["192.0.2.1", "198.51.100.7"]), true, Pointing::Partly { found: list(&["192.0.2.1", "198.51.100.7"]), ttl: 60 }),
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
