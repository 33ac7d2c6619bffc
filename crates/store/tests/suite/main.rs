//! What the store promises, tried on both databases.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

mod controlled;
mod dead_letters;
mod hospital;
mod import;
mod import_jobs;
mod marks;
mod own_table;
mod places;
mod promises;
mod record;
mod search;
mod service_calls;
mod sessions;
mod succession;
mod targets_and_reasons;
mod waiting;

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
        a_taken_address_and_a_taken_code_are_told
        a_refresh_token_gives_the_next_and_a_copy_ends_the_session
        a_deactivated_user_is_out_at_once
        a_ward_is_made_once
        a_dispenser_holds_only_known_medications
        lists_of_holdings_that_are_set_at_once_do_not_mix
        changes_of_a_place_at_once_are_both_kept
        lots_come_first_to_expire_first
        an_order_is_rated_once_by_who_placed_it
    }

    dead_letters {
        a_dead_letter_is_decided_once_and_that_is_recorded
        of_many_who_decide_at_once_one_does
        a_replayed_letter_that_is_bad_again_waits_again
        of_many_consumers_one_claims_a_letter_until_it_is_taken_for_dead
        a_letter_that_needs_a_version_is_replayed_by_who_reads_it
        what_else_was_said_of_a_message_is_kept
        a_try_of_a_suspect_stays_until_it_went_through
    }

    targets_and_reasons {
        an_order_that_nobody_takes_in_its_time_is_unanswered
        a_list_of_reasons_is_kept_and_never_empty
    }

    places {
        a_ward_is_changed_with_all_that_stands_there
        no_two_wards_are_the_same
        a_dispenser_is_put_into_a_ward_that_is_renamed_meanwhile
        dispensers_are_found_by_code_and_by_ward
    }

    search {
        search_ignores_case_and_accents_and_takes_signs_for_letters
        what_one_process_changes_another_finds_at_once
        what_a_dispenser_stocks_is_found_first
        many_changes_and_a_record_that_was_put_back_are_taken_over
        pages_of_what_is_found_are_complete_and_do_not_repeat
        what_is_imported_is_found_at_once
        what_is_ordered_most_comes_first_in_a_dispenser
    }

    sessions {
        whatever_ends_a_session_early_is_told
        a_lost_answer_signs_nobody_out_and_two_owners_of_a_session_both
        who_may_not_sign_in_any_more_gets_no_session
        of_a_sign_in_and_a_change_at_once_one_comes_first
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

    import {
        each_row_of_an_import_gets_its_verdict
        an_import_that_is_called_off_leaves_nothing
        what_the_hospital_decided_is_not_undone_by_a_file
        presentations_belong_to_products_and_prices_do_not_jump
    }

    controlled {
        an_order_of_a_controlled_medication_needs_the_right
        the_right_counts_as_it_was_when_the_order_was_placed
        an_order_keeps_what_was_controlled_when_it_was_stored
        what_happened_to_controlled_orders_is_listed_apart
        what_few_orders_have_is_found_by_an_index
        a_mark_that_was_changed_everywhere_is_found
        a_record_of_before_there_was_the_right_still_holds
    }

    import_jobs {
        an_import_and_its_end_are_one
        of_an_import_and_its_end_neither_is_there_alone
        who_was_taken_for_dead_changes_nothing
        one_import_runs_at_a_time
        of_a_dead_import_nothing_is_heard
        rows_are_kept_of_the_last_twenty_imports
    }

    own_table {
        a_row_of_an_own_table_is_known_by_its_id
        an_own_table_says_all_that_the_catalogue_holds
        the_catalogue_comes_in_parts_each_once
    }

    marks {
        medications_are_marked_by_their_substance
        a_mark_that_is_set_or_disputed_is_told_and_not_set
        many_medications_are_marked_at_once_or_not_at_all
    }

    waiting {
        a_line_names_the_newest_open_order_for_its_medication
        what_waits_is_counted_by_priority_with_its_oldest
    }

    record {
        the_record_is_not_changed_through_the_application
        no_order_is_lost_and_lines_and_events_are_of_orders_that_are_there
        a_record_that_was_written_anew_is_found_by_its_checkpoint
        a_record_of_many_pages_is_verified_while_it_grows
    }
}

/// SQLite has one writer.
mod at_once {
    mod postgres {
        macro_rules! promises {
            ($($promise:ident)*) => {$(
                #[tokio::test(flavor = "multi_thread")]
                async fn $promise() {
                    crate::succession::$promise(crate::hospital::Hospital::on_postgres().await).await;
                }
            )*};
        }

        promises! {
            a_batch_is_written_while_the_one_ahead_is_not_committed_and_knows_its_orders
            what_came_of_the_batch_ahead_since_it_was_committed_is_seen
            a_batch_goes_on_behind_one_that_failed
            the_same_order_in_two_batches_is_stored_once
            a_batch_does_not_insert_before_the_one_ahead
            a_batch_lets_go_when_the_one_ahead_takes_long
        }
    }
}

/// SQLite plans without statistics here.
mod plans {
    mod postgres {
        #[tokio::test]
        async fn that_were_made_while_there_was_little_do_not_read_all_when_there_is_more() {
            let hospital = crate::hospital::Hospital::on_postgres().await;
            crate::waiting::what_was_planned_early_reads_no_whole_table(hospital).await;
        }
    }
}

/// 10,000 tamperings on SQLite, in parts that run at once, and 1000 on PostgreSQL.
mod tampering {
    macro_rules! parts {
        ($on:ident, $rounds:literal: $($part:ident = $seed:literal)*) => {$(
            #[tokio::test]
            async fn $part() {
                crate::record::every_tampering_is_found(crate::hospital::Hospital::$on().await, $rounds, $seed).await;
            }
        )*};
    }

    mod sqlite {
        parts! { on_sqlite, 2500: is_found_1 = 1 is_found_2 = 2 is_found_3 = 3 is_found_4 = 4 }
    }

    mod postgres {
        parts! { on_postgres, 1000: is_found = 5 }
    }
}
