//! What all steps have in common: doing one, and saying why it was not done.

use axum::http::StatusCode;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use domain::{ServiceCallId, ServiceCallRefusal, ServiceCallStep};
use http::{Caller, Problem};
use serde_json::json;
use store::{ServiceCall, ServiceCallNotDone, ServiceCallRequest};

use super::ServiceCallBody;
use crate::Backend;
use crate::act::act;
use crate::database_problem::database_problem;
use crate::if_match::IfMatch;
use crate::orders::PersonBody;

impl Backend {
    /// Does a step and answers with the call afterwards.
    pub(super) async fn step_service_call(
        &self,
        id: ServiceCallId,
        step: ServiceCallStep,
        if_match: IfMatch,
        caller: &Caller,
    ) -> Result<Response, Problem> {
        let request = ServiceCallRequest { step, versions: if_match.versions };
        let done = self.store.step_service_call(id, &request, &act(caller)).await.map_err(database_problem)?;
        done.map(whole).map_err(why_not)
    }
}

/// A call, and its version as its entity tag.
pub(super) fn whole(call: ServiceCall) -> Response {
    ([(ETAG, format!("\"{}\"", call.version))], axum::Json(ServiceCallBody::from(call))).into_response()
}

fn why_not(not_done: ServiceCallNotDone) -> Problem {
    let conflict = |code, detail, call| stands(Problem::new(StatusCode::CONFLICT, code, detail), call);
    match not_done {
        ServiceCallNotDone::NoSuchCall => Problem::not_found("service call"),
        ServiceCallNotDone::OtherVersion(call) => {
            let detail = "The service call has changed since. Look at it again, then decide.";
            stands(Problem::new(StatusCode::PRECONDITION_FAILED, "version_mismatch", detail), *call)
        }
        ServiceCallNotDone::Refused(refusal, call) => match refusal {
            ServiceCallRefusal::RoleMayNot(_) => Problem::forbidden(),
            ServiceCallRefusal::NotTheirs => {
                let detail = "Only who opened the service call, or the pharmacy, may cancel it.";
                Problem::new(StatusCode::FORBIDDEN, "not_yours", detail)
            }
            ServiceCallRefusal::HeldBy(holder) => {
                conflict("held_by_another", format!("The service call is in the hands of {}.", holder.name), *call)
            }
            ServiceCallRefusal::WrongStatus(status) => {
                conflict("wrong_status", format!("The service call is {status} already."), *call)
            }
        },
    }
}

/// Adds how the call stands: what whoever asked has to know before they decide anew.
fn stands(problem: Problem, call: ServiceCall) -> Problem {
    let state = json!({
        "id": call.id,
        "status": call.status,
        "version": call.version,
        "worked_by": call.worked_by.map(PersonBody::from),
    });
    problem.with("service_call", state)
}
