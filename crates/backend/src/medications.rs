//! The catalogue of medications, and their lots.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod deactivate;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod lots;
pub(crate) mod older;

use chrono::{DateTime, Utc};
use serde::Serialize;
use store::Medication;
use utoipa::ToSchema;
use uuid::Uuid;

/// A medication.
#[derive(Serialize, ToSchema)]
#[schema(as = Medication)]
pub(crate) struct MedicationBody {
    /// Its id.
    id: Uuid,
    /// What people call it, with strength and form.
    name: String,
    /// More about it.
    description: Option<String>,
    /// The area of the pharmacy that keeps it.
    area: Option<String>,
    /// Its therapeutic class.
    med_class: Option<String>,
    /// Whether it may be ordered.
    is_active: bool,
    /// When it was created.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
}

impl From<Medication> for MedicationBody {
    fn from(medication: Medication) -> Self {
        MedicationBody {
            id: medication.id.0,
            name: medication.name,
            description: medication.description,
            area: medication.area,
            med_class: medication.med_class,
            is_active: medication.is_active,
            created_at: medication.created_at,
            updated_at: medication.updated_at,
        }
    }
}
