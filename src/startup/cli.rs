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
    Health {
        /// Ask a process that runs jobs only, which answers on the port of metrics.
        #[arg(long)]
        work: bool,
    },
    /// Import customers from a table, without the screens; the running service carries it out.
    Import(Import),
    /// Print the table of a partner's customers, in the form that `import` reads.
    Mapping {
        /// The partner's key; may be left out if there is only one.
        #[arg(long)]
        partner: Option<String>,
        /// Organizations that are not imported yet as well, with the accounts of the same name.
        #[arg(long)]
        all: bool,
    },
    /// Manage partners.
    #[command(subcommand)]
    Partner(Partner),
    /// The trail of what was done for a partner, and by whom.
    #[command(subcommand)]
    Audit(Audit),
    /// The key that seals credentials.
    #[command(subcommand)]
    Secrets(Secrets),
    /// A database that was restored from a backup: nothing is created until accounts have been compared with the records.
    #[command(subcommand)]
    Restored(Restored),
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
    /// A new world has this many organizations with names that mean nothing, instead of some sixty believable ones.
    #[arg(long, value_name = "COUNT")]
    pub organizations: Option<usize>,
    /// The port of the page that looks like VSA.
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
}

/// How customers are imported from a table.
#[derive(Debug, Args)]
pub struct Import {
    /// The table: CSV with the columns that `mapping --all` prints. Only the organization is needed; what is left empty is
    /// taken as the screens would propose it.
    #[arg(long)]
    pub file: PathBuf,
    /// The partner's key; may be left out if there is only one.
    #[arg(long)]
    pub partner: Option<String>,
    /// Print what would be done, and do nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Send all notifications to the partner's own address.
    #[arg(long)]
    pub notify_partner: bool,
    /// Go on where the licenses do not suffice for all customers; the first in the table get theirs.
    #[arg(long)]
    pub allow_partial: bool,
    /// Start it and do not wait for its end.
    #[arg(long)]
    pub no_wait: bool,
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
    /// They refuse a subscription and a template, and have an account of a customer's name that nobody read.
    Troubled,
    /// They may be read, but take nothing under these credentials.
    Refusing,
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
    Invite {
        /// List the codes that can be used; nothing is made.
        #[arg(long, conflicts_with = "withdraw")]
        list: bool,
        /// Take back the code of this id, or `all`; nothing is made.
        #[arg(long, value_name = "ID")]
        withdraw: Option<String>,
    },
    /// List the partners.
    List,
    /// Print a further API token, which is shown only once; or list and revoke those there are.
    Token {
        /// The partner's key.
        key: String,
        /// What the token is for: shown in the list, and as who acts in the audit trail.
        #[arg(long, value_name = "TEXT")]
        label: Option<String>,
        /// The token ends by itself after so many days; otherwise it is good until it is revoked.
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
        expires_in_days: Option<u16>,
        /// List the tokens, with when each was last used; nothing is made.
        #[arg(long, conflicts_with_all = ["label", "expires_in_days", "revoke"])]
        list: bool,
        /// Revoke the token of this id, or `all`; nothing is made.
        #[arg(long, value_name = "ID", conflicts_with_all = ["label", "expires_in_days"])]
        revoke: Option<String>,
    },
    /// Sign everybody of a partner out, and void its sign-in links. API tokens are revoked with `partner token KEY --revoke all`.
    SignOut {
        /// The partner's key.
        key: String,
    },
    /// Store a price list, so that the wizard shows what an import costs more each month.
    Prices {
        /// A CSV file with the columns plan, price (of one seat for a month) and currency; without lines it removes the list.
        #[arg(long)]
        file: PathBuf,
        /// The partner's key; not needed while there is only one partner.
        key: Option<String>,
    },
    /// Print how a partner's people sign in and the addresses that VSA and the provider have to know; with a file, set it up.
    SignIn {
        /// The partner's key.
        key: String,
        /// What is to be set up; what the file does not name is no longer. Everybody who signed in has to do so again.
        #[arg(long)]
        file: Option<PathBuf>,
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
    /// Stop everything that would change something at vendors for a partner, from the next operation on.
    Freeze {
        /// The partner's key.
        key: String,
        /// Why; the partner's people are shown it.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// End the freeze of a partner; what waits goes on by itself.
    Unfreeze {
        /// The partner's key.
        key: String,
    },
    /// Freeze every partner there is.
    FreezeAll {
        /// Why; the partners' people are shown it.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// End the freeze of every partner.
    UnfreezeAll,
}

/// What can be done with the audit trail.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Print all entries, one JSON object a line: its number, the entry as it was sealed, its hash.
    Export {
        /// The partner's key.
        key: String,
    },
    /// Check that nothing was changed, left out or put in between.
    Verify {
        /// The partner's key.
        key: String,
        /// An entry that has to be there, as the log noted it: without one, a trail that was cut off at its end passes for a whole one.
        #[arg(long, value_name = "SEQ:HASH", value_parser = commands::audit::noted)]
        noted: Option<(i64, String)>,
    },
    /// Remove old entries; the trail says so itself, and can still be verified. Needs the owner of the tables.
    Shorten {
        /// The partner's key.
        key: String,
        /// Entries younger than this stay.
        #[arg(long, value_name = "DAYS")]
        older_than_days: u32,
    },
}

/// What can be done about the key that seals credentials.
#[derive(Debug, Subcommand)]
pub enum Secrets {
    /// Put all credentials under the key of `secrets.key`, while the service runs. Interrupted, it can be run again.
    Rotate,
}

/// What can be done after a restore.
#[derive(Debug, Subcommand)]
pub enum Restored {
    /// Say that the database was restored. To be run before the service starts; ends the sessions of people.
    Begin,
    /// Show for whom nothing is created yet, and the accounts of which nobody knows whose they are.
    List,
    /// Let a partner go on although such accounts are left.
    Release {
        /// The partner's key.
        key: String,
    },
}

/// Carries out a command.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::CheckConfig => commands::check_config::run(cli.config.as_deref(), cli.json),
        Command::Migrate => commands::migrate::run(cli.config.as_deref(), cli.json).await,
        Command::Health { work } => commands::health::run(cli.config.as_deref(), work).await,
        Command::Serve { no_jobs } => {
            commands::serve::run(cli.config.as_deref(), if no_jobs { Work::Front } else { Work::All }).await
        }
        Command::Work => commands::serve::run(cli.config.as_deref(), Work::Jobs).await,
        Command::Openapi => commands::openapi(),
        Command::Import(options) => commands::import::run(cli.config.as_deref(), cli.json, options).await,
        Command::Mapping { partner, all } => {
            commands::mapping::run(cli.config.as_deref(), cli.json, partner.as_deref(), all).await
        }
        Command::Partner(command) => commands::partner::run(cli.config.as_deref(), cli.json, command).await,
        Command::Audit(command) => commands::audit::run(cli.config.as_deref(), cli.json, command).await,
        Command::Secrets(Secrets::Rotate) => commands::secrets::rotate(cli.config.as_deref(), cli.json).await,
        Command::Restored(command) => commands::restored::run(cli.config.as_deref(), cli.json, command).await,
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
