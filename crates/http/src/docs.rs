//! The API's description, `/openapi.json` (OpenAPI 3.1), and its reader, `/docs`.

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use utoipa::ToSchema;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, PathItem, Ref, RefOr, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::SwaggerUi;

use crate::Problem;

/// What the description says of the API as a whole.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its name.
    pub title: &'static str,
    /// The program's version.
    pub version: &'static str,
    /// What it is for; Markdown.
    pub description: &'static str,
}

/// The name of the bearer scheme within the description.
const BEARER: &str = "bearer";

/// Swagger UI's scripts are files of ours; it writes styles into the page and has its icons inline.
/// "Try it out" calls this host.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// `router` with `/openapi.json` and `/docs`. Nothing is fetched from elsewhere.
pub fn with_docs(router: OpenApiRouter, about: About) -> Router {
    let (router, mut api) = router.split_for_parts();
    complete_openapi(&mut api, about);
    let reader: Router = SwaggerUi::new("/docs").url("/openapi.json", api).into();
    router.merge(reader.layer(from_fn(docs_policy)))
}

async fn docs_policy(request: Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(DOCS_POLICY));
    answer
}

/// Adds what every operation has in common, so that each says only what is its own: the bearer token
/// (unless it is `security(())`) and the problems that it can answer with. What an operation says
/// itself is left as it is.
pub fn complete_openapi(api: &mut OpenApi, about: About) {
    api.info.title = about.title.to_owned();
    api.info.version = about.version.to_owned();
    api.info.description = Some(about.description.to_owned());
    api.info.license = None;
    api.info.contact = None;

    let mut schemas = vec![(Problem::name().into_owned(), <Problem as utoipa::PartialSchema>::schema())];
    Problem::schemas(&mut schemas);
    let components = api.components.get_or_insert_default();
    components.schemas.extend(schemas);
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
    let token = token.description(Some("The access_token that POST /login answers with.")).build();
    components.add_security_scheme(BEARER, SecurityScheme::Http(token));

    for item in api.paths.paths.values_mut() {
        operations(item).for_each(complete);
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, options, head, patch, trace, .. } = item;
    [get, put, post, delete, options, head, patch, trace].into_iter().filter_map(Option::as_mut)
}

fn complete(operation: &mut Operation) {
    let is_public = operation.security.as_ref().is_some_and(|all| all.contains(&SecurityRequirement::default()));
    if operation.security.is_none() {
        operation.security = Some(vec![SecurityRequirement::new(BEARER, [] as [String; 0])]);
    }
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let has_parameters = !parameters.is_empty();
    let names_a_thing = parameters.iter().any(is_in_path);
    let has_body = operation.request_body.is_some();

    let problems = [
        (has_body, "400", "The body is not JSON"),
        (!is_public, "401", "No valid access token"),
        (!is_public, "403", "The role may not do this"),
        (names_a_thing, "404", "There is no such thing"),
        (has_body, "408", "The body did not arrive in time"),
        (has_body, "413", "The body is too large"),
        (has_body, "415", "The body is not declared as JSON"),
        (has_body || has_parameters, "422", "Some of the input is not valid; see errors"),
        (true, "429", "Too many requests; see Retry-After"),
        (true, "500", "A fault of ours, logged under x-request-id"),
        (true, "503", "Not now; see Retry-After"),
    ];
    for (_, status, description) in problems.into_iter().filter(|(applies, ..)| *applies) {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| problem(description));
    }
}

fn is_in_path(parameter: &RefOr<Parameter>) -> bool {
    matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Path)
}

fn problem(description: &str) -> RefOr<utoipa::openapi::Response> {
    let content = Content::new(Some(Ref::from_schema_name(Problem::name())));
    ResponseBuilder::new().description(description).content("application/problem+json", content).build().into()
}
