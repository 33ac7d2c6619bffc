//! `GET` and `PUT /dispensers/{id}/medications`.

use axum::extract::State;
use chrono::{TimeDelta, Utc};
use domain::{DispenserId, Quantity};
use http::{Caller, Invalid, Json, Page, Path, Problem};
use serde::{Deserialize, Serialize};
use store::{Holding, NewHolding};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Backend;
use crate::act::act;
use crate::database_problem::database_problem;
use crate::orders::MedicationRefBody;

/// The orders that count for what a ward asks for most: long enough for what is needed seldom, short enough to
/// follow a ward that changes.
const ORDERED_LATELY: TimeDelta = TimeDelta::days(90);

/// A medication in a dispenser.
#[derive(Serialize, ToSchema)]
#[schema(as = Holding)]
pub(crate) struct HoldingBody {
    /// Which.
    medication: MedicationRefBody,
    /// The stock below which it should be filled up.
    par_min: Option<u32>,
    /// The stock to fill up to.
    par_max: Option<u32>,
    /// How many order lines for this dispenser asked for it in the last 90 days.
    ordered: u32,
}

/// A medication that a dispenser is to hold.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewHolding)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewHoldingBody {
    /// Which.
    medication_id: Uuid,
    /// The stock below which it should be filled up.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 100_000)]
    par_min: Option<Quantity>,
    /// The stock to fill up to; not below `par_min`.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 100_000)]
    par_max: Option<Quantity>,
}

impl From<Holding> for HoldingBody {
    fn from(holding: Holding) -> Self {
        HoldingBody {
            medication: holding.medication.into(),
            par_min: holding.par_min,
            par_max: holding.par_max,
            ordered: holding.ordered,
        }
    }
}

/// What a dispenser holds, the most ordered in front, then by name
#[utoipa::path(get, path = "/dispensers/{id}/medications", tag = "dispensers", params(("id" = Uuid, Path)),
    responses((status = 200, description = "All it holds; there is never a next part", body = Page<HoldingBody>)))]
pub(crate) async fn list_holdings(
    State(backend): State<Backend>,
    _: Caller,
    Path(id): Path<DispenserId>,
) -> Result<axum::Json<Page<HoldingBody>>, Problem> {
    held(&backend, id).await
}

/// Say what a dispenser holds
///
/// The list takes the place of the one before.
#[utoipa::path(put, path = "/dispensers/{id}/medications", tag = "dispensers", params(("id" = Uuid, Path)),
    request_body = Vec<NewHoldingBody>,
    responses((status = 200, description = "All it holds now", body = Page<HoldingBody>)))]
pub(crate) async fn set_holdings(
    State(backend): State<Backend>,
    caller: Caller,
    Path(id): Path<DispenserId>,
    Json(body): Json<Vec<NewHoldingBody>>,
) -> Result<axum::Json<Page<HoldingBody>>, Problem> {
    let mut invalid = Invalid::new();
    for (position, holding) in body.iter().enumerate() {
        if body[..position].iter().any(|earlier| earlier.medication_id == holding.medication_id) {
            invalid.add(format!("/{position}/medication_id"), "is in the list already");
        }
        if let (Some(min), Some(max)) = (holding.par_min, holding.par_max)
            && min > max
        {
            invalid.add(format!("/{position}/par_max"), "must not be below par_min");
        }
    }
    invalid.finish()?;
    let wanted = |holding: &NewHoldingBody| NewHolding {
        medication_id: holding.medication_id.into(),
        par_min: holding.par_min,
        par_max: holding.par_max,
    };
    let holdings: Vec<_> = body.iter().map(wanted).collect();
    let set = backend.store.set_holdings(id, &holdings, &act(&caller)).await.map_err(database_problem)?;
    match set.ok_or_else(|| Problem::not_found("dispenser"))? {
        Ok(()) => held(&backend, id).await,
        Err(unknown) => {
            let mut invalid = Invalid::new();
            for (position, holding) in holdings.iter().enumerate() {
                if unknown.contains(&holding.medication_id) {
                    invalid.add(format!("/{position}/medication_id"), "there is no such medication in use");
                }
            }
            Err(invalid.into_problem())
        }
    }
}

async fn held(backend: &Backend, id: DispenserId) -> Result<axum::Json<Page<HoldingBody>>, Problem> {
    let held = backend.store.holdings(id, Utc::now() - ORDERED_LATELY).await.map_err(database_problem)?;
    let held = held.ok_or_else(|| Problem::not_found("dispenser"))?;
    Ok(axum::Json(Page::whole(held.into_iter().map(HoldingBody::from))))
}
