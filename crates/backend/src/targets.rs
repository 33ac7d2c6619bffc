//! Targets: within what time the pharmacy means to take an order.

pub(crate) mod get;
pub(crate) mod set;

use domain::Targets;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Within how many seconds somebody should have taken an order of each priority; one that nobody has is
/// unanswered.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = Targets)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetsBody {
    /// What can wait.
    #[schema(minimum = 10, maximum = 604_800, example = 900)]
    routine: u32,
    /// What is needed soon.
    #[schema(minimum = 10, maximum = 604_800, example = 300)]
    urgent: u32,
    /// What is needed now.
    #[schema(minimum = 10, maximum = 604_800, example = 120)]
    stat: u32,
}

impl From<Targets> for TargetsBody {
    fn from(targets: Targets) -> Self {
        TargetsBody {
            routine: targets.routine.seconds(),
            urgent: targets.urgent.seconds(),
            stat: targets.stat.seconds(),
        }
    }
}
