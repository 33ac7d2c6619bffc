//! What the hospital makes of orders that arrive: whether they must be refused, and which of their lines are
//! of controlled medications.
//!
//! An order of a controlled medication needs the right of who placed it. They have it who have it now, and
//! they who had it when they placed the order: it was accepted then, and an outage between does not undo that.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::{ControlledList, NewOrder, PlacedOrder};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::connect::stored;
use crate::controlled::ControlledLine;
use crate::entity::{admin_change, medication, user};
use crate::parts::{self, padded};
use crate::users::CHANGED;
use crate::{StoreError, dispensers};

/// What is made of one order.
pub(crate) struct Verdict {
    /// Why it must be refused, if it must.
    pub(crate) refusal: Option<String>,
    /// Its lines of medications that are on a list.
    pub(crate) controlled: Vec<ControlledLine>,
}

/// What the catalogue says of a medication.
struct Known {
    name: String,
    list: Option<ControlledList>,
    is_active: bool,
}

/// The verdict on each of these orders, by its id.
pub(crate) async fn verdicts<C: ConnectionTrait>(
    database: &C,
    fresh: &[&PlacedOrder],
) -> Result<HashMap<Uuid, Verdict>, StoreError> {
    let wanted: HashSet<Uuid> = fresh.iter().map(|placed| placed.order.dispenser_id().0).collect();
    let dispensers = dispensers::active(database, &Vec::from_iter(wanted)).await?;
    let lines = fresh.iter().flat_map(|placed| placed.order.lines());
    let catalogue = known(database, lines.map(|line| line.medication_id.0).collect()).await?;
    let verdict = |placed: &&PlacedOrder| {
        let refusal = names_what_is_not_there(&placed.order, &dispensers, &catalogue);
        (placed.order.id().0, Verdict { refusal, controlled: controlled(&placed.order, &catalogue) })
    };
    let mut verdicts: HashMap<Uuid, Verdict> = fresh.iter().map(verdict).collect();

    let needs_the_right = |placed: &&&PlacedOrder| {
        let verdict = verdicts.get(&placed.order.id().0);
        verdict.is_some_and(|verdict| verdict.refusal.is_none() && !verdict.controlled.is_empty())
    };
    let asked: Vec<&PlacedOrder> = fresh.iter().filter(needs_the_right).copied().collect();
    for placed in without_the_right(database, asked).await? {
        if let Some(verdict) = verdicts.get_mut(&placed.order.id().0) {
            verdict.refusal = Some(no_right(&placed.placed_by.name, &verdict.controlled));
        }
    }
    Ok(verdicts)
}

fn names_what_is_not_there(
    order: &NewOrder,
    dispensers: &HashSet<Uuid>,
    catalogue: &HashMap<Uuid, Known>,
) -> Option<String> {
    if !dispensers.contains(&order.dispenser_id().0) {
        return Some(format!("there is no dispenser {} in use", order.dispenser_id()));
    }
    let is_in_use = |id: &Uuid| catalogue.get(id).is_some_and(|known| known.is_active);
    let unknown = order.lines().iter().find(|line| !is_in_use(&line.medication_id.0))?;
    Some(format!("there is no medication {} in use", unknown.medication_id))
}

fn controlled(order: &NewOrder, catalogue: &HashMap<Uuid, Known>) -> Vec<ControlledLine> {
    let controlled = |(position, line): (usize, &domain::NewLine)| {
        let known = catalogue.get(&line.medication_id.0)?;
        Some(ControlledLine {
            line_id: order.id().line(position),
            medication_id: line.medication_id,
            name: known.name.clone(),
            list: known.list?,
        })
    };
    order.lines().iter().enumerate().filter_map(controlled).collect()
}

/// Names all of them: who has not the right can order the rest anew without them.
fn no_right(who: &str, controlled: &[ControlledLine]) -> String {
    let named: Vec<String> = controlled.iter().map(|line| format!("{} (list {})", line.name, line.list)).collect();
    format!(
        "{who} may not order controlled medications, and this order has {}: an administrator can give that right",
        named.join(", ")
    )
}

async fn known<C: ConnectionTrait>(database: &C, ids: HashSet<Uuid>) -> Result<HashMap<Uuid, Known>, StoreError> {
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let mut all = HashMap::with_capacity(ids.len());
    for some in ids.chunks(parts::IDS).map(padded) {
        let rows: Vec<(Uuid, String, Option<String>, bool)> = medication::Entity::find()
            .select_only()
            .columns([
                medication::Column::Id,
                medication::Column::Name,
                medication::Column::ControlledList,
                medication::Column::IsActive,
            ])
            .filter(medication::Column::Id.is_in(some))
            .into_tuple()
            .all(database)
            .await?;
        for (id, name, list, is_active) in rows {
            let corrupt = |error| StoreError::Corrupt(format!("medication {id}: {error}"));
            let list = list.as_deref().map(str::parse).transpose().map_err(corrupt)?;
            all.insert(id, Known { name, list, is_active });
        }
    }
    Ok(all)
}

/// Those of these orders whose placers neither have the right to order controlled medications nor had it when
/// they placed them. Of a user whom the database does not know nobody has given it.
async fn without_the_right<'a, C: ConnectionTrait>(
    database: &C,
    mut asked: Vec<&'a PlacedOrder>,
) -> Result<Vec<&'a PlacedOrder>, StoreError> {
    if asked.is_empty() {
        return Ok(asked);
    }
    let placers: HashSet<Uuid> = asked.iter().map(|placed| placed.placed_by.id.0).collect();
    let now: HashMap<Uuid, Right> = user::Entity::find()
        .select_only()
        .columns([user::Column::Id, user::Column::IsActive, user::Column::MayOrderControlled])
        .filter(user::Column::Id.is_in(placers))
        .into_tuple::<(Uuid, bool, bool)>()
        .all(database)
        .await?
        .into_iter()
        .map(|(id, is_active, may_order_controlled)| (id, Right { is_active, may_order_controlled }))
        .collect();
    asked.retain(|placed| !now.get(&placed.placed_by.id.0).is_some_and(Right::holds));

    let known: HashSet<Uuid> =
        asked.iter().map(|placed| placed.placed_by.id.0).filter(|id| now.contains_key(id)).collect();
    let Some(earliest) = asked.iter().map(|placed| placed.placed_at).min().filter(|_| !known.is_empty()) else {
        return Ok(asked);
    };
    let changes = admin_change::Entity::find()
        .filter(admin_change::Column::SubjectId.is_in(known))
        .filter(admin_change::Column::Kind.eq(CHANGED))
        .filter(admin_change::Column::At.gt(stored(earliest)))
        .order_by_asc(admin_change::Column::Seq)
        .all(database)
        .await?;
    asked.retain(|placed| {
        let id = placed.placed_by.id.0;
        let theirs = changes.iter().filter(|change| change.subject_id == Some(id));
        !now.get(&id).is_some_and(|right| right.at(placed.placed_at, theirs).holds())
    });
    Ok(asked)
}

/// What the right hangs on.
#[derive(Clone, Copy)]
struct Right {
    /// Who may not sign in has no rights left, whatever an old token says.
    is_active: bool,
    may_order_controlled: bool,
}

impl Right {
    fn holds(&self) -> bool {
        self.is_active && self.may_order_controlled
    }

    /// The same at an earlier instant: of each part, what the first change after it changed it from.
    fn at<'a>(self, instant: DateTime<Utc>, changes: impl Iterator<Item = &'a admin_change::Model> + Clone) -> Right {
        let after = changes.filter(|change| change.at > stored(instant));
        let then = |field: &str, now: bool| {
            let from = |change: &admin_change::Model| change.data.as_ref()?.get(field)?.get("from")?.as_bool();
            after.clone().find_map(from).unwrap_or(now)
        };
        Right {
            is_active: then("is_active", self.is_active),
            may_order_controlled: then("may_order_controlled", self.may_order_controlled),
        }
    }
}
