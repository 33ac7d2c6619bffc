//! The commands.

use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgGroup, Args, CommandFactory, Parser, Subcommand};
use domain::DeadLetterState;
use uuid::Uuid;

use crate::application::Application;
use crate::settings::{Layer, Settings};
use crate::{admin, audit, backup, dead_letters, doctor, import, openapi, shutdown, telemetry};

/// A hospital's medication orders: taken in, never lost, delivered on record.
#[derive(Parser)]
#[command(version, propagate_version = true)]
pub(crate) struct Botica {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the services: all three, unless --role names some.
    Serve(From),
    /// Bring the database's schema up to date.
    Migrate(From),
    /// Keep administrators.
    #[command(subcommand)]
    Admin(Admin),
    /// Take a catalogue of medications over: ANVISA's register, CMED's list, a table of your own or the export, or marks
    /// by substance, as CSV or XLSX.
    Import(Import),
    /// Keep and verify the record of who did what.
    #[command(subcommand)]
    Audit(Audit),
    /// Look at messages that could not be processed, and decide about them.
    #[command(subcommand)]
    DeadLetters(DeadLetters),
    /// Copy all that is kept in the data folder into a new folder, while Botica runs.
    Backup(Backup),
    /// Put a backup back, into a data folder that is missing or empty.
    Restore(Restore),
    /// Look at database, broker, disk and clock, and say what to do.
    Doctor(Doctor),
    /// Print the description of the HTTP API (OpenAPI 3.1, JSON).
    Openapi,
    /// Show settings.
    #[command(subcommand)]
    Config(Config),
    /// Print a completion script for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Subcommand)]
enum Admin {
    /// Create an administrator, or let an existing one in again with a new password.
    Create(AdminCreate),
}

#[derive(Args)]
struct AdminCreate {
    /// What they sign in with.
    #[arg(long)]
    email: String,
    /// Their name.
    #[arg(long)]
    name: String,
    /// A file with their password, or - for standard input. Without it one is made and printed.
    #[arg(long)]
    password_file: Option<PathBuf>,
    #[command(flatten)]
    from: From,
}

#[derive(Args)]
struct Import {
    /// The file; what it is, is recognised.
    file: PathBuf,
    /// Only say what each row would do.
    #[arg(long)]
    dry_run: bool,
    /// A file for all rows with something to look at, such as why they were rejected.
    #[arg(long)]
    remarks: Option<PathBuf>,
    #[command(flatten)]
    from: From,
}

#[derive(Subcommand)]
enum Audit {
    /// Read the whole record and name the first place where it is not as it was written.
    Verify(AuditVerify),
    /// Sign where the record stands now; prints the line, to be kept elsewhere.
    Checkpoint(From),
    /// Print the public key that this host's checkpoints are checked with.
    Key(From),
}

#[derive(Args)]
struct AuditVerify {
    /// A file with checkpoints; may be given several times. Without it, this host's own.
    #[arg(long)]
    checkpoints: Vec<PathBuf>,
    /// The public key of the host that signed them (PEM). Without it, this host's own.
    #[arg(long)]
    public_key: Option<PathBuf>,
    #[command(flatten)]
    from: From,
}

#[derive(Subcommand)]
enum DeadLetters {
    /// List them, the newest first.
    List(DeadLettersList),
    /// Print all of one, with its body.
    Show(DeadLetterShow),
    /// Put them into the order queue again, as they came; a running consumer does it.
    Replay(DeadLettersReplay),
    /// Give them up, for a reason.
    Discard(DeadLettersDiscard),
}

#[derive(Args)]
struct DeadLettersList {
    /// Where they stand: waiting, replaying, replayed, discarded; several with commas between them.
    #[arg(long, value_delimiter = ',', default_values_t = DeadLetterState::OPEN)]
    state: Vec<DeadLetterState>,
    /// Print them whole, as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    from: From,
}

#[derive(Args)]
struct DeadLetterShow {
    /// Which.
    id: Uuid,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    from: From,
}

#[derive(Args)]
#[command(group(ArgGroup::new("which").required(true).args(["ids", "all"])))]
struct DeadLettersReplay {
    /// Which.
    ids: Vec<Uuid>,
    /// All that wait.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    from: From,
}

#[derive(Args)]
struct DeadLettersDiscard {
    /// Which.
    #[arg(required = true)]
    ids: Vec<Uuid>,
    /// Why, for whoever asks later: up to 500 characters.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    from: From,
}

impl DeadLetters {
    async fn run(self) -> anyhow::Result<String> {
        let (Self::List(DeadLettersList { from, .. })
        | Self::Show(DeadLetterShow { from, .. })
        | Self::Replay(DeadLettersReplay { from, .. })
        | Self::Discard(DeadLettersDiscard { from, .. })) = &self;
        let settings = from.settings()?;
        telemetry::log_to_stderr(&settings)?;
        match self {
            Self::List(list) => dead_letters::list(&settings, &list.state, list.json).await,
            Self::Show(show) => dead_letters::show(&settings, show.id, show.json).await,
            Self::Replay(replay) => dead_letters::replay(&settings, &replay.ids, replay.all).await,
            Self::Discard(discard) => dead_letters::discard(&settings, &discard.ids, &discard.reason).await,
        }
    }
}

#[derive(Args)]
struct Backup {
    /// The folder that the folder of the backup is made in.
    target: PathBuf,
    #[command(flatten)]
    from: From,
}

#[derive(Args)]
struct Restore {
    /// The folder of the backup.
    source: PathBuf,
    /// Put it in place of a data folder that is not empty, which is moved aside and kept.
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    from: From,
}

#[derive(Args)]
struct Doctor {
    /// Only ask a running Botica whether it is ready.
    #[arg(long)]
    health: bool,
    #[command(flatten)]
    from: From,
}

#[derive(Subcommand)]
#[expect(clippy::large_enum_variant, reason = "one is made in the life of the process")]
enum Config {
    /// Print the settings in force, as TOML, without secrets.
    Show(From),
    /// Print all settings with their meaning, as an environment file.
    Example,
}

/// Where settings come from: flags and the environment, then a file.
#[derive(Args)]
struct From {
    /// A TOML file with settings; flags and environment variables go before it.
    #[arg(long, env = "BOTICA_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    layer: Layer,
}

impl From {
    fn settings(&self) -> anyhow::Result<Settings> {
        Settings::load(&self.layer, self.config.as_deref())
    }
}

impl Botica {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Serve(from) => {
                let settings = from.settings()?;
                let traces = telemetry::of_service(&settings)?;
                let running = shutdown::on_signals()?;
                let application = Application::build(settings, running).await?;
                let ended = application.run().await;
                traces.flush().await;
                ended?;
            }
            Command::Migrate(from) => {
                let settings = from.settings()?;
                telemetry::log_to_stderr(&settings)?;
                let store = crate::application::connect(&settings).await?;
                for warning in store.require_durability().await? {
                    tracing::warn!("{warning}");
                }
                match store.migrate().await?.as_slice() {
                    [] => say("The schema is up to date.")?,
                    applied => say(&format!("Applied {}. The schema is up to date.", applied.join(", ")))?,
                }
            }
            Command::Admin(Admin::Create(create)) => {
                let settings = create.from.settings()?;
                telemetry::log_to_stderr(&settings)?;
                let password = create.password_file.as_deref();
                say(&admin::create(&settings, &create.email, &create.name, password).await?)?;
            }
            Command::Import(Import { file, dry_run, remarks, from }) => {
                let settings = from.settings()?;
                telemetry::log_to_stderr(&settings)?;
                let request = import::Request { file, is_dry_run: dry_run, remarks };
                say(&import::import(&settings, request).await?.to_string())?;
            }
            Command::Audit(Audit::Verify(AuditVerify { checkpoints, public_key, from })) => {
                let settings = from.settings()?;
                telemetry::log_to_stderr(&settings)?;
                let verdict = audit::verify(&settings, &checkpoints, public_key.as_ref()).await?;
                say(&verdict.to_string())?;
                return Ok(if verdict.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
            }
            Command::Audit(Audit::Checkpoint(from)) => {
                let settings = from.settings()?;
                telemetry::log_to_stderr(&settings)?;
                say(&audit::checkpoint(&settings).await?)?;
            }
            Command::Audit(Audit::Key(from)) => {
                let settings = from.settings()?;
                telemetry::log_to_stderr(&settings)?;
                say(audit::public_key(&settings)?.trim_end())?;
            }
            Command::DeadLetters(command) => say(&command.run().await?)?,
            Command::Backup(Backup { target, from }) => {
                let settings = from.settings()?;
                telemetry::log_to_stderr(&settings)?;
                say(&backup::backup(&settings, &target).await?.to_string())?;
            }
            Command::Restore(Restore { source, replace, from }) => {
                let settings = from.settings()?;
                telemetry::log_to_stderr(&settings)?;
                say(&backup::restore(&settings, &source, replace).await?.to_string())?;
            }
            Command::Doctor(Doctor { health: true, from }) => {
                say(&doctor::ask_running(&from.settings()?).await?)?;
            }
            Command::Doctor(Doctor { health: false, from }) => {
                let settings = from.settings()?;
                let findings = doctor::examine(&settings).await;
                say(&findings.to_string())?;
                return Ok(if findings.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
            }
            Command::Openapi => say(&openapi::description().to_pretty_json()?)?,
            Command::Config(Config::Show(from)) => say(from.settings()?.masked()?.trim_end())?,
            Command::Config(Config::Example) => say(Settings::example().trim_end())?,
            Command::Completions { shell } => {
                clap_complete::generate(shell, &mut Self::command(), "botica", &mut std::io::stdout());
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Prints a result.
pub(crate) fn say(text: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{text}")
}

/// Prints why the process ends, and the code to end it with. A reader that has read enough, as in
/// `botica openapi | head`, is no failure.
pub(crate) fn failed(error: &anyhow::Error) -> ExitCode {
    if error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    // Where even standard error is gone, the exit code has to do.
    drop(writeln!(std::io::stderr(), "botica: {error:#}"));
    ExitCode::FAILURE
}
