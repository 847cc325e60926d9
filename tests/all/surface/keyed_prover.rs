//! The machine API, asked by keys in every state. Each check returns what it found wrong.

use reqwest::Method;
use tenantry::domain::key::Scope;

use super::keyed::{ARCHIVE, KeyProbe, OWNED, Opens};
use crate::moving::small_archive;
use crate::world::http::Reply;
use crate::world::keys::KeyActor;
use crate::world::scene::{Actor, CANARY, Scene};

/// A call, ready to be sent with any key.
struct Call {
    path: String,
    body: Option<String>,
}

impl Call {
    /// The scene's gaps are `<gap>` here: JSON has braces of its own.
    async fn of(scene: &Scene, probe: &KeyProbe) -> Call {
        let mut path = probe.route.split_once(' ').expect("method and path").1.to_owned();
        for (gap, value) in probe.path {
            path = path.replace(gap, &fill(scene, value).await);
        }
        let body = match probe.body {
            Some(body) => Some(fill(scene, body).await),
            None => None,
        };
        Call { path, body }
    }

    async fn send(&self, scene: &Scene, probe: &KeyProbe, actor: KeyActor, headers: &[(&str, &str)]) -> Reply {
        let browser = if actor == KeyActor::Cookie { scene.browser(Actor::Owner).clone() } else { scene.server.browser() };
        let method: Method = probe.method().parse().expect("a method");
        let mut ask = browser.ask(method, &self.path).header("accept", "application/json");
        ask = match &self.body {
            Some(body) if body == ARCHIVE => ask.bytes("application/gzip", small_archive().await),
            Some(body) => ask.json(body),
            None => ask,
        };
        if let Some(key) = actor.key() {
            ask = ask.bearer(&key);
        }
        headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value)).send().await
    }
}

async fn fill(scene: &Scene, text: &str) -> String {
    let mut filled = text.to_owned();
    while let Some((before, rest)) = filled.split_once('<') {
        let (gap, after) = rest.split_once('>').expect("a gap ends");
        let value = match OWNED.iter().find(|(name, _)| *name == format!("<{gap}>")) {
            Some((_, query)) => scene.world.text(&query.replace("$T", &scene.a.id.to_string())).await,
            None => scene.fill(&format!("{{{gap}}}"), Actor::Owner, "acme").await,
        };
        filled = format!("{before}{value}{after}");
    }
    filled
}

/// Status and code that this actor must get; no code where the call is done.
fn expected(probe: &KeyProbe, actor: KeyActor) -> (u16, &'static str) {
    let done = (probe.done, "");
    let wrong_scope = (403, "WRONG_SCOPE");
    match (actor, probe.opens) {
        (KeyActor::Nobody | KeyActor::Cookie, _) => (401, "KEY_MISSING"),
        (KeyActor::Malformed | KeyActor::Unknown, _) => (401, "KEY_INVALID"),
        (KeyActor::Revoked | KeyActor::PlatformRevoked, _) => (401, "KEY_REVOKED"),
        (KeyActor::Expired | KeyActor::PlatformExpired, _) => (401, "KEY_EXPIRED"),
        (KeyActor::Platform, Opens::Platform) => done,
        (KeyActor::Platform, Opens::With(_)) | (_, Opens::Platform) => wrong_scope,
        (KeyActor::Good | KeyActor::Foreign, Opens::With(_)) => done,
        (KeyActor::Only(scope), Opens::With(needed)) => {
            if scope == needed {
                done
            } else {
                wrong_scope
            }
        }
        (KeyActor::Suspended, Opens::With(_)) => (403, "TENANT_SUSPENDED"),
        (KeyActor::Deleted, Opens::With(_)) => (401, "KEY_INVALID"),
    }
}

fn code(reply: &Reply) -> String {
    match serde_json::from_str::<serde_json::Value>(&reply.body) {
        Ok(body) => body["code"].as_str().unwrap_or_default().to_owned(),
        Err(_) => String::new(),
    }
}

/// Every key gets the answer that belongs to it; a refusal is a problem document and changes nothing; no key but B's reads a word of B or
/// changes it.
pub async fn wrong_answers(scene: &Scene, probes: &[KeyProbe]) -> Vec<String> {
    let mut wrong = Vec::new();
    for probe in probes {
        for actor in KeyActor::ALL {
            let (status, refusal) = expected(probe, actor);
            let call = Call::of(scene, probe).await;
            // A foreign key's own things are others than those that the call names.
            if actor == KeyActor::Foreign && (probe.has("<kept>") || OWNED.iter().any(|(gap, _)| probe.has(gap))) {
                continue;
            }
            let refused = !refusal.is_empty();
            let before = if refused { scene.checksum().await } else { scene.checksum_of_b().await };
            let reply = call.send(scene, probe, actor, &[]).await;
            if reply.status != status || code(&reply) != refusal {
                wrong.push(format!("{} answers {} to {actor:?}, not {status} {refusal}: {:.400}", probe.route, reply.status, reply.body));
            }
            if refused && reply.header("content-type") != "application/problem+json" {
                wrong.push(format!("{} refuses {actor:?} in {}", probe.route, reply.header("content-type")));
            }
            if refused && scene.checksum().await != before {
                wrong.push(format!("{} changes something though it refuses {actor:?}", probe.route));
            }
            if !refused && !matches!(actor, KeyActor::Foreign | KeyActor::Platform) && scene.checksum_of_b().await != before {
                wrong.push(format!("{} changes another tenant for {actor:?}", probe.route));
            }
            if !matches!(actor, KeyActor::Foreign | KeyActor::Platform) && reply.everything().contains(CANARY) {
                wrong.push(format!("{} shows {actor:?} something of another tenant", probe.route));
            }
        }
    }
    wrong
}

/// What differs between two answers to the same call is only their date, how many calls are left, and what is measured meanwhile.
fn comparable(reply: &Reply, id: &str) -> String {
    let mut reply = reply.clone();
    if let Ok(mut body) = serde_json::from_str::<serde_json::Value>(&reply.body) {
        let quotas = body.get_mut("quotas").and_then(|quotas| quotas.as_array_mut());
        for quota in quotas.into_iter().flatten().filter(|quota| quota["meter"] == "api_calls") {
            *quota = serde_json::Value::Null;
        }
        reply.body = body.to_string();
    }
    let text = reply.everything();
    let varies = |line: &&str| ["date: ", "ratelimit", "tenantry_", "content-length: "].iter().any(|start| line.starts_with(start));
    text.lines().filter(|line| !varies(line)).collect::<Vec<_>>().join("\n").replace(id, "ID")
}

/// Another tenant's thing is answered exactly like one that nobody has.
pub async fn distinguishable(scene: &Scene, probes: &[KeyProbe]) -> Vec<String> {
    let mut told = Vec::new();
    for (gap, query) in OWNED {
        let foreign = scene.world.text(&query.replace("$T", &scene.b.id.to_string())).await;
        for probe in probes.iter().filter(|probe| probe.has(gap)) {
            let before = scene.checksum().await;
            let mut replies = Vec::new();
            for id in [foreign.clone(), uuid::Uuid::from_u128(42).to_string()] {
                let mut path = probe.route.split_once(' ').expect("method and path").1.to_owned();
                for (name, value) in probe.path {
                    path = path.replace(name, &value.replace(gap, &id));
                }
                let call = Call { path, body: probe.body.map(|body| body.replace(gap, &id)) };
                replies.push(comparable(&call.send(scene, probe, KeyActor::Good, &[]).await, &id));
            }
            if replies[0] != replies[1] || !(replies[0].starts_with("404") || replies[0].starts_with("422")) {
                told.push(format!("{} tells that a {gap} of another tenant exists: {replies:?}", probe.route));
            }
            if scene.checksum().await != before {
                told.push(format!("{} changes another tenant's {gap}", probe.route));
            }
        }
    }
    told
}

/// Headers and cookies that name another tenant change nothing: the key's row alone says whose call it is.
pub async fn misled_by_headers(scene: &Scene, probes: &[KeyProbe]) -> Vec<String> {
    let mut misled = Vec::new();
    let (b, host) = (scene.b.id.to_string(), scene.server.portal(CANARY));
    let cookie = format!("session={}", scene.browser(Actor::Foreign).cookie("session").unwrap_or_default());
    let foreign = KeyActor::Foreign.key().unwrap_or_default();
    let spoofed = [
        ("x-tenant-id", b.as_str()),
        ("x-tenant", CANARY),
        ("x-forwarded-host", host.as_str()),
        ("host", host.as_str()),
        ("cookie", cookie.as_str()),
        ("x-api-key", foreign.as_str()),
        ("x-original-url", "/api/v1/platform/tenants"),
        ("x-http-method-override", "DELETE"),
        ("x-scope", "read usage resources"),
    ];
    for probe in probes.iter().filter(|probe| probe.method() == "GET") {
        for actor in [KeyActor::Nobody, KeyActor::Good, KeyActor::Only(Scope::Usage), KeyActor::Platform] {
            let call = Call::of(scene, probe).await;
            let plain = comparable(&call.send(scene, probe, actor, &[]).await, "-");
            let with = comparable(&call.send(scene, probe, actor, &spoofed).await, "-");
            if plain != with {
                misled.push(format!("{} answers {actor:?} otherwise with spoofed headers", probe.route));
            }
        }
    }
    misled
}
