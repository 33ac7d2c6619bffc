//! What is promised of sessions that end early, on both databases.

use domain::{Role, SessionId};
use store::{Refreshed, Session, Store, User, UserChange};
use uuid::Uuid;

use crate::hospital::{Hospital, PASSWORD_HASH, act, at};

/// Signs a device of the nurse in; its token is its id.
async fn sign_in(hospital: &Hospital, store: &Store, password_hash: &str, second: i64) -> Option<(SessionId, User)> {
    let id = SessionId(Uuid::now_v7());
    let session = Session { id, user_id: hospital.nurse.id, expires_at: at(3600) };
    let user = store.create_session(&session, id.0.as_bytes().to_vec(), password_hash, at(second)).await.unwrap();
    user.map(|user| (id, user))
}

async fn signed_in(hospital: &Hospital, second: i64) -> SessionId {
    sign_in(hospital, &hospital.store, PASSWORD_HASH, second).await.unwrap().0
}

async fn revoked(hospital: &Hospital, since: i64) -> Vec<SessionId> {
    hospital.store.revoked_sessions(at(since), 100).await.unwrap()
}

async fn change(hospital: &Hospital, change: UserChange, second: i64) {
    hospital.store.change_user(hospital.nurse.id, change, &act(second)).await.unwrap().unwrap();
}

pub(crate) async fn whatever_ends_a_session_early_is_told(hospital: Hospital) {
    let store = &hospital.store;
    let hash = |session: SessionId| session.0.as_bytes().to_vec();
    let [left, copied] = [signed_in(&hospital, 0).await, signed_in(&hospital, 0).await];
    assert_eq!(revoked(&hospital, 0).await, []);

    store.end_session(&hash(left), at(10)).await.unwrap();
    store.refresh_session(&hash(copied), b"next".to_vec(), at(11)).await.unwrap();
    store.refresh_session(&hash(copied), b"x".to_vec(), at(90)).await.unwrap();
    let again = store.refresh_session(b"next", b"y".to_vec(), at(100)).await.unwrap();
    assert!(matches!(again, Refreshed::Stolen));
    let promoted = signed_in(&hospital, 100).await;
    change(&hospital, UserChange { role: Some(Role::Technician), ..UserChange::default() }, 110).await;
    let forgetful = signed_in(&hospital, 110).await;
    change(&hospital, UserChange { password_hash: Some("another".into()), ..UserChange::default() }, 120).await;
    let (stays, _) = sign_in(&hospital, store, "another", 120).await.unwrap();
    change(&hospital, UserChange { is_on_duty: Some(true), ..UserChange::default() }, 130).await;
    assert_eq!(revoked(&hospital, 0).await, [forgetful, promoted, copied, left], "the latest first");

    change(&hospital, UserChange { is_active: Some(false), ..UserChange::default() }, 140).await;
    assert_eq!(revoked(&hospital, 110).await, [stays, forgetful]);
    assert_eq!(store.revoked_sessions(at(0), 1).await.unwrap(), [stays]);
    change(&hospital, UserChange { is_active: Some(true), ..UserChange::default() }, 150).await;
    assert!(revoked(&hospital, 110).await.contains(&stays), "who is let in again has to sign in again");
}

pub(crate) async fn a_lost_answer_signs_nobody_out_and_two_owners_of_a_session_both(hospital: Hospital) {
    let store = &hospital.store;
    let first = signed_in(&hospital, 0).await.0.as_bytes().to_vec();
    let refresh = async |token: &[u8], next: &str, second| {
        store.refresh_session(token, next.as_bytes().to_vec(), at(second)).await.unwrap()
    };
    // Each answer but the last is lost: what the phone still has goes on to be good, a day later too.
    assert!(matches!(refresh(&first, "lost", 10).await, Refreshed::Rotated(..)));
    assert!(matches!(refresh(&first, "x", 20).await, Refreshed::Recent(..)), "two tabs at once");
    assert!(matches!(refresh(&first, "lost too", 100).await, Refreshed::Rotated(..)));
    assert!(matches!(refresh(&first, "arrives", 1000).await, Refreshed::Rotated(..)));
    assert!(matches!(refresh(b"arrives", "later", 2000).await, Refreshed::Rotated(..)));
    assert!(matches!(refresh(&first, "x", 2001).await, Refreshed::Unknown), "its successor was used");

    // What was given up as lost turns up: two have a token, and neither keeps the session.
    assert!(matches!(refresh(b"lost", "x", 2100).await, Refreshed::Stolen));
    assert!(matches!(refresh(b"later", "x", 2101).await, Refreshed::Unknown));
}

pub(crate) async fn who_may_not_sign_in_any_more_gets_no_session(hospital: Hospital) {
    let sign_in = async |password_hash: &str, second| sign_in(&hospital, &hospital.store, password_hash, second).await;
    change(&hospital, UserChange { role: Some(Role::Technician), ..UserChange::default() }, 1).await;
    assert_eq!(sign_in(PASSWORD_HASH, 2).await.unwrap().1.role, Role::Technician, "the role is the one of now");
    change(&hospital, UserChange { password_hash: Some("another".into()), ..UserChange::default() }, 3).await;
    assert!(sign_in(PASSWORD_HASH, 4).await.is_none(), "the password that was shown is not theirs any more");
    assert!(sign_in("another", 4).await.is_some());
    change(&hospital, UserChange { is_active: Some(false), ..UserChange::default() }, 5).await;
    assert!(sign_in("another", 6).await.is_none());
}

/// Whoever is first: no session has a role that was taken away and goes on.
pub(crate) async fn of_a_sign_in_and_a_change_at_once_one_comes_first(hospital: Hospital) {
    let other = hospital.another_store().await;
    for round in 1..=40 {
        let role = if round % 2 == 0 { Role::Nurse } else { Role::Technician };
        let to_role = UserChange { role: Some(role), ..UserChange::default() };
        let (signed_in, ()) =
            tokio::join!(sign_in(&hospital, &other, PASSWORD_HASH, round), change(&hospital, to_role, round));
        let (session, user) = signed_in.unwrap();
        let is_revoked = revoked(&hospital, round - 1).await.contains(&session);
        assert_eq!(user.role != role, is_revoked, "round {round}");
    }
}
