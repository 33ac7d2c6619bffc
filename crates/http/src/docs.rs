//! The API's description, `/openapi.json` (OpenAPI 3.1), and its reader, `/docs`.

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use utoipa::ToSchema;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, PathItem, Ref, RefOr, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::{Config, SwaggerUi};

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
    // Swagger UI would show the description to a validator on the internet.
    let config = Config::new(["/openapi.json"]).validator_url("none");
    let reader: Router = SwaggerUi::new("/docs").config(config).into();
    router.merge(reader.layer(from_fn(docs_policy))).merge(description(&api))
}

/// `/openapi.json`, written once: it is large, and anyone may ask for it.
fn description(api: &OpenApi) -> Router {
    let text = api.to_json().map(Bytes::from).map_err(|error| {
        tracing::error!(error = %error, "the API's description can't be written as JSON");
        Problem::internal()
    });
    let answer = text.map(|text| ([(CONTENT_TYPE, "application/json")], text));
    Router::new().route("/openapi.json", get(move || std::future::ready(answer.clone())))
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

pub(crate) fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
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
#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FieldError, Health, Json, Page, health_routes, metrics_route};
    use axum::body::Body;
    use axum::http::StatusCode;
    use serde::Deserialize;
    use serde_json::Value;
    use tower::ServiceExt;
    use utoipa_axum::routes;

    #[derive(Deserialize, ToSchema)]
    #[expect(dead_code, reason = "only its schema matters")]
    struct Place {
        quantity: u16,
    }

    #[utoipa::path(post, path = "/orders/{id}", params(("id" = String, Path,)), responses((status = 202), (status = 503, description = "Spool full")))]
    async fn place(Json(_order): Json<Place>) {}

    #[utoipa::path(get, path = "/orders", responses((status = 200, body = Page<FieldError>)))]
    async fn list() {}

    fn app() -> Router {
        let router = OpenApiRouter::default()
            .routes(routes!(place))
            .routes(routes!(list))
            .merge(health_routes(Health::new("1")))
            .merge(metrics_route(String::new));
        with_docs(router, About { title: "Botica", version: "1.2.3", description: "Orders" })
    }

    async fn get(path: &str) -> (StatusCode, axum::http::HeaderMap, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let (parts, body) = app().oneshot(request).await.unwrap().into_parts();
        let body = axum::body::to_bytes(body, 8 << 20).await.unwrap();
        (parts.status, parts.headers, String::from_utf8_lossy(&body).into_owned())
    }

    async fn described() -> Value {
        serde_json::from_str(&get("/openapi.json").await.2).unwrap()
    }

    fn statuses(operation: &Value) -> Vec<&str> {
        operation["responses"].as_object().unwrap().keys().map(String::as_str).collect()
    }

    #[tokio::test]
    async fn every_operation_says_what_can_go_wrong() {
        let api = described().await;
        assert_eq!((&api["openapi"], &api["info"]["version"]), (&"3.1.0".into(), &"1.2.3".into()));
        let place = &api["paths"]["/orders/{id}"]["post"];
        let all = ["202", "400", "401", "403", "404", "408", "413", "415", "422", "429", "500", "503"];
        assert_eq!(statuses(place), all);
        assert_eq!(place["responses"]["503"]["description"], "Spool full");
        let schema = &place["responses"]["422"]["content"]["application/problem+json"]["schema"];
        assert_eq!(schema["$ref"], "#/components/schemas/Problem");
        assert_eq!(statuses(&api["paths"]["/orders"]["get"]), ["200", "401", "403", "429", "500", "503"]);
        assert!(api["components"]["schemas"]["Problem"]["properties"]["errors"].is_object());
        assert!(api["components"]["schemas"]["FieldError"].is_object());
    }

    #[tokio::test]
    async fn every_operation_wants_a_token_unless_it_says_otherwise() {
        let api = described().await;
        assert_eq!(api["paths"]["/orders"]["get"]["security"], serde_json::json!([{"bearer": []}]));
        let ready = &api["paths"]["/health/ready"]["get"];
        assert_eq!(ready["security"], serde_json::json!([{}]));
        assert_eq!(statuses(ready), ["200", "429", "500", "503"]);
        assert_eq!(api["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    }

    /// Every reference within the description leads somewhere.
    #[tokio::test]
    async fn nothing_is_described_by_what_is_not_there() {
        fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
            match value {
                Value::Object(members) => members.iter().for_each(|(name, value)| match (name.as_str(), value) {
                    ("$ref", Value::String(to)) => found.push(to),
                    _ => references(value, found),
                }),
                Value::Array(items) => items.iter().for_each(|item| references(item, found)),
                _ => {}
            }
        }
        let (api, mut found) = (described().await, Vec::new());
        references(&api, &mut found);
        assert!(!found.is_empty());
        for to in found {
            assert!(api.pointer(to.trim_start_matches('#')).is_some(), "{to}");
        }
    }

    #[tokio::test]
    async fn the_reader_is_served_by_us_alone() {
        assert_eq!(get("/docs").await.1["location"], "/docs/");
        let (status, headers, page) = get("/docs/").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers["content-security-policy"], DOCS_POLICY);
        assert!(!page.contains("http://") && !page.contains("https://"), "{page}");
        // The policy allows no script within the page.
        assert!(!page.contains("<script>"), "{page}");
        for part in page.split(['"', '\'']).filter(|part| part.ends_with(".js") || part.ends_with(".css")) {
            let (status, ..) = get(&format!("/docs/{}", part.trim_start_matches("./"))).await;
            assert_eq!(status, StatusCode::OK, "{part}");
        }
        let start = get("/docs/swagger-initializer.js").await.2;
        assert!(
            start.contains("\"url\": \"/openapi.json\"") && start.contains("\"validatorUrl\": \"none\""),
            "{start}"
        );
    }
}
