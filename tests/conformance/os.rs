//! What only some systems have.

use triga::Capability;

use crate::harness::unix_tests;
use crate::rows::Need;

unix_tests![
    a_driver_turns_inside_another_loop(Need::Has(Capability::SelectorDescriptor), Need::Peer),
    wakes_and_timers_of_a_driver_that_does_not_wait_are_no_system_calls(Need::Has(Capability::SelectorDescriptor)),
    urgent_bytes_are_told_on_linux(Need::Unix, Need::Peer),
    an_accept_without_descriptors_waits_for_some_and_serves(Need::Unix),
    an_accept_without_descriptors_fails_in_the_end(Need::Unix),
    a_driver_without_descriptors_is_an_error(Need::Unix),
    a_file_that_cannot_be_waited_for_is_refused(Need::Unix),
    a_signal_does_not_end_a_turn_with_an_error(Need::Unix),
];

#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix::*;

/// Prepares a process for its tests, or for being their peer.
pub(crate) fn make_room() {
    #[cfg(unix)]
    unix::make_room().expect("a process may raise its own limits");
}
