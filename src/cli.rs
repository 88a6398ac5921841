//! Owns the command line: flags, subcommands, and the words of `--help`.
//!
//! It parses and dispatches; what a command does is in the modules it calls. Invariant: every flag that kubectl has
//! for choosing a cluster has kubectl's name and meaning here.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use secrecy::SecretString;

use crate::config::{self, Colour, Connection, Flags, Glyphs};

pub mod check;
pub mod demo;
pub mod gates;
pub mod health;
mod json;
pub mod ledger;
pub mod mcp;
pub mod orders;
mod reports;
pub mod timeline;
pub use reports::run as report;
#[cfg(test)]
mod tests;

const AFTER: &str = "\
Keys: ? shows them all, q leaves. Nothing can be written unless --allow (or `allow` in the configuration file)
names the context and namespace; then p, w, u and x stage an operation, and y acknowledges what its confirmation shows.";

/// The on-call engineer's terminal for Argo Rollouts.
#[derive(Debug, Parser)]
#[command(name = "rollgate", version, about, after_help = AFTER, max_term_width = 100)]
pub struct Cli {
    /// What to do; the live screen if nothing is named.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Flags of every command.
    #[command(flatten)]
    pub global: Global,
}

impl Cli {
    /// Reads the process's own command line; what it cannot mean is answered here, and ends the process with code 2, or
    /// 3 where 2 is a word on a canary.
    pub fn of_process() -> Self {
        let read = Self::try_parse().and_then(Self::checked);
        read.unwrap_or_else(|error| {
            let code = gates::misread(std::env::args_os()).filter(|_| error.use_stderr());
            let Some(code) = code else { error.exit() };
            let _ = error.print();
            std::process::exit(code.into())
        })
    }

    /// Refuses flags that mean nothing where they stand, although the grammar has them everywhere.
    ///
    /// # Errors
    /// A usage error whose sentence names the flag and says what to do.
    pub fn checked(self) -> Result<Self, clap::Error> {
        match &self.command {
            Some(Command::Demo(_)) => match demo::out_of_place(&self.global) {
                Some(sentence) => Err(Self::command().error(ErrorKind::ArgumentConflict, sentence)),
                None => Ok(self),
            },
            _ => Ok(self),
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try it on a cluster inside this program: a story, and what a good operator would have done.
    #[command(after_help = demo::after_help())]
    Demo(demo::Demo),
    /// Read the ledger: what was ordered, by whom, on which facts, and how it went; and whether it is whole.
    Ledger(ledger::Ledger),
    /// List the orders of which no end is recorded: still under way, left by a program that ended, or in doubt.
    Orders(orders::Orders),
    /// Tell what happened: who ordered what, on which facts, and what was seen of the Rollouts, in the order of time.
    Timeline(timeline::Asked),
    /// Say what works here and what does not, how that is known, and what to do; exit code 0, 1 or 2.
    Health(health::Health),
    /// Serve an AI assistant that asks how Rollouts stand (Model Context Protocol); it reads, and changes nothing.
    Mcp(mcp::Mcp),
    /// Numeric gates: examine and explain policies, judge a Rollout now or in the past, and report a verdict.
    Gates(gates::Gates),
    /// Look at the configuration.
    #[command(subcommand)]
    Config(Settings),
    /// A command without a screen.
    #[command(flatten)]
    Report(Report),
}

impl Command {
    /// Returns the exit code where nothing can be told because the configuration is of no use.
    pub fn untold(&self) -> u8 {
        match self {
            Self::Health(_) => 2,
            Self::Gates(gates) => gates.untold(),
            _ => 1,
        }
    }
}

/// What to do with the configuration.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum Settings {
    /// Say what it allows, denies and freezes, or what is wrong with it and on which line.
    Check,
}

/// What to say without a screen.
#[derive(Debug, Subcommand)]
pub enum Report {
    /// List Rollouts, as `kubectl argo rollouts list rollouts` prints them.
    List {
        /// How to print.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Show a Rollout with everything under it, as `kubectl argo rollouts get rollout` prints it.
    Get {
        /// `[rollout] NAME`.
        #[arg(required = true, num_args = 1..=2, value_names = ["rollout", "NAME"])]
        what: Vec<String>,
        /// How to print.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Say how a Rollout stands, as `kubectl argo rollouts status` prints it.
    Status {
        /// Name of the Rollout.
        name: String,
        /// Print each change until the Rollout is healthy or degraded; text only.
        #[arg(short, long, conflicts_with_all = ["output", "from"])]
        watch: bool,
        /// How long to watch (`90s`, `5m`); 0 is without end.
        #[arg(short, long, default_value = "0", requires = "watch")]
        timeout: String,
        /// How to print.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
}

/// How to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// As the plugin prints.
    #[default]
    Text,
    /// This program's own schema (assets/schema/report.md).
    Json,
}

/// Flags of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// Namespace to watch (may be repeated, or a list with commas).
    #[arg(short, long, global = true, value_name = "NS", value_delimiter = ',', help_heading = "Cluster")]
    pub namespace: Vec<String>,
    /// All namespaces.
    #[arg(short = 'A', long, global = true, conflicts_with = "namespace", help_heading = "Cluster")]
    pub all_namespaces: bool,
    /// Kubeconfig file [default: $KUBECONFIG, else ~/.kube/config].
    #[arg(long, global = true, value_name = "FILE", help_heading = "Cluster")]
    pub kubeconfig: Option<PathBuf>,
    /// Kubeconfig context.
    #[arg(long, global = true, value_name = "NAME", help_heading = "Cluster")]
    pub context: Option<String>,
    /// Kubeconfig cluster, in place of the context's.
    #[arg(long, global = true, value_name = "NAME", help_heading = "Cluster")]
    pub cluster: Option<String>,
    /// Kubeconfig user, in place of the context's.
    #[arg(long, global = true, value_name = "NAME", help_heading = "Cluster")]
    pub user: Option<String>,
    /// User to act as.
    #[arg(long = "as", global = true, value_name = "USER", help_heading = "Cluster")]
    pub impersonate: Option<String>,
    /// Group to act as (may be repeated).
    #[arg(long = "as-group", global = true, value_name = "GROUP", help_heading = "Cluster")]
    pub impersonate_group: Vec<String>,
    /// Uid to act as.
    #[arg(long = "as-uid", global = true, value_name = "UID", help_heading = "Cluster")]
    pub impersonate_uid: Option<String>,
    /// Bearer token.
    #[arg(long, global = true, value_name = "TOKEN", help_heading = "Cluster")]
    pub token: Option<String>,
    /// Address of the API server, in place of the cluster's.
    #[arg(short, long, global = true, value_name = "URL", help_heading = "Cluster")]
    pub server: Option<String>,
    /// File with the certificate authority of the API server.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Cluster")]
    pub certificate_authority: Option<PathBuf>,
    /// Name that the API server's certificate must bear.
    #[arg(long, global = true, value_name = "NAME", help_heading = "Cluster")]
    pub tls_server_name: Option<String>,
    /// Do not verify the API server's certificate.
    #[arg(long, global = true, help_heading = "Cluster")]
    pub insecure_skip_tls_verify: bool,
    /// How long one question to the API server may take (`30s`); 0 is the default.
    #[arg(long, global = true, value_name = "TIME", help_heading = "Cluster")]
    pub request_timeout: Option<String>,
    /// Read a dump (file, folder, or - for standard input) instead of a cluster; nothing can be sent.
    #[arg(long, global = true, value_name = "PATH", help_heading = "Dump")]
    pub from: Option<PathBuf>,
    /// Take this time as now (RFC 3339), for a dump.
    #[arg(long, global = true, value_name = "TIME", requires = "from", help_heading = "Dump")]
    pub now: Option<Timestamp>,
    /// Allow operations in this namespace of this context (may be repeated; NAMESPACE may be *).
    #[arg(long, global = true, value_name = "CONTEXT/NAMESPACE", help_heading = "Operations")]
    pub allow: Vec<String>,
    /// Role that you claim, for rules that want one; it is recorded with what you order.
    #[arg(long, global = true, value_name = "NAME", help_heading = "Operations")]
    pub role: Option<String>,
    /// File of the ledger [default: $XDG_STATE_HOME/rollgate/ledger.sqlite3].
    #[arg(long, global = true, value_name = "FILE", help_heading = "Operations")]
    pub ledger: Option<PathBuf>,
    /// Folder of gate policies [default: gates, beside the configuration file].
    #[arg(long, global = true, value_name = "FOLDER", help_heading = "Operations")]
    pub gates: Option<PathBuf>,
    /// Configuration file [default: ~/.config/rollgate/config.toml].
    #[arg(long, global = true, value_name = "FILE", help_heading = "Looks")]
    pub config: Option<PathBuf>,
    /// Theme: dark, light, mono, or a file.
    #[arg(long, global = true, value_name = "NAME", help_heading = "Looks")]
    pub theme: Option<String>,
    /// Draw with ASCII alone.
    #[arg(long, global = true, help_heading = "Looks")]
    pub ascii: bool,
    /// Colours: auto, never, 16, 256 (drawn with the 16) or true.
    #[arg(long, global = true, value_name = "DEPTH", help_heading = "Looks")]
    pub colour: Option<Colour>,
    /// Draw seldom and little, for a link of 9600 bits a second.
    #[arg(long, global = true, help_heading = "Looks")]
    pub slow_link: bool,
}

impl Global {
    /// Returns the flags as the configuration takes them.
    ///
    /// # Errors
    /// A sentence where a duration cannot be read.
    pub fn flags(&self) -> Result<Flags, String> {
        let timeout =
            self.request_timeout.as_deref().map(config::connection::request_timeout).transpose()?.flatten();
        let connection = Connection {
            kubeconfig: self.kubeconfig.clone(),
            context: self.context.clone(),
            cluster: self.cluster.clone(),
            user: self.user.clone(),
            namespaces: self.namespace.clone(),
            all_namespaces: self.all_namespaces,
            impersonate: self.impersonate.clone(),
            impersonate_groups: self.impersonate_group.clone(),
            impersonate_uid: self.impersonate_uid.clone(),
            token: self.token.clone().map(SecretString::from),
            server: self.server.clone(),
            request_timeout: timeout,
            insecure_skip_tls_verify: self.insecure_skip_tls_verify,
            certificate_authority: self.certificate_authority.clone(),
            tls_server_name: self.tls_server_name.clone(),
        };
        Ok(Flags {
            config: self.config.clone(),
            allow: self.allow.clone(),
            role: self.role.clone(),
            theme: self.theme.clone(),
            glyphs: self.ascii.then_some(Glyphs::Ascii),
            colour: self.colour,
            ledger: self.ledger.clone(),
            gates: self.gates.clone(),
            connection,
        })
    }
}
