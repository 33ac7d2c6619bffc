//! Dispensers, their labels, and what they hold.

pub(crate) mod by_code;
pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod deactivate;
pub(crate) mod get;
pub(crate) mod holdings;
mod label;
pub(crate) mod label_svg;
pub(crate) mod labels_pdf;
pub(crate) mod list;
pub(crate) mod open_orders;
pub(crate) mod scan;

use chrono::{DateTime, Utc};
use http::Problem;
use serde::Serialize;
use store::Dispenser;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Backend;
use crate::database_problem::database_problem;

/// A dispenser.
#[derive(Serialize, ToSchema)]
#[schema(as = Dispenser)]
pub(crate) struct DispenserBody {
    /// Its id.
    id: Uuid,
    /// The code on its label.
    #[schema(example = "7K3M9PX2")]
    code: String,
    /// What people call it.
    name: String,
    /// The ward on which it stands.
    ward: String,
    /// The ward's wing.
    wing: Option<String>,
    /// The ward's floor.
    floor: Option<String>,
    /// The hospital's own number for it.
    reference: Option<String>,
    /// Whether orders may name it.
    is_active: bool,
    /// How many service calls of it are open or in progress.
    open_service_calls: u32,
    /// When it was created.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
}

impl DispenserBody {
    fn of(dispenser: Dispenser, open_service_calls: u32) -> Self {
        DispenserBody {
            id: dispenser.id.0,
            code: dispenser.code.into(),
            name: dispenser.name,
            ward: dispenser.place.ward.into(),
            wing: dispenser.place.wing.map(Into::into),
            floor: dispenser.place.floor.map(Into::into),
            reference: dispenser.reference,
            is_active: dispenser.is_active,
            open_service_calls,
            created_at: dispenser.created_at,
            updated_at: dispenser.updated_at,
        }
    }
}

/// Why a label was not drawn, which is our fault, as an answer.
fn label_problem(error: impl std::fmt::Display) -> Problem {
    tracing::error!(%error, "a label can't be drawn");
    Problem::internal()
}

impl Backend {
    /// Adds to dispensers how many of their service calls are open: one query for all.
    pub(crate) async fn with_open_calls(&self, dispensers: Vec<Dispenser>) -> Result<Vec<DispenserBody>, Problem> {
        let ids: Vec<_> = dispensers.iter().map(|dispenser| dispenser.id).collect();
        let open = self.store.count_open_service_calls(&ids).await.map_err(database_problem)?;
        let body = |dispenser: Dispenser| {
            let calls = open.get(&dispenser.id).copied().unwrap_or_default();
            DispenserBody::of(dispenser, calls)
        };
        Ok(dispensers.into_iter().map(body).collect())
    }

    /// The same for one that was looked for.
    async fn with_its_open_calls(&self, dispenser: Option<Dispenser>) -> Result<axum::Json<DispenserBody>, Problem> {
        let found = self.with_open_calls(dispenser.into_iter().collect()).await?.pop();
        found.map(axum::Json).ok_or_else(|| Problem::not_found("dispenser"))
    }
}
