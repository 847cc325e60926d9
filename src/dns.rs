//! Questions to DNS: what stands at a custom domain now, and what that means. Asks one server, or those of the system, and remembers nothing.
//!
//! Knows no database. An answer takes a few seconds at most; one that does not come is an answer too ([`Silence`]).

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use futures_util::future::join_all;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};

use crate::domain::dns_report::{Answer, Caa, Certificates, Home, Pointing, Proof, Report, Silence};
use crate::domain::hostname::Hostname;
use crate::domain::slug::Slug;

/// How long one server may take for one answer, and how often it is asked.
const ANSWER: Duration = Duration::from_secs(2);
const ATTEMPTS: usize = 2;
/// How long one question may take, whoever is asked.
const QUESTION: Duration = Duration::from_secs(5);
/// CAA records are looked for at so many names, the nearest ones.
const LEVELS: usize = 10;

/// Whom to ask, and what is ours.
#[derive(Debug, Clone)]
pub struct DnsSettings {
    /// `None`: those of the system.
    pub server: Option<SocketAddr>,
    pub base_host: String,
    /// Where the platform is reached; when empty, what DNS says of `base_host`.
    pub addresses: Vec<IpAddr>,
    /// Who issues the platform's certificates, as CAA records name it.
    pub authority: String,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Dns(Arc<Inner>);

struct Inner {
    resolver: Option<TokioResolver>,
    settings: DnsSettings,
    /// Of `base_host`, as they were seen last.
    seen: RwLock<Vec<IpAddr>>,
}

fn resolver(server: Option<SocketAddr>) -> Result<TokioResolver, NetError> {
    let mut builder = match server {
        Some(server) => {
            let mut named = NameServerConfig::udp_and_tcp(server.ip());
            named.connections.iter_mut().for_each(|connection| connection.port = server.port());
            TokioResolver::builder_with_config(ResolverConfig::from_parts(None, Vec::new(), vec![named]), TokioRuntimeProvider::default())
        }
        None => TokioResolver::builder_tokio()?,
    };
    let options = builder.options_mut();
    (options.timeout, options.attempts) = (ANSWER, ATTEMPTS);
    // Whoever asks wants to know what is there now; what the server itself remembers shows in the TTL.
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options.preserve_intermediates = true;
    builder.build()
}

impl Dns {
    pub fn new(settings: DnsSettings) -> Self {
        let resolver = resolver(settings.server)
            .inspect_err(
                |cause| tracing::warn!(%cause, "DNS cannot be asked: custom domains are not checked; name a server in TENANTRY_DNS_SERVER"),
            )
            .ok();
        Self(Arc::new(Inner { resolver, settings, seen: RwLock::default() }))
    }

    /// Asks nobody: every answer is a silence.
    pub fn of_nobody() -> Self {
        let settings = DnsSettings { server: None, base_host: "localhost".to_owned(), addresses: Vec::new(), authority: String::new() };
        Self(Arc::new(Inner { resolver: None, settings, seen: RwLock::default() }))
    }

    /// Where this tenant's names should lead, as far as it is known without asking.
    pub fn home(&self, slug: &Slug) -> Home {
        let Inner { settings, seen, .. } = &*self.0;
        let addresses = match settings.addresses.is_empty() {
            true => seen.read().map(|seen| seen.clone()).unwrap_or_default(),
            false => settings.addresses.clone(),
        };
        Home { target: format!("{slug}.{}", settings.base_host), base_host: settings.base_host.clone(), addresses }
    }

    /// Who has to be allowed to issue certificates.
    pub fn authority(&self) -> &str {
        &self.0.settings.authority
    }

    /// Asks for everything that a domain needs.
    pub async fn check(&self, name: &Hostname, slug: &Slug, token: &str) -> Report {
        let challenge = name.challenge();
        let issuers =
            join_all(name.upwards().take(LEVELS).map(|at| async move { (at.to_owned(), self.ask(at, RecordType::CAA, caa).await) }));
        let (texts, cname, addresses, mut issuers, ()) = tokio::join!(
            self.ask(&challenge, RecordType::TXT, text),
            self.ask(name.as_str(), RecordType::CNAME, target),
            self.addresses(name.as_str()),
            issuers,
            self.look_at_ourselves(),
        );
        // Those above the nearest records do not count.
        if let Some(nearest) = issuers.iter().position(|(_, answer)| !matches!(answer, Answer::Nothing { .. })) {
            issuers.truncate(nearest + 1);
        }
        let mut proof = Proof::of(&texts, token);
        if matches!(proof, Proof::Unanswered { .. }) && !self.is_answered().await {
            proof = Proof::Unanswered { why: Silence::Ours };
        }
        Report {
            proof,
            pointing: Pointing::of(&cname, &addresses, name.is_apex(), &self.home(slug)),
            certificates: Certificates::of(&issuers, &self.0.settings.authority),
            taken: false,
        }
    }

    /// Whether anything at all is answered: the root has name servers.
    async fn is_answered(&self) -> bool {
        matches!(self.ask(".", RecordType::NS, |_| Some(())).await, Answer::Found { .. } | Answer::Nothing { .. })
    }

    async fn look_at_ourselves(&self) {
        let Inner { settings, seen, .. } = &*self.0;
        if settings.addresses.is_empty()
            && let Answer::Found { records, .. } = self.addresses(&settings.base_host).await
            && let Ok(mut seen) = seen.write()
        {
            *seen = records;
        }
    }

    async fn addresses(&self, name: &str) -> Answer<IpAddr> {
        let address = |data: &RData| match data {
            RData::A(address) => Some(IpAddr::V4(address.0)),
            RData::AAAA(address) => Some(IpAddr::V6(address.0)),
            _ => None,
        };
        let both = tokio::join!(self.ask(name, RecordType::A, address), self.ask(name, RecordType::AAAA, address));
        match both {
            (Answer::Found { mut records, ttl }, Answer::Found { records: more, ttl: other }) => {
                records.extend(more);
                Answer::Found { records, ttl: ttl.max(other) }
            }
            (found @ Answer::Found { .. }, _) | (_, found @ Answer::Found { .. }) => found,
            (Answer::Silence(why), _) | (_, Answer::Silence(why)) => Answer::Silence(why),
            (nothing @ Answer::Nothing { .. }, Answer::Nothing { .. }) => nothing,
        }
    }

    /// One question; of the records those that `read` takes.
    async fn ask<T>(&self, name: &str, kind: RecordType, read: impl Fn(&RData) -> Option<T>) -> Answer<T> {
        let Some(resolver) = &self.0.resolver else { return Answer::Silence(Silence::Ours) };
        let Ok(mut name) = Name::from_ascii(name) else { return Answer::Nothing { exists: false, remembered: None } };
        name.set_fqdn(true);
        match tokio::time::timeout(QUESTION, resolver.lookup(name, kind)).await {
            Err(_elapsed) => Answer::Silence(Silence::Timeout),
            Ok(Ok(lookup)) => {
                let taken: Vec<(T, u32)> = lookup.answers().iter().filter_map(|record| Some((read(&record.data)?, record.ttl))).collect();
                match taken.iter().map(|(_, ttl)| *ttl).max() {
                    Some(ttl) => Answer::Found { records: taken.into_iter().map(|(record, _)| record).collect(), ttl },
                    None => Answer::Nothing { exists: true, remembered: None },
                }
            }
            Ok(Err(NetError::Dns(DnsError::NoRecordsFound(nothing)))) => match nothing.response_code {
                ResponseCode::NXDomain => Answer::Nothing { exists: false, remembered: nothing.negative_ttl },
                ResponseCode::NoError => Answer::Nothing { exists: true, remembered: nothing.negative_ttl },
                _ => Answer::Silence(Silence::Failure),
            },
            Ok(Err(NetError::Timeout)) => Answer::Silence(Silence::Timeout),
            Ok(Err(cause)) => {
                tracing::debug!(%cause, "a question to DNS was not answered");
                Answer::Silence(Silence::Failure)
            }
        }
    }
}

/// The strings of one record are one text: a longer one does not fit into a string.
fn text(data: &RData) -> Option<String> {
    match data {
        RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
        _ => None,
    }
}

fn target(data: &RData) -> Option<String> {
    match data {
        RData::CNAME(target) => Some(target.0.to_ascii().trim_end_matches('.').to_ascii_lowercase()),
        _ => None,
    }
}

fn caa(data: &RData) -> Option<Caa> {
    match data {
        RData::CAA(record) => Some(Caa { tag: record.tag.clone(), value: String::from_utf8_lossy(&record.value).into_owned() }),
        _ => None,
    }
}
