//! The commands of the binary, and where each is carried out.

use super::commands;
use super::commands::serve::Work;
use super::document::Problems;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

/// Worry-Free Services plug-in for Kaseya VSA.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
pub struct Cli {
    /// Settings that differ from the defaults, as a TOML file.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print data as one JSON object.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the binary can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show everything on this machine, with stand-ins for the vendors.
    Demo(Demo),
    /// Run the service: screens, API and jobs.
    Serve {
        /// Screens and API only: jobs run elsewhere, under `work`.
        #[arg(long)]
        no_jobs: bool,
    },
    /// Run jobs only.
    Work,
    /// Bring the database's schema up to date.
    Migrate,
    /// Check the settings and name everything wrong with them.
    CheckConfig,
    /// Print the API's OpenAPI document.
    Openapi,
    /// Ask the service on this machine whether it is well.
    Health,
    /// Manage partners.
    #[command(subcommand)]
    Partner(Partner),
}

/// How the demonstration goes.
#[derive(Debug, Args)]
pub struct Demo {
    /// Start over with a new world.
    #[arg(long)]
    pub reset: bool,
    /// How the vendors behave.
    #[arg(long, value_enum, default_value_t = Vendors::Steady)]
    pub vendors: Vendors,
    /// The port of the page that looks like VSA.
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
}

/// How the demonstration's vendors behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Vendors {
    /// They answer at once.
    Steady,
    /// They take their time.
    Slow,
    /// They fail now and then, also after doing what was asked.
    Flaky,
}

/// What can be done with partners.
#[derive(Debug, Subcommand)]
pub enum Partner {
    /// Create a partner from a file, or update it; prints its id, its key and an API token, which is shown only once.
    Add {
        /// The partner's file.
        #[arg(long)]
        file: PathBuf,
    },
    /// Print an activation code: whoever has it enters a new partner at /activate, once.
    Invite,
    /// List the partners.
    List,
    /// Print a further API token, which is shown only once.
    Token {
        /// The partner's key.
        key: String,
    },
    /// Print a link that signs in once.
    Link {
        /// The partner's key.
        key: String,
    },
    /// Write the package for VSA's navigation tree into a folder.
    Package {
        /// The partner's key.
        key: String,
        /// Where to.
        #[arg(long, default_value = ".")]
        folder: PathBuf,
    },
    /// Remove a partner with its credentials, sessions, tokens and records, at once and for good. What was made at the vendors stays.
    Remove {
        /// The partner's key.
        key: String,
        /// Do it; without this it is only said what would be removed.
        #[arg(long)]
        yes: bool,
    },
}

/// Carries out a command.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::CheckConfig => commands::check_config::run(cli.config.as_deref(), cli.json),
        Command::Migrate => commands::migrate::run(cli.config.as_deref(), cli.json).await,
        Command::Health => commands::health::run(cli.config.as_deref()).await,
        Command::Serve { no_jobs } => {
            commands::serve::run(cli.config.as_deref(), if no_jobs { Work::Front } else { Work::All }).await
        }
        Command::Work => commands::serve::run(cli.config.as_deref(), Work::Jobs).await,
        Command::Openapi => commands::openapi(),
        Command::Partner(command) => commands::partner::run(cli.config.as_deref(), cli.json, command).await,
        Command::Demo(options) => Box::pin(commands::demo::run(cli.config.as_deref(), options)).await,
    }
}

/// The exit code for an error: 2 where settings or a partner's file are wrong, as for wrong arguments, otherwise 1.
pub fn exit_code(error: &anyhow::Error) -> ExitCode {
    ExitCode::from(if error.is::<Problems>() { 2 } else { 1 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_commands_are_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_may_follow_the_command() {
        let cli = Cli::try_parse_from(["worryfree-plugin", "partner", "list", "--json", "--config", "a.toml"]).unwrap();
        assert!(cli.json && cli.config.is_some());
    }
}
