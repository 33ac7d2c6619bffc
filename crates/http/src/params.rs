//! Parts of the address: what a path names and what a query asks for.

use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::json::field_error;
use crate::{FieldError, Problem};

/// The path's parameters as `T`.
///
/// A parameter that can't be a `T`, such as an id that is no UUID, is 422 `invalid_input` at
/// `path/<name>`, not 404: it is a fault of the client, and "no such order" would hide it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Path<T>(pub T);

/// The query as `T`; what is wrong is 422 `invalid_input` at `query/<name>`. An unknown parameter is
/// only an error where `T` says `deny_unknown_fields`. A parameter may come once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let rejection = match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => return Ok(Path(value)),
            Err(rejection) => rejection,
        };
        let failed = match rejection {
            PathRejection::FailedToDeserializePathParams(failed) => failed.into_kind(),
            other => return Err(misfit(&other)),
        };
        let (name, detail) = match failed {
            ErrorKind::DeserializeError { key, message, .. } => (Some(key), message),
            ErrorKind::InvalidUtf8InPathParam { key } => (Some(key), "is not UTF-8".to_owned()),
            ErrorKind::ParseErrorAtKey { key, expected_type, .. } => (Some(key), format!("must be {expected_type}")),
            ErrorKind::ParseErrorAtIndex { expected_type, .. } | ErrorKind::ParseError { expected_type, .. } => {
                (None, format!("must be {expected_type}"))
            }
            ErrorKind::Message(message) => (None, message),
            other => return Err(misfit(&other)),
        };
        let name = match name {
            Some(name) => Some(name),
            None => only_name(parts, state).await,
        };
        let pointer = name.map_or_else(|| "path".to_owned(), |name| format!("path/{name}"));
        Err(Problem::invalid_input([FieldError { pointer, detail }]))
    }
}

fn misfit(error: &dyn std::fmt::Display) -> Problem {
    tracing::error!(%error, "a handler takes path parameters that its route doesn't have");
    Problem::internal()
}

/// axum doesn't name the parameter of a route that has but one, nor that of several which a rule of its type
/// refuses; of those, none is named rather than a wrong one.
async fn only_name<S: Send + Sync>(parts: &mut Parts, state: &S) -> Option<String> {
    match RawPathParams::from_request_parts(parts, state).await {
        Ok(params) => {
            let mut names = params.iter().map(|(name, _)| name.to_owned());
            names.next().filter(|_| names.next().is_none())
        }
        Err(_) => None,
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parse(parts.uri.query().unwrap_or_default()).map(Query)
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let at = |name: &str| format!("query/{name}");
    // What isn't UTF-8 is decoded to U+FFFD; better say so than search for it.
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    if let Some((name, _)) = pairs.find(|(name, value)| name.contains('\u{FFFD}') || value.contains('\u{FFFD}')) {
        return Err(Problem::invalid_input([FieldError { pointer: at(&name), detail: "is not UTF-8".to_owned() }]));
    }
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let name = error.path().iter().next().map(ToString::to_string);
        let pointer = name.map_or_else(|| "query".to_owned(), |name| at(&name));
        Problem::invalid_input([field_error(pointer, &error.into_inner().to_string())])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use axum::routing::get;
    use domain::OrderId;
    use serde::Deserialize;
    use tower::ServiceExt;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it parses matters")]
    struct Filter {
        limit: Option<u16>,
        search: String,
    }

    #[test]
    fn what_is_wrong_with_a_query_is_named() {
        let cases = [
            ("search=a&limit=x", "query/limit", "invalid digit"),
            ("search=a&sort=name", "query/sort", "unknown field `sort`"),
            ("limit=1", "query/search", "is required"),
            ("search=a&search=b", "query/search", "may be given only once"),
            ("search=%ff", "query/search", "is not UTF-8"),
        ];
        for (query, pointer, detail) in cases {
            let problem = parse::<Filter>(query).unwrap_err();
            let error = &problem.errors()[0];
            assert_eq!(error.pointer, pointer, "{query}");
            assert!(error.detail.starts_with(detail), "{query}: {}", error.detail);
        }
        assert_eq!(parse::<Filter>("search=a%C3%A7+b").unwrap().search, "aç b");
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only whether it parses matters")]
    struct Both {
        order: OrderId,
        line: u8,
    }

    async fn refused(path: &str) -> (StatusCode, String) {
        let app: Router = Router::new()
            .route("/orders/{id}", get(|Path(_): Path<OrderId>| async {}))
            .route("/orders/{order}/lines/{line}", get(|Path(_): Path<Both>| async {}))
            .route("/pair/{a}/{b}", get(|Path(_): Path<u8>| async {}));
        let answer = app.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 16).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        (status, body["errors"][0]["pointer"].as_str().unwrap_or_default().to_owned())
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_path_is_named() {
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        let id = uuid::Uuid::nil();
        assert_eq!(refused("/orders/12").await, (unprocessable, "path/id".to_owned()));
        assert_eq!(refused("/orders/%ff").await, (unprocessable, "path/id".to_owned()));
        assert_eq!(refused("/orders/12/lines/1").await, (unprocessable, "path/order".to_owned()));
        assert_eq!(refused(&format!("/orders/{id}/lines/x")).await, (unprocessable, "path/line".to_owned()));
        assert_eq!(refused(&format!("/orders/{id}")).await.0, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_handler_that_does_not_fit_its_route_is_our_fault() {
        assert_eq!(refused("/pair/1/2").await.0, StatusCode::INTERNAL_SERVER_ERROR);
    }
}
