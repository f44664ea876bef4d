//! The driver's descriptor, for a loop of another make.

use triga::Capability;

use crate::harness::tests;
use crate::rows::Need;

const DESCRIPTOR: Need = Need::Has(Capability::SelectorDescriptor);

tests![
    a_driver_turns_inside_another_loop(DESCRIPTOR, Need::Peer),
    wakes_and_timers_of_a_driver_that_does_not_wait_are_no_system_calls(DESCRIPTOR),
];

#[cfg(all(unix, not(mio_unsupported_force_poll_poll), not(triga_platform = "sim")))]
mod outer;
#[cfg(all(unix, not(mio_unsupported_force_poll_poll), not(triga_platform = "sim")))]
use outer::*;

#[cfg(not(all(unix, not(mio_unsupported_force_poll_poll), not(triga_platform = "sim"))))]
use absent::*;
/// Where a driver has no descriptor, and the tests are skipped.
#[cfg(not(all(unix, not(mio_unsupported_force_poll_poll), not(triga_platform = "sim"))))]
mod absent {
    use crate::harness::Outcome;

    pub(super) async fn a_driver_turns_inside_another_loop() -> Outcome {
        unreachable!("it needs a descriptor")
    }

    pub(super) async fn wakes_and_timers_of_a_driver_that_does_not_wait_are_no_system_calls() -> Outcome {
        unreachable!("it needs a descriptor")
    }
}
