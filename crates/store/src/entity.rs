//! The tables, a module each. Private: the rest of Botica sees the types of each subject's file.

macro_rules! tables {
    ($($table:ident = $name:literal { $($(#[$attribute:meta])* $field:ident: $type:ty,)* })*) => {$(
        pub(crate) mod $table {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
            #[sea_orm(table_name = $name)]
            pub(crate) struct Model {
                $($(#[$attribute])* pub(crate) $field: $type,)*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub(crate) enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    )*};
}

tables! {
    user = "users" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        email: String,
        name: String,
        role: String,
        password_hash: String,
        is_active: bool,
        is_on_duty: bool,
        on_duty_since: Option<DateTimeUtc>,
        created_at: DateTimeUtc,
        updated_at: DateTimeUtc,
        may_order_controlled: bool,
    }

    lost_token = "lost_tokens" {
        #[sea_orm(primary_key, auto_increment = false)]
        token_hash: Vec<u8>,
        session_id: Uuid,
    }

    session = "sessions" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        user_id: Uuid,
        token_hash: Vec<u8>,
        previous_token_hash: Option<Vec<u8>>,
        created_at: DateTimeUtc,
        rotated_at: DateTimeUtc,
        expires_at: DateTimeUtc,
        revoked_at: Option<DateTimeUtc>,
    }

    medication = "medications" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        name: String,
        description: Option<String>,
        area: Option<String>,
        med_class: Option<String>,
        search_text: String,
        is_active: bool,
        created_at: DateTimeUtc,
        updated_at: DateTimeUtc,
        registration: Option<String>,
        registered_name: Option<String>,
        is_registered: Option<bool>,
        registration_expires_on: Option<Date>,
        active_ingredient: Option<String>,
        category: Option<String>,
        holder: Option<String>,
        controlled_list: Option<String>,
        tarja: Option<String>,
        is_high_alert: bool,
        look_alike_group: Option<String>,
        tall_man: Option<String>,
    }

    presentation = "presentations" {
        #[sea_orm(primary_key, auto_increment = false)]
        code: String,
        medication_id: Uuid,
        ggrem: Option<String>,
        description: String,
        tarja: Option<String>,
        factory_price: Option<i64>,
        consumer_price: Option<i64>,
        updated_at: DateTimeUtc,
    }

    presentation_ean = "presentation_eans" {
        #[sea_orm(primary_key, auto_increment = false)]
        ean: String,
        #[sea_orm(primary_key, auto_increment = false)]
        code: String,
    }

    lot = "lots" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        medication_id: Uuid,
        number: String,
        expires_on: Option<Date>,
        created_at: DateTimeUtc,
    }

    ward = "wards" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        name: String,
        wing: String,
        floor: String,
        created_at: DateTimeUtc,
    }

    dispenser = "dispensers" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        code: String,
        name: String,
        ward_id: Uuid,
        reference: Option<String>,
        is_active: bool,
        created_at: DateTimeUtc,
        updated_at: DateTimeUtc,
    }

    dispenser_medication = "dispenser_medications" {
        #[sea_orm(primary_key, auto_increment = false)]
        dispenser_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        medication_id: Uuid,
        par_min: Option<i32>,
        par_max: Option<i32>,
    }

    order = "orders" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        dispenser_id: Uuid,
        priority: String,
        status: String,
        note: Option<String>,
        refusal: Option<String>,
        reason: Option<String>,
        reason_note: Option<String>,
        requested_by_id: Uuid,
        requested_by_name: String,
        requested_by_role: String,
        requested_at: DateTimeUtc,
        accepted_by_id: Option<Uuid>,
        accepted_by_name: Option<String>,
        accepted_by_role: Option<String>,
        stored_at: DateTimeUtc,
        version: i32,
        is_controlled: bool,
        traceparent: Option<String>,
    }

    order_line = "order_lines" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        order_id: Uuid,
        position: i16,
        medication_id: Uuid,
        quantity: i32,
        delivered: i32,
        duplicate_of: Option<Uuid>,
    }

    delivery = "deliveries" {
        #[sea_orm(primary_key, auto_increment = false)]
        order_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        seq: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        position: i16,
        line_id: Uuid,
        quantity: i32,
        lot: Option<String>,
        expires_on: Option<Date>,
    }

    order_event = "order_events" {
        #[sea_orm(primary_key, auto_increment = false)]
        seq: i64,
        order_id: Uuid,
        kind: String,
        at: DateTimeUtc,
        by_id: Uuid,
        by_name: String,
        by_role: String,
        data: Option<Json>,
        hash: Vec<u8>,
        is_controlled: bool,
    }

    admin_change = "admin_changes" {
        #[sea_orm(primary_key, auto_increment = false)]
        seq: i64,
        kind: String,
        subject_id: Option<Uuid>,
        at: DateTimeUtc,
        by_id: Uuid,
        by_name: String,
        by_role: String,
        data: Option<Json>,
        hash: Vec<u8>,
    }

    event_head = "event_head" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: i32,
        seq: i64,
        hash: Vec<u8>,
    }

    target = "targets" {
        #[sea_orm(primary_key, auto_increment = false)]
        priority: String,
        seconds: i32,
    }

    reason = "reasons" {
        #[sea_orm(primary_key, auto_increment = false)]
        list: String,
        #[sea_orm(primary_key, auto_increment = false)]
        code: String,
        label: String,
        position: i16,
        is_active: bool,
    }

    board = "boards" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        name: String,
        token_hash: Vec<u8>,
        created_at: DateTimeUtc,
        revoked_at: Option<DateTimeUtc>,
    }

    service_call = "service_calls" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        dispenser_id: Uuid,
        kind: String,
        is_partly_usable: bool,
        note: Option<String>,
        status: String,
        version: i32,
        opened_by_id: Uuid,
        opened_by_name: String,
        opened_by_role: String,
        opened_at: DateTimeUtc,
        worked_by_id: Option<Uuid>,
        worked_by_name: Option<String>,
        worked_by_role: Option<String>,
        started_at: Option<DateTimeUtc>,
        closed_at: Option<DateTimeUtc>,
        outcome: Option<String>,
    }

    import = "imports" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        file_name: String,
        dialect: Option<String>,
        is_dry_run: bool,
        status: String,
        by_id: Uuid,
        by_name: String,
        by_role: String,
        started_at: DateTimeUtc,
        ended_at: Option<DateTimeUtc>,
        beat_at: DateTimeUtc,
        done: i64,
        of: i64,
        is_cancel_requested: bool,
        counts: Option<Json>,
        reason: Option<String>,
        has_rows: bool,
    }

    import_run = "import_runs" {
        #[sea_orm(primary_key, auto_increment = false)]
        import_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        position: i64,
        rows: i64,
        line: i64,
        verdict: String,
        remarks: Option<Json>,
    }

    dead_letter = "dead_letters" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        message_id: Option<String>,
        kind: Option<String>,
        traceparent: Option<String>,
        body: Vec<u8>,
        reason: String,
        first_seen_at: DateTimeUtc,
        last_seen_at: DateTimeUtc,
        seen: i32,
        headers: Option<Json>,
        needs_version: Option<i64>,
        state: String,
        decided_at: Option<DateTimeUtc>,
        decided_by_id: Option<Uuid>,
        decided_by_name: Option<String>,
        decided_by_role: Option<String>,
        decision_reason: Option<String>,
        claimed_at: Option<DateTimeUtc>,
    }

    suspect = "suspects" {
        #[sea_orm(primary_key, auto_increment = false)]
        body_hash: Vec<u8>,
        tries: i32,
        last_at: DateTimeUtc,
    }

    feedback = "feedback" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        order_id: Uuid,
        by_id: Uuid,
        rating: i16,
        comment: Option<String>,
        created_at: DateTimeUtc,
    }
}
