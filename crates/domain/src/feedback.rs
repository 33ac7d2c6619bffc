//! How a requester found a delivered order.

use serde::Serialize;

use crate::{Action, OrderState, Person, Refusal, Status, may};

/// From 1 (bad) to 5 (good).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Rating(u8);

/// A number that is no rating.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 (bad) to 5 (good)")]
pub struct InvalidRating;

impl Rating {
    /// # Errors
    /// Below 1 or above 5.
    pub fn new(number: i64) -> Result<Self, InvalidRating> {
        match u8::try_from(number) {
            Ok(number @ 1..=5) => Ok(Rating(number)),
            _ => Err(InvalidRating),
        }
    }

    /// The number.
    pub fn get(self) -> u8 {
        self.0
    }
}

/// Whether `by` may rate `order`: who placed it, once it was delivered.
///
/// # Errors
/// The reason for "no": the role first, then whose the order is, then where it stands.
pub fn may_rate(order: &OrderState, by: &Person) -> Result<(), Refusal> {
    if !may(by.role, Action::RateOrder) {
        return Err(Refusal::RoleMayNot(by.role));
    }
    if by.id != order.requested_by {
        return Err(Refusal::NotTheirs);
    }
    match order.status {
        Status::Delivered | Status::Received => Ok(()),
        status => Err(Refusal::WrongStatus(status)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Role, UserId};
    use uuid::Uuid;

    #[test]
    fn who_placed_an_order_rates_it_once_it_was_delivered() {
        let person = |role, id| Person { id: UserId(Uuid::from_u128(id)), name: String::new(), role };
        for status in Status::ALL {
            let order =
                OrderState { status, requested_by: UserId(Uuid::from_u128(1)), accepted_by: None, lines: vec![] };
            for role in Role::ALL {
                let expected = match (role, status) {
                    (Role::Technician | Role::Manager, _) => Err(Refusal::RoleMayNot(role)),
                    (_, Status::Delivered | Status::Received) => Ok(()),
                    _ => Err(Refusal::WrongStatus(status)),
                };
                assert_eq!(may_rate(&order, &person(role, 1)), expected, "{role} {status}");
            }
            assert_eq!(may_rate(&order, &person(Role::Nurse, 2)), Err(Refusal::NotTheirs));
        }
    }

    #[test]
    fn a_rating_is_one_of_five() {
        assert_eq!((1..=5).map(|number| Rating::new(number).unwrap().get()).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert!([0, 6, -1, 257, i64::MAX].into_iter().all(|number| Rating::new(number) == Err(InvalidRating)));
    }
}
