//! What must work for this process to be ready.

use http::{Health, TokenKeys};
use queue::{Link, Publish, Spool};
use serde_json::{Value, json};
use store::Store;

use crate::settings::Role;

/// The checks of the parts that this process has.
#[derive(Default)]
pub(crate) struct Checks {
    pub(crate) store: Option<Store>,
    pub(crate) publishing: Option<Link>,
    pub(crate) spool: Option<Spool>,
    pub(crate) consuming: Option<Link>,
    pub(crate) keys: Option<TokenKeys>,
}

impl Checks {
    pub(crate) fn health(self, version: &str, roles: &[Role]) -> Health {
        let mut health = roles.iter().fold(Health::new(version), |health, role| match role {
            Role::Publisher => health.service("publisher", &["queue_publisher", "token_keys"]),
            Role::Backend => health.service("backend", &["database"]),
            Role::Consumer => health.service("consumer", &["database", "queue_consumer"]),
        });
        if let Some(store) = self.store {
            health =
                health.check("database", move || {
                    let store = store.clone();
                    // The reason without the address, which a stranger need not know.
                    async move {
                        store.require_current_schema().await.map(|()| json!({})).map_err(|error| error.to_string())
                    }
                });
        }
        for (name, link) in [("queue_publisher", self.publishing), ("queue_consumer", self.consuming)] {
            if let Some(link) = link {
                health = health.check(name, move || {
                    let state = link.check();
                    async move { state.map(|()| json!({})) }
                });
            }
        }
        if let Some(spool) = self.spool {
            health = health.check("queue_publisher", move || {
                let spool = spool.clone();
                async move { publishing(&spool).await }
            });
        }
        if let Some(keys) = self.keys {
            health = health.check("token_keys", move || {
                let is_empty = keys.is_empty();
                async move {
                    if is_empty { Err("the backend's token keys are not known yet".to_owned()) } else { Ok(json!({})) }
                }
            });
        }
        health
    }
}

/// Ready also without the broker, as long as the spool takes orders; then it says so.
async fn publishing(spool: &Spool) -> Result<Value, String> {
    spool.link().check()?;
    let trouble = spool.trouble();
    let depth = spool.depth().await.map_err(|error| error.to_string());
    Ok(match (depth, trouble) {
        (Ok(depth), None) if depth.messages == 0 => json!({}),
        (Ok(depth), trouble) => json!({
            "spooling": true,
            "waiting": depth.messages,
            "oldest_seconds": depth.oldest.map(|oldest| oldest.as_secs()),
            "broker": trouble.unwrap_or_else(|| "ok".to_owned()),
        }),
        (Err(reason), None) => json!({ "spool": reason }),
        (Err(reason), Some(_)) => return Err(reason),
    })
}
