//! Signals where the system tells a program of none: the names are there, and say why they fail.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use crate::Registry;
use crate::support::{self, Capability};

/// Which event of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kind(());

impl Kind {
    /// Ctrl-C.
    pub const INTERRUPT: Kind = Kind(());
    /// A request to end.
    pub const TERMINATE: Kind = Kind(());
}

/// Makes a selector report that signals came.
#[derive(Debug)]
pub struct Alert(Infallible);

impl Alert {
    /// An alert for the registry's selector.
    ///
    /// # Errors
    ///
    /// Always `Unsupported` on this platform.
    pub fn new(_registry: &Registry) -> io::Result<Alert> {
        Err(support::unsupported(Capability::Signals))
    }

    /// Takes back what was reported.
    pub fn acknowledge(&self) {
        match self.0 {}
    }
}

/// Counts the signals of one kind.
#[derive(Debug)]
pub struct Watch(Infallible);

impl Watch {
    /// From now on, each signal of the kind is counted.
    ///
    /// # Errors
    ///
    /// None: there is no alert to begin with.
    pub fn new(_kind: Kind, alert: Arc<Alert>) -> io::Result<Watch> {
        match alert.0 {}
    }

    /// How many signals there were.
    pub fn count(&self) -> usize {
        match self.0 {}
    }
}
