//! `GET` and `POST /medications/{id}/lots`.

use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, NaiveDate, Utc};
use domain::{Label, LotId, MedicationId};
use http::{Caller, Invalid, Json, Page, Path, Problem};
use serde::{Deserialize, Serialize};
use store::{Lot, NewLot};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Backend;
use crate::act::act;
use crate::database_problem::{database_problem, taken_or};

/// A manufacturer's batch.
#[derive(Serialize, ToSchema)]
#[schema(as = Lot)]
pub(crate) struct LotBody {
    /// Its id.
    id: Uuid,
    /// Of which medication.
    medication_id: Uuid,
    /// The manufacturer's number.
    number: String,
    /// The last day on which it may be used.
    expires_on: Option<NaiveDate>,
    /// When it was recorded.
    created_at: DateTime<Utc>,
}

/// A lot to record.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewLot)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLotBody {
    /// The manufacturer's number.
    #[schema(min_length = 1, max_length = 200)]
    number: String,
    /// The last day on which it may be used, if it is known.
    expires_on: Option<NaiveDate>,
}

impl From<Lot> for LotBody {
    fn from(lot: Lot) -> Self {
        LotBody {
            id: lot.id.0,
            medication_id: lot.medication_id.0,
            number: lot.number,
            expires_on: lot.expires_on,
            created_at: lot.created_at,
        }
    }
}

/// Lots of a medication, the first to expire in front
#[utoipa::path(get, path = "/medications/{id}/lots", tag = "medications", params(("id" = Uuid, Path)),
    responses((status = 200, description = "All lots; there is never a next part", body = Page<LotBody>)))]
pub(crate) async fn list_lots(
    State(backend): State<Backend>,
    _: Caller,
    Path(id): Path<MedicationId>,
) -> Result<axum::Json<Page<LotBody>>, Problem> {
    let lots = backend.store.lots(id).await.map_err(database_problem)?;
    let lots = lots.ok_or_else(|| Problem::not_found("medication"))?;
    Ok(axum::Json(Page::whole(lots.into_iter().map(LotBody::from))))
}

/// Record a lot
#[utoipa::path(post, path = "/medications/{id}/lots", tag = "medications", params(("id" = Uuid, Path)), request_body = NewLotBody,
    responses(
        (status = 201, description = "Recorded", body = LotBody),
        (status = 409, description = "The medication has a lot of that number", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn create_lot(
    State(backend): State<Backend>,
    caller: Caller,
    Path(id): Path<MedicationId>,
    Json(body): Json<NewLotBody>,
) -> Result<(StatusCode, axum::Json<LotBody>), Problem> {
    let mut invalid = Invalid::new();
    let Some(number) = invalid.take("/number", Label::parse(&body.number)) else {
        return Err(invalid.into_problem());
    };
    let new = NewLot { id: LotId(Uuid::now_v7()), number, expires_on: body.expires_on };
    let created = backend.store.create_lot(id, &new, &act(&caller)).await;
    let lot = created
        .map_err(|error| taken_or(error, "lot_taken", "/number", "The medication has a lot of this number already."))?;
    let lot = lot.ok_or_else(|| Problem::not_found("medication"))?;
    Ok((StatusCode::CREATED, axum::Json(lot.into())))
}
