//! The catalogue of medications, and their lots.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod deactivate;
pub(crate) mod export;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod lots;
pub(crate) mod older;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{ControlledList, Tarja};
use http::words;
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
    /// The list of special control that it is on (Portaria 344/98).
    #[schema(value_type = Option<words::ControlledList>)]
    controlled_list: Option<ControlledList>,
    /// The band on its package; null where that is not known.
    #[schema(value_type = Option<words::Tarja>)]
    tarja: Option<Tarja>,
    /// Whether an error with it does great harm.
    is_high_alert: bool,
    /// What it is easily mistaken for shares this word.
    look_alike_group: Option<String>,
    /// Its name with the letters that set it apart in capitals.
    #[schema(example = "DOBUTamina")]
    tall_man: Option<String>,
    /// Its number in the regulator's register.
    #[schema(example = "104540166")]
    registration: Option<String>,
    /// Whether that registration stands; null where it is not known.
    is_registered: Option<bool>,
    /// Until when.
    registration_expires_on: Option<NaiveDate>,
    /// What works in it.
    active_ingredient: Option<String>,
    /// The regulator's category, such as Genérico.
    category: Option<String>,
    /// Whose registration it is.
    holder: Option<String>,
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
            controlled_list: medication.marks.controlled_list,
            tarja: medication.marks.tarja,
            is_high_alert: medication.marks.is_high_alert,
            look_alike_group: medication.marks.look_alike_group,
            tall_man: medication.marks.tall_man,
            registration: medication.registered.registration,
            is_registered: medication.registered.is_valid,
            registration_expires_on: medication.registered.expires_on,
            active_ingredient: medication.registered.active_ingredient,
            category: medication.registered.category,
            holder: medication.registered.holder,
            created_at: medication.created_at,
            updated_at: medication.updated_at,
        }
    }
}
