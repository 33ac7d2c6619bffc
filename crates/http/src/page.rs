//! Lists in parts: `?limit=` and `?cursor=`, and where the next part begins.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};

/// One part of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Page<T> {
    /// In the list's order.
    pub items: Vec<T>,
    /// What to send as `cursor` for the next part; null at the end.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// The part with these rows; the next one begins after `next`, if there is one.
    pub fn of<R, K: Serialize>(rows: Vec<R>, next: Option<K>, item: impl FnMut(R) -> T) -> Self {
        Page { items: rows.into_iter().map(item).collect(), next_cursor: next.map(|key| Cursor(key).encode()) }
    }

    /// A list that is always whole, in the form of the others.
    pub fn whole(items: impl IntoIterator<Item = T>) -> Self {
        Page { items: items.into_iter().collect(), next_cursor: None }
    }
}

/// Which part of a list, for lists that ask for nothing else. `K` is where a part begins.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, bound = "K: DeserializeOwned")]
pub struct Part<K> {
    /// How many.
    #[serde(default)]
    pub limit: Limit,
    /// Where it begins: after the item of this key.
    pub cursor: Option<Cursor<K>>,
}

/// [`Part`] as the API's description has it: a cursor is opaque, so its key does not show.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its description is used")]
struct PartParams {
    /// How many.
    #[param(inline)]
    limit: Option<Limit>,
    /// Where to go on: `next_cursor` of the part before.
    cursor: Option<String>,
}

impl<K> IntoParams for Part<K> {
    fn into_params(parameter_in: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        PartParams::into_params(parameter_in)
    }
}

/// How many items a part may have: 1 to 200, 50 unless told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(u64);

impl Limit {
    /// Beyond this a list belongs in an export.
    pub const MAX: u64 = 200;

    /// How many.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl Default for Limit {
    fn default() -> Self {
        Limit(50)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            limit @ 1..=Self::MAX => Ok(Limit(limit)),
            _ => Err(D::Error::custom(format_args!("must be 1 to {}", Self::MAX))),
        }
    }
}

impl PartialSchema for Limit {
    fn schema() -> RefOr<Schema> {
        let schema = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(Self::MAX as f64));
        schema.default(Some(50.into())).into()
    }
}

impl ToSchema for Limit {}

/// Where a part of a list begins: after the item with this key. Opaque to clients, and not secret:
/// whoever reads it learns what they were just shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor<K>(pub K);

impl<K: Serialize> Cursor<K> {
    /// The text for the client.
    ///
    /// # Panics
    /// When `K` is a type that JSON can't hold, which the first test of a list would show.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&self.0).expect("a key is plain data"))
    }
}

impl<'de, K: DeserializeOwned> Deserialize<'de> for Cursor<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let key = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        key.map(Cursor).ok_or_else(|| D::Error::custom("is not a cursor of this list"))
    }
}

impl<K> PartialSchema for Cursor<K> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).into()
    }
}

impl<K> ToSchema for Cursor<K> {
    fn name() -> std::borrow::Cow<'static, str> {
        "Cursor".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Query;
    use axum::extract::FromRequestParts;
    use uuid::Uuid;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct List {
        #[serde(default)]
        limit: Limit,
        cursor: Option<Cursor<(String, Uuid)>>,
    }

    async fn read(query: &str) -> Result<List, crate::Problem> {
        let request = axum::http::Request::get(format!("/list?{query}")).body(()).unwrap();
        Query::from_request_parts(&mut request.into_parts().0, &()).await.map(|Query(list)| list)
    }

    #[tokio::test]
    async fn a_cursor_comes_back_as_it_was() {
        let key = ("Ácido fólico / 5 mg".to_owned(), Uuid::from_u128(7));
        let list = read(&format!("limit=3&cursor={}", Cursor(key.clone()).encode())).await.unwrap();
        assert_eq!((list.limit.get(), list.cursor), (3, Some(Cursor(key))));
        let list = read("").await.unwrap();
        assert_eq!((list.limit.get(), list.cursor), (50, None));
    }

    #[tokio::test]
    async fn a_limit_or_cursor_that_can_not_be_is_named() {
        let other = Cursor(7).encode();
        for (query, pointer) in [
            ("limit=0", "query/limit"),
            ("limit=201", "query/limit"),
            ("limit=-1", "query/limit"),
            ("cursor=%21", "query/cursor"),
            ("cursor=bm90IGpzb24", "query/cursor"),
            (&format!("cursor={other}"), "query/cursor"),
        ] {
            assert_eq!(read(query).await.unwrap_err().errors()[0].pointer, pointer, "{query}");
        }
    }

    #[test]
    fn a_part_says_where_the_next_begins() {
        let part = |next| Page::of(vec![1, 2], next, |row| row * 10);
        assert_eq!(part(Some(2)), Page { items: vec![10, 20], next_cursor: Some(Cursor(2).encode()) });
        assert_eq!(part(None), Page { items: vec![10, 20], next_cursor: None });
    }
}
