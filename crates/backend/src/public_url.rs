//! Where people reach Botica, as labels say it.

use axum::http::HeaderMap;
use axum::http::header::HOST;
use domain::DispenserCode;
use http::{FieldError, Problem};
use url::Url;

use crate::Backend;

/// The address at which people reach Botica, without a `/` at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    address: String,
    path: String,
}

/// An address that can't stand on a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPublicUrl {
    /// A phone's camera opens no other.
    #[error("must begin with http:// or https://")]
    Scheme,
    /// It would stand in the way of what is added to it, or print a secret.
    #[error("must have no user, no password, no ? and no #")]
    Parts,
    /// The QR code's modules would be too small.
    #[error("must have at most {} characters", PublicUrl::MAX)]
    TooLong,
}

impl PublicUrl {
    /// The most characters. With as many, a module of a 50 mm QR code still has 0.7 mm; smaller ones are the
    /// first that a worn label loses.
    pub const MAX: usize = 200;

    /// # Errors
    /// When it is not of http or https, has more than host, port and path, or is too long.
    pub fn of(url: &Url) -> Result<Self, InvalidPublicUrl> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(InvalidPublicUrl::Scheme);
        }
        let has_user = !url.username().is_empty() || url.password().is_some();
        if has_user || url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidPublicUrl::Parts);
        }
        let without_end = |text: &str| text.trim_end_matches('/').to_owned();
        let url = PublicUrl { address: without_end(url.as_str()), path: without_end(url.path()) };
        if url.address.len() > Self::MAX { Err(InvalidPublicUrl::TooLong) } else { Ok(url) }
    }

    /// What the QR code of the dispenser with this code says.
    pub(crate) fn of_dispenser(&self, code: &DispenserCode) -> String {
        format!("{}/d/{code}", self.address)
    }

    /// The path under which Botica is reached; empty where it has the host for itself.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

impl Backend {
    /// Where people reach Botica: as the settings have it, else at the host that this request names.
    ///
    /// # Errors
    /// 422 when it must be taken from the request, and that names none.
    pub(crate) fn reached_at(&self, headers: &HeaderMap) -> Result<PublicUrl, Problem> {
        if let Some(url) = &self.public_url {
            return Ok(url.clone());
        }
        let scheme = if self.sessions.is_cookie_secure { "https" } else { "http" };
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let url = Url::parse(&format!("{scheme}://{host}")).ok().and_then(|url| PublicUrl::of(&url).ok());
        url.filter(|url| url.path.is_empty()).ok_or_else(|| {
            let detail = "must say where Botica is reached, unless the setting public_url does".to_owned();
            Problem::invalid_input([FieldError { pointer: "header/Host".to_owned(), detail }])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<PublicUrl, InvalidPublicUrl> {
        PublicUrl::of(&Url::parse(text).unwrap())
    }

    #[test]
    fn a_code_is_added_whether_or_not_a_slash_is_there() {
        let code = DispenserCode::from_random(0);
        for (text, expected) in [
            ("https://botica.hospital.example", "https://botica.hospital.example/d/22222222"),
            ("https://botica.hospital.example/", "https://botica.hospital.example/d/22222222"),
            ("http://10.0.0.7:8000/botica/", "http://10.0.0.7:8000/botica/d/22222222"),
        ] {
            assert_eq!(of(text).unwrap().of_dispenser(&code), expected);
        }
    }

    #[test]
    fn what_can_not_stand_on_a_label_is_refused() {
        for (text, expected) in [
            ("ftp://botica.hospital.example", InvalidPublicUrl::Scheme),
            ("mailto:botica@hospital.example", InvalidPublicUrl::Scheme),
            ("https://botica.hospital.example/?a=b", InvalidPublicUrl::Parts),
            ("https://botica.hospital.example/#top", InvalidPublicUrl::Parts),
            ("https://ana:secret@hospital.example", InvalidPublicUrl::Parts),
            (&format!("https://hospital.example/{}", "a".repeat(200)), InvalidPublicUrl::TooLong),
        ] {
            assert_eq!(of(text), Err(expected), "{text}");
        }
    }
}
