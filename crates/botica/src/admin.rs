//! `botica admin create`.

use std::path::Path;

use anyhow::{Context, bail};
use backend::Passwords;
use chrono::Utc;
use domain::{Email, Label, Role, UserId};
use store::{Act, NewUser, UserChange};
use uuid::Uuid;

use crate::application::connect;
use crate::secret::{first_line, random_password};
use crate::settings::Settings;

/// Creates an administrator, or lets the one with this address in again: the way back for a hospital
/// that locked itself out. Returns what to tell.
pub(crate) async fn create(
    settings: &Settings,
    email: &str,
    name: &str,
    password_file: Option<&Path>,
) -> anyhow::Result<String> {
    let email = Email::parse(email).context("--email")?;
    let name = Label::parse(name).context("--name")?;
    let (password, is_made) = match password_file {
        Some(file) => (first_line(file)?, false),
        None => (random_password(), true),
    };
    let passwords = Passwords::new(1, std::time::Duration::ZERO);
    let password_hash = match passwords.hash(&password).await {
        Ok(hash) => hash,
        Err(error) => bail!("the password {error}"),
    };
    let store = connect(settings).await?;
    if !settings.no_migrate {
        store.migrate().await?;
    }
    let known = store.user_by_email(&email).await?;
    let done = match known {
        Some(user) if user.role != Role::Admin => {
            bail!("{email} is a {} already; an admin can change that at the web app", user.role)
        }
        Some(user) => {
            let change = UserChange {
                name: Some(name),
                password_hash: Some(password_hash),
                is_active: Some(true),
                ..UserChange::default()
            };
            store.change_user(user.id, change, &Act::of_the_host("botica admin create", Utc::now())).await?;
            "has a new password"
        }
        None => {
            let id = UserId(Uuid::now_v7());
            let new = NewUser {
                id,
                email: email.clone(),
                name,
                role: Role::Admin,
                password_hash,
                may_order_controlled: false,
            };
            store.create_user(&new, &Act::of_the_host("botica admin create", Utc::now())).await?;
            "was created"
        }
    };
    store.close().await;
    Ok(match is_made {
        true => format!("The administrator {email} {done}. Password, shown only now: {password}"),
        false => format!("The administrator {email} {done}."),
    })
}
