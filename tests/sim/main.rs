//! The simulator: what a test of a user may rely on. It is there with `--cfg triga_platform="sim"` alone.

#![cfg(triga_platform = "sim")]

mod clock;
mod connections;
mod crashes;
mod directions;
mod duplicates;
mod events;
mod fifos;
mod hosts;
mod links;
#[cfg(unix)]
mod local_sockets;
mod machine;
mod replay;
mod seeds;
mod support;
mod transfers;
