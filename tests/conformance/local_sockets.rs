//! Local sockets, as Unix has them.

use crate::harness::tests_where;
use crate::rows::Need;

tests_where![#[cfg(unix)] Need::UnixSockets;
    a_local_connection_carries_every_byte_both_ways(),
    the_halves_of_a_local_connection_end_apart_and_come_together(),
    a_local_connection_says_who_is_there(),
    a_local_socket_without_bytes_would_block(),
    a_transfer_of_no_bytes_over_a_local_connection_is_done_at_once(),
    a_fresh_local_connection_is_tried(),
    what_is_wrong_with_a_name_is_said(),
    an_abstract_name_is_gone_with_its_socket(),
    a_datagram_that_is_longer_than_the_buffer_is_cut(),
    local_datagrams_have_senders(),
    a_local_datagram_waits_for_room(),
    a_local_datagram_waits_for_room_that_others_have_taken(),
    a_local_path_that_begins_with_a_zero_is_no_abstract_name(),
    a_shutdown_ends_the_waits_for_local_sockets(),
];

#[cfg(unix)]
mod connections;
#[cfg(unix)]
mod datagrams;
#[cfg(unix)]
use {connections::*, datagrams::*};
