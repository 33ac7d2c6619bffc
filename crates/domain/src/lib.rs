//! What is true in the hospital, whatever the transport or the database.
//!
//! Everything here is pure: no I/O, no clock, no randomness. Instants, ids and chance are arguments.
//! Values are parsed once, at the edge, into types that can't be wrong; nobody checks twice.

mod catalogue;
mod catalogue_row;
mod code;
mod dead_letter;
mod feedback;
pub mod gs1;
mod id;
mod lifecycle;
mod order;
mod person;
mod priority;
mod quantity;
mod reason;
mod role;
mod service_call;
mod target;
mod text;

pub use catalogue::{Cents, ControlledList, InvalidCents, InvalidRegistration, PresentationCode, Registration, Tarja};
pub use catalogue_row::{CatalogueRow, FileRow, Presentation, Product, SubstanceMarks};
pub use code::{DispenserCode, InvalidCode};
pub use dead_letter::DeadLetterState;
pub use feedback::{InvalidRating, Rating, may_rate};
pub use id::{
    BoardId, DispenserId, FeedbackId, ImportId, LotId, MedicationId, OrderId, OrderLineId, ServiceCallId, SessionId,
    UserId, WardId,
};
pub use lifecycle::{Change, Delivery, EventKind, OrderState, Refusal, StateLine, Status, Step, decide};
pub use order::{InvalidOrder, MAX_LINES, NewLine, NewOrder, PlacedOrder};
pub use person::{Email, InvalidEmail, Person};
pub use priority::Priority;
pub use quantity::{InvalidQuantity, Quantity};
pub use reason::{InvalidReasonCode, ReasonCode, ReasonList};
pub use role::{Action, Role, UnknownWord, may};
pub use service_call::{
    ServiceCallChange, ServiceCallRefusal, ServiceCallState, ServiceCallStatus, ServiceCallStep, decide_service_call,
};
pub use target::{InvalidTarget, Target, Targets};
pub use text::{DiscardReason, InvalidText, Label, Note};
