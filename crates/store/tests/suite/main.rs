//! What the store promises, tried on both databases.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

mod hospital;
mod promises;
mod record;
mod service_calls;

/// One test a promise and database.
macro_rules! on_both_databases {
    ($($subject:ident { $($promise:ident)* })*) => {
        mod sqlite {
            $($(#[tokio::test]
            async fn $promise() {
                crate::$subject::$promise(crate::hospital::Hospital::on_sqlite().await).await;
            })*)*
        }

        mod postgres {
            $($(#[tokio::test]
            async fn $promise() {
                crate::$subject::$promise(crate::hospital::Hospital::on_postgres().await).await;
            })*)*
        }
    };
}

on_both_databases! {
    promises {
        migrating_twice_changes_nothing
        many_processes_may_migrate_at_once
        a_database_of_a_newer_botica_is_refused
        an_order_is_stored_with_its_lines_and_one_event
        an_order_stored_twice_is_stored_once
        an_order_stored_by_two_consumers_at_once_is_stored_once
        the_same_id_with_other_content_is_a_dead_letter
        the_same_id_from_another_user_is_a_dead_letter
        an_order_for_an_unknown_dispenser_is_refused_with_the_reason
        an_order_of_an_unknown_medication_is_refused_with_the_reason
        what_can_not_be_read_is_kept_to_the_byte
        a_dead_letter_that_comes_again_is_counted
        a_batch_is_kept_whole_or_not_at_all
        event_numbers_follow_the_order_of_commits
        text_comes_back_as_it_was_typed
        instants_come_back_as_they_were_stored
        pages_of_orders_are_complete_and_do_not_repeat
        orders_are_filtered
        search_ignores_case_and_accents_and_takes_percent_literally
        a_taken_address_and_a_taken_code_are_told
        a_refresh_token_works_once_and_a_copy_ends_the_session
        a_deactivated_user_is_out_at_once
        a_ward_is_made_once
        a_dispenser_holds_only_known_medications
        lists_of_holdings_that_are_set_at_once_do_not_mix
        changes_of_a_place_at_once_are_both_kept
        lots_come_first_to_expire_first
        an_order_is_rated_once_from_1_to_5
    }

    service_calls {
        a_service_call_is_worked_to_its_end_and_each_step_is_recorded_once
        all_of_a_subject_is_found_in_the_record_whatever_the_collation
        a_service_call_opened_again_is_the_same_one
        a_service_call_names_a_kind_and_a_dispenser_that_are_there
        a_second_service_call_of_a_kind_is_told_of_the_first
        of_many_who_start_a_service_call_one_has_it
        a_service_call_of_another_version_is_left_as_it_is
        service_calls_are_filtered_and_come_in_pages
        who_is_on_duty_is_known_with_since_when
    }

    record {
        the_record_is_not_changed_through_the_application
        a_record_that_was_written_anew_is_found_by_its_checkpoint
        a_record_of_many_pages_is_verified_while_it_grows
    }
}

mod verifying {
    use crate::hospital::Hospital;
    use crate::record;

    #[tokio::test]
    async fn sqlite_10_000_tamperings_are_found() {
        record::every_tampering_is_found(Hospital::on_sqlite().await, 10_000).await;
    }

    #[tokio::test]
    async fn postgres_1000_tamperings_are_found() {
        record::every_tampering_is_found(Hospital::on_postgres().await, 1000).await;
    }
}
