//! What DNS may answer instead of what is needed, and what the page says of it.

use std::net::{Ipv4Addr, SocketAddr};

use tenantry::domain::dns_report::{Certificates, Pointing, Proof, Report, Silence};

use super::{Place, txt, unique};
use crate::world::knot::{BROKEN, Knot, dns_at};

const TOKEN: &str = "0123456789abcdef0123456789abcdeffedcba9876543210fedcba9876543210";

async fn look(name: &str) -> Report {
    look_at(Knot::shared().address(), name).await
}

async fn look_at(server: SocketAddr, name: &str) -> Report {
    dns_at(server).check(&name.parse().expect("a name"), &"acme".parse().expect("a slug"), TOKEN).await
}

/// What is found once these records are set.
async fn with(name: &str, records: &[String]) -> Report {
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    Knot::shared().change(&records).await;
    look(name).await
}

#[tokio::test]
async fn every_way_in_which_the_record_may_be_wrong_is_told_apart() {
    let challenge = |name: &str, text: &str| format!("add _tenantry-challenge.{name} 300 TXT {text}");
    let (head, tail) = TOKEN.split_at(30);

    let name = unique("right");
    assert_eq!(with(&name, &[challenge(&name, TOKEN), challenge(&name, "\"v=spf1 -all\"")]).await.proof, Proof::Found);
    let name = unique("split");
    assert_eq!(
        with(&name, &[challenge(&name, &format!("\"{head}\" \"{tail}\""))]).await.proof,
        Proof::Found,
        "strings of one record are one text"
    );
    let name = unique("gone");
    assert_eq!(look(&name).await.proof, Proof::Missing { exists: false, remembered: Some(60) });
    let name = unique("empty");
    let other = format!("add _tenantry-challenge.{name} 300 A 192.0.2.9");
    assert_eq!(with(&name, &[other]).await.proof, Proof::Missing { exists: true, remembered: Some(60) });
    let name = unique("wrong");
    assert_eq!(
        with(&name, &[challenge(&name, "\"something else\"")]).await.proof,
        Proof::Wrong { found: vec!["something else".to_owned()], ttl: 300 }
    );
    let name = unique("quoted");
    let quoted = format!("\"{TOKEN}\"");
    assert_eq!(with(&name, &[challenge(&name, &format!("\"\\\"{TOKEN}\\\"\""))]).await.proof, Proof::Dressed { found: quoted, ttl: 300 });
    let name = unique("spaced");
    assert_eq!(
        with(&name, &[challenge(&name, &format!("\" {TOKEN} \""))]).await.proof,
        Proof::Dressed { found: format!(" {TOKEN} "), ttl: 300 }
    );
    let name = unique("pieces");
    let found = with(&name, &[challenge(&name, head), challenge(&name, tail)]).await.proof;
    assert!(matches!(&found, Proof::Pieces { found, ttl: 300 } if found.len() == 2), "{found:?}");
    // Long texts come over TCP.
    let name = unique("many");
    let mut many: Vec<String> = (0..40).map(|n| challenge(&name, &format!("\"{n}{}\"", "x".repeat(200)))).collect();
    many.push(challenge(&name, TOKEN));
    assert_eq!(with(&name, &many).await.proof, Proof::Found);
}

#[tokio::test]
async fn servers_that_answer_nothing_are_told_from_our_own_being_away() {
    assert_eq!(look(&format!("a.{BROKEN}")).await.proof, Proof::Unanswered { why: Silence::Failure });
    // Takes questions and never answers.
    let mute = tokio::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let report = look_at(mute.local_addr().expect("bound"), &unique("late")).await;
    assert_eq!(report.proof, Proof::Unanswered { why: Silence::Ours });
    assert!(matches!(report.pointing, Pointing::Unanswered { .. }) && report.pointing.leads_here().is_none());
    // Nobody is there at all.
    let gone = mute.local_addr().expect("bound");
    drop(mute);
    assert_eq!(look_at(gone, &unique("nobody")).await.proof, Proof::Unanswered { why: Silence::Ours });
}

#[tokio::test]
async fn where_a_name_leads_is_told_apart() {
    let cname = |name: &str, to: &str| format!("add {name} 300 CNAME {to}.");
    let address = |name: &str, to: &str| format!("add {name} 300 {} {to}", if to.contains(':') { "AAAA" } else { "A" });
    let below = || format!("portal.{}", unique("at"));

    let name = below();
    assert_eq!(look(&name).await.pointing, Pointing::Nowhere { remembered: Some(60) });
    assert_eq!(with(&name, &[cname(&name, "acme.localhost")]).await.pointing, Pointing::Cname);
    let name = below();
    assert_eq!(with(&name, &[address(&name, "192.0.2.1")]).await.pointing, Pointing::Flattened);
    let name = unique("apex");
    assert_eq!(with(&name, &[address(&name, "192.0.2.1"), address(&name, "2001:db8::1")]).await.pointing, Pointing::Addresses);
    let name = below();
    assert_eq!(
        with(&name, &[address(&name, "104.21.3.4"), address(&name, "172.67.1.2")]).await.pointing.leads_here(),
        Some(true),
        "behind a proxy it may"
    );
    let found = look(&name).await.pointing;
    assert!(matches!(&found, Pointing::Proxied { by, found } if by == "Cloudflare" && found.len() == 2), "{found:?}");
    let name = below();
    let found = with(&name, &[address(&name, "192.0.2.1"), address(&name, "198.51.100.7")]).await.pointing;
    assert!(matches!(&found, Pointing::Partly { found, ttl: 300 } if found.len() == 2), "{found:?}");
    let name = below();
    let elsewhere = unique("elsewhere");
    assert_eq!(
        with(&name, &[cname(&name, &elsewhere), address(&elsewhere, "198.51.100.7")]).await.pointing,
        Pointing::Elsewhere { found: vec![elsewhere, "198.51.100.7".to_owned()], ttl: 300 }
    );
    let name = below();
    let nothing = unique("nothing");
    assert_eq!(with(&name, &[cname(&name, &nothing)]).await.pointing, Pointing::Elsewhere { found: vec![nothing], ttl: 300 });
}

#[tokio::test]
async fn caa_records_of_the_name_or_above_it_are_seen() {
    let apex = unique("caa");
    let name = format!("portal.{apex}");
    assert_eq!(look(&name).await.certificates, Certificates::Allowed);
    let forbidden = with(&name, &[format!("add {apex} 60 CAA 0 issue \"other.example\"")]).await.certificates;
    assert_eq!(forbidden, Certificates::Forbidden { at: apex.clone(), found: vec!["other.example".to_owned()] });
    let allowed = with(&name, &[format!("add {name} 60 CAA 0 issue \"letsencrypt.org\"")]).await.certificates;
    assert_eq!(allowed, Certificates::Allowed, "the nearest count");
}

#[tokio::test]
async fn the_page_says_what_is_there_and_what_to_do() {
    let place = Place::make().await;
    let apex = unique("told");
    let name = format!("portal.{apex}");
    place.add(&name).await;
    let token = place.token(&name).await;
    let said = async |changes: &[&str], texts: &[&str]| {
        if !changes.is_empty() {
            place.knot.change(changes).await;
        }
        place.check(&name).await;
        let page = place.page().await.replace("&quot;", "\"");
        for text in texts {
            assert!(page.contains(text), "{changes:?}: {text} in {page}");
        }
    };
    said(&[], &["There is no such name (NXDOMAIN)", "Add the TXT record", "for 1 minute more", "Nothing: the name leads nowhere"]).await;
    let delete = format!("delete _tenantry-challenge.{name} TXT");
    said(&[&txt(&name, "old")], &["Another value: “old”", "Copy the value above once more"]).await;
    said(&[&delete, &txt(&name, &format!("\\\"{token}\\\""))], &["with quotation marks, spaces or capitals", "without quotation marks"])
        .await;
    let (one, two) = token.split_at(32);
    said(&[&delete, &txt(&name, one), &txt(&name, two)], &["split into several records", "Put all of it into one TXT record."]).await;
    said(&[&format!("add {name} 60 A 104.21.3.4")], &["The proxy of Cloudflare: 104.21.3.4", "DNS only"]).await;
    said(&[&format!("delete {name} A"), &format!("add {name} 60 A 192.0.2.1")], &["your provider has flattened it", "a real CNAME lasts"])
        .await;
    said(&[&format!("add {name} 60 A 198.51.100.7")], &["Some addresses are ours, others are not", "Remove the others"]).await;
    said(
        &[&format!("delete {name} A"), &format!("add {name} 60 CNAME shop.example.")],
        &["It leads elsewhere: shop.example", "Change the record"],
    )
    .await;
    said(&[&format!("add {apex} 60 CAA 0 issue \"other.example\"")], &["allows other.example only", "0 issue \"letsencrypt.org\""]).await;
    said(
        &[
            &delete,
            &txt(&name, &token),
            &format!("delete {name} CNAME"),
            &format!("add {name} 60 CNAME acme.localhost."),
            &format!("delete {apex} CAA"),
        ],
        &["Verified", "A CNAME to here", "letsencrypt.org may issue certificates"],
    )
    .await;
    assert_eq!(place.events(&name).await, ["domain.added", "domain.verified"]);

    let broken = format!("{}.{BROKEN}", &unique("b")[..14]);
    place.add(&broken).await;
    place.check(&broken).await;
    let page = place.page().await;
    assert!(page.contains("An error (SERVFAIL)") && page.contains("servers of the domain answer with an error"), "{page}");
    place.world.finish().await;
}

#[tokio::test]
async fn a_button_checks_at_once() {
    let place = Place::make().await;
    let name = format!("portal.{}", unique("button"));
    place.add(&name).await;
    let press = async || {
        let reply = place.owner.post("/fn/domains/check", &[("tenant", "acme"), ("domain", &name)]).await;
        assert_eq!(reply.status, 303, "{}", reply.everything());
        place.owner.get(reply.location()).await.body
    };
    assert!(press().await.contains("What is still to be done stands beside each record."));
    place.knot.change(&[&txt(&name, &place.token(&name).await)]).await;
    let page = press().await;
    assert!(page.contains("Your portal answers at") && page.contains(&format!("href=\"http://{}\"", place.server.at(&name))), "{page}");
    // On this server at once.
    assert_eq!(place.server.browser_at(&place.server.at(&name)).get("/login").await.status, 200);
    place.world.finish().await;
}
