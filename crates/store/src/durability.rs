//! Whether PostgreSQL is set up to keep what it has confirmed when the power goes.

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::{Store, StoreError};

/// Has a session that a server's, a user's or an address's default gave `off` wait for the disk at each commit;
/// every other value waits for it too, and is left as it is. The consumer acknowledges after its commit, and
/// what is acknowledged is nowhere else.
pub(crate) const WAIT_FOR_THE_DISK: &str =
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

impl Store {
    /// Refuses a PostgreSQL with `fsync=off`. Returns what else an operator should know of, in sentences.
    /// SQLite is set up by this program itself.
    ///
    /// # Errors
    /// It does not sync, and what to do; or it can't be reached.
    pub async fn require_durability(&self) -> Result<Vec<String>, StoreError> {
        if !self.is_postgres() {
            return Ok(vec![]);
        }
        // `reset_val` is what the session began with, whatever we have set since.
        let settings = Statement::from_string(
            DbBackend::Postgres,
            "SELECT current_setting('fsync'), current_setting('full_page_writes'),
                    (SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit')",
        );
        let row = self.read.query_one_raw(settings).await?;
        let row = row.ok_or_else(|| StoreError::Corrupt("the server's settings have no row".to_owned()))?;
        let setting = |index: usize| row.try_get_by_index::<String>(index);
        judge(&setting(0)?, &setting(1)?, &setting(2)?)
    }
}

fn judge(fsync: &str, full_page_writes: &str, synchronous_commit: &str) -> Result<Vec<String>, StoreError> {
    if fsync == "off" {
        return Err(StoreError::Unsafe(
            "this PostgreSQL runs with fsync=off and may lose orders, or all of its data, when the power goes: \
             set fsync = on, reload the server, and start again"
                .to_owned(),
        ));
    }
    let mut warnings = Vec::new();
    if synchronous_commit == "off" {
        warnings.push(
            "this PostgreSQL has synchronous_commit=off; Botica's own sessions set it to on, other programs' do not"
                .to_owned(),
        );
    }
    if full_page_writes == "off" {
        warnings.push(
            "this PostgreSQL has full_page_writes=off and may find torn pages when the power goes: set it to on, \
             unless its file system can't tear a page"
                .to_owned(),
        );
    }
    Ok(warnings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_loses_data_is_refused() {
        assert!(judge("off", "on", "on").unwrap_err().to_string().contains("fsync = on"));
        assert_eq!(judge("on", "on", "remote_apply").unwrap(), Vec::<String>::new());
        assert_eq!(judge("on", "off", "off").unwrap().len(), 2);
    }
}
