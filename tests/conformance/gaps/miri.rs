//! What Miri cannot run, in its own words.

use super::TOO_LONG;

pub(super) const GAPS: &[(&str, &str)] = &[
    ("a_clear_is_stale_for_32767_events_and_ticks_come_round_then", TOO_LONG),
    ("datagrams_come_with_their_senders_address", DATAGRAMS),
    ("a_connected_socket_hears_its_peer_alone", DATAGRAMS),
    ("a_datagram_that_is_peeked_at_stays", SEND),
    ("any_number_of_tasks_receive_from_one_socket", SEND),
    ("a_datagram_stays_when_its_wait_is_dropped", SEND),
    ("a_refused_datagram_is_told_once_and_then_reads_wait_again", SEND),
    ("a_refused_datagram_leaves_writes_waiting_for_room", SEND),
    ("a_refused_datagram_does_not_end_its_socket", SEND),
    ("a_udp_socket_goes_to_std_and_comes_back", SEND),
    ("udp_options_are_those_of_the_socket", BROADCAST),
    (
        "an_interest_in_nothing_that_the_system_tells_is_unsupported",
        URGENT_EVENTS,
    ),
    ("a_child_ends_with_the_status_that_std_reports", CHILDREN),
    ("a_child_that_is_killed_ends_with_the_status_that_std_reports", CHILDREN),
    ("a_child_answers_through_its_streams", CHILDREN),
    ("waiting_for_a_child_closes_what_it_reads", CHILDREN),
    ("what_a_child_writes_is_gathered_from_both_streams", CHILDREN),
    ("a_wait_for_a_child_that_is_given_up_loses_nothing", CHILDREN),
    ("children_are_waited_for_together", CHILDREN),
    ("a_child_is_asked_to_end", CHILDREN),
    ("a_program_that_is_missing_is_not_found", CHILDREN),
    ("a_shutdown_ends_the_wait_for_a_child", CHILDREN),
    ("urgent_bytes_are_told_on_linux", URGENT_BYTES),
    ("an_accept_without_descriptors_waits_for_some_and_serves", LIMITS),
    ("an_accept_without_descriptors_fails_in_the_end", LIMITS),
    ("a_driver_without_descriptors_is_an_error", LIMITS),
    ("a_file_that_cannot_be_waited_for_is_refused", FILE),
    ("a_signal_does_not_end_a_turn_with_an_error", SIGNALS),
    ("every_listener_sees_every_signal_after_its_creation", SIGNALS),
    ("a_second_ctrl_c_is_not_swallowed", SIGNALS),
    ("listeners_of_several_drivers_see_every_signal", SIGNALS),
    ("ten_thousand_signals_that_are_told_apart_are_seen_one_by_one", SIGNALS),
    ("of_ten_thousand_signals_to_the_process_the_last_is_never_lost", SIGNALS),
    ("a_signal_before_the_wait_ends_it", SIGNALS),
    ("a_wait_for_a_signal_that_is_dropped_takes_none", SIGNALS),
    ("signals_that_cannot_be_caught_are_refused", SIGNALS),
    ("a_shutdown_ends_the_wait_for_a_signal", SIGNALS),
    ("handlers_of_others_outlive_the_listeners", CHILDREN),
    ("the_action_before_the_first_listener_comes_back_on_request", CHILDREN),
    ("a_descriptor_that_never_blocks_is_refused_with_a_reason", FILE),
    ("urgent_bytes_are_waited_for_alone_on_linux", URGENT_EVENTS),
    ("errors_are_waited_for_alone_and_again_and_again_on_linux", UDP_IOCTL),
    ("a_local_connection_carries_every_byte_both_ways", LOCAL),
    (
        "the_halves_of_a_local_connection_end_apart_and_come_together",
        PAIR_SHUTDOWN,
    ),
    ("a_local_connection_says_who_is_there", PAIR_OPTIONS),
    ("a_local_socket_goes_to_std_and_comes_back", LOCAL),
    ("what_is_wrong_with_a_name_is_said", LOCAL),
    ("a_local_name_that_is_forbidden_is_permission_denied", LOCAL),
    ("a_local_connect_waits_for_a_listener_that_is_busy", LOCAL),
    ("an_abstract_name_is_gone_with_its_socket", LOCAL),
    ("a_datagram_that_is_longer_than_the_buffer_is_cut", DATAGRAM_PAIRS),
    ("local_datagrams_have_senders", LOCAL),
    ("a_local_datagram_waits_for_room", DATAGRAM_PAIRS),
    ("a_shutdown_ends_the_waits_for_local_sockets", LOCAL),
    ("two_hundred_children_at_once_leave_nothing_behind", WAITID),
    ("a_child_that_outlives_its_driver_is_reaped_with_the_next", CHILDREN),
    ("a_child_that_cannot_be_waited_for_is_not_left_running", LIMITS),
    ("a_stdout_of_any_kind_without_a_reader_stops_no_timer", CHILDREN),
    ("a_stdin_of_any_kind_that_is_silent_stops_no_timer", CHILDREN),
    ("a_terminal_that_is_stopped_stops_no_timer_and_goes_on", CHILDREN),
    ("what_a_program_does_not_read_is_left_to_the_next", CHILDREN),
    ("input_that_another_reader_takes_stops_nothing", FIFOS),
    ("a_fifo_whose_writer_has_gone_is_at_its_end", FIFOS),
    ("a_pipe_without_a_reader_is_broken", CHILDREN),
    ("a_pipe_that_may_not_be_opened_anew_does_not_block", FIFOS),
    ("a_stream_of_the_other_direction_is_refused", CHILDREN),
    ("streams_that_are_closed_are_empty", CHILDREN),
    ("stdout_may_be_a_device_without_end", CHILDREN),
    ("two_streams_may_be_one", CHILDREN),
    ("a_child_whose_status_was_taken_is_over", CHILDREN),
    ("children_start_beside_a_part_that_waits_for_all_of_them", CHILDREN),
    ("children_start_where_their_signal_is_ignored", CHILDREN),
    ("a_name_without_a_thread_is_an_error_of_its_own_on_linux", CHILDREN),
    ("a_fifo_ends_when_its_writer_dies_and_goes_on_with_the_next", FIFOS),
    ("a_fifo_that_is_open_at_both_ends_has_no_end", FIFOS),
    ("a_fifo_without_a_reader_is_opened_later", FIFOS),
    ("what_is_no_fifo_is_refused", OPEN),
    ("an_end_of_a_pipe_becomes_the_stream_of_a_child", PIPE_IOCTL),
    ("a_fifo_that_may_not_be_opened_is_permission_denied", FIFOS),
    ("descriptors_that_run_out_and_come_back_cost_no_connection", LIMITS),
    ("a_storm_of_signals_loses_nothing", SIGNALS),
    ("a_process_that_is_stopped_and_continued_loses_nothing", CHILDREN),
    ("what_a_killed_peer_has_written_is_read_up_to_its_end", CHILDREN),
    ("a_write_to_a_killed_peer_ends", CHILDREN),
    ("a_driver_turns_inside_another_loop", EPOLL),
    (
        "wakes_and_timers_of_a_driver_that_does_not_wait_are_no_system_calls",
        EPOLL,
    ),
    ("connections_that_come_and_go_leave_nothing_behind", LIMITS),
    ("stdin_is_echoed_before_more_of_it_comes", CHILDREN),
    ("stdin_is_read_whole_with_buffers_of_any_size", CHILDREN),
    ("stdin_without_a_writer_ends_at_once", CHILDREN),
    ("stdin_may_be_the_null_device", CHILDREN),
    ("stdin_may_be_a_file", CHILDREN),
    (
        "a_silent_stdin_stops_neither_timers_nor_the_deadlines_beyond_them",
        CHILDREN,
    ),
    ("a_full_stdout_does_not_stop_other_tasks", CHILDREN),
    ("stdout_may_be_a_file", CHILDREN),
];

/// In the simulator's world it lacks less, but is slower still.
pub(super) const SIMULATED: &[(&str, &str)] = &[
    ("a_clear_is_stale_for_32767_events_and_ticks_come_round_then", TOO_LONG),
    ("a_task_that_is_always_ready_starves_no_timer", TOO_LONG),
    ("a_waiting_write_learns_of_a_reset", TOO_LONG),
    ("a_local_connection_says_who_is_there", GROUP),
];

const FILE: &str = "I/O readiness watching not supported for file";
const EPOLL: &str = "I/O readiness watching not supported for epoll";
const LIMITS: &str = "can't call foreign function `getrlimit`";
const FIFOS: &str = "can't call foreign function `mkfifo`";
const CHILDREN: &str = "can't call foreign function `posix_spawnattr_init`";
const WAITID: &str = "can't call foreign function `waitid`";
const DATAGRAMS: &str = "can't call foreign function `sendto`";
const SEND: &str = "cannot send to udp socket";
const SIGNALS: &str = "can't call foreign function `sigaction`";
const GROUP: &str = "can't call foreign function `getegid`";
const PAIR_OPTIONS: &str = "cannot get socket option for socketpair";
const PAIR_SHUTDOWN: &str = "cannot shut down socketpair";
const PIPE_IOCTL: &str = "cannot use ioctl on pipe";
const UDP_IOCTL: &str = "cannot use ioctl on udp socket";
const URGENT_EVENTS: &str = "epoll_ctl: encountered unknown unsupported flags 0x2";
const OPEN: &str = "open: unsupported flags: 0x800";
const URGENT_BYTES: &str = "send: flag 0x1 is unsupported";
const BROADCAST: &str = "setsockopt: option 0x6 is unsupported";
const LOCAL: &str = "socket: domain 0x1 is unsupported";
const DATAGRAM_PAIRS: &str = "socketpair: type 0x2 is unsupported";
