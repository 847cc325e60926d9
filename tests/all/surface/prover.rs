//! Part 3 of the isolation prover: every page, function and route, asked by everybody. Each check returns what it found wrong, so that
//! the prover itself can be tried on servers with planted bugs.

use std::collections::BTreeSet;

use leptos::server_fn::axum::server_fn_paths;
use reqwest::Method;
use tenantry::app::PAGES;
use tenantry::edge::{PLAIN_ROUTES, api};

use super::keyed::KeyProbe;
use super::probes::{Least, Probe, Stage};
use crate::moving::small_archive;
use crate::world::http::{Ask, Browser, Reply};
use crate::world::people::PASSWORD;
use crate::world::scene::{Actor, CANARY, NOBODY, Scene};

/// Everything that the server answers, as it lists it itself.
pub fn surface() -> BTreeSet<String> {
    let functions = server_fn_paths().map(|(path, method)| format!("{method} {path}"));
    let pages = PAGES.iter().map(|(path, _)| format!("GET {path}"));
    let plain = PLAIN_ROUTES.iter().map(|(method, path)| format!("{method} {path}"));
    let keyed = api::routes().into_iter().map(|(method, path)| format!("{method} {path}"));
    functions.chain(pages).chain(plain).chain(keyed).collect()
}

/// Every route that has a probe.
pub fn probed(probes: &[Probe], keyed: &[KeyProbe]) -> BTreeSet<String> {
    probes.iter().map(|probe| probe.route.to_owned()).chain(keyed.iter().map(|probe| probe.route.to_owned())).collect()
}

/// What has no probe, and probes of what is not there.
pub fn uncovered(surface: &BTreeSet<String>, probed: &BTreeSet<String>) -> Vec<String> {
    let missing = surface.difference(probed).map(|route| format!("{route} has no probe"));
    let stale = probed.difference(surface).map(|route| format!("the probe of {route} is stale"));
    missing.chain(stale).collect()
}

/// A probe's call, ready to be sent with whatever headers a check wants.
pub(super) struct Call {
    path: String,
    form: Vec<(&'static str, String)>,
    /// What the field `archive` holds.
    archive: Option<&'static [u8]>,
}

impl Call {
    pub(super) async fn of(scene: &Scene, probe: &Probe, actor: Actor, slug: &str) -> Call {
        scene.settle_team().await;
        let mut form = Vec::new();
        for (name, value) in probe.input {
            form.push((*name, scene.fill(value, actor, slug).await));
        }
        let archive = match probe.input.iter().any(|(name, _)| *name == "archive") {
            true => Some(small_archive().await),
            false => None,
        };
        Call { path: scene.fill(probe.path(), actor, slug).await, form, archive }
    }

    /// From one of our own pages: fields, or a file of one of them.
    fn post<'a>(&'a self, probe: &Probe, browser: &'a Browser) -> Ask<'a> {
        let ask = browser.ask(Method::POST, &self.path);
        if let Some(archive) = self.archive {
            let part = |(name, value): &'a (&'static str, String)| match *name {
                "archive" => (*name, Some(value.as_str()), archive),
                _ => (*name, None, value.as_bytes()),
            };
            return ask.parts(&self.form.iter().map(part).collect::<Vec<_>>());
        }
        match (probe.file, self.form.first()) {
            (true, Some((field, name))) => ask.file(field, name, b"name,email,role\nAda,ada@new.example,viewer\n"),
            (true, None) | (false, _) => ask.form(&self.fields()),
        }
    }

    fn fields(&self) -> Vec<(&str, &str)> {
        self.form.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    /// The same call for another tenant.
    fn of_another(&self, slug: &str, other: &str) -> Call {
        let form = self.form.iter().map(|(name, value)| (*name, value.replace(slug, other))).collect();
        Call { path: self.path.replace(slug, other), form, archive: self.archive }
    }

    /// Its path for another tenant.
    pub(super) fn path_of_another(&self, slug: &str, other: &str) -> String {
        self.path.replace(slug, other)
    }

    pub(super) async fn send(&self, probe: &Probe, browser: &Browser, headers: &[(&str, &str)]) -> Reply {
        let ask = match probe.is_function() {
            true => self.post(probe, browser).header("accept", "*/*"),
            false => browser.ask(Method::GET, &self.path),
        };
        headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value)).send().await
    }
}

async fn browser(scene: &Scene, probe: &Probe, actor: Actor) -> Browser {
    if let Some(stage) = probe.stage
        && (actor.is_signed_in() || probe.least == Least::Anybody)
    {
        return at(scene, stage).await;
    }
    if probe.uses_up_session { scene.spare_browser(actor).await } else { scene.browser(actor).clone() }
}

/// Somebody new who stands there.
async fn at(scene: &Scene, stage: Stage) -> Browser {
    let (user, email) = scene.newcomer().await;
    if stage == Stage::Half {
        scene.world.plant_factor(user).await;
        let browser = scene.server.browser();
        browser.post("/fn/auth/sign-in", &[("email", &email), ("password", PASSWORD)]).await;
        return browser;
    }
    let browser = scene.server.sign_in(&email).await;
    match stage {
        Stage::SettingUp => {
            browser.post("/fn/account/factor-begin", &[("factor_password", PASSWORD)]).await;
            scene.world.plant_setup(user).await;
        }
        Stage::Enrolled | Stage::Half => scene.world.plant_factor(user).await,
    }
    browser
}

/// The tenant that this actor asks for when it asks for its own.
fn own_slug(actor: Actor) -> &'static str {
    match actor {
        Actor::Suspended => "closed",
        Actor::Deleted => "gone",
        Actor::Unprotected => "strict",
        _ => "acme",
    }
}

/// The status that this actor must get, and whether it is a refusal.
fn expected(probe: &Probe, actor: Actor) -> (u16, bool) {
    let done = if actor.is_signed_in() { probe.done.1 } else { probe.done.0 };
    let signed_out = if probe.is_function() { 401 } else { 303 };
    match probe.least {
        Least::Anybody => (done, false),
        _ if !actor.is_signed_in() => (signed_out, true),
        Least::SignedIn => (done, false),
        Least::Platform if actor == Actor::Platform => (done, false),
        Least::Platform => (404, true),
        Least::In(least) => match actor.role() {
            Some(role) if role >= least => (done, false),
            Some(_) => (403, true),
            None if actor == Actor::Suspended => (403, true),
            // Pages lead to where a second factor is set up; files and functions say so.
            None if actor == Actor::Unprotected => (if probe.is_function() || probe.is_file() { 403 } else { 303 }, true),
            None => (404, true),
        },
    }
}

/// Somebody who may make this call.
fn right_actor(probe: &Probe) -> Actor {
    let may = |actor: &Actor| !expected(probe, *actor).1 && actor.is_signed_in() && *actor != Actor::Foreign;
    Actor::ALL.into_iter().find(may).expect("somebody may")
}

/// Who may makes this call, with these fields besides. Gives the rows that were there before, and the reply.
pub async fn done_with(scene: &Scene, probe: &Probe, extra: &[(&'static str, String)]) -> (Vec<String>, Reply) {
    let actor = right_actor(probe);
    let browser = browser(scene, probe, actor).await;
    let mut call = Call::of(scene, probe, actor, own_slug(actor)).await;
    call.form.extend_from_slice(extra);
    let before = scene.rows().await;
    (before, call.send(probe, &browser, &[]).await)
}

/// Every actor gets the status that belongs to it; a refusal changes nothing; nobody of A reads a word of B; B stays as it was.
pub async fn wrong_answers(scene: &Scene, probes: &[Probe]) -> Vec<String> {
    let mut wrong = Vec::new();
    let b = scene.checksum_of_b().await;
    for probe in probes {
        for actor in Actor::ALL {
            let (status, refused) = expected(probe, actor);
            let browser = browser(scene, probe, actor).await;
            let call = Call::of(scene, probe, actor, own_slug(actor)).await;
            let before = if refused { scene.checksum().await } else { String::new() };
            let reply = call.send(probe, &browser, &[]).await;
            if reply.status != status {
                wrong.push(format!("{} answers {} to {actor:?}, not {status}: {:.400}", probe.route, reply.status, reply.body));
            }
            if refused && scene.checksum().await != before {
                wrong.push(format!("{} changes something though it refuses {actor:?}", probe.route));
            }
            if !matches!(actor, Actor::Foreign | Actor::Platform) && reply.everything().contains(CANARY) {
                wrong.push(format!("{} shows {actor:?} something of another tenant", probe.route));
            }
        }
        if scene.checksum_of_b().await != b {
            wrong.push(format!("{} changed another tenant", probe.route));
            break;
        }
    }
    wrong
}

/// The reply without what differs each time: its date, its nonce, figures of the moment, and the slug that was asked for.
fn comparable(reply: &Reply, slug: &str) -> String {
    let mut text = reply.everything();
    if let Some((_, rest)) = reply.header("content-security-policy").split_once("'nonce-")
        && let Some((nonce, _)) = rest.split_once('\'')
    {
        text = text.replace(nonce, "NONCE");
    }
    // Figures of this moment: each request is among them.
    if let Some((before, rest)) = text.split_once("data-live")
        && let Some((_, after)) = rest.split_once("</main>")
    {
        text = format!("{before}{after}");
    }
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("date: ")).collect();
    lines.join("\n").replace(slug, "SLUG")
}

/// Where two answers part, with a little of what stands around it.
fn first_difference(one: &str, other: &str) -> String {
    let same = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let around = |text: &str| text.chars().skip(same.saturating_sub(60)).take(160).collect::<String>();
    format!("{:?} and {:?}", around(one), around(other))
}

/// Another tenant's slug, member or session is answered exactly like one that nobody has.
pub async fn distinguishable(scene: &Scene, probes: &[Probe]) -> Vec<String> {
    let mut told = Vec::new();
    for probe in probes {
        if probe.has("{slug}") && matches!(probe.least, Least::In(_)) {
            for actor in Actor::ALL.into_iter().filter(|actor| *actor != Actor::Foreign) {
                let before = scene.checksum_of_b().await;
                let foreign = Call::of(scene, probe, actor, CANARY).await;
                let nobodys = foreign.of_another(CANARY, NOBODY);
                let browser = browser(scene, probe, actor).await;
                let (one, other) = (foreign.send(probe, &browser, &[]).await, nobodys.send(probe, &browser, &[]).await);
                if comparable(&one, CANARY) != comparable(&other, NOBODY) || (actor.is_signed_in() && one.status != 404) {
                    told.push(format!("{} tells {actor:?} that a tenant exists: {} and {}", probe.route, one.status, other.status));
                }
                if scene.checksum_of_b().await != before {
                    told.push(format!("{} lets {actor:?} change another tenant", probe.route));
                }
            }
        }
        for (gap, foreign) in [
            ("{member}", scene.b.person("kim").to_string()),
            ("{agent}", scene.world.text(&format!("select id::text from agents where tenant_id = '{}' limit 1", scene.b.id)).await),
            ("{document}", scene.document(&scene.b).await),
            ("{domain}", scene.domain(&scene.b, "pending").await),
            ("{proved}", scene.domain(&scene.b, "verified").await),
            ("{key}", scene.world.text(&format!("select id::text from api_keys where tenant_id = '{}'", scene.b.id)).await),
            ("{invite}", scene.world.text(&format!("select id::text from invites where tenant_id = '{}' limit 1", scene.b.id)).await),
            ("{import}", scene.world.text(&format!("select id::text from imports where tenant_id = '{}'", scene.b.id)).await),
            ("{access}", scene.access(&scene.b).await),
            ("{change}", scene.plan_change(&scene.b, "'done', now()").await),
            ("{session}", scene.world.text(&format!("select id::text from sessions where user_id = '{}' limit 1", scene.b.owner())).await),
        ] {
            if !probe.has(gap) {
                continue;
            }
            let actor = right_actor(probe);
            let mut replies = Vec::new();
            let before = scene.checksum().await;
            for id in [foreign, uuid::Uuid::from_u128(42).to_string()] {
                let path = probe.path().replace(gap, &id).replace("{slug}", own_slug(actor));
                let mut call = Call { path, form: Vec::new(), archive: None };
                for (name, value) in probe.input {
                    let value = value.replace(gap, &id).replace("{slug}", own_slug(actor)).replace("{new-name}", "Another name");
                    call.form.push((*name, value));
                }
                replies.push(comparable(&call.send(probe, scene.browser(actor), &[]).await, &id));
            }
            if replies[0] != replies[1] || !replies[0].starts_with("404") {
                told.push(format!("{} tells {actor:?} that a {gap} of another tenant exists: {replies:?}", probe.route));
            }
            if scene.checksum().await != before {
                told.push(format!("{} lets {actor:?} change another tenant's {gap}", probe.route));
            }
        }
    }
    told
}

/// Headers that name another tenant, host or path change nothing: the server looks at none of them.
pub async fn misled_by_headers(scene: &Scene, probes: &[Probe]) -> Vec<String> {
    let mut misled = Vec::new();
    let (b, host) = (scene.b.id.to_string(), scene.server.portal(CANARY));
    let user = scene.b.owner().to_string();
    let spoofed = [
        ("x-tenant-id", b.as_str()),
        ("x-tenant", CANARY),
        ("x-tenant-slug", CANARY),
        ("x-forwarded-host", host.as_str()),
        ("x-host", host.as_str()),
        ("x-original-host", host.as_str()),
        ("forwarded", "for=10.0.0.1;host=kwyjibo.localhost;proto=https"),
        ("x-forwarded-for", "127.0.0.1, 10.0.0.1"),
        ("x-real-ip", "127.0.0.1"),
        ("x-original-url", "/t/kwyjibo"),
        ("x-rewrite-url", "/t/kwyjibo"),
        ("x-http-method-override", "POST"),
        ("x-user-id", user.as_str()),
        ("x-role", "owner"),
        ("authorization", "Bearer kwyjibo"),
    ];
    for probe in probes.iter().filter(|probe| !probe.is_function()) {
        for actor in [Actor::Anonymous, Actor::Viewer, Actor::Foreign, Actor::Platform] {
            let call = Call::of(scene, probe, actor, "acme").await;
            let browser = scene.browser(actor);
            // Between two plain answers: a page that says the time may turn a minute meanwhile, and is like one of them.
            let before = comparable(&call.send(probe, browser, &[]).await, "acme");
            let with = comparable(&call.send(probe, browser, &spoofed).await, "acme");
            let after = comparable(&call.send(probe, browser, &[]).await, "acme");
            if with != before && with != after {
                misled.push(format!(
                    "{} answers {actor:?} otherwise with spoofed headers: {}",
                    probe.route,
                    first_difference(&before, &with)
                ));
            }
        }
    }
    misled
}

/// A call from another site changes nothing and leads nowhere else.
pub async fn cross_site_effects(scene: &Scene, probes: &[Probe]) -> Vec<String> {
    let mut effects = Vec::new();
    let own = format!("http://{}", scene.server.host);
    let sibling = format!("http://{}", scene.server.portal("acme"));
    for probe in probes.iter().filter(|probe| probe.is_function()) {
        let actor = right_actor(probe);
        let browser = browser(scene, probe, actor).await;
        let call = Call::of(scene, probe, actor, own_slug(actor)).await;
        let fields = call.fields();
        let query = format!("{}?{}", call.path, crate::world::http::encode(&fields));
        let post = || call.post(probe, &browser);
        let (other, name) = match probe.file {
            true => ("application/x-www-form-urlencoded", "as a form without a file"),
            false => ("multipart/form-data; boundary=x", "as a multipart form"),
        };
        let asks = [
            ("from another site", post().header("sec-fetch-site", "cross-site").header("origin", "https://evil.example")),
            ("from another site that lies about its origin", post().header("sec-fetch-site", "cross-site").header("origin", &own)),
            ("from a sibling", post().header("sec-fetch-site", "same-site").header("origin", &sibling)),
            ("from a sibling in an old browser", post().without("sec-fetch-site").header("origin", &sibling)),
            ("from another site in an old browser", post().without("sec-fetch-site").header("origin", "https://evil.example")),
            ("from a sandbox", post().without("sec-fetch-site").header("origin", "null")),
            ("from an address bar", post().header("sec-fetch-site", "none").without("origin")),
            ("without any origin", post().without("sec-fetch-site").without("origin").header("referer", "https://evil.example/")),
            ("as plain text", post().header("content-type", "text/plain")),
            ("as JSON", post().header("content-type", "application/json")),
            (name, post().header("content-type", other)),
            ("without a type", post().without("content-type")),
            ("with GET", browser.ask(Method::GET, &query)),
            ("with HEAD", browser.ask(Method::HEAD, &query)),
            ("with PUT", browser.ask(Method::PUT, &call.path).form(&fields)),
        ];
        // Where a page stands at the same path, looking at it is no call.
        let page = probes.iter().chain(super::PROBES).any(|other| other.route == format!("GET {}", probe.path()));
        let asks = asks.into_iter().filter(|(how, _)| !(page && ["with GET", "with HEAD"].contains(how)));
        let before = scene.checksum().await;
        for (how, ask) in asks {
            let reply = ask.send().await;
            let away = reply.location();
            if (300..400).contains(&reply.status) || reply.status < 300 {
                effects.push(format!("{} {how} is answered {} {away}", probe.route, reply.status));
            }
            if !away.is_empty() && (!away.starts_with('/') || away.starts_with("//")) {
                effects.push(format!("{} {how} leads to {away}", probe.route));
            }
        }
        if scene.checksum().await != before {
            effects.push(format!("{} changes something from another site", probe.route));
        }
        let allowed = call.send(probe, &browser, &[]).await;
        if allowed.status != 200 {
            effects.push(format!("{} from our own page is answered {}: the control fails", probe.route, allowed.status));
        }
    }
    effects
}
