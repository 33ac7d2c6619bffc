//! A body of several parts, as a browser's form sends a file.

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use bytes::Bytes;

use crate::Problem;
use crate::body::problem_of;

/// The request's body as `multipart/form-data` (RFC 7578), part by part.
#[derive(Debug)]
pub struct Multipart(axum::extract::Multipart);

/// One part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormPart {
    /// The name of the form's field; empty where none was given.
    pub name: String,
    /// What the file was called where it came from; never a place to write to.
    pub file_name: Option<String>,
    /// All of it.
    pub bytes: Bytes,
}

impl Multipart {
    /// The next part; `None` at the end.
    ///
    /// # Errors
    /// The body is too large, too slow, or not of that form.
    pub async fn next_part(&mut self) -> Result<Option<FormPart>, Problem> {
        let Some(field) = self.0.next_field().await.map_err(|error| problem(&error))? else { return Ok(None) };
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(ToOwned::to_owned);
        let bytes = field.bytes().await.map_err(|error| problem(&error))?;
        Ok(Some(FormPart { name, file_name, bytes }))
    }
}

fn problem(error: &(dyn std::error::Error + 'static)) -> Problem {
    match problem_of(error) {
        // It was read, and is something else than it says.
        cut_off if cut_off.status() == StatusCode::BAD_REQUEST => {
            let detail = "The body is not the multipart/form-data that its Content-Type announces, or ends early.";
            Problem::new(StatusCode::BAD_REQUEST, "invalid_multipart", detail)
        }
        problem => problem,
    }
}

impl<S: Send + Sync> FromRequest<S> for Multipart {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        axum::extract::Multipart::from_request(request, state).await.map(Multipart).map_err(|_| {
            let detail = "Send the body as \"Content-Type: multipart/form-data\" with its boundary.";
            Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RequestLimits, Running, stack};
    use axum::Router;
    use axum::body::Body;
    use axum::routing::post;
    use tower::ServiceExt;

    async fn sent(kind: &str, body: impl Into<Body>) -> (StatusCode, String) {
        let parts = |mut form: Multipart| async move {
            let mut told = String::new();
            while let Some(part) = form.next_part().await? {
                told += &format!("{} {:?} {};", part.name, part.file_name, part.bytes.len());
            }
            Ok::<_, Problem>(told)
        };
        let app = stack(Router::new().route("/", post(parts)), RequestLimits::default(), &Running::default());
        let request = Request::post("/").header("content-type", kind).body(body.into()).unwrap();
        let answer = app.oneshot(request).await.unwrap();
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    const FORM: &str = "multipart/form-data; boundary=x";

    #[tokio::test]
    async fn a_form_comes_in_part_by_part() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nnome\r\n\
                    --x\r\nContent-Disposition: form-data; name=\"dry_run\"\r\n\r\ntrue\r\n--x--\r\n";
        let (status, told) = sent(FORM, body).await;
        assert_eq!((status, &*told), (StatusCode::OK, "file Some(\"a.csv\") 4;dry_run None 4;"));
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_form_is_told() {
        let large = format!("--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n{}", "a".repeat(70_000));
        let streamed = Body::from_stream(futures_util::stream::iter([Ok::<_, std::io::Error>(large)]));
        for (kind, body, code) in [
            ("application/json", Body::from("{}"), "unsupported_media_type"),
            ("multipart/form-data", Body::from(""), "unsupported_media_type"),
            (FORM, Body::from("nothing of the kind"), "invalid_multipart"),
            (FORM, Body::from("--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nnome"), "invalid_multipart"),
            (FORM, streamed, "body_too_large"),
        ] {
            let (status, told) = sent(kind, body).await;
            assert!(status.is_client_error() && told.contains(&format!("\"code\":\"{code}\"")), "{code}: {told}");
        }
    }
}
