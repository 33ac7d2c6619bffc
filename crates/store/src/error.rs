//! What can go wrong, sorted by what to do about it.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It can't be reached, is starting, stopping, read-only, full or overloaded: the same request will
    /// work later.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// Another transaction was in the way: do it again at once.
    #[error("another transaction was in the way: {0}")]
    Contended(String),
    /// A value that must be unique is taken.
    #[error("already exists: {0}")]
    Taken(String),
    /// The database will not take this data, now or later.
    #[error("the database refused the data: {0}")]
    Data(String),
    /// What is stored can't be read by this version of Botica.
    #[error("the stored data can't be read: {0}")]
    Corrupt(String),
    /// The schema does not fit this version of Botica; the text says what to do.
    #[error("{0}")]
    Schema(String),
    /// The database is set up so that it may lose what it confirmed; the text says what to do.
    #[error("{0}")]
    Unsafe(String),
    /// The address of the database is wrong; the text says how it should be.
    #[error("{0}")]
    Address(String),
}

impl StoreError {
    /// Whether the same request may work later without anyone changing it.
    pub fn is_transient(&self) -> bool {
        matches!(self, StoreError::Unavailable(_) | StoreError::Contended(_))
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(what)) = error.sql_err() {
            return StoreError::Taken(what);
        }
        match &error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(RuntimeErr::Internal(_)) => {
                StoreError::Unavailable(error.to_string())
            }
            DbErr::Conn(RuntimeErr::SqlxError(cause))
            | DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => classify(cause, error.to_string()),
            _ => StoreError::Corrupt(error.to_string()),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        classify(&error, error.to_string())
    }
}

fn classify(cause: &sqlx::Error, text: String) -> StoreError {
    match cause {
        sqlx::Error::Database(database) => match database.code() {
            Some(code) => classify_code(&code, text),
            None => StoreError::Unavailable(text),
        },
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => {
            StoreError::Corrupt(text)
        }
        sqlx::Error::Encode(_) => StoreError::Data(text),
        sqlx::Error::Configuration(_) => StoreError::Address(text),
        // Everything else is the way to the database: I/O, TLS, protocol, the pool.
        _ => StoreError::Unavailable(text),
    }
}

/// PostgreSQL's SQLSTATE has five characters; SQLite's extended result codes are decimal numbers.
fn classify_code(code: &str, text: String) -> StoreError {
    if code.len() == 5 {
        return match (&code[..2], code) {
            // serialization_failure, deadlock_detected
            (_, "40001" | "40P01") => StoreError::Contended(text),
            // lock_not_available, query_canceled (statement_timeout)
            (_, "55P03" | "57014") => StoreError::Contended(text),
            // read_only_sql_transaction: a failover is under way
            (_, "25006") => StoreError::Unavailable(text),
            // connection exception, insufficient resources, operator intervention, system error
            ("08" | "53" | "57" | "58", _) => StoreError::Unavailable(text),
            // invalid authorization, invalid catalog name: an operator is changing things
            ("28" | "3D", _) => StoreError::Unavailable(text),
            // undefined table or column: the schema is not there yet
            (_, "42P01" | "42703") => StoreError::Unavailable(text),
            _ => StoreError::Data(text),
        };
    }
    // The low byte of an extended code is the primary one: https://sqlite.org/rescode.html
    match code.parse::<u32>().map(|code| code & 0xff) {
        // BUSY, LOCKED
        Ok(5 | 6) => StoreError::Contended(text),
        // PERM, NOMEM, READONLY, IOERR, FULL, CANTOPEN, PROTOCOL
        Ok(3 | 7 | 8 | 10 | 13 | 14 | 15) => StoreError::Unavailable(text),
        // CORRUPT, NOTADB
        Ok(11 | 26) => StoreError::Corrupt(text),
        // ERROR: "no such table", where the schema is not there yet
        Ok(1) => StoreError::Unavailable(text),
        _ => StoreError::Data(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_never_taken_for_bad_data() {
        for code in ["57P01", "57P03", "53100", "53300", "25006", "08006", "778", "13", "1544"] {
            assert!(matches!(classify_code(code, String::new()), StoreError::Unavailable(_)), "{code}");
        }
        for code in ["40001", "40P01", "55P03", "5", "517"] {
            assert!(matches!(classify_code(code, String::new()), StoreError::Contended(_)), "{code}");
        }
        for code in ["22021", "23514", "22P02", "275", "19"] {
            assert!(matches!(classify_code(code, String::new()), StoreError::Data(_)), "{code}");
        }
    }
}
