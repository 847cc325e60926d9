//! Which test proves which decision on security. A row without its test fails here.

use std::fs;
use std::path::Path;

/// Threat, and the functions that try to carry it out.
const PROOFS: &[(&str, &[&str])] = &[
    (
        "C1, a missing tenant predicate",
        &["the_app_touches_rows_of_its_own_tenant_only", "each_planted_bug_is_found_by_its_rule", "a_missing_policy_shows_on_the_surface"],
    ),
    ("C2, a poisoned pool", &["a_thousand_abandoned_requests_leave_no_tenant_no_transaction_and_no_change_behind"]),
    (
        "C3, a tenant chosen by the client",
        &["headers_that_a_client_makes_up_change_nothing", "headers_beside_the_key_change_nothing", "a_header_that_is_trusted_is_found"],
    ),
    (
        "C4, another tenant's row by id",
        &["what_belongs_to_others_is_answered_like_what_nobody_has", "what_belongs_to_others_is_answered_to_a_key_like_what_nobody_has"],
    ),
    ("C5, mass assignment", &["c5_fields_that_a_function_does_not_have_change_nothing", "c5_a_field_that_is_believed_is_found"]),
    (
        "C6, domain hijack",
        &[
            "a_token_is_made_once_whatever_happens_to_its_name",
            "who_has_proved_nothing_blocks_nobody_and_who_has_blocks_the_others",
            "of_two_who_prove_a_name_at_once_one_gets_it",
            "a_record_that_is_gone_is_told_then_acted_upon_then_final",
        ],
    ),
    (
        "C7, host poisoning of links in mail",
        &["no_header_of_a_request_gets_into_a_link", "the_link_in_the_mail_does_not_follow_headers", "only_our_own_hosts_are_answered"],
    ),
    ("C8, cross-site requests", &["another_site_changes_nothing_and_leads_nowhere", "a_missing_cross_site_guard_is_found"]),
    (
        "C9, session theft and fixation",
        &[
            "signing_in_makes_a_new_session_and_ends_the_one_before",
            "a_changed_role_counts_at_the_next_click_and_the_old_session_id_is_dead",
            "of_two_hundred_sign_outs_racing_with_saves_none_is_undone",
            "a_session_belongs_to_the_host_that_it_began_at",
            "the_database_holds_a_hash_of_the_id_and_never_the_id",
        ],
    ),
    ("C11, quota races", &["of_two_hundred_on_two_servers_exactly_one_gets_the_last_unit_a_hundred_times"]),
    (
        "C13, double submit",
        &[
            "fifty_submits_make_one_change",
            "a_form_that_is_sent_fifty_times_invites_once",
            "a_file_is_carried_out_once_however_often_it_is_sent",
            "a_form_that_is_sent_twice_makes_one_agent",
            "a_link_that_is_used_by_many_windows_at_once_makes_one_tenant",
            "c13_a_form_that_is_sent_fifty_times_leaves_one_key_that_works",
            "c13_a_file_that_is_sent_eight_times_by_one_form_is_one_document",
        ],
    ),
    (
        "H1, invite abuse",
        &[
            "fifty_who_accept_one_invite_at_once_make_one_member_and_one_event",
            "an_invite_for_an_account_is_its_owners_alone",
            "an_invite_holds_only_while_its_maker_could_make_it",
            "the_last_place_goes_to_one_of_fifty_at_two_servers_and_the_console",
        ],
    ),
    (
        // The time itself is measured by `make bench`: tests/bench/guessing.rs.
        "H2, enumeration and stuffing",
        &[
            "a_wrong_password_and_an_unknown_address_are_answered_with_the_same_bytes",
            "a_known_and_an_unknown_address_are_answered_with_the_same_bytes_and_the_same_work",
            "h2_who_has_no_account_costs_the_same_work",
            "one_account_is_tried_so_often_and_no_more",
        ],
    ),
    (
        "H3, hostile CSS",
        &[
            "h3_of_thousands_of_hostile_sheets_nothing_hostile_is_sent",
            "h3_css_dresses_the_content_of_portal_pages_and_none_where_secrets_are",
        ],
    ),
    ("H4, hostile images", &["h4_hostile_images_are_refused_beside_their_field_and_nothing_changes"]),
    ("H6, mail and header injection", &["names_make_no_headers", "names_are_escaped_and_subjects_are_one_line"]),
    ("H7, CSV formulas", &["formulas_are_inert_and_quotes_stand_where_they_must", "the_file_has_every_share_adds_up_and_holds_no_formula"]),
    ("H8, audit tampering", &["the_download_is_verified_offline_and_every_tampering_is_located", "fifty_writers_at_once_leave_one_chain"]),
    (
        // Its sessions and keys are older than what takes their rights away.
        "H9, suspension or revocation that lags",
        &["everybody_gets_what_is_theirs_and_nothing_else", "every_key_gets_what_is_its_own_and_nothing_else"],
    ),
];

fn read(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        match entry.extension().is_some_and(|extension| extension == "rs") {
            true => text.push_str(&fs::read_to_string(&entry).expect("text")),
            false if entry.is_dir() => read(&entry, text),
            false => {}
        }
    }
}

#[test]
fn every_decision_on_security_has_the_tests_that_are_named_for_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    read(&root.join("tests/all"), &mut text);
    read(&root.join("src"), &mut text);
    for (threat, tests) in PROOFS {
        for test in *tests {
            assert!(text.contains(&format!("fn {test}()")), "{threat}: {test} is gone");
        }
    }
}
