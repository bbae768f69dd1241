//! What every adapter promises, rule by rule.

mod attachments;
mod courses;
mod evidence;
mod facts;
mod health;
mod lagging;
mod ledger;
mod notices;
mod people;
mod statements;
mod vocabulary;

use super::{Harness, Maker, start_time, two_handles};

/// Runs the whole suite on handles that `harness` opens, each rule in organizations of its own.
pub async fn contract(harness: &dyn Harness, seed: u64) {
    let stores = two_handles(harness, seed).await;
    let make = Maker::new(seed, start_time());
    let store = &*stores[0];
    statements::equal_statements_are_stored_once(store, &make).await;
    statements::a_unit_that_fails_writes_nothing(store, &make).await;
    statements::a_voiding_statement_voids_before_and_after(store, &make).await;
    statements::a_reference_is_found_by_what_its_target_says(store, &make).await;
    statements::pages_join_to_the_whole(store, &make).await;
    statements::a_page_holds_few_statements_when_they_are_long(store, &make).await;
    statements::what_is_related_is_found_only_when_asked_for(store, &make).await;
    statements::a_follower_misses_nothing(&stores, &make).await;
    statements::consistency_is_promised_only_for_the_past(store, &make).await;
    attachments::data_is_kept_once_and_found_by_its_statements(&stores, &make).await;
    statements::organizations_do_not_see_each_other(&stores, &make).await;
    courses::the_same_package_is_the_same_version(store, &make).await;
    courses::a_registration_moves_on_from_what_was_read(store, &make).await;
    courses::of_two_first_registrations_one_is_made(&stores, &make).await;
    courses::a_record_follows_its_statements(store, &make).await;
    courses::a_registration_moves_to_another_version(store, &make).await;
    courses::registrations_are_listed_by_activity(store, &make).await;
    courses::tests_stay_apart(store, &make).await;
    courses::a_launch_is_exchanged_once(&stores, &make).await;
    notices::a_notice_is_due_when_its_registration_moves_on(store, &make).await;
    courses::calls_are_logged_once_in_order(store, &make).await;
    people::documents_are_written_as_expected(store, &make).await;
    vocabulary::what_is_defined_is_gathered_in_the_order_of_the_log(&stores, &make).await;
    vocabulary::a_unit_that_fails_defines_nothing(store, &make).await;
    vocabulary::what_an_erased_person_alone_had_said_is_unsaid(store, &make).await;
    people::credentials_end_when_revoked(store, &make).await;
    people::tokens_work_once(&stores, &make).await;
    people::changes_of_a_user_made_at_once_all_hold(&stores, &make).await;
    people::reference_events_share_the_log(store, &make).await;
    ledger::the_edge_is_that_of_the_entries(&stores, &make).await;
    ledger::tiles_stay_as_they_were_first(&stores, &make).await;
    ledger::all_bodies_can_be_read(store, &make).await;
    ledger::the_edge_is_corrected_at_its_size_alone(store, &make).await;
    ledger::a_size_is_signed_with_one_root(&stores, &make).await;
    ledger::a_key_is_followed_by_one_other(&stores, &make).await;
    ledger::an_actor_has_one_salt(&stores, &make).await;
    evidence::a_claim_is_kept_with_its_statement(store, &make).await;
    evidence::an_erased_person_leaves_entries_alone(store, &make).await;
    evidence::an_erased_person_empties_the_events_about_them(store, &make).await;
    facts::facts_say_what_the_statements_say(store, &make).await;
    facts::facts_come_with_their_claims(store, &make).await;
    facts::facts_of_an_erased_person_name_nobody(store, &make).await;
    facts::facts_are_made_again_from_the_statements(store, &make).await;
    lagging::without_a_replica_nothing_lags(&stores, &make).await;
    health::one_has_the_turn_to_begin(&stores).await;
    // The last one: nothing works afterwards.
    health::a_closed_store_refuses(&stores, &make).await;
}
