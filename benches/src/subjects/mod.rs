//! What is measured: a file for each subject.

mod echo;
mod memory;
pub(crate) mod ping_pong;
mod pipes;
mod register;
mod timers;
mod wake;
pub(crate) mod wasi;

use std::io;

use crate::options::Options;

/// What runs when nothing is named, in this order.
pub(crate) const USUAL: [Subject; 7] = [
    echo::SUBJECT,
    ping_pong::SUBJECT,
    pipes::SUBJECT,
    register::SUBJECT,
    wake::SUBJECT,
    timers::SUBJECT,
    memory::SUBJECT,
];

/// What runs only when it is named.
pub(crate) const OTHERS: [Subject; 2] = [wasi::WASIP1, wasi::WASIP2];

/// Something to measure.
#[derive(Clone, Copy)]
pub(crate) struct Subject {
    /// What the command line calls it.
    pub(crate) name: &'static str,
    pub(crate) run: fn(&Options) -> io::Result<()>,
}
