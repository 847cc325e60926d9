//! `tenantry serve`: the web server and the job runner, until it is told to stop.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use leptos::prelude::LeptosOptions;
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::connect::{Connected, Purpose, connect};
use crate::config::Config;
use crate::edge::router::DRAIN;
use crate::edge::{AppState, router, serve};
use crate::jobs;
use crate::jobs::mail::Mailer;
use crate::store::Store;
use crate::store::demo::DemoPlan;

/// # Errors
/// What keeps the server from starting; once it serves it stops cleanly.
pub async fn run(config: &Config, demo: bool) -> anyhow::Result<()> {
    let mailer = mailer(config)?;
    let mut stop = stop_signal()?;
    // The port first: a second server on it fails before it touches anything.
    let listener =
        TcpListener::bind(config.listen).await.with_context(|| format!("LEPTOS_SITE_ADDR: {} cannot be listened on", config.listen))?;
    let mut connected = tokio::select! {
        connected = connect(config, Purpose::Serve) => connected?,
        _ = stop.changed() => return Ok(()),
    };
    let result = serve_on(config, mailer, listener, &mut connected, demo, stop).await;
    connected.stop().await?;
    result
}

async fn serve_on(
    config: &Config,
    mailer: Mailer,
    listener: TcpListener,
    connected: &mut Connected,
    demo: bool,
    mut stop: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let accounts = if demo {
        tokio::select! {
            filled = super::demo::fill(&connected.store, connected.owner(), DemoPlan::default(), config.demo_password.as_ref(), |_| ()) => {
                let filled = filled.context("the demo data could not be written")?;
                Some(filled.sign_in_text(config.base_url.as_str().trim_end_matches('/')))
            }
            _ = stop.changed() => return Ok(()),
        }
    } else {
        None
    };
    let state = AppState::new(config, connected.store.clone(), leptos_options(config)?).until(stop.clone());
    let dns = state.context.dns.clone();
    let app = router(state);
    // Before the first request comes; from then on it follows.
    connected.store.read_routes().await.context("the names of custom domains could not be read")?;
    let routes = tokio::spawn(until(stop.clone(), connected.store.clone()));
    let runner = tokio::spawn(jobs::run(connected.store.clone(), mailer, dns, stopped(stop.clone())));
    announce(config, accounts.as_deref())?;
    let serving = serve::serve(listener, app, stopped(stop.clone()));
    // Requests that never end do not keep a stopping server alive.
    let drained = async {
        stopped(stop.clone()).await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        served = serving => served.context("the listener failed")?,
        () = drained => tracing::warn!("some requests were cut off"),
        never = connected.keep_running() => match never {},
    }
    runner.await.context("the job runner failed")?;
    routes.await.context("following the routes failed")?;
    jobs::settle_all(&connected.store).await;
    Ok(())
}

/// How mail leaves this server, as it is configured.
fn mailer(config: &Config) -> anyhow::Result<Mailer> {
    let smtp_url = config.smtp_url.as_ref().map(ExposeSecret::expose_secret);
    Ok(Mailer::new(smtp_url, &config.mail_from, config.base_url.clone())?)
}

/// Follows the names of custom domains until the server stops.
async fn until(stop: watch::Receiver<bool>, store: Store) {
    tokio::select! {
        () = stopped(stop) => {}
        () = store.follow_routes() => {}
    }
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error means that nobody can ask to stop any more, which is as good as asking.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Becomes true with the first Ctrl-C or SIGTERM.
fn stop_signal() -> anyhow::Result<watch::Receiver<bool>> {
    let (asked, stop) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        // Nobody listens any more when the server has stopped by itself.
        let _ = asked.send(true);
        std::future::pending::<()>().await;
    });
    Ok(stop)
}

/// `Leptos.toml` in the current folder, as in a checkout; else the built-in values, which say the same.
fn leptos_options(config: &Config) -> anyhow::Result<LeptosOptions> {
    let mut options = if Path::new("Leptos.toml").exists() {
        leptos::prelude::get_configuration(Some("Leptos.toml")).context("Leptos.toml")?.leptos_options
    } else {
        LeptosOptions::builder().output_name("tenantry").hash_files(true).build()
    };
    options.site_addr = config.listen;
    options.site_root = site_root(config).to_string_lossy().into_owned().into();
    Ok(options)
}

/// The folder with `pkg/`: as configured, else beside the binary's own folder, where the build puts it.
fn site_root(config: &Config) -> PathBuf {
    if let Some(root) = &config.site_root {
        return root.clone();
    }
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.parent()?.join("site")));
    beside.filter(|root| root.is_dir()).unwrap_or_else(|| PathBuf::from("target/site"))
}

fn announce(config: &Config, accounts: Option<&str>) -> anyhow::Result<()> {
    let base = config.base_url.as_str().trim_end_matches('/');
    let mut out = std::io::stdout().lock();
    writeln!(out, "Tenantry is ready: {base}")?;
    if let Some(accounts) = accounts {
        writeln!(out, "{accounts}")?;
    }
    writeln!(out, "Stop with Ctrl-C.")?;
    out.flush()?;
    Ok(())
}
