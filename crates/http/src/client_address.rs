//! From which address somebody asks, also through proxies.

use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use serde::{Deserialize, Serialize};

/// The header to which each proxy adds whom it was asked by, at the end.
const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// The address of whoever asks: the peer's, or what a trusted proxy says of it. `None` where there is no
/// connection, as in tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub Option<IpAddr>);

impl ClientAddress {
    /// What is counted by: an IPv6 address by its first 64 bits, since whoever has one has all of those.
    pub fn counted(self) -> Option<IpAddr> {
        Some(match self.0? {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        })
    }

    fn of(extensions: &Extensions) -> Self {
        let peer = || extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
        extensions.get().copied().unwrap_or_else(|| ClientAddress(peer()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(ClientAddress::of(&parts.extensions))
    }
}

/// A network of proxies that are believed: an address, or one with the number of bits that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

/// What is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a network is an address or an address range, such as 10.0.0.7, 10.0.0.0/8 or fd00::/8")]
pub struct InvalidNetwork;

impl Network {
    fn contains(self, address: IpAddr) -> bool {
        let differ = match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => (own.to_bits() ^ other.to_bits()).leading_zeros(),
            (IpAddr::V6(own), IpAddr::V6(other)) => (own.to_bits() ^ other.to_bits()).leading_zeros(),
            _ => return false,
        };
        differ >= self.bits
    }
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| InvalidNetwork)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| InvalidNetwork))?;
        if bits > most { Err(InvalidNetwork) } else { Ok(Network { address, bits }) }
    }
}

impl TryFrom<String> for Network {
    type Error = InvalidNetwork;

    fn try_from(text: String) -> Result<Self, InvalidNetwork> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(own: Network) -> String {
        own.to_string()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// `router`, with a [`ClientAddress`] in each request. `X-Forwarded-For` counts only where the peer is of
/// `proxies`, and then only up to the first that is not: what stands before that, anyone may have written.
pub fn behind(router: Router, proxies: Vec<Network>) -> Router {
    if proxies.is_empty() {
        // Without it the client is the peer.
        return router;
    }
    router.layer(from_fn_with_state(Arc::new(proxies), find))
}

async fn find(State(proxies): State<Arc<Vec<Network>>>, mut request: Request, next: Next) -> Response {
    let ClientAddress(peer) = ClientAddress::of(request.extensions());
    let client = peer.map(|peer| through(&proxies, peer, request.headers()));
    request.extensions_mut().insert(ClientAddress(client));
    next.run(request).await
}

fn through(proxies: &[Network], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let is_trusted = |address: IpAddr| proxies.iter().any(|network| network.contains(address));
    let mut client = peer;
    // Several headers are one list, in their order.
    for value in headers.get_all(X_FORWARDED_FOR).iter().rev() {
        for said in value.to_str().unwrap_or_default().rsplit(',') {
            if !is_trusted(client) {
                return client;
            }
            match address(said.trim()) {
                Some(address) => client = address.to_canonical(),
                // Who can't be read is at least behind the one that said so.
                None => return client,
            }
        }
    }
    client
}

/// Some proxies add the port.
fn address(said: &str) -> Option<IpAddr> {
    said.parse().ok().or_else(|| said.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let proxies: Vec<Network> = ["10.0.0.0/8", "fd00::7"].map(|text| text.parse().unwrap()).into();
        let name = axum::http::HeaderName::from_static(X_FORWARDED_FOR);
        let headers = forwarded.iter().map(|value| (name.clone(), HeaderValue::from_str(value).unwrap())).collect();
        through(&proxies, peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_for_whom_it_saw_itself() {
        assert_eq!(seen("192.0.2.1", &["198.51.100.1"]), "192.0.2.1", "a stranger says so");
        assert_eq!(seen("10.1.2.3", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("10.1.2.3", &["203.0.113.9, 198.51.100.1"]), "198.51.100.1", "the first was written by anyone");
        assert_eq!(seen("10.1.2.3", &["203.0.113.9, 198.51.100.1, 10.9.9.9"]), "198.51.100.1");
        assert_eq!(seen("10.1.2.3", &["203.0.113.9", "198.51.100.1", "10.9.9.9"]), "198.51.100.1");
        assert_eq!(seen("fd00::7", &["[2001:db8::1]:4711"]), "2001:db8::1");
        assert_eq!(seen("::ffff:10.1.2.3", &["::ffff:198.51.100.1"]), "198.51.100.1");
    }

    #[test]
    fn what_a_proxy_says_in_no_known_way_hides_nobody() {
        for nonsense in ["", "unknown", "198.51.100.1, _hidden", "198.51.100.1,"] {
            assert_eq!(seen("10.1.2.3", &[nonsense]), "10.1.2.3", "{nonsense}");
        }
        assert_eq!(seen("10.1.2.3", &[]), "10.1.2.3");
    }

    #[test]
    fn a_network_is_an_address_or_a_range() {
        let contains =
            |network: &str, address: &str| network.parse::<Network>().unwrap().contains(address.parse().unwrap());
        assert!(contains("0.0.0.0/0", "203.0.113.9") && !contains("0.0.0.0/0", "2001:db8::1"));
        assert!(contains("10.0.0.0/9", "10.127.1.1") && !contains("10.0.0.0/9", "10.128.1.1"));
        assert!(contains("fd00::/8", "fdff::1") && !contains("fd00::/8", "fe00::1"));
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/", "proxy"] {
            assert_eq!(bad.parse::<Network>(), Err(InvalidNetwork), "{bad}");
        }
    }

    #[test]
    fn who_has_an_ipv6_address_has_many() {
        let counted = |address: &str| ClientAddress(Some(address.parse().unwrap())).counted().unwrap().to_string();
        assert_eq!(counted("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(counted("192.0.2.1"), "192.0.2.1");
    }
}
