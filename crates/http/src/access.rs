//! Who may use which route: said once, where the route is listed, and looked at before anything else of
//! the request is read. A route that says nothing has no [`Caller`] to give to its handler.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::middleware::from_extractor_with_state;
use domain::{Action, Role, may};
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa_axum::router::UtoipaMethodRouter;

use crate::docs::operations;
use crate::{Authenticated, Problem, Viewer};

/// What an operation's description says of the roles that may use it; boards stand there beside them.
const ROLES: &str = "x-roles";

/// Routes for those whose role may do `action`.
pub fn may_do<S: Clone + Send + Sync + 'static>(
    action: Action,
    routes: UtoipaMethodRouter<S>,
) -> UtoipaMethodRouter<S> {
    guard(Rule::MayDo(action), routes)
}

/// Routes for everyone who is signed in.
pub fn signed_in<S: Clone + Send + Sync + 'static>(routes: UtoipaMethodRouter<S>) -> UtoipaMethodRouter<S> {
    guard(Rule::SignedIn, routes)
}

/// Routes that change nothing, for everyone who is signed in, and for boards, which may send their token in a
/// cookie. Their handlers take a [`Viewer`].
pub fn may_look_on<S: Clone + Send + Sync + 'static>(routes: UtoipaMethodRouter<S>) -> UtoipaMethodRouter<S> {
    guard(Rule::LookOn, routes)
}

/// The same for streams, where the cookie of a session will do too: a browser asks for them by itself and
/// gives them no header.
pub fn may_watch<S: Clone + Send + Sync + 'static>(routes: UtoipaMethodRouter<S>) -> UtoipaMethodRouter<S> {
    guard(Rule::Watch, routes)
}

/// Who is let in.
#[derive(Clone, Copy)]
enum Rule {
    MayDo(Action),
    SignedIn,
    LookOn,
    Watch,
}

impl Rule {
    fn allows(self, role: Role) -> bool {
        match self {
            Rule::MayDo(action) => may(role, action),
            Rule::SignedIn | Rule::LookOn | Rule::Watch => true,
        }
    }
}

fn guard<S: Clone + Send + Sync + 'static>(
    rule: Rule,
    (schemas, mut paths, router): UtoipaMethodRouter<S>,
) -> UtoipaMethodRouter<S> {
    let roles = Role::ALL.into_iter().filter(|role| rule.allows(*role));
    let boards = matches!(rule, Rule::LookOn | Rule::Watch).then_some("board");
    let roles: Vec<_> = roles.map(Role::as_str).chain(boards).collect();
    for operation in paths.paths.values_mut().flat_map(operations) {
        operation.extensions = Some(ExtensionsBuilder::new().add(ROLES, roles.clone()).build());
    }
    (schemas, paths, router.route_layer(from_extractor_with_state::<Admitted, Rule>(rule)))
}

/// Somebody whom the rule of the route lets in. The handler finds who it is in the request.
struct Admitted;

impl FromRequestParts<Rule> for Admitted {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Parts, rule: &Rule) -> Result<Self, Problem> {
        let Some(authenticated) = head.extensions.get::<Authenticated>().cloned() else {
            tracing::error!("a route wants to know its caller, but its router has no authenticator");
            return Err(Problem::internal());
        };
        let viewer = match rule {
            Rule::MayDo(_) | Rule::SignedIn => authenticated.caller(&head.headers).await.map(Viewer::Person),
            Rule::LookOn => authenticated.viewer(&head.headers, false).await,
            Rule::Watch => authenticated.viewer(&head.headers, true).await,
        }?;
        if let Viewer::Person(caller) = &viewer {
            tracing::Span::current().record("user.id", tracing::field::display(caller.person.id));
            if !rule.allows(caller.person.role) {
                return Err(Problem::forbidden());
            }
            head.extensions.insert(caller.clone());
        }
        head.extensions.insert(viewer);
        Ok(Admitted)
    }
}
