//! What all steps have in common: doing one, and saying why it was not done.

use axum::http::StatusCode;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use domain::{Note, OrderId, ReasonCode, ReasonList, Refusal, Step};
use http::{Caller, Invalid, Problem};
use serde::Deserialize;
use serde_json::json;
use store::{NotDone, Order, OrderEvent, Reason, StepRequest};
use utoipa::ToSchema;

use super::conditions::Conditions;
use super::{EventBody, OrderBody, OrderWithEvents, PersonBody};
use crate::Backend;
use crate::act::act;
use crate::database_problem::database_problem;

/// Why something is done.
#[derive(Deserialize, ToSchema)]
#[schema(as = ReasonGiven)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReasonBody {
    /// A code of the hospital's list, such as `out_of_stock`.
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z][a-z0-9_]*$", example = "out_of_stock")]
    pub(super) reason: String,
    /// The same in words.
    #[schema(min_length = 1, max_length = 2000)]
    pub(super) note: Option<String>,
}

impl ReasonBody {
    /// # Errors
    /// Something breaks a rule of form; `at` is where the reason stands in the body.
    pub(super) fn parse(self, list: ReasonList, at: &str) -> Result<Reason, Problem> {
        let mut invalid = Invalid::new();
        let code = invalid.take(format!("{at}/reason"), ReasonCode::parse(&self.reason));
        let note = invalid.take(format!("{at}/note"), self.note.as_deref().map(Note::parse).transpose());
        let (Some(code), Some(note)) = (code, note) else { return Err(invalid.into_problem()) };
        Ok(Reason { list, code, note })
    }
}

impl Backend {
    /// Does a step and answers with the order afterwards.
    pub(super) async fn step(
        &self,
        id: OrderId,
        step: Step,
        reason: Option<Reason>,
        conditions: Conditions,
        caller: &Caller,
    ) -> Result<Response, Problem> {
        self.deliver(id, step, reason, None, conditions, caller).await
    }

    /// The same for a delivery, which may say why a lot is handed over although it has `expired`.
    pub(super) async fn deliver(
        &self,
        id: OrderId,
        step: Step,
        reason: Option<Reason>,
        expired: Option<Reason>,
        conditions: Conditions,
        caller: &Caller,
    ) -> Result<Response, Problem> {
        let today = Utc::now().with_timezone(&self.time_zone).date_naive();
        let Conditions { versions, key } = conditions;
        let request = StepRequest { step, reason, versions, key, today, expired };
        let done = self.store.step(id, &request, &act(caller)).await.map_err(database_problem)?;
        match done {
            Ok((order, events)) => Ok(whole(order, events)),
            Err(not_done) => Err(why_not(not_done, &request.step)),
        }
    }
}

/// An order with its history, and its version as its entity tag.
pub(super) fn whole(order: Order, events: Vec<OrderEvent>) -> Response {
    let tag = format!("\"{}\"", order.version);
    let events = events.into_iter().map(EventBody::from).collect();
    ([(ETAG, tag)], axum::Json(OrderWithEvents { order: OrderBody::from(order), events })).into_response()
}

fn why_not(not_done: NotDone, step: &Step) -> Problem {
    match not_done {
        NotDone::NoSuchOrder => Problem::not_found("order"),
        NotDone::NoSuchReason(list) => {
            let pointer = match list {
                ReasonList::Short => "/final/reason",
                ReasonList::Expired => "/expired/reason",
                _ => "/reason",
            };
            let mut invalid = Invalid::new();
            invalid.take(pointer, Err::<(), _>("is not in the hospital's list; GET /reasons shows it"));
            invalid.into_problem()
        }
        NotDone::OtherVersion(order) => {
            let detail = "The order has changed since. Look at it again, then decide.";
            stands(Problem::new(StatusCode::PRECONDITION_FAILED, "version_mismatch", detail), *order)
        }
        NotDone::Expired(line, last_day, order) => {
            let detail = format!("A lot expired on {last_day}. Hand over another, or say in \"expired\" why this one.");
            stands(Problem::new(StatusCode::CONFLICT, "lot_expired", detail), *order)
                .with("line_id", json!(line))
                .with("expires_on", json!(last_day))
                .with_error(pointer(step, line, "expires_on"), "is over")
        }
        NotDone::Refused(refusal, order) => {
            let text = refusal.to_string();
            match refusal {
                Refusal::NothingDelivered => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_input", "")
                    .with_error("/lines", "must have at least one line"),
                Refusal::UnknownLine(line) | Refusal::RepeatedLine(line) => {
                    let detail = "Some of what was sent is not valid; see errors.";
                    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_input", detail)
                        .with_error(pointer(step, line, "line_id"), text)
                }
                Refusal::TooMuch { line_id, remaining } => {
                    let pointer = pointer(step, line_id, "quantity");
                    not_allowed(&refusal, *order)
                        .with("line_id", json!(line_id))
                        .with("remaining", remaining)
                        .with_error(pointer, text)
                }
                refusal => not_allowed(&refusal, *order),
            }
        }
    }
}

/// The answer to what the rules do not allow, to an order that stands as it does.
pub(super) fn not_allowed(refusal: &Refusal, order: Order) -> Problem {
    let code = match refusal {
        Refusal::RoleMayNot(_) => return Problem::forbidden(),
        Refusal::NotTheirs => return Problem::new(StatusCode::FORBIDDEN, "not_yours", sentence(refusal)),
        Refusal::HeldBy(_) => "held_by_another",
        Refusal::TooMuch { .. } => "more_than_due",
        _ => "wrong_status",
    };
    stands(Problem::new(StatusCode::CONFLICT, code, sentence(refusal)), order)
}

/// Adds how the order stands: what whoever asked has to know before they decide anew.
fn stands(problem: Problem, order: Order) -> Problem {
    let state = json!({
        "id": order.id,
        "status": order.status,
        "version": order.version,
        "accepted_by": order.accepted_by.map(PersonBody::from),
    });
    problem.with("order", state)
}

fn sentence(refusal: &Refusal) -> String {
    let text = refusal.to_string();
    let mut letters = text.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}

/// Where the last entry for a line stands in the body.
fn pointer(step: &Step, line: domain::OrderLineId, field: &str) -> String {
    let Step::Deliver { lines: Some(lines), .. } = step else { return "/lines".to_owned() };
    let position = lines.iter().rposition(|delivery| delivery.line_id == line);
    position.map_or_else(|| "/lines".to_owned(), |position| format!("/lines/{position}/{field}"))
}
