//! Users: people with a login. A user is never deleted, only deactivated: orders name them.

use chrono::{DateTime, Utc};
use domain::{Email, Label, Person, Role, UserId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::{Value, json};

use crate::connect::stored;
use crate::entity::user;
use crate::page::{cut, is_after};
use crate::{Act, After, Page, Store, StoreError, changes, sessions};

/// A user. Its password's hash stays in the store but for [`Store::credentials`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// What they sign in with.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// Whether they may sign in.
    pub is_active: bool,
    /// Whether they are at work and want to be alerted.
    pub is_on_duty: bool,
    /// Since when.
    pub on_duty_since: Option<DateTime<Utc>>,
    /// Whether an admin has given them the right to order controlled medications. It counts beside a role that
    /// may place orders, and gives none.
    pub may_order_controlled: bool,
    /// When they were created.
    pub created_at: DateTime<Utc>,
    /// When they were last changed.
    pub updated_at: DateTime<Utc>,
}

impl User {
    /// How an order's history names them.
    pub fn person(&self) -> Person {
        Person { id: self.id, name: self.name.clone(), role: self.role }
    }
}

/// A user to be created.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Their id.
    pub id: UserId,
    /// What they sign in with; [`StoreError::Taken`] if somebody has it.
    pub email: Email,
    /// Their name.
    pub name: Label,
    /// Their role.
    pub role: Role,
    /// Their password's hash, in PHC string format.
    pub password_hash: String,
    /// Whether they may order controlled medications.
    pub may_order_controlled: bool,
}

/// What to change; `None` leaves a field as it is. Another role, another password and deactivation
/// end all sessions of the user; another role and deactivation end their duty, too.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    /// Another address.
    pub email: Option<Email>,
    /// Another name.
    pub name: Option<Label>,
    /// Another role.
    pub role: Option<Role>,
    /// Another password's hash.
    pub password_hash: Option<String>,
    /// May sign in or not.
    pub is_active: Option<bool>,
    /// At work or not.
    pub is_on_duty: Option<bool>,
    /// May order controlled medications or not.
    pub may_order_controlled: Option<bool>,
}

/// The kind under which the record has a change of a user.
pub(crate) const CHANGED: &str = "user.changed";

impl Store {
    /// # Errors
    /// [`StoreError::Taken`] when the address is.
    pub async fn create_user(&self, new: &NewUser, act: &Act) -> Result<User, StoreError> {
        let transaction = self.begin().await?;
        let row = user::ActiveModel {
            id: Set(new.id.0),
            email: Set(new.email.to_string()),
            name: Set(new.name.to_string()),
            role: Set(new.role.as_str().to_owned()),
            password_hash: Set(new.password_hash.clone()),
            is_active: Set(true),
            is_on_duty: Set(false),
            on_duty_since: Set(None),
            created_at: Set(stored(act.at)),
            updated_at: Set(stored(act.at)),
            may_order_controlled: Set(new.may_order_controlled),
        };
        let row = row.insert(&transaction).await?;
        changes::record(&transaction, act, "user.created", Some(row.id), Some(facts(&row))).await?;
        transaction.commit().await?;
        row.try_into()
    }

    /// The user, also when deactivated.
    ///
    /// # Errors
    /// The database's.
    pub async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        user::Entity::find_by_id(id.0).one(&self.read).await?.map(User::try_from).transpose()
    }

    /// The user with this address, also when deactivated.
    ///
    /// # Errors
    /// The database's.
    pub async fn user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        let row = user::Entity::find().filter(user::Column::Email.eq(email.as_str())).one(&self.read).await?;
        row.map(User::try_from).transpose()
    }

    /// The active user with this address, and their password's hash.
    ///
    /// # Errors
    /// The database's.
    pub async fn credentials(&self, email: &Email) -> Result<Option<(User, String)>, StoreError> {
        let row = user::Entity::find()
            .filter(user::Column::Email.eq(email.as_str()))
            .filter(user::Column::IsActive.eq(true))
            .one(&self.read)
            .await?;
        row.map(|row| {
            let password_hash = row.password_hash.clone();
            User::try_from(row).map(|user| (user, password_hash))
        })
        .transpose()
    }

    /// Users by name, also deactivated ones.
    ///
    /// # Errors
    /// The database's.
    pub async fn users(&self, after: Option<After<String>>, limit: u64) -> Result<Page<User, String>, StoreError> {
        let mut query = user::Entity::find();
        if let Some(after) = after {
            query = query.filter(is_after(user::Column::Name, user::Column::Id, after));
        }
        let rows = query
            .order_by_asc(user::Column::Name)
            .order_by_asc(user::Column::Id)
            .limit(limit + 1)
            .all(&self.read)
            .await?;
        let (rows, next) = cut(rows, limit, |row| After { key: row.name.clone(), id: row.id });
        Ok(Page { items: rows.into_iter().map(User::try_from).collect::<Result<_, _>>()?, next })
    }

    /// Who is on duty, of this role or of any; who has been longest comes first.
    ///
    /// # Errors
    /// The database's.
    pub async fn on_duty(&self, role: Option<Role>) -> Result<Vec<User>, StoreError> {
        let mut query =
            user::Entity::find().filter(user::Column::IsOnDuty.eq(true)).filter(user::Column::IsActive.eq(true));
        if let Some(role) = role {
            query = query.filter(user::Column::Role.eq(role.as_str()));
        }
        let rows = query.order_by_asc(user::Column::OnDutySince).order_by_asc(user::Column::Id).all(&self.read).await?;
        rows.into_iter().map(User::try_from).collect()
    }

    /// How many users there are, also deactivated ones.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_users(&self) -> Result<u64, StoreError> {
        Ok(user::Entity::find().count(&self.read).await?)
    }

    /// Changes a user; `None` when there is no such user.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when the address is.
    pub async fn change_user(&self, id: UserId, change: UserChange, act: &Act) -> Result<Option<User>, StoreError> {
        let transaction = self.begin().await?;
        // Locked: of two changes at once, each is recorded against what it found.
        let found = user::Entity::find_by_id(id.0).lock_exclusive().one(&transaction).await?;
        let Some(row) = found else { return Ok(None) };
        let before = facts(&row);
        let is_new_password = change.password_hash.is_some();
        let ends_duty = change.is_active == Some(false) || change.role.is_some_and(|role| role.as_str() != row.role);
        let ends_sessions = is_new_password || ends_duty;
        let is_on_duty = !ends_duty && change.is_on_duty.unwrap_or(row.is_on_duty);
        let on_duty_since = is_on_duty.then(|| row.on_duty_since.unwrap_or_else(|| stored(act.at)));
        let mut row = row.into_active_model();
        if let Some(email) = change.email {
            row.email = Set(email.into());
        }
        if let Some(name) = change.name {
            row.name = Set(name.into());
        }
        if let Some(role) = change.role {
            row.role = Set(role.as_str().to_owned());
        }
        if let Some(password_hash) = change.password_hash {
            row.password_hash = Set(password_hash);
        }
        if let Some(is_active) = change.is_active {
            row.is_active = Set(is_active);
        }
        if let Some(may_order_controlled) = change.may_order_controlled {
            row.may_order_controlled = Set(may_order_controlled);
        }
        row.is_on_duty = Set(is_on_duty);
        row.on_duty_since = Set(on_duty_since);
        row.updated_at = Set(stored(act.at));
        let row = row.update(&transaction).await?;
        if ends_sessions {
            sessions::revoke_all(&transaction, id, act.at).await?;
        }
        if let Some(difference) = changes::difference(&before, &facts(&row)) {
            changes::record(&transaction, act, CHANGED, Some(row.id), Some(difference)).await?;
        }
        if is_new_password {
            changes::record(&transaction, act, "user.password_changed", Some(row.id), None).await?;
        }
        transaction.commit().await?;
        Ok(Some(row.try_into()?))
    }
}

/// What the record says of a user: never a password's hash.
fn facts(row: &user::Model) -> Value {
    json!({
        "email": row.email,
        "name": row.name,
        "role": row.role,
        "is_active": row.is_active,
        "is_on_duty": row.is_on_duty,
        "may_order_controlled": row.may_order_controlled,
    })
}

impl TryFrom<user::Model> for User {
    type Error = StoreError;
    fn try_from(row: user::Model) -> Result<Self, StoreError> {
        Ok(User {
            id: row.id.into(),
            email: row.email,
            name: row.name,
            role: row.role.parse().map_err(|error| StoreError::Corrupt(format!("role of user {}: {error}", row.id)))?,
            is_active: row.is_active,
            is_on_duty: row.is_on_duty,
            on_duty_since: row.on_duty_since,
            may_order_controlled: row.may_order_controlled,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
