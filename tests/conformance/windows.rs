//! What only Windows has.

use crate::harness::tests_where;
use crate::rows::Need;

tests_where![#[cfg(all(windows, not(triga_platform = "sim")))] Need::Windows;
    every_listener_of_a_console_sees_every_ctrl_c(),
    ctrl_break_is_a_request_to_end(),
    the_default_action_of_ctrl_c_comes_back_when_the_last_listener_goes(),
    a_shutdown_ends_the_wait_for_an_event_of_the_console(),
    events_that_only_the_system_sends_are_refused(),
    a_thread_is_waited_for_by_its_handle(),
    a_child_is_waited_for_by_its_handle(),
    two_hundred_handles_are_waited_for_at_once(),
    two_hundred_children_at_once_are_waited_for(),
    a_wait_for_a_handle_that_is_dropped_leaves_nothing_behind(),
    a_shutdown_ends_the_wait_for_a_handle(),
    a_socket_is_woken_again_and_again(),
    several_tasks_wait_for_a_socket(),
    a_socket_that_is_not_registered_is_given_back(),
    a_socket_that_is_given_back_is_open_and_not_registered(),
    bytes_go_both_ways_through_a_local_socket(),
    local_sockets_that_cannot_be_are_errors(),
    paths_that_no_local_socket_can_have_are_invalid(),
    bytes_go_both_ways_through_a_named_pipe(),
    a_transfer_of_no_bytes_through_a_named_pipe_is_done_at_once(),
    messages_of_a_named_pipe_keep_their_bounds(),
    a_named_pipe_ends_when_its_other_end_goes(),
    bytes_of_a_named_pipe_flow_the_way_it_was_made_for(),
    a_first_instance_is_the_only_one(),
    instances_are_limited(),
    a_client_waits_while_a_named_pipe_is_busy(),
    names_that_no_pipe_has_are_errors(),
    an_instance_that_is_used_again_knows_nothing_of_the_client_before(),
    a_wait_for_a_client_that_is_dropped_loses_none(),
    a_shutdown_ends_the_wait_for_a_client(),
    sixty_four_clients_come_and_go_a_thousand_times(),
];

#[cfg(all(windows, not(triga_platform = "sim")))]
mod children;
#[cfg(all(windows, not(triga_platform = "sim")))]
pub(crate) mod console;
#[cfg(all(windows, not(triga_platform = "sim")))]
mod handles;
#[cfg(all(windows, not(triga_platform = "sim")))]
mod local;
#[cfg(all(windows, not(triga_platform = "sim")))]
mod named_pipes;
#[cfg(all(windows, not(triga_platform = "sim")))]
mod sockets;
#[cfg(all(windows, not(triga_platform = "sim")))]
use {children::*, console::*, handles::*, local::*, named_pipes::*, sockets::*};
