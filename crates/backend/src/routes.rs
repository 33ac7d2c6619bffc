//! The backend's table of contents, and who may use what.

use std::sync::Arc;
use std::time::Duration;

use domain::Action::*;
use http::{TokenKeys, TokenSigner, authenticated_by, may_do, may_look_on, may_watch, signed_in};
use store::Store;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::authenticate::DatabaseAuthenticator;
use crate::stream::StreamedEvent;
use crate::{Devices, Feed, Imports, Passwords, PublicUrl, Revocations, Throttle};
use crate::{
    audit, boards, dead_letters, dispensers, hospital, imports, jwks, medications, orders, reasons, revoked_sessions,
    scan, service_calls, session, targets, users, wards,
};

/// What the backend works with.
#[derive(Clone)]
pub struct Backend {
    /// The database.
    pub store: Store,
    /// Signs access tokens.
    pub signer: Arc<TokenSigner>,
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// Slows down who guesses passwords.
    pub throttle: Arc<Throttle>,
    /// Knows browsers that have signed in before, whose users it must not slow down.
    pub devices: Devices,
    /// How long who is signed in stays so.
    pub sessions: Sessions,
    /// Which sessions ended early, for publishers.
    pub revocations: Revocations,
    /// What happens to orders, for who watches.
    pub feed: Feed,
    /// Catalogue files on their way into the catalogue.
    pub imports: Imports,
    /// The hospital's time zone.
    pub time_zone: chrono_tz::Tz,
    /// Where people reach Botica; without it, labels name the host of the request that asks for them.
    pub public_url: Option<PublicUrl>,
    /// The telephone number of the pharmacy, for who can't reach it otherwise.
    pub pharmacy_phone: Option<String>,
}

/// How long who is signed in stays so.
#[derive(Clone, Copy, Debug)]
pub struct Sessions {
    /// How long an access token is good. A publisher that can ask nobody believes it for that long after a
    /// deactivation.
    pub access_token: Duration,
    /// How long a device stays signed in.
    pub session: Duration,
    /// Whether the refresh cookie may only travel over TLS.
    pub is_cookie_secure: bool,
}

/// All routes of the backend.
pub fn routes(backend: Backend) -> OpenApiRouter {
    let keys = TokenKeys::of([backend.signer.public_key()]);
    let authenticate = authenticated_by(Arc::new(DatabaseAuthenticator {
        keys,
        store: backend.store.clone(),
        sessions: backend.sessions,
    }));
    table().layer(authenticate).with_state(backend)
}

/// The description of the routes, for who does not want to run them.
pub fn openapi() -> OpenApi {
    table().into_openapi()
}

/// What is described beside the routes: the stream's events, which no answer is as a whole.
#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(StreamedEvent)))]
struct Beside;

fn table() -> OpenApiRouter<Backend> {
    OpenApiRouter::with_openapi(Beside::openapi())
        // Signing in and out: for everyone.
        .routes(routes!(session::login::login))
        .routes(routes!(session::refresh::refresh))
        .routes(routes!(session::logout::logout))
        .routes(routes!(jwks::jwks))
        .routes(routes!(revoked_sessions::revoked_sessions))
        .routes(routes!(hospital::get_hospital))
        // Oneself.
        .routes(signed_in(routes!(users::me::me)))
        .routes(signed_in(routes!(users::my_password::change_my_password)))
        .routes(signed_in(routes!(users::on_duty::set_on_duty)))
        .routes(signed_in(routes!(users::list_on_duty::list_on_duty)))
        // Users.
        .routes(may_do(ReadUsers, routes!(users::list::list_users)))
        .routes(may_do(KeepUsers, routes!(users::create::create_user)))
        .routes(may_do(ReadUsers, routes!(users::get::get_user)))
        .routes(may_do(KeepUsers, routes!(users::change::change_user, users::deactivate::deactivate_user)))
        // Medications as the first services had them; a fixed path wins over a parameter.
        .routes(may_do(KeepMedications, routes!(medications::older::create_older_medication)))
        .routes(signed_in(routes!(medications::older::all_older_medications)))
        .routes(signed_in(routes!(medications::older::get_older_medication)))
        // Medications.
        .routes(signed_in(routes!(medications::list::list_medications)))
        .routes(may_do(KeepMedications, routes!(medications::create::create_medication)))
        .routes(may_do(ReadReports, routes!(medications::export::export_medications)))
        .routes(signed_in(routes!(medications::get::get_medication)))
        .routes(may_do(
            KeepMedications,
            routes!(medications::change::change_medication, medications::deactivate::deactivate_medication),
        ))
        .routes(signed_in(routes!(medications::lots::list_lots)))
        .routes(may_do(KeepMedications, routes!(medications::lots::create_lot)))
        // Catalogue files.
        .routes(may_do(KeepMedications, routes!(imports::start::start_import)))
        .routes(may_do(KeepMedications, routes!(imports::list::list_imports)))
        .routes(may_do(KeepMedications, routes!(imports::get::get_import)))
        .routes(may_do(KeepMedications, routes!(imports::rows::list_import_rows)))
        .routes(may_do(KeepMedications, routes!(imports::remarks::get_import_remarks)))
        .routes(may_do(KeepMedications, routes!(imports::cancel::cancel_import)))
        // Wards. One comes to be with its first dispenser.
        .routes(signed_in(routes!(wards::list::list_wards)))
        .routes(may_do(KeepDispensers, routes!(wards::change::change_ward)))
        // What a code is that was scanned.
        .routes(signed_in(routes!(scan::scan)))
        // Dispensers.
        .routes(signed_in(routes!(dispensers::list::list_dispensers)))
        .routes(may_do(KeepDispensers, routes!(dispensers::create::create_dispenser)))
        .routes(signed_in(routes!(dispensers::get::get_dispenser)))
        .routes(may_do(
            KeepDispensers,
            routes!(dispensers::change::change_dispenser, dispensers::deactivate::deactivate_dispenser),
        ))
        .routes(signed_in(routes!(dispensers::holdings::list_holdings)))
        .routes(may_do(KeepDispensers, routes!(dispensers::holdings::set_holdings)))
        .routes(signed_in(routes!(dispensers::open_orders::list_open_orders)))
        // Their labels, and what those lead to: a phone that reads one is not signed in yet.
        .routes(signed_in(routes!(dispensers::label_svg::get_label)))
        .routes(signed_in(routes!(dispensers::labels_pdf::get_labels)))
        .routes(signed_in(routes!(dispensers::by_code::get_dispenser_by_code)))
        .routes(routes!(dispensers::scan::scan_label))
        // Orders. Placing them is the publisher's.
        .routes(may_look_on(routes!(orders::list::list_orders)))
        .routes(may_watch(routes!(orders::stream::stream_orders)))
        .routes(signed_in(routes!(orders::get::get_order)))
        // What people do to an order.
        .routes(may_do(AcceptOrder, routes!(orders::accept::accept_order)))
        .routes(may_do(ReleaseOrder, routes!(orders::release::release_order)))
        .routes(may_do(RejectOrder, routes!(orders::reject::reject_order)))
        .routes(may_do(DispatchOrder, routes!(orders::dispatch::dispatch_order)))
        .routes(may_do(DeliverOrder, routes!(orders::deliver::deliver_order)))
        .routes(may_do(ReceiveOrder, routes!(orders::receive::receive_order)))
        .routes(may_do(CancelOrder, routes!(orders::cancel::cancel_order)))
        .routes(may_do(RateOrder, routes!(orders::rate::rate_order)))
        // Dispensers that do not work.
        .routes(signed_in(routes!(service_calls::list::list_service_calls)))
        .routes(may_do(OpenServiceCall, routes!(service_calls::open::open_service_call)))
        .routes(signed_in(routes!(service_calls::get::get_service_call)))
        .routes(may_do(WorkServiceCall, routes!(service_calls::start::start_service_call)))
        .routes(may_do(WorkServiceCall, routes!(service_calls::release::release_service_call)))
        .routes(may_do(WorkServiceCall, routes!(service_calls::resolve::resolve_service_call)))
        .routes(may_do(OpenServiceCall, routes!(service_calls::cancel::cancel_service_call)))
        // What the hospital sets for itself.
        .routes(signed_in(routes!(targets::get::get_targets)))
        .routes(may_do(KeepSettings, routes!(targets::set::set_targets)))
        .routes(signed_in(routes!(reasons::list::list_reasons)))
        .routes(may_do(KeepSettings, routes!(reasons::set::set_reason)))
        // Wall screens.
        .routes(may_do(KeepBoards, routes!(boards::list::list_boards, boards::create::create_board)))
        .routes(may_do(KeepBoards, routes!(boards::revoke::revoke_board)))
        .routes(routes!(boards::open::open_board))
        // Who did what.
        .routes(may_do(ReadAudit, routes!(audit::list::list_audit)))
        .routes(may_do(ReadAudit, routes!(audit::export::export_audit)))
        // Messages that could not be processed.
        .routes(may_do(ReadDeadLetters, routes!(dead_letters::list::list_dead_letters)))
        .routes(may_do(ReadDeadLetters, routes!(dead_letters::get::get_dead_letter)))
        .routes(may_do(KeepDeadLetters, routes!(dead_letters::replay::replay_dead_letter)))
        .routes(may_do(KeepDeadLetters, routes!(dead_letters::discard::discard_dead_letter)))
}
