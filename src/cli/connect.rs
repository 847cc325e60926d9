//! From a configuration to a store: the embedded cluster or an outside PostgreSQL, logins, schema.

use std::convert::Infallible;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRngCore as _;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::postgres::PgConnectOptions;

use crate::config::{Config, Database};
use crate::store::cluster::{Cluster, ClusterSettings};
use crate::store::files::Files;
use crate::store::handle::Logins;
use crate::store::migrate::{self, Login};
use crate::store::tokens::SecretKey;
use crate::store::{Store, StoreError};

/// Whether this process serves, or only runs one command beside a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Serve,
    Command,
}

/// A store that is ready to work, and what must be stopped after it.
pub struct Connected {
    pub store: Store,
    pub logins: Logins,
    /// How many migrations were applied on the way.
    pub migrated: usize,
    cluster: Option<(Cluster, ClusterSettings)>,
}

impl Connected {
    /// The login that owns the tables, where it is known: else the app's stands in its place.
    pub fn owner(&self) -> Option<&PgConnectOptions> {
        let owner = &self.logins.owner;
        (owner.get_username() != self.logins.app.get_username()).then_some(owner)
    }

    /// Closes the pools and stops the embedded cluster, if this process started it.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.store.close().await;
        if let Some((cluster, _)) = self.cluster {
            cluster.stop().await?;
        }
        Ok(())
    }

    /// Keeps the embedded cluster running; never ends.
    pub async fn keep_running(&mut self) -> Infallible {
        match &mut self.cluster {
            Some((cluster, settings)) => cluster.keep_running(settings).await,
            None => std::future::pending().await,
        }
    }
}

/// # Errors
/// One that says what to do: no PostgreSQL, a folder in use, logins that may not make roles, an app login that could bypass row-level
/// security.
pub async fn connect(config: &Config, purpose: Purpose) -> anyhow::Result<Connected> {
    let secret = || -> anyhow::Result<SecretKey> {
        Ok(SecretKey::new(match &config.secret_key {
            Some(key) => key.clone(),
            None => kept_secret(&config.data_dir, "secret.key")?,
        }))
    };
    let (cluster, logins, migrated, secret) = match &config.database {
        Database::Embedded => {
            let settings = ClusterSettings {
                data_dir: config.data_dir.clone(),
                superuser_password: kept_secret(&config.data_dir, "postgres.key")?.expose_secret().to_owned(),
            };
            let cluster = match purpose {
                Purpose::Serve => Cluster::start(&settings).await?,
                Purpose::Command => Cluster::attach_or_start(&settings).await?,
            };
            let secret = secret()?;
            match embedded(&cluster, &settings, &secret).await {
                Ok((logins, migrated)) => (Some((cluster, settings)), logins, migrated, secret),
                Err(error) => {
                    cluster.stop().await?;
                    return Err(error);
                }
            }
        }
        Database::Managed { owner } => {
            let secret = secret()?;
            let database = owner.get_database().unwrap_or_else(|| owner.get_username()).to_owned();
            let login = |kind: &str| login_of(owner, &format!("{database}_{kind}"), &secret);
            let logins = Logins { app: login("app"), platform: login("platform"), owner: (**owner).clone() };
            let migrated = prepare(owner, &logins, &secret).await?;
            (None, logins, migrated, secret)
        }
        Database::Given { app, platform, owner } => {
            let secret = secret()?;
            let database = app.get_database().unwrap_or_else(|| app.get_username()).to_owned();
            let platform = match (platform, owner) {
                (Some(platform), _) => (**platform).clone(),
                (None, Some(owner)) => login_of(owner, &format!("{database}_platform"), &secret),
                (None, None) => {
                    bail!("TENANTRY_PLATFORM_DATABASE_URL: is needed where there is no TENANTRY_OWNER_DATABASE_URL to make the login")
                }
            };
            let logins =
                Logins { app: (**app).clone(), platform, owner: owner.as_ref().map_or_else(|| (**app).clone(), |owner| (**owner).clone()) };
            let migrated = match owner {
                Some(owner) => {
                    migrate::ensure_groups(owner, owner.get_username(), &[(app.get_username(), "tenantry_app")])
                        .await
                        .map_err(roles_error)?;
                    let made = config_made_platform(&config.database).then(|| prepare_platform(owner, &logins, &secret));
                    match made {
                        Some(made) => made.await?,
                        None => {
                            let platform = logins.platform.get_username().to_owned();
                            migrate::ensure_groups(owner, owner.get_username(), &[(&platform, "tenantry_platform")])
                                .await
                                .map_err(roles_error)?;
                        }
                    }
                    migrate::apply(owner).await.map_err(schema_error)?
                }
                None => 0,
            };
            (None, logins, migrated, secret)
        }
    };
    let store = Store::new(&logins, config.connections, (config.connections / 4).max(4), secret);
    let mut connected = Connected { store, logins, migrated, cluster };
    match check(&connected.store).await.and_then(|()| files(config)) {
        Ok(files) => {
            connected.store.traffic().watch_disk("Data folder", &config.data_dir);
            if let Some(folder) = files.folder() {
                connected.store.traffic().watch_disk("Documents", folder);
            }
            connected.store = connected.store.with_files(files);
            Ok(connected)
        }
        Err(error) => {
            connected.stop().await?;
            Err(error)
        }
    }
}

/// What the owner's login is told when roles cannot be made.
fn roles_error(error: StoreError) -> anyhow::Error {
    match error {
        StoreError::Unavailable(why) => anyhow!("the database cannot be reached: {why}"),
        other => {
            anyhow!("the database's logins could not be prepared, the owner's login must be allowed to make roles (CREATEROLE): {other}")
        }
    }
}

fn schema_error(error: StoreError) -> anyhow::Error {
    anyhow!("the schema could not be brought up to date: {error}")
}

fn config_made_platform(database: &Database) -> bool {
    matches!(database, Database::Given { platform: None, .. })
}

fn login_of(base: &PgConnectOptions, name: &str, secret: &SecretKey) -> PgConnectOptions {
    base.clone().username(name).password(secret.login_password(name).expose_secret())
}

/// Makes both logins and the schema.
async fn prepare(owner: &PgConnectOptions, logins: &Logins, secret: &SecretKey) -> anyhow::Result<usize> {
    let (app, platform) = (logins.app.get_username(), logins.platform.get_username());
    let (app_password, platform_password) = (secret.login_password(app), secret.login_password(platform));
    let wanted = [
        Login { name: app, password: &app_password, group: "tenantry_app" },
        Login { name: platform, password: &platform_password, group: "tenantry_platform" },
    ];
    migrate::ensure_roles(owner, owner.get_username(), &wanted).await.map_err(roles_error)?;
    migrate::apply(&logins.owner).await.map_err(schema_error)
}

async fn prepare_platform(owner: &PgConnectOptions, logins: &Logins, secret: &SecretKey) -> anyhow::Result<()> {
    let platform = logins.platform.get_username();
    let password = secret.login_password(platform);
    let wanted = [Login { name: platform, password: &password, group: "tenantry_platform" }];
    migrate::ensure_roles(owner, owner.get_username(), &wanted).await.map_err(roles_error)
}

async fn embedded(cluster: &Cluster, settings: &ClusterSettings, secret: &SecretKey) -> anyhow::Result<(Logins, usize)> {
    let at_socket = PgConnectOptions::new_without_pgpass().socket(cluster.socket_dir()).port(5432).database("tenantry");
    let admin = at_socket.clone().username("postgres").password(&settings.superuser_password);
    let login = |name: &str| login_of(&at_socket, name, secret);
    let logins = Logins { owner: login("owner"), app: login("app"), platform: login("platform") };
    migrate::ensure_database(&admin, "tenantry", "owner", &secret.login_password("owner")).await?;
    let (app, platform) = (secret.login_password("app"), secret.login_password("platform"));
    let wanted = [
        Login { name: "app", password: &app, group: "tenantry_app" },
        Login { name: "platform", password: &platform, group: "tenantry_platform" },
    ];
    migrate::ensure_roles(&admin, "owner", &wanted).await?;
    let migrated = migrate::apply(&logins.owner).await.map_err(schema_error)?;
    Ok((logins, migrated))
}

/// A server never starts on logins that could see past the policies.
async fn check(store: &Store) -> anyhow::Result<()> {
    store.check_server().await.map_err(|error| anyhow!("the database does not serve: {error}"))?;
    let findings = store.check_logins().await?;
    if let Some(finding) = findings.first() {
        bail!("the login {} must not be used: {} ({})", finding.object, finding.rule, finding.found);
    }
    Ok(())
}

/// Where uploaded files are kept.
fn files(config: &Config) -> anyhow::Result<Files> {
    match &config.files_url {
        Some(url) => Files::at(url).context("TENANTRY_FILES_URL"),
        None => Files::in_folder(&config.data_dir.join("files")).context("TENANTRY_DATA_DIR"),
    }
}

/// A secret of 256 random bits in the data folder, made on first use and readable by its owner only.
fn kept_secret(data_dir: &Path, name: &str) -> anyhow::Result<SecretString> {
    let path = data_dir.join(name);
    if let Ok(text) = std::fs::read_to_string(&path) {
        let text = text.trim();
        if text.len() < 32 {
            bail!("{} is damaged: it should hold a key of at least 32 characters", path.display());
        }
        return Ok(text.to_owned().into());
    }
    // 0711: the embedded PostgreSQL may run as another user and must pass through.
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o711)
        .create(data_dir)
        .with_context(|| format!("TENANTRY_DATA_DIR: {} cannot be made", data_dir.display()))?;
    let mut bytes = [0_u8; 32];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).context("the system gives no random bytes")?;
    let text = URL_SAFE_NO_PAD.encode(bytes);
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    match made {
        Ok(mut file) => {
            file.write_all(text.as_bytes())?;
            // A cluster is made with this key next: it must not outlive it.
            file.sync_all()?;
            Ok(text.into())
        }
        // Another process was faster.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(std::fs::read_to_string(&path)?.trim().to_owned().into()),
        Err(error) => Err(error).with_context(|| format!("{} cannot be written", path.display())),
    }
}
