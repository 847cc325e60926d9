//! Configuration: environment variables over `tenantry.toml`, read and checked once at the start.
//!
//! Knows names and rules of values; connects to nothing.

mod addresses;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use secrecy::SecretString;
use sqlx::postgres::PgConnectOptions;
use url::Url;

pub use addresses::is_loopback;
use addresses::{FILES_URL_IS, check_smtp_url, parse_base_url, parse_dns_server, parse_files_url};

use crate::domain::email::Email;

/// Every variable with its default, as the README's table has them; a test compares the two.
pub const VARIABLES: &[(&str, &str)] = &[
    ("DATABASE_URL", "none: embedded PostgreSQL"),
    ("TENANTRY_PLATFORM_DATABASE_URL", "made by `migrate`"),
    ("TENANTRY_OWNER_DATABASE_URL", "`DATABASE_URL`"),
    ("TENANTRY_DATABASE_CONNECTIONS", "4 a processor, at least 8"),
    ("TENANTRY_DATA_DIR", "./data"),
    ("TENANTRY_FILES_URL", "`files` in the data folder"),
    ("TENANTRY_BASE_URL", "http://localhost:<port>"),
    ("LEPTOS_SITE_ADDR", "127.0.0.1:3000"),
    ("LEPTOS_SITE_ROOT", "target/site"),
    ("TENANTRY_SECRET_KEY", "made once, kept in the data folder"),
    ("TENANTRY_DEMO_PASSWORD", "random, printed once"),
    ("TENANTRY_SMTP_URL", "none: mail is kept in the console"),
    ("TENANTRY_MAIL_FROM", "no-reply@<base host>"),
    ("TENANTRY_SUPPORT_EMAIL", "support@<base host>"),
    ("TENANTRY_DNS_SERVER", "those of the system"),
    ("TENANTRY_PUBLIC_ADDRESSES", "what DNS says of the base host"),
    ("TENANTRY_CERTIFICATE_AUTHORITY", "letsencrypt.org"),
    ("TENANTRY_TRUSTED_PROXIES", "none"),
    ("TENANTRY_SIGN_INS_PER_MINUTE", "30"),
    ("TENANTRY_SIGN_UP", "open"),
    ("TENANTRY_LOG", "info"),
];

/// One line that names the variable and says what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {problem}")]
pub struct ConfigError {
    pub variable: String,
    pub problem: String,
}

/// Where PostgreSQL is.
#[derive(Debug, Clone)]
pub enum Database {
    /// A private cluster in the data folder.
    Embedded,
    /// One address with rights to make logins; the logins that the server uses are made by `migrate`.
    Managed { owner: Box<PgConnectOptions> },
    /// Logins that somebody else made; without an owner the schema must be there already.
    Given { app: Box<PgConnectOptions>, platform: Option<Box<PgConnectOptions>>, owner: Option<Box<PgConnectOptions>> },
}

#[derive(Debug, Clone)]
pub struct Config {
    pub database: Database,
    /// Connections of the app's pool; the console's has a quarter of it, at least 4.
    pub connections: u32,
    pub data_dir: PathBuf,
    /// Where uploaded files are kept: a folder or a bucket.
    pub files_url: Option<Url>,
    pub base_url: Url,
    pub listen: SocketAddr,
    pub site_root: Option<PathBuf>,
    pub secret_key: Option<SecretString>,
    pub demo_password: Option<SecretString>,
    /// The mail server, with its login.
    pub smtp_url: Option<SecretString>,
    /// Whom mail comes from.
    pub mail_from: Email,
    pub support_email: String,
    /// Who is asked about custom domains.
    pub dns_server: Option<SocketAddr>,
    /// Where the platform is reached: what a domain without a CNAME leads to.
    pub public_addresses: Vec<IpAddr>,
    /// Who issues certificates for custom domains, as CAA records name it.
    pub certificate_authority: String,
    pub trusted_proxies: Vec<IpAddr>,
    pub sign_ins_per_minute: u32,
    /// Whether anybody may sign up at `/signup`.
    pub sign_up: bool,
    pub log: String,
}

/// More than the processors can work on only makes everybody wait for everybody: the slowest answers come sooner when some wait their turn.
fn default_connections() -> u32 {
    let processors = std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(u32::MAX));
    (processors.saturating_mul(4)).clamp(8, 500)
}

impl Config {
    /// Reads the process's environment and `tenantry.toml` in the current folder.
    pub fn load() -> Result<Self, ConfigError> {
        let file = match std::fs::read_to_string("tenantry.toml") {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(ConfigError { variable: "tenantry.toml".into(), problem: error.to_string() }),
        };
        Self::read(|name| std::env::var(name).ok(), file.as_deref())
    }

    /// `file` holds the same names as keys: `TENANTRY_BASE_URL = "https://…"`.
    pub fn read(env: impl Fn(&str) -> Option<String>, file: Option<&str>) -> Result<Self, ConfigError> {
        let problem = |variable: &str, problem: String| ConfigError { variable: variable.to_owned(), problem };
        let table: toml::Table = match file {
            Some(text) => text.parse().map_err(|error: toml::de::Error| problem("tenantry.toml", error.message().replace('\n', " ")))?,
            None => toml::Table::new(),
        };
        if let Some(unknown) = table.keys().find(|key| !VARIABLES.iter().any(|(name, _)| name == key)) {
            return Err(problem("tenantry.toml", format!("unknown setting {unknown}")));
        }
        let value = |name: &str| -> Option<String> {
            let text = env(name).or_else(|| match table.get(name)? {
                toml::Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            })?;
            let text = text.trim().to_owned();
            (!text.is_empty()).then_some(text)
        };
        fn parse<T: FromStr>(value: Option<String>, name: &str, what: &str) -> Result<Option<T>, ConfigError> {
            value
                .map(|text| text.parse().map_err(|_| ConfigError { variable: name.to_owned(), problem: format!("`{text}` is not {what}") }))
                .transpose()
        }
        let address = |name: &str| -> Result<Option<Box<PgConnectOptions>>, ConfigError> {
            value(name)
                .map(|text| {
                    // The text may hold a password: it is not repeated.
                    let url_like = text.starts_with("postgres://") || text.starts_with("postgresql://");
                    let options = text.parse().ok().filter(|_| url_like).map(Box::new);
                    options.ok_or_else(|| problem(name, "is not an address such as postgres://user:password@host/database".to_owned()))
                })
                .transpose()
        };

        let database = match (address("DATABASE_URL")?, address("TENANTRY_PLATFORM_DATABASE_URL")?, address("TENANTRY_OWNER_DATABASE_URL")?)
        {
            (None, None, None) => Database::Embedded,
            (None, _, _) => return Err(problem("DATABASE_URL", "is needed beside the other database addresses".to_owned())),
            (Some(owner), None, None) => Database::Managed { owner },
            (Some(app), platform, owner) => Database::Given { app, platform, owner },
        };
        let connections = parse::<u32>(value("TENANTRY_DATABASE_CONNECTIONS"), "TENANTRY_DATABASE_CONNECTIONS", "a number of connections")?
            .unwrap_or_else(default_connections);
        if !(1..=500).contains(&connections) {
            return Err(problem("TENANTRY_DATABASE_CONNECTIONS", format!("`{connections}` is not between 1 and 500")));
        }
        let listen = parse::<SocketAddr>(value("LEPTOS_SITE_ADDR"), "LEPTOS_SITE_ADDR", "an address and port such as 127.0.0.1:3000")?
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3000)));
        let base_url = match value("TENANTRY_BASE_URL") {
            Some(text) => parse_base_url(&text).map_err(|why| problem("TENANTRY_BASE_URL", why))?,
            None => Url::parse(&format!("http://localhost:{}", listen.port())).expect("localhost and a port are an address"),
        };
        let smtp_url = value("TENANTRY_SMTP_URL")
            .map(|text| {
                check_smtp_url(&text).map(|()| SecretString::from(text)).map_err(|why| problem("TENANTRY_SMTP_URL", why.to_owned()))
            })
            .transpose()?;
        let mail_from = match parse::<Email>(value("TENANTRY_MAIL_FROM"), "TENANTRY_MAIL_FROM", "an e-mail address")? {
            Some(from) => from,
            // A host that is a bare number has no mail; localhost stands in for it.
            None => format!("no-reply@{}", base_url.domain().unwrap_or("localhost"))
                .parse()
                .or_else(|_| "no-reply@localhost".parse())
                .map_err(|error: crate::domain::email::EmailError| problem("TENANTRY_MAIL_FROM", error.to_string()))?,
        };
        let support_email =
            parse::<Email>(value("TENANTRY_SUPPORT_EMAIL"), "TENANTRY_SUPPORT_EMAIL", "an e-mail address")?.map(|email| email.to_string());
        let addresses = |name: &str| -> Result<Vec<IpAddr>, ConfigError> {
            let text = value(name).unwrap_or_default();
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            parts.map(|part| part.parse().map_err(|_| problem(name, format!("`{part}` is not an IP address")))).collect()
        };
        let trusted_proxies = addresses("TENANTRY_TRUSTED_PROXIES")?;
        let public_addresses = addresses("TENANTRY_PUBLIC_ADDRESSES")?;
        let dns_server = value("TENANTRY_DNS_SERVER")
            .map(|text| {
                parse_dns_server(&text)
                    .ok_or_else(|| problem("TENANTRY_DNS_SERVER", format!("`{text}` is not an IP address and port such as 192.0.2.53:53")))
            })
            .transpose()?;
        let certificate_authority = value("TENANTRY_CERTIFICATE_AUTHORITY").unwrap_or_else(|| "letsencrypt.org".to_owned());
        if certificate_authority.contains(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-')) {
            return Err(problem(
                "TENANTRY_CERTIFICATE_AUTHORITY",
                format!("`{certificate_authority}` is not a name as CAA records have it, such as letsencrypt.org"),
            ));
        }
        let sign_ins_per_minute =
            parse::<u32>(value("TENANTRY_SIGN_INS_PER_MINUTE"), "TENANTRY_SIGN_INS_PER_MINUTE", "a number")?.unwrap_or(30);
        if !(1..=100_000).contains(&sign_ins_per_minute) {
            return Err(problem("TENANTRY_SIGN_INS_PER_MINUTE", format!("`{sign_ins_per_minute}` is not between 1 and 100000")));
        }
        let sign_up = match value("TENANTRY_SIGN_UP").as_deref() {
            None | Some("open") => true,
            Some("closed") => false,
            Some(other) => return Err(problem("TENANTRY_SIGN_UP", format!("`{other}` is neither open nor closed"))),
        };
        let secret_key = value("TENANTRY_SECRET_KEY");
        if secret_key.as_ref().is_some_and(|key| key.len() < 32) {
            return Err(problem("TENANTRY_SECRET_KEY", "needs at least 32 characters; `openssl rand -base64 32` makes one".to_owned()));
        }
        let demo_password = value("TENANTRY_DEMO_PASSWORD");
        if demo_password.as_ref().is_some_and(|password| password.chars().count() > crate::domain::password::MAX_LENGTH) {
            return Err(problem("TENANTRY_DEMO_PASSWORD", "has more than 128 characters".to_owned()));
        }
        let files_url = value("TENANTRY_FILES_URL")
            .map(|text| parse_files_url(&text).ok_or_else(|| problem("TENANTRY_FILES_URL", FILES_URL_IS.to_owned())))
            .transpose()?;
        let log = value("TENANTRY_LOG").unwrap_or_else(|| "info".to_owned());
        if let Err(error) = tracing_subscriber::EnvFilter::try_new(&log) {
            return Err(problem("TENANTRY_LOG", format!("`{log}` is not a filter such as info or tenantry=debug: {error}")));
        }
        Ok(Config {
            database,
            connections,
            data_dir: value("TENANTRY_DATA_DIR").map_or_else(|| PathBuf::from("./data"), PathBuf::from),
            support_email: support_email.unwrap_or_else(|| format!("support@{}", base_url.host_str().unwrap_or("localhost"))),
            smtp_url,
            mail_from,
            base_url,
            listen,
            files_url,
            site_root: value("LEPTOS_SITE_ROOT").map(PathBuf::from),
            secret_key: secret_key.map(SecretString::from),
            demo_password: demo_password.map(SecretString::from),
            dns_server,
            public_addresses,
            certificate_authority,
            trusted_proxies,
            sign_ins_per_minute,
            sign_up,
            log,
        })
    }
}

#[cfg(test)]
mod tests;
