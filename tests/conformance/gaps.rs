//! What a host does not do as the system that it stands for does, by the tests that show it.
//!
//! Each is run all the same, in a process of its own: one that passes is an error too, so that nothing stays in the list for
//! longer than it has to.

use std::env;
use std::process::{Command, Stdio};

use crate::rows::Row;

mod miri;

/// A host's tests that fail, each with the reason.
struct Host {
    row: &'static str,
    /// Whether Miri interprets the row's programs.
    is_miri: bool,
    gaps: &'static [(&'static str, &'static str)],
}

const HOSTS: &[Host] = &[WINE, MIRI, SIMULATED_MIRI];

const WINE: Host = Host {
    row: "windows-gnu-wine",
    is_miri: false,
    gaps: &[
        ("a_peer_that_resets_is_an_error_of_its_connection_alone", NO_RESET),
        ("a_waiting_read_learns_of_a_reset", NO_RESET),
        ("more_buffers_than_a_system_takes_go_in_several_calls", FEW_BUFFERS),
        ("slices_beyond_those_of_one_call_follow_in_tcp", FEW_BUFFERS),
        ("a_thousand_connections_are_served", SLOW_SERVER),
        ("bytes_go_both_ways_through_a_local_socket", NO_LOCAL),
        ("local_sockets_that_cannot_be_are_errors", NO_LOCAL),
        ("ctrl_break_is_a_request_to_end", NO_BREAK),
        ("a_first_instance_is_the_only_one", NO_FIRST),
        ("a_refused_datagram_is_told_once_and_then_reads_wait_again", NO_REFUSAL),
        ("a_refused_datagram_leaves_writes_waiting_for_room", NO_REFUSAL),
    ],
};

const MIRI: Host = Host {
    row: "native",
    is_miri: true,
    gaps: miri::GAPS,
};

const SIMULATED_MIRI: Host = Host {
    row: "sim",
    is_miri: true,
    gaps: miri::SIMULATED,
};

const TOO_LONG: &str = "Miri takes too long for it";
const NO_RESET: &str = "Wine shuts a socket down before it closes it, so that a linger of zero makes no reset";
const FEW_BUFFERS: &str =
    "Wine refuses more buffers than Linux takes in one call, rather than taking the first of them";
const SLOW_SERVER: &str = "Wine's server looks at every socket that is readable before it answers a call: a turn between the reads of a thousand \
     takes too long";
const NO_REFUSAL: &str = "Wine does not report that a datagram was refused";
const NO_LOCAL: &str = "Wine has no local sockets";
const NO_BREAK: &str = "Wine does not send Ctrl-Break";
const NO_FIRST: &str = "Wine lets any instance of a pipe be the first";

/// Why a test is known to fail on a row, if it is.
pub(crate) fn why(row: &Row, test: &str) -> Option<&'static str> {
    of(row).find(|(name, _)| *name == test).map(|(_, why)| why)
}

/// Lists those gaps of a row of which Miri says what it lacks.
pub(crate) fn list(row: &Row) {
    for (name, why) in of(row).filter(|(_, why)| *why != TOO_LONG) {
        println!("gap {name}: {why}");
    }
}

fn of(row: &Row) -> impl Iterator<Item = (&'static str, &'static str)> {
    let hosts = HOSTS
        .iter()
        .filter(|host| host.row == row.name && host.is_miri == cfg!(miri));
    hosts.flat_map(|host| host.gaps).copied()
}

/// Whether a test still fails.
pub(crate) fn is_there(test: &str) -> bool {
    if cfg!(miri) {
        // Nothing can start a process there: `cargo ci test miri-gaps` runs each of them.
        return true;
    }
    let alone = env::current_exe().and_then(|suite| {
        Command::new(suite)
            .args(["--alone", test])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
    });
    alone.is_ok_and(|status| !status.success())
}

/// The names of all gaps, which must be those of tests.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    HOSTS.iter().flat_map(|host| host.gaps).map(|(name, _)| *name)
}
