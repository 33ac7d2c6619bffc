//! An order as it is placed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{DispenserId, MedicationId, Note, OrderId, Person, Priority, Quantity};

/// The most lines of one order: a dispenser has fewer drawers than that.
pub const MAX_LINES: usize = 100;

/// One medication and how much of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewLine {
    /// What.
    pub medication_id: MedicationId,
    /// How much.
    pub quantity: Quantity,
}

/// What a ward asks the pharmacy for. Made by [`NewOrder::new`] alone, so its form is right;
/// whether its dispenser and medications exist, only the database knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Form")]
pub struct NewOrder {
    id: OrderId,
    dispenser_id: DispenserId,
    priority: Priority,
    lines: Vec<NewLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<Note>,
}

/// A rule of form that an order breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrder {
    /// The id is all zeros.
    #[error("must not be the nil UUID")]
    NilId,
    /// It asks for nothing.
    #[error("must have at least one line")]
    NoLines,
    /// More than [`MAX_LINES`].
    #[error("must have at most {MAX_LINES} lines")]
    TooManyLines,
    /// A medication stands in an earlier line already.
    #[error("names the same medication as line {first}: put the whole quantity into one line")]
    RepeatedMedication {
        /// The later line, from 0.
        line: usize,
        /// The earlier one, from 0.
        first: usize,
    },
}

impl NewOrder {
    /// # Errors
    /// All rules of form that it breaks.
    pub fn new(
        id: OrderId,
        dispenser_id: DispenserId,
        priority: Priority,
        lines: Vec<NewLine>,
        note: Option<Note>,
    ) -> Result<Self, Vec<InvalidOrder>> {
        let mut broken = Vec::new();
        if id.0.is_nil() {
            broken.push(InvalidOrder::NilId);
        }
        if lines.is_empty() {
            broken.push(InvalidOrder::NoLines);
        }
        if lines.len() > MAX_LINES {
            broken.push(InvalidOrder::TooManyLines);
        } else {
            for (line, NewLine { medication_id, .. }) in lines.iter().enumerate() {
                if let Some(first) = lines[..line].iter().position(|other| other.medication_id == *medication_id) {
                    broken.push(InvalidOrder::RepeatedMedication { line, first });
                }
            }
        }
        if broken.is_empty() { Ok(NewOrder { id, dispenser_id, priority, lines, note }) } else { Err(broken) }
    }

    /// The id that its placer gave it.
    pub fn id(&self) -> OrderId {
        self.id
    }

    /// Where it goes.
    pub fn dispenser_id(&self) -> DispenserId {
        self.dispenser_id
    }

    /// How soon it is needed.
    pub fn priority(&self) -> Priority {
        self.priority
    }

    /// What it asks for: from 1 to [`MAX_LINES`] lines, each of another medication.
    pub fn lines(&self) -> &[NewLine] {
        &self.lines
    }

    /// A remark for the pharmacy.
    pub fn note(&self) -> Option<&Note> {
        self.note.as_ref()
    }
}

/// The same fields, unchecked: what comes out of a message.
#[derive(Deserialize)]
struct Form {
    id: OrderId,
    dispenser_id: DispenserId,
    #[serde(default)]
    priority: Priority,
    lines: Vec<NewLine>,
    #[serde(default)]
    note: Option<Note>,
}

impl TryFrom<Form> for NewOrder {
    type Error = String;
    fn try_from(form: Form) -> Result<Self, Self::Error> {
        NewOrder::new(form.id, form.dispenser_id, form.priority, form.lines, form.note)
            .map_err(|broken| broken.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    }
}

/// An order with who placed it and when: what travels through the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedOrder {
    /// What was asked for.
    pub order: NewOrder,
    /// By whom.
    pub placed_by: Person,
    /// When the publisher took it in, by its clock.
    pub placed_at: DateTime<Utc>,
}

impl PlacedOrder {
    /// Whether both are one order sent twice. The instant may differ: a client that got no answer
    /// sends again.
    pub fn is_same_as(&self, other: &PlacedOrder) -> bool {
        self.order == other.order && self.placed_by.id == other.placed_by.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn line(medication: u128) -> NewLine {
        NewLine { medication_id: MedicationId(Uuid::from_u128(medication)), quantity: Quantity::new(1).unwrap() }
    }

    fn order(id: u128, lines: Vec<NewLine>) -> Result<NewOrder, Vec<InvalidOrder>> {
        NewOrder::new(OrderId(Uuid::from_u128(id)), DispenserId(Uuid::from_u128(1)), Priority::Routine, lines, None)
    }

    #[test]
    fn every_broken_rule_is_named_at_once() {
        assert_eq!(order(0, vec![]), Err(vec![InvalidOrder::NilId, InvalidOrder::NoLines]));
        assert_eq!(
            order(1, vec![line(1), line(2), line(1), line(2)]),
            Err(vec![
                InvalidOrder::RepeatedMedication { line: 2, first: 0 },
                InvalidOrder::RepeatedMedication { line: 3, first: 1 },
            ])
        );
    }

    #[test]
    fn a_hundred_lines_are_the_most() {
        assert!(order(1, (0..100).map(line).collect()).is_ok());
        assert_eq!(order(1, (0..101).map(line).collect()), Err(vec![InvalidOrder::TooManyLines]));
    }

    #[test]
    fn an_order_read_from_json_keeps_the_rules_of_form() {
        let good = serde_json::to_value(order(1, vec![line(1)]).unwrap()).unwrap();
        assert!(serde_json::from_value::<NewOrder>(good.clone()).is_ok());
        let mut empty = good;
        empty["lines"] = serde_json::json!([]);
        let error = serde_json::from_value::<NewOrder>(empty).unwrap_err();
        assert_eq!(error.to_string(), "must have at least one line");
    }
}
