//! The measurements, and the ground they are made on: a broker and a database of our own, so that nothing else is
//! in their way and nobody's data in ours.

pub mod consume;
pub mod embedded;
pub mod end_to_end;
pub mod footprint;
pub mod publish;
pub mod reading;
mod watcher;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use serde_json::json;
use testkit::broker::PrivateBroker;
use testkit::postgres::PrivatePostgres;
use url::Url;
use uuid::Uuid;

use crate::client::Api;
use crate::product::Product;
use crate::rivals::Python;

/// Dispensers of the hospital that is measured, and medications that are ordered there.
const DISPENSERS: usize = 100;
const MEDICATIONS: usize = 200;
/// Devices that are signed in.
const SESSIONS: usize = 20;

/// What all measurements stand on.
pub struct Ground {
    /// The product.
    pub program: PathBuf,
    /// The broker.
    pub broker: PrivateBroker,
    /// The database's server.
    pub postgres: PrivatePostgres,
    /// For the products' files; theirs is the speed of its disk.
    pub dir: PathBuf,
    /// The Python services, or why there are none.
    pub python: Result<Python, String>,
    /// How often everything is measured.
    pub rounds: usize,
    /// How long one load lasts.
    pub during: Duration,
}

impl Ground {
    /// A product of three processes, with a folder of its own.
    ///
    /// # Errors
    /// When the folder can't be made.
    pub fn distributed(&self) -> Result<Product> {
        let (postgres, amqp) = (Url::parse(&self.postgres.url())?, Url::parse(&self.broker.url())?);
        Ok(Product::distributed(self.program.clone(), self.folder()?, vec![], postgres, amqp))
    }

    /// A product of one process, with a folder of its own.
    ///
    /// # Errors
    /// When the folder can't be made.
    pub fn embedded(&self) -> Result<Product> {
        Ok(Product::embedded(self.program.clone(), self.folder()?, vec![]))
    }

    fn folder(&self) -> Result<PathBuf> {
        let folder = self.dir.join(Uuid::new_v4().simple().to_string());
        std::fs::create_dir(&folder).with_context(|| format!("can't make {}", folder.display()))?;
        Ok(folder)
    }
}

/// A hospital to order in, as a product knows it.
#[derive(Clone)]
pub struct Hospital {
    dispensers: Arc<Vec<Uuid>>,
    medications: Arc<Vec<Uuid>>,
    /// Access tokens of devices that are signed in.
    pub tokens: Vec<String>,
}

impl Hospital {
    /// Makes one.
    ///
    /// # Errors
    /// When the product does not take part of it.
    pub async fn create(api: &Api) -> Result<Hospital> {
        let (mut dispensers, mut medications, mut tokens) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..DISPENSERS {
            let ward = format!("Ward {}", number / 5);
            dispensers.push(api.create_dispenser(&format!("Dispenser {number}"), &ward).await?);
        }
        for number in 0..MEDICATIONS {
            medications.push(api.create_medication(&format!("Medication {number}")).await?);
        }
        for _ in 0..SESSIONS {
            tokens.push(api.sign_in().await?);
        }
        Ok(Hospital { dispensers: Arc::new(dispensers), medications: Arc::new(medications), tokens })
    }

    /// An order of one line: three rows, with its event. Without an id the product gives it one.
    pub fn order(&self, number: usize, id: Option<Uuid>) -> Bytes {
        // Two medications for each dispenser: all but the first orders ask for what is on its way already, which
        // is what storing takes longest for.
        let (dispenser, medication) =
            (self.dispensers[number % DISPENSERS], self.medications[number * 7 % MEDICATIONS]);
        let mut order = json!({
            "dispenser_id": dispenser,
            "priority": "urgent",
            "lines": [{ "medication_id": medication, "quantity": 4 }],
            "note": "falta no dispensador do 5o andar",
        });
        if let Some(id) = id {
            order["id"] = json!(id);
        }
        order.to_string().into()
    }

    /// Its dispensers.
    pub fn dispensers(&self) -> &[Uuid] {
        &self.dispensers
    }

    /// Its medications.
    pub fn medications(&self) -> &[Uuid] {
        &self.medications
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
