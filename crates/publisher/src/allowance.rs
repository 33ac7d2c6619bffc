//! How many orders one person, and one address, may place: a phone gone mad must not fill the queue for all.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::UserId;
use http::{Caller, ClientAddress, Problem, RateLimit};

use crate::Publisher;

/// Counts orders. A whole hospital may sit behind one address, so an address may place more of them.
///
/// Counted in this process: n publishers behind a load balancer let n times as many through.
#[derive(Clone, Debug)]
pub struct Allowance {
    accounts: Arc<RateLimit<UserId>>,
    addresses: Arc<RateLimit<IpAddr>>,
}

impl Allowance {
    /// Orders a minute that an account and an address may place; 0 lifts the limit.
    pub fn new(per_account: u32, per_address: u32) -> Self {
        let (accounts, addresses) = (RateLimit::new(per_account), RateLimit::new(per_address));
        Allowance { accounts: Arc::new(accounts), addresses: Arc::new(addresses) }
    }

    fn take(&self, account: UserId, address: Option<IpAddr>) -> Result<(), Problem> {
        let now = Instant::now();
        let counted = |by: &'static str| {
            move |wait| {
                metrics::counter!("botica_orders_too_many_total", "by" => by).increment(1);
                Problem::too_many_requests(wait)
            }
        };
        self.accounts.take(account, now).map_err(counted("account"))?;
        match address {
            Some(address) => self.addresses.take(address, now).map_err(counted("address")),
            None => Ok(()),
        }
    }
}

/// Who places an order, and may place one more. Taken before the order is read.
pub(crate) struct Placer(pub(crate) Caller);

impl FromRequestParts<Publisher> for Placer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, publisher: &Publisher) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, publisher).await?;
        let Ok(address) = ClientAddress::from_request_parts(parts, publisher).await;
        publisher.allowance.take(caller.person.id, address.counted())?;
        Ok(Placer(caller))
    }
}
