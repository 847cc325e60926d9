//! The command line: one argument tree, one file a command.
//!
//! Exit codes: 0 done, 1 refused or not found, 2 wrong use. Results go to standard output, as tables for people or, with `--json`, as
//! one JSON document; what is wrong and how far a long work is go to standard error.

pub mod account_reset;
pub mod admin;
pub mod audit_verify;
mod change;
pub mod connect;
pub mod demo;
pub mod doctor;
pub mod migrate;
pub mod output;
pub mod receipt_verify;
pub mod serve;
pub mod setting_up;
pub mod tenant_clone;
pub mod tenant_create;
pub mod tenant_delete;
pub mod tenant_export;
pub mod tenant_feature;
pub mod tenant_import;
pub mod tenant_import_users;
pub mod tenant_invite;
pub mod tenant_list;
pub mod tenant_paid;
pub mod tenant_quotas;
pub mod tenant_restore;
pub mod tenant_resume;
pub mod tenant_show;
pub mod tenant_suspend;
pub mod tenant_trial;
pub mod tenant_unpaid;
pub mod tenant_update;
pub mod tenant_upgrade;
pub mod tenant_usage;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use secrecy::SecretString;
use sqlx::postgres::PgConnectOptions;

use crate::config::Config;
use crate::store::Store;
use crate::store::access::PlatformAdmin;
use connect::{Purpose, connect};
use output::{Output, Refusal};

#[derive(Debug, Parser)]
#[command(name = "tenantry", version, about = "A self-hosted control plane for multi-tenant platforms", propagate_version = true)]
pub struct Cli {
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Audit logs
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Receipts of tenants that were removed for good
    #[command(subcommand)]
    Receipt(ReceiptCommand),
    #[command(flatten)]
    Installed(Installed),
}

/// Commands of an installation, which need its configuration.
#[derive(Debug, Subcommand)]
pub enum Installed {
    /// Run the server; without DATABASE_URL with its own PostgreSQL
    Serve(ServeArgs),
    /// Make roles and schema, or bring them up to date
    Migrate,
    /// Check configuration, database and isolation
    Doctor,
    #[command(flatten)]
    OnStore(OnStore),
}

#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    /// Fill an empty platform with demo data first
    #[arg(long)]
    pub demo: bool,
}

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Check that nothing in a downloaded audit log was changed, moved or removed
    Verify(audit_verify::Args),
}

#[derive(Debug, Subcommand)]
pub enum ReceiptCommand {
    /// Check that a receipt is as it was signed
    Verify(receipt_verify::Args),
}

/// Commands that need no more than a database that is up to date.
#[derive(Debug, Subcommand)]
pub enum OnStore {
    /// Fill the platform with demo data
    Demo(demo::Args),
    /// Platform admins
    #[command(subcommand)]
    Admin(AdminCommand),
    /// People's accounts
    #[command(subcommand)]
    Account(AccountCommand),
    /// Tenants
    #[command(subcommand)]
    Tenant(TenantCommand),
}

#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Make somebody a platform admin
    Create(admin::Args),
}

#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Remove the second factor of somebody who has lost phone and recovery codes
    ResetSecondFactor(account_reset::Args),
}

#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Create a tenant and its owner's set-up link
    Create(Box<tenant_create::Args>),
    /// Make another tenant like one that there is
    Clone(tenant_clone::Args),
    /// List tenants by name
    List(tenant_list::Args),
    /// Show one tenant
    Show(tenant_show::Args),
    /// Stop a tenant: its people and keys are shown the reason
    Suspend(tenant_suspend::Args),
    /// Let a suspended tenant go on
    Resume(tenant_resume::Args),
    /// Extend a tenant's trial, or end it
    Trial(tenant_trial::Args),
    /// Stop a tenant until its payment has arrived
    Unpaid(tenant_unpaid::Args),
    /// Note that a tenant's payment arrived
    Paid(tenant_paid::Args),
    /// Switch a feature for one tenant
    Feature(tenant_feature::Args),
    /// Write everything of a tenant into an archive
    Export(tenant_export::Args),
    /// Make a tenant of an archive
    Import(tenant_import::Args),
    /// Delete a tenant; for 30 days it can be restored
    Delete(tenant_delete::Args),
    /// Restore a deleted tenant
    Restore(tenant_restore::Args),
    /// Invite somebody to a tenant
    Invite(tenant_invite::Args),
    /// Invite the people of a CSV file
    ImportUsers(tenant_import_users::Args),
    /// Show what a tenant uses of its quotas
    Usage(tenant_usage::Args),
    /// Show a tenant's quotas, and where they come from
    Quotas(tenant_quotas::Args),
    /// Set quotas other than the plan's
    Update(tenant_update::Args),
    /// Give a tenant another plan, at once
    Upgrade(tenant_upgrade::Args),
}

/// What the commands need beside the store.
pub struct Surroundings {
    /// Where people reach the platform, without a slash at the end.
    pub base_url: String,
    pub demo_password: Option<SecretString>,
    /// The login that owns the tables, where it is known.
    pub owner: Option<PgConnectOptions>,
}

impl OnStore {
    pub async fn run(self, store: &Store, around: &Surroundings, out: &Output) -> Result<(), Refusal> {
        match self {
            OnStore::Demo(args) => demo::run(args, store, around, out).await,
            OnStore::Admin(AdminCommand::Create(args)) => admin::run(args, store, out).await,
            OnStore::Account(AccountCommand::ResetSecondFactor(args)) => account_reset::run(args, store, out).await,
            OnStore::Tenant(command) => match command {
                TenantCommand::Create(args) => tenant_create::run(*args, store, &around.base_url, out).await,
                TenantCommand::Clone(args) => tenant_clone::run(args, store, &around.base_url, out).await,
                TenantCommand::List(args) => tenant_list::run(args, store, out).await,
                TenantCommand::Show(args) => tenant_show::run(args, store, &around.base_url, out).await,
                TenantCommand::Suspend(args) => tenant_suspend::run(args, store, out).await,
                TenantCommand::Resume(args) => tenant_resume::run(args, store, out).await,
                TenantCommand::Trial(args) => tenant_trial::run(args, store, out).await,
                TenantCommand::Unpaid(args) => tenant_unpaid::run(args, store, out).await,
                TenantCommand::Paid(args) => tenant_paid::run(args, store, out).await,
                TenantCommand::Feature(args) => tenant_feature::run(args, store, out).await,
                TenantCommand::Export(args) => tenant_export::run(args, store, out).await,
                TenantCommand::Import(args) => tenant_import::run(args, store, &around.base_url, out).await,
                TenantCommand::Delete(args) => tenant_delete::run(args, store, out).await,
                TenantCommand::Restore(args) => tenant_restore::run(args, store, out).await,
                TenantCommand::Invite(args) => tenant_invite::run(args, store, &around.base_url, out).await,
                TenantCommand::ImportUsers(args) => tenant_import_users::run(args, store, &around.base_url, out).await,
                TenantCommand::Usage(args) => tenant_usage::run(args, store, out).await,
                TenantCommand::Quotas(args) => tenant_quotas::run(args, store, out).await,
                TenantCommand::Update(args) => tenant_update::run(args, store, out).await,
                TenantCommand::Upgrade(args) => tenant_upgrade::run(args, store, out).await,
            },
        }
    }
}

/// Runs one command to its end.
pub fn main(cli: Cli) -> ExitCode {
    let out = Output::new(cli.json);
    match cli.command {
        // Whoever verifies a log or a receipt may be elsewhere altogether.
        Command::Audit(AuditCommand::Verify(args)) => out.exit(audit_verify::run(&args, &out)),
        Command::Receipt(ReceiptCommand::Verify(args)) => out.exit(receipt_verify::run(&args, &out)),
        Command::Installed(command) => start(command, out),
    }
}

fn start(command: Installed, out: Output) -> ExitCode {
    let config = match Config::load() {
        Ok(config) => config,
        Err(error) => {
            eprintln!("tenantry: {error}");
            return ExitCode::from(2);
        }
    };
    // Checked by the configuration. The session layer's spans cost every request, and a cookie whose session was ended is no event.
    let filter = tracing_subscriber::EnvFilter::new(format!("sqlx=warn,tower_sessions=warn,tower_sessions_core=error,{}", config.log));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("tenantry: no threads can be started: {error}");
            return ExitCode::from(1);
        }
    };
    runtime.block_on(async {
        run(command, &config, out).await.unwrap_or_else(|error| {
            eprintln!("tenantry: {error:#}");
            ExitCode::from(1)
        })
    })
}

async fn run(command: Installed, config: &Config, out: Output) -> anyhow::Result<ExitCode> {
    match command {
        Installed::Serve(args) => serve::run(config, args.demo).await.map(|()| ExitCode::SUCCESS),
        Installed::Migrate => migrate::run(config, out.is_json()).await.map(|()| ExitCode::SUCCESS),
        Installed::Doctor => {
            doctor::run(config, out.is_json()).await.map(|healthy| if healthy { ExitCode::SUCCESS } else { ExitCode::from(1) })
        }
        Installed::OnStore(command) => {
            let connected = connect(config, Purpose::Command).await?;
            let around = Surroundings {
                base_url: config.base_url.as_str().trim_end_matches('/').to_owned(),
                demo_password: config.demo_password.clone(),
                owner: connected.owner().cloned(),
            };
            let result = command.run(&connected.store, &around, &out).await;
            connected.stop().await.context("the embedded PostgreSQL did not stop cleanly")?;
            Ok(out.exit(result))
        }
    }
}

/// Whoever runs the binary, by the name of their account on this machine; for the audit log.
pub fn operator() -> PlatformAdmin {
    let name = ["USER", "LOGNAME"].iter().find_map(|variable| std::env::var(variable).ok().filter(|name| !name.trim().is_empty()));
    PlatformAdmin::operator(name.as_deref().map_or("operator", str::trim))
}

#[cfg(test)]
mod tests;
