//! Whether PostgreSQL lets us in, and if not, what stands in the way.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

/// What stands between us and the database. Holds no password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// Nobody listens, the name is unknown, or no answer comes.
    #[error("PostgreSQL does not answer at {0}")]
    NoAnswer(String),
    /// The password is wrong, or none was given.
    #[error("PostgreSQL refuses the password of the user \"{0}\"")]
    Password(String),
    /// It has no such user, or does not let them in from here.
    #[error("PostgreSQL does not let the user \"{user}\" in: {why}")]
    User {
        /// Who.
        user: String,
        /// In PostgreSQL's words.
        why: String,
    },
    /// It has no such database.
    #[error("PostgreSQL has no database \"{0}\"")]
    Database(String),
    /// Anything else.
    #[error("PostgreSQL can't be used: {0}")]
    Other(String),
}

/// Connects to the PostgreSQL at `url` once, without a pool that would try again, and leaves.
///
/// # Errors
/// What stands in the way.
pub async fn reach_postgres(url: &str, within: Duration) -> Result<(), Unreachable> {
    let Ok(options) = PgConnectOptions::from_str(url) else {
        return Err(Unreachable::Other("its URL is not of the form postgres://user:…@host/name".to_owned()));
    };
    let address = format!("{}:{}", options.get_host(), options.get_port());
    let user = options.get_username().to_owned();
    let name = options.get_database().unwrap_or(&user).to_owned();
    match tokio::time::timeout(within, options.disable_statement_logging().connect()).await {
        Err(_) => Err(Unreachable::NoAnswer(address)),
        Ok(Ok(connection)) => {
            // It has let us in, which is all that we wanted to know.
            drop(connection.close().await);
            Ok(())
        }
        Ok(Err(sqlx::Error::Io(error))) => Err(Unreachable::NoAnswer(format!("{address} ({error})"))),
        Ok(Err(sqlx::Error::Database(refusal))) => Err(match refusal.code().as_deref() {
            Some("28P01") => Unreachable::Password(user),
            Some("28000") => Unreachable::User { user, why: refusal.message().to_owned() },
            Some("3D000") => Unreachable::Database(name),
            _ => Unreachable::Other(refusal.message().to_owned()),
        }),
        Ok(Err(error)) => Err(Unreachable::Other(error.to_string())),
    }
}
