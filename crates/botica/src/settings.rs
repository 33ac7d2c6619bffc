//! Settings: each a flag, an environment variable and a key of a TOML file, in that order of weight.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use backend::PublicUrl;
use http::{Network, Origin};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::secret::SecretUrl;

/// A service that a process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// HTTP → queue.
    Publisher,
    /// Login, users, medications, dispensers, orders.
    Backend,
    /// Queue → database.
    Consumer,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

/// A duration as people write it: `10s`, `15m`, `7d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span(pub(crate) Duration);

impl FromStr for Span {
    type Err = humantime::DurationError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        humantime::parse_duration(text).map(Span)
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        humantime::format_duration(self.0).fmt(f)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

const fn seconds(seconds: u64) -> Span {
    Span(Duration::from_secs(seconds))
}

/// Writes each setting once: as a field of [`Layer`] (what one source says), of [`Settings`] (what is
/// in force) and as a line of the example file.
macro_rules! settings {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident: $type:ty = $default:expr, $env:literal $(, arg($($arg:tt)*))?;
    )*
    optional
    $(
        $(#[doc = $optional_doc:literal])+
        $optional:ident: $optional_type:ty, $optional_env:literal;
    )*) => {
        /// What one source says; what it does not say is left to the next.
        #[derive(Clone, Debug, Default, clap::Args, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct Layer {
            $($(#[doc = $doc])+ #[arg(long, env = $env $(, $($arg)*)?)] $name: Option<$type>,)*
            $($(#[doc = $optional_doc])+ #[arg(long, env = $optional_env)] $optional: Option<$optional_type>,)*
        }

        /// The settings in force.
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[serde(default)]
        pub(crate) struct Settings {
            $(pub(crate) $name: $type,)*
            $(pub(crate) $optional: Option<$optional_type>,)*
        }

        impl Default for Settings {
            fn default() -> Self {
                Settings { $($name: $default,)* $($optional: None,)* }
            }
        }

        /// Name, meaning and, where there is one, default of each.
        fn manual(defaults: &toml::Table) -> Vec<(&'static str, String, Option<String>)> {
            let default = |name: &str| defaults.get(name).map(|value| match value {
                toml::Value::String(text) => text.clone(),
                toml::Value::Array(words) => {
                    words.iter().filter_map(toml::Value::as_str).collect::<Vec<_>>().join(",")
                }
                other => other.to_string(),
            });
            vec![
                $(($env, [$($doc),+].concat(), default(stringify!($name))),)*
                $(($optional_env, [$($optional_doc),+].concat(), None),)*
            ]
        }
    };
}

settings! {
    /// The address to listen on.
    listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8000)), "BOTICA_LISTEN";
    /// The services that this process runs.
    role: Vec<Role> = vec![Role::Publisher, Role::Backend, Role::Consumer], "BOTICA_ROLE",
        arg(value_delimiter = ',');
    /// The folder for what is kept on this machine: token keys, the local order queue, the SQLite file.
    data_dir: PathBuf = PathBuf::from("./data"), "BOTICA_DATA_DIR";
    /// The order queue's name on RabbitMQ.
    amqp_queue: String = "order_queue".to_owned(), "BOTICA_AMQP_QUEUE";
    /// Fill an empty database with a small hospital, and print a login for each role.
    demo: bool = false, "BOTICA_DEMO",
        arg(num_args = 0..=1, require_equals = true, default_missing_value = "true");
    /// Start on the schema as it is, or not at all if it is behind.
    no_migrate: bool = false, "BOTICA_NO_MIGRATE",
        arg(num_args = 0..=1, require_equals = true, default_missing_value = "true");
    /// The hospital's time zone, by its IANA name.
    time_zone: chrono_tz::Tz = chrono_tz::America::Sao_Paulo, "BOTICA_TIME_ZONE";
    /// How the log is written.
    log_format: LogFormat = LogFormat::Text, "BOTICA_LOG_FORMAT";
    /// What is logged, as tracing's filter has it, such as info,backend=debug
    log: String = "info,sea_orm_migration=warn,sqlx=warn".to_owned(), "BOTICA_LOG";
    /// The most database connections.
    database_connections: u32 = 10, "BOTICA_DATABASE_CONNECTIONS";
    /// How long the database may work on one statement or wait for one lock.
    database_timeout: Span = seconds(10), "BOTICA_DATABASE_TIMEOUT";
    /// How long to wait for the database when starting.
    database_wait: Span = seconds(60), "BOTICA_DATABASE_WAIT";
    /// The most orders that wait on a publisher's disk for a broker that is away; above, placing one is answered with
    /// 503.
    spool_capacity: u64 = 100_000, "BOTICA_SPOOL_CAPACITY";
    /// The most orders in the local queue; above, placing one is answered with 503.
    queue_capacity: u64 = 100_000, "BOTICA_QUEUE_CAPACITY";
    /// How long the order queue may take to confirm an order.
    queue_timeout: Span = seconds(2), "BOTICA_QUEUE_TIMEOUT";
    /// The most orders that are stored in one transaction.
    batch_size: u16 = 512, "BOTICA_BATCH_SIZE";
    /// How long a request may take.
    request_timeout: Span = seconds(15), "BOTICA_REQUEST_TIMEOUT";
    /// How long a client may be silent before a request, take for its head or for TLS's handshake, or leave an
    /// answer untaken.
    idle_timeout: Span = seconds(10), "BOTICA_IDLE_TIMEOUT";
    /// How long a request's body may take to arrive.
    body_timeout: Span = seconds(10), "BOTICA_BODY_TIMEOUT";
    /// The most bytes of a request's body.
    body_limit: u32 = 64 * 1024, "BOTICA_BODY_LIMIT";
    /// The most connections at once. Above, one whose client keeps us waiting makes room for the newcomer. Each
    /// takes an open file, whose limit is raised as far as the system lets us.
    connections: u32 = 10_000, "BOTICA_CONNECTIONS";
    /// Proxies in front of Botica, by address or range, such as 10.0.0.0/8: what they say in X-Forwarded-For is
    /// believed where addresses are counted.
    trusted_proxies: Vec<Network> = vec![], "BOTICA_TRUSTED_PROXIES",
        arg(value_delimiter = ',');
    /// Origins of other web pages that may use this Botica, such as `https://panel.hospital.example`; none, unless
    /// named.
    cors_origins: Vec<Origin> = vec![], "BOTICA_CORS_ORIGINS",
        arg(value_delimiter = ',');
    /// Orders a minute that one account may place; 0 lifts the limit.
    orders_per_account: u32 = 600, "BOTICA_ORDERS_PER_ACCOUNT";
    /// Orders a minute that may come from one address, behind which there may be a whole hospital; 0 lifts the
    /// limit.
    orders_per_address: u32 = 6_000, "BOTICA_ORDERS_PER_ADDRESS";
    /// How long requests that run may go on after the process was told to stop.
    grace: Span = seconds(8), "BOTICA_GRACE";
    /// How long an access token is good.
    access_token_life: Span = seconds(10 * 60), "BOTICA_ACCESS_TOKEN_LIFE";
    /// How long a device stays signed in.
    session_life: Span = seconds(7 * 24 * 3600), "BOTICA_SESSION_LIFE";
    /// The most passwords that are hashed at once, and one more of who has signed in before; each takes 19 MiB.
    passwords_at_once: u32 = 2, "BOTICA_PASSWORDS_AT_ONCE";
    /// How long a login may wait for those before it; then it is answered with 503.
    password_wait: Span = seconds(5), "BOTICA_PASSWORD_WAIT";
    /// Failed logins a minute after which one account has to wait at one address, or at one browser that has signed
    /// in to it before; 0 lifts the limit.
    login_failures_per_client: u32 = 10, "BOTICA_LOGIN_FAILURES_PER_CLIENT";
    /// Failed logins a minute, from wherever, after which one account has to wait; but not at a browser that has
    /// signed in to it before. 0 lifts the limit.
    login_failures_per_account: u32 = 30, "BOTICA_LOGIN_FAILURES_PER_ACCOUNT";
    /// Failed logins a minute after which an address has to wait; 0 lifts the limit.
    login_failures_per_address: u32 = 100, "BOTICA_LOGIN_FAILURES_PER_ADDRESS";
    /// How often a checkpoint of the record is signed, when the record has grown.
    checkpoint_every: Span = seconds(10 * 60), "BOTICA_CHECKPOINT_EVERY";

    optional

    /// The database: postgres://… or sqlite://…; without it, a SQLite file in the data folder.
    database_url: SecretUrl, "DATABASE_URL";
    /// A file that holds the database's URL.
    database_url_file: PathBuf, "DATABASE_URL_FILE";
    /// RabbitMQ: amqp://… or amqps://…; without it, a local queue in the data folder.
    amqp_url: SecretUrl, "AMQP_URL";
    /// A file that holds RabbitMQ's URL.
    amqp_url_file: PathBuf, "AMQP_URL_FILE";
    /// The backend's private token key (Ed25519, PKCS #8 PEM); without it, one is made in the data folder.
    token_key_file: PathBuf, "BOTICA_TOKEN_KEY_FILE";
    /// The public token key, for a publisher on another host than the backend. With it alone, who is shut out
    /// can order until their token ends: only the backend knows of it.
    token_public_key_file: PathBuf, "BOTICA_TOKEN_PUBLIC_KEY_FILE";
    /// Where a publisher on another host finds the public token keys, and beside them which sessions ended
    /// early: http://backend/.well-known/jwks.json
    jwks_url: url::Url, "BOTICA_JWKS_URL";
    /// The file that signed checkpoints of the record are appended to; without it, audit-checkpoints in the
    /// data folder. Best on another disk, or copied to where nobody here can write.
    checkpoint_file: PathBuf, "BOTICA_CHECKPOINT_FILE";
    /// The private key that checkpoints are signed with (Ed25519, PKCS #8 PEM); without it, one is made in the
    /// data folder.
    audit_key_file: PathBuf, "BOTICA_AUDIT_KEY_FILE";
    /// The certificate to speak TLS with, and after it those of its issuers (PEM). A changed file is taken up within
    /// seconds. Without it, TLS is left to a proxy in front.
    tls_certificate: PathBuf, "BOTICA_TLS_CERTIFICATE";
    /// The private key of the certificate (PEM, without a password).
    tls_key: PathBuf, "BOTICA_TLS_KEY";
    /// Whether the session cookie may only travel over TLS; without it, yes unless the address to listen
    /// on is this machine's own and no certificate is given.
    secure_cookies: bool, "BOTICA_SECURE_COOKIES";
    /// Where traces go by OTLP over HTTP, such as http://collector:4318; without it, none are made. What share of them,
    /// say the usual variables: OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG.
    otlp_endpoint: url::Url, "OTEL_EXPORTER_OTLP_ENDPOINT";
    /// Where people reach Botica: scheme, host and, where there is one, path; labels say it. Without it, they
    /// name the host of the request that asks for them.
    public_url: url::Url, "BOTICA_PUBLIC_URL";
    /// The telephone number of the pharmacy, which a phone without a network offers to call for an emergency.
    pharmacy_phone: String, "BOTICA_PHARMACY_PHONE";
}

impl Settings {
    /// Flags and environment, then the file, then the defaults.
    pub(crate) fn load(layer: &Layer, file: Option<&Path>) -> anyhow::Result<Settings> {
        let mut table = toml::Table::new();
        if let Some(file) = file {
            let text = std::fs::read_to_string(file).with_context(|| format!("can't read {}", file.display()))?;
            // As a layer first: that names unknown keys and their line.
            toml::from_str::<Layer>(&text).with_context(|| format!("{} is not right", file.display()))?;
            table = toml::from_str(&text)?;
        }
        table.extend(toml::Table::try_from(layer)?);
        let mut settings: Settings = table.try_into().context("a setting is not right")?;
        if let Some(file) = &settings.database_url_file {
            settings.database_url = Some(SecretUrl::read(file)?);
        }
        if let Some(file) = &settings.amqp_url_file {
            settings.amqp_url = Some(SecretUrl::read(file)?);
        }
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> anyhow::Result<()> {
        if self.role.is_empty() {
            bail!("--role needs at least one of publisher, backend and consumer");
        }
        let is_split = self.runs(Role::Publisher) != self.runs(Role::Consumer);
        if self.amqp_url.is_none() && is_split {
            bail!(
                "publisher and consumer can only be apart with RabbitMQ between them: give AMQP_URL, \
                 or run both roles in one process"
            );
        }
        let has_keys = self.token_public_key_file.is_some() || self.jwks_url.is_some();
        if self.runs(Role::Publisher) && !self.runs(Role::Backend) && !has_keys {
            bail!(
                "a publisher without the backend must know its token keys: give --jwks-url \
                 http://BACKEND/.well-known/jwks.json, or --token-public-key-file"
            );
        }
        if self.batch_size == 0 || self.database_connections < 2 {
            bail!("batch_size must be at least 1, and database_connections at least 2");
        }
        if self.checkpoint_every < seconds(1) {
            bail!("checkpoint_every must be at least 1s");
        }
        if self.tls_certificate.is_some() != self.tls_key.is_some() {
            bail!("TLS takes both: give tls_certificate and tls_key, or neither");
        }
        self.public_url()?;
        Ok(())
    }

    /// Whether this process runs `role`.
    pub(crate) fn runs(&self, role: Role) -> bool {
        self.role.contains(&role)
    }

    /// The database's address.
    pub(crate) fn database_url(&self) -> String {
        match &self.database_url {
            Some(url) => url.reveal().to_owned(),
            None => format!("sqlite://{}", self.data_dir.join("botica.db").display()),
        }
    }

    /// The file with signed checkpoints.
    pub(crate) fn checkpoint_file(&self) -> PathBuf {
        self.checkpoint_file.clone().unwrap_or_else(|| self.data_dir.join("audit-checkpoints"))
    }

    /// The file with the key that they are signed with.
    pub(crate) fn audit_key_file(&self) -> PathBuf {
        self.audit_key_file.clone().unwrap_or_else(|| self.data_dir.join("audit-key.pem"))
    }

    /// Whether the session cookie may only travel over TLS.
    pub(crate) fn has_secure_cookies(&self) -> bool {
        self.secure_cookies.unwrap_or(!self.listen.ip().is_loopback() || self.tls_certificate.is_some())
    }

    /// Where people reach Botica, as labels say it.
    ///
    /// # Errors
    /// When it can't stand on a label.
    pub(crate) fn public_url(&self) -> anyhow::Result<Option<PublicUrl>> {
        let url = self.public_url.as_ref().map(PublicUrl::of).transpose();
        url.map_err(|error| anyhow!("public_url {error}: it is such as https://botica.hospital.example"))
    }

    /// The names of all settings in the environment.
    pub(crate) fn names() -> Vec<&'static str> {
        manual(&toml::Table::new()).into_iter().map(|(name, ..)| name).collect()
    }

    /// As TOML, without secrets.
    pub(crate) fn masked(&self) -> anyhow::Result<String> {
        let mut table = toml::Table::try_from(self)?;
        for (name, url) in [("database_url", &self.database_url), ("amqp_url", &self.amqp_url)] {
            if let Some(url) = url {
                table.insert(name.to_owned(), url.masked().into());
            }
        }
        Ok(toml::to_string(&table)?)
    }

    /// All settings with their meaning and default, as an environment file.
    pub(crate) fn example() -> String {
        let defaults = toml::Table::try_from(Settings::default()).unwrap_or_default();
        let mut text = String::from(
            "# All settings of Botica, with their defaults. Each is also a flag of `botica serve` and a key of\n\
             # the TOML file that --config names; `botica config show` prints what is in force.\n",
        );
        for (env, meaning, default) in manual(&defaults) {
            text.push_str(&format!("\n#{meaning}\n#{env}={}\n", default.unwrap_or_default()));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    #[test]
    fn flags_go_before_the_file_and_the_file_before_defaults() {
        let layer = Layer { batch_size: Some(7), ..Layer::default() };
        let file = file("batch_size = 8\nrequest_timeout = \"3s\"\n");
        let settings = Settings::load(&layer, Some(file.path())).unwrap();
        assert_eq!((settings.batch_size, settings.request_timeout), (7, seconds(3)));
        assert_eq!(settings.listen.port(), 8000);
    }

    #[test]
    fn an_unknown_key_stops_the_start_and_is_named() {
        let file = file("\nlisten_on = \"1.2.3.4:80\"\n");
        let error = format!("{:#}", Settings::load(&Layer::default(), Some(file.path())).unwrap_err());
        assert!(error.contains("listen_on") && error.contains("line 2"), "{error}");
    }

    #[test]
    fn a_publisher_apart_needs_a_broker_and_keys() {
        let alone = Layer { role: Some(vec![Role::Publisher]), ..Layer::default() };
        let error = Settings::load(&alone, None).unwrap_err().to_string();
        assert!(error.contains("AMQP_URL"), "{error}");
        let with_broker = Layer { amqp_url: Some("amqp://localhost".parse().unwrap()), ..alone };
        let error = Settings::load(&with_broker, None).unwrap_err().to_string();
        assert!(error.contains("--jwks-url"), "{error}");
    }

    #[test]
    fn an_address_that_can_not_stand_on_a_label_stops_the_start() {
        let of =
            |url: &str| Settings::load(&Layer { public_url: Some(url.parse().unwrap()), ..Layer::default() }, None);
        let error = of("ftp://hospital.example").unwrap_err().to_string();
        assert!(error.contains("public_url must begin with http:// or https://"), "{error}");
        assert!(of("https://hospital.example/botica/").unwrap().public_url().unwrap().is_some());
    }

    #[test]
    fn what_is_no_network_no_origin_or_half_of_tls_stops_the_start() {
        let of = |text: &str| format!("{:#}", Settings::load(&Layer::default(), Some(file(text).path())).unwrap_err());
        let error = of("trusted_proxies = [\"10.0.0.0/8\", \"proxy\"]");
        assert!(error.contains("such as 10.0.0.7, 10.0.0.0/8"), "{error}");
        let error = of("cors_origins = [\"*\"]");
        assert!(error.contains("such as https://panel.hospital.example"), "{error}");
        let error = of("tls_certificate = \"cert.pem\"");
        assert!(error.contains("tls_key"), "{error}");
    }

    #[test]
    fn secrets_come_from_files_too_and_are_masked() {
        let secret = file("postgres://botica:secret@db.hospital.example/botica\n");
        let layer = Layer { database_url_file: Some(secret.path().to_owned()), ..Layer::default() };
        let settings = Settings::load(&layer, None).unwrap();
        assert_eq!(settings.database_url(), "postgres://botica:secret@db.hospital.example/botica");
        let shown = settings.masked().unwrap();
        assert!(!shown.contains("secret") && shown.contains("botica:***@db"), "{shown}");
        assert!(!format!("{settings:?}").contains("secret"));
    }

    #[test]
    fn the_example_file_lists_every_setting() {
        let written = include_str!("../../../.env.example");
        assert_eq!(written, Settings::example(), "run `botica config example > .env.example`");
    }
}
