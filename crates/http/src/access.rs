//! Who may use which route: said once, where the route is listed, and looked at before anything else of
//! the request is read. A route that says nothing has no [`Caller`] to give to its handler.

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use domain::{Action, Role, may};
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa_axum::router::UtoipaMethodRouter;

use crate::docs::operations;
use crate::{Authenticated, Problem};

/// What an operation's description says of the roles that may use it.
const ROLES: &str = "x-roles";

/// Routes for those whose role may do `action`.
pub fn may_do<S: Clone + Send + Sync + 'static>(
    action: Action,
    routes: UtoipaMethodRouter<S>,
) -> UtoipaMethodRouter<S> {
    guard(Some(action), false, routes)
}

/// Routes for everyone who is signed in.
pub fn signed_in<S: Clone + Send + Sync + 'static>(routes: UtoipaMethodRouter<S>) -> UtoipaMethodRouter<S> {
    guard(None, false, routes)
}

/// Routes for everyone who is signed in, by a token or by the session's cookie: for what a browser asks for
/// by itself and can't give a header, and what changes nothing.
pub fn signed_in_by_cookie_too<S: Clone + Send + Sync + 'static>(
    routes: UtoipaMethodRouter<S>,
) -> UtoipaMethodRouter<S> {
    guard(None, true, routes)
}

fn guard<S: Clone + Send + Sync + 'static>(
    action: Option<Action>,
    may_be_cookie: bool,
    (schemas, mut paths, router): UtoipaMethodRouter<S>,
) -> UtoipaMethodRouter<S> {
    let roles = Role::ALL.into_iter().filter(|role| action.is_none_or(|action| may(*role, action)));
    let roles: Vec<_> = roles.map(Role::as_str).collect();
    for operation in paths.paths.values_mut().flat_map(operations) {
        operation.extensions = Some(ExtensionsBuilder::new().add(ROLES, roles.clone()).build());
    }
    (schemas, paths, router.route_layer(from_fn(move |request, next| admit(action, may_be_cookie, request, next))))
}

async fn admit(action: Option<Action>, may_be_cookie: bool, mut request: Request, next: Next) -> Response {
    let Some(authenticated) = request.extensions().get::<Authenticated>().cloned() else {
        tracing::error!("a route wants to know its caller, but its router has no authenticator");
        return Problem::internal().into_response();
    };
    let headers = request.headers().clone();
    let caller = match authenticated.caller(&headers, may_be_cookie).await {
        Ok(caller) => caller,
        Err(problem) => return problem.into_response(),
    };
    tracing::Span::current().record("user.id", tracing::field::display(caller.person.id));
    if !action.is_none_or(|action| may(caller.person.role, action)) {
        return Problem::forbidden().into_response();
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
}
