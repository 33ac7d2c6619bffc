//! The web app's files, which the program carries with it.
//!
//! `make build` builds them before the program. A program that was built without them serves the API as ever, and
//! says at `/` what is missing.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use http::Problem;
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Files;

/// The page that all screens are on.
const PAGE: &str = "index.html";

/// Everything comes from here and nothing is written into the page. The decoder of codes is WebAssembly; labels
/// and downloads are made of answers, so they are blobs.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; font-src 'self'; \
     img-src 'self' blob:; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);

/// The camera is for scanning; nothing else of the device is asked for.
const PERMISSIONS: (HeaderName, HeaderValue) = (
    HeaderName::from_static("permissions-policy"),
    HeaderValue::from_static("camera=(self), microphone=(), geolocation=()"),
);

/// Files whose names change with what is in them.
const HASHED: &str = "assets/";

/// Whoever asks for a file of the app, or as a browser for a page that is nobody else's, gets it; everyone else is
/// told as ever that there is no such path. Merge it last: it is a fallback.
pub fn web_app() -> Router {
    Router::new().fallback(answer)
}

async fn answer(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    let headers = request.headers();
    let (path, file) = match Files::get(path) {
        Some(file) => (path, file),
        // All screens are on one page, whatever address they show.
        None if path.is_empty() || is_page(headers) => match Files::get(PAGE) {
            Some(file) => (PAGE, file),
            None => return not_built(),
        },
        None => return StatusCode::NOT_FOUND.into_response(),
    };
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET,HEAD")]).into_response();
    }
    serve(path, file, headers)
}

/// Whether a browser asks, which wants to show what it gets.
fn is_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|kind| kind.trim().starts_with("text/html"))
}

fn serve(path: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let (encoding, file) = smallest(path, file, headers);
    let tag = tag(&file);
    let mut answer = match headers.get(IF_NONE_MATCH) {
        Some(known) if *known == tag => StatusCode::NOT_MODIFIED.into_response(),
        _ => Body::from(file.data).into_response(),
    };
    let kept = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let more = [
        (CONTENT_TYPE, content_type(path)),
        (CACHE_CONTROL, HeaderValue::from_static(kept)),
        (CONTENT_SECURITY_POLICY, POLICY),
        (ETAG, tag),
        (VARY, HeaderValue::from_static("accept-encoding")),
        PERMISSIONS,
    ];
    answer.headers_mut().extend(more);
    if let Some(encoding) = encoding {
        answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    answer
}

/// The file as it was compressed when the app was built, where the browser takes it so.
fn smallest(path: &str, file: EmbeddedFile, headers: &HeaderMap) -> (Option<&'static str>, EmbeddedFile) {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let takes = |encoding: &str| {
        accepted.split(',').any(|one| one.split(';').next().is_some_and(|name| name.trim() == encoding))
    };
    for (encoding, ending) in [("br", "br"), ("gzip", "gz")] {
        if takes(encoding)
            && let Some(compressed) = Files::get(&format!("{path}.{ending}"))
        {
            return (Some(encoding), compressed);
        }
    }
    (None, file)
}

/// A file is the same as long as its hash is.
fn tag(file: &EmbeddedFile) -> HeaderValue {
    let hash: String = file.metadata.sha256_hash().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::try_from(format!("\"{hash}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

fn content_type(path: &str) -> HeaderValue {
    let ending = path.rsplit('.').next().unwrap_or_default();
    HeaderValue::from_static(match ending {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    })
}

fn not_built() -> Response {
    let detail = "This program was built without the web app: `make build` builds both. The API is described at /docs.";
    Problem::new(StatusCode::NOT_FOUND, "no_web_app", detail).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(kind: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(kind))])
    }

    #[test]
    fn a_browser_asks_for_pages_and_a_program_does_not() {
        assert!(is_page(&accepting("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")));
        assert!(!is_page(&accepting("application/json")));
        assert!(!is_page(&accepting("*/*")));
        assert!(!is_page(&HeaderMap::new()));
    }

    #[test]
    fn every_file_of_the_app_has_a_type() {
        for path in Files::iter().filter(|path| !path.ends_with(".br") && !path.ends_with(".gz")) {
            assert_ne!(content_type(&path), "application/octet-stream", "{path}");
        }
    }
}
