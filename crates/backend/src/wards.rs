//! Wards. One comes to be with its first dispenser.

pub(crate) mod change;
pub(crate) mod list;

use serde::Serialize;
use store::Ward;
use utoipa::ToSchema;
use uuid::Uuid;

/// A ward.
#[derive(Serialize, ToSchema)]
#[schema(as = Ward)]
pub(crate) struct WardBody {
    /// Its id.
    id: Uuid,
    /// Its name.
    #[schema(example = "UTI Adulto")]
    name: String,
    /// The wing of the building.
    wing: Option<String>,
    /// The floor.
    floor: Option<String>,
    /// How many dispensers in use stand there.
    active_dispensers: u64,
}

impl From<Ward> for WardBody {
    fn from(ward: Ward) -> Self {
        WardBody {
            id: ward.id.0,
            name: ward.place.ward.into(),
            wing: ward.place.wing.map(Into::into),
            floor: ward.place.floor.map(Into::into),
            active_dispensers: ward.active_dispensers,
        }
    }
}
