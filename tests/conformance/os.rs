//! What only some systems have.

use crate::harness::tests_where;
use crate::rows::Need;

tests_where![#[cfg(all(unix, not(triga_platform = "sim")))] Need::Unix;
    urgent_bytes_are_told_on_linux(Need::Peer),
    an_accept_without_descriptors_waits_for_some_and_serves(),
    an_accept_without_descriptors_fails_in_the_end(),
    a_driver_without_descriptors_is_an_error(),
    a_file_that_cannot_be_waited_for_is_refused(),
    a_signal_does_not_end_a_turn(),
    a_signal_does_not_end_a_turn_with_an_error(),
    every_listener_sees_every_signal_after_its_creation(),
    a_second_ctrl_c_is_not_swallowed(),
    listeners_of_several_drivers_see_every_signal(),
    ten_thousand_signals_that_are_told_apart_are_seen_one_by_one(),
    of_ten_thousand_signals_to_the_process_the_last_is_never_lost(),
    a_signal_before_the_wait_ends_it(),
    a_wait_for_a_signal_that_is_dropped_takes_none(),
    signals_that_cannot_be_caught_are_refused(),
    a_shutdown_ends_the_wait_for_a_signal(),
    the_action_before_the_first_listener_comes_back_on_request(),
    handlers_of_others_outlive_the_listeners(),
    a_descriptor_is_woken_again_and_again(),
    what_std_reads_and_writes_by_reference_is_a_stream(),
    a_transfer_of_no_bytes_through_a_descriptor_is_done_at_once(),
    a_fresh_descriptor_is_tried(),
    a_wait_for_a_direction_that_a_descriptor_is_not_registered_for_is_invalid(),
    a_guard_clears_what_it_has_seen_and_nothing_newer(),
    several_tasks_wait_for_a_descriptor(),
    a_full_descriptor_is_writable_when_there_is_room(),
    a_descriptor_that_never_blocks_is_refused_with_a_reason(),
    a_descriptor_that_is_dropped_may_be_registered_again(),
    a_descriptor_that_is_not_registered_is_given_back(),
    a_second_registration_of_a_descriptor_says_that_there_is_one(),
    a_socket_that_stays_registered_is_given_back(),
    a_descriptor_that_is_closed_before_its_time_leaves_nothing_behind(),
    a_listener_is_taken_from_its_master_again_and_again(),
    a_source_that_is_dropped_leaves_no_event_of_its_duplicates(),
    a_socket_that_was_registered_before_it_connects_is_waited_for(),
    a_fifo_that_another_writer_opens_is_waited_for(),
    a_terminal_that_another_program_opens_is_waited_for(),
    urgent_bytes_are_waited_for_alone_on_linux(),
    errors_are_waited_for_alone_and_again_and_again_on_linux(),
    a_local_socket_goes_to_std_and_comes_back(),
    a_local_name_that_is_forbidden_is_permission_denied(),
    a_local_connect_waits_for_a_listener_that_is_busy(),
    a_local_connect_to_a_listener_that_accepts_nothing_fails_in_the_end(),
    two_hundred_children_at_once_leave_nothing_behind(),
    a_child_that_outlives_its_driver_is_reaped_with_the_next(),
    a_child_that_cannot_be_waited_for_is_not_left_running(),
    a_child_whose_status_was_taken_is_over(),
    children_start_beside_a_part_that_waits_for_all_of_them(),
    children_start_where_their_signal_is_ignored(),
    a_stdout_of_any_kind_without_a_reader_stops_no_timer(),
    a_stdin_of_any_kind_that_is_silent_stops_no_timer(),
    a_terminal_that_is_stopped_stops_no_timer_and_goes_on(),
    what_a_program_does_not_read_is_left_to_the_next(),
    input_that_another_reader_takes_stops_nothing(),
    a_fifo_whose_writer_has_gone_is_at_its_end(),
    a_pipe_without_a_reader_is_broken(),
    a_pipe_that_may_not_be_opened_anew_does_not_block(),
    a_stream_of_the_other_direction_is_refused(),
    streams_that_are_closed_are_empty(),
    stdout_may_be_a_device_without_end(),
    two_streams_may_be_one(),
    many_names_at_once_take_a_few_threads(),
    a_name_without_a_thread_is_an_error_of_its_own_on_linux(),
    a_fifo_ends_when_its_writer_dies_and_goes_on_with_the_next(),
    a_fifo_that_is_open_at_both_ends_has_no_end(),
    a_fifo_without_a_reader_is_opened_later(),
    what_is_no_fifo_is_refused(),
    what_is_no_end_of_a_pipe_is_refused_with_a_reason(),
    a_socket_of_another_kind_is_refused_with_a_reason(),
    a_local_socket_of_another_kind_is_refused_with_a_reason(),
    an_end_of_a_pipe_becomes_the_stream_of_a_child(),
    a_writer_that_is_closed_leaves_its_duplicate_alone(),
    a_writer_that_is_closed_wakes_its_driver_no_more(),
    a_writer_is_closed_when_there_are_descriptors_for_it(),
    a_fifo_that_may_not_be_opened_is_permission_denied(),
    descriptors_that_run_out_and_come_back_cost_no_connection(),
    a_number_that_another_source_has_at_once_brings_it_nothing_of_the_one_before(),
    a_storm_of_signals_loses_nothing(),
    a_process_that_is_stopped_and_continued_loses_nothing(),
    what_a_killed_peer_has_written_is_read_up_to_its_end(),
    a_write_to_a_killed_peer_ends(),
];

#[cfg(all(unix, not(triga_platform = "sim")))]
pub(crate) mod children;
#[cfg(all(unix, not(triga_platform = "sim")))]
mod descriptors;
#[cfg(all(unix, not(triga_platform = "sim")))]
mod duplicates;
#[cfg(all(unix, not(triga_platform = "sim")))]
mod fifos;
#[cfg(all(unix, not(triga_platform = "sim")))]
mod kinds;
#[cfg(all(unix, not(triga_platform = "sim")))]
mod local_sockets;
#[cfg(all(unix, not(triga_platform = "sim")))]
pub(crate) mod names;
#[cfg(all(unix, not(triga_platform = "sim")))]
mod reopened;
#[cfg(all(unix, not(triga_platform = "sim")))]
pub(crate) mod signals;
#[cfg(all(unix, not(triga_platform = "sim")))]
pub(crate) mod streams;
#[cfg(all(unix, not(triga_platform = "sim")))]
mod under_load;
#[cfg(all(unix, not(triga_platform = "sim")))]
mod unix;
#[cfg(all(unix, not(triga_platform = "sim")))]
use {
    children::*, descriptors::*, duplicates::*, fifos::*, kinds::*, local_sockets::*, names::*, reopened::*,
    signals::*, streams::*, under_load::*, unix::*,
};

/// Prepares a process for its tests, or for being their peer.
pub(crate) fn make_room() {
    #[cfg(all(unix, not(triga_platform = "sim")))]
    unix::make_room().expect("a process may raise its own limits");
}

/// How many descriptors the process may have, up to so many.
pub(crate) fn room_for(descriptors: usize) -> usize {
    #[cfg(all(unix, not(triga_platform = "sim")))]
    return unix::room_for(descriptors as _).expect("a process has limits") as usize;
    #[cfg(not(all(unix, not(triga_platform = "sim"))))]
    return descriptors;
}

/// How many descriptors are open.
pub(crate) fn open_descriptors() -> std::io::Result<usize> {
    // Every Unix has this folder; it is not asked for elsewhere.
    Ok(std::fs::read_dir("/dev/fd")?.count())
}
