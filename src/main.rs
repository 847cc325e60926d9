//! The binary: arguments in, exit code out.

use clap::Parser as _;
use tenantry::cli::{self, Cli};

fn main() -> std::process::ExitCode {
    cli::main(Cli::parse())
}
