//! The module `signal`: what the system tells a process. These are signals on Unix, events of the console on Windows.
//! `common/no_signal.rs` stands in where there are none.
//!
//! ```text
//! #[derive(Debug, Clone, Copy, PartialEq, Eq)]
//! pub struct Kind;
//! impl Kind {
//!     pub const INTERRUPT: Kind;
//!     pub const TERMINATE: Kind;
//! }
//!
//! pub struct Alert; // Send + Sync
//! impl Alert {
//!     pub fn new(registry: &Registry) -> io::Result<Alert>;
//!     pub fn acknowledge(&self);
//! }
//!
//! pub struct Watch; // Send + Sync
//! impl Watch {
//!     pub fn new(kind: Kind, alert: Arc<Alert>) -> io::Result<Watch>;
//!     pub fn count(&self) -> usize;
//! }
//! ```
//!
//! * `Kind::INTERRUPT` is Ctrl-C, `Kind::TERMINATE` a request to end. A platform MAY have more.
//! * `Alert` makes the registry's selector report [`Token::SIGNAL`](super::Token::SIGNAL). The core makes one for a driver
//!   with its first listener, and keeps it. On the report it calls `acknowledge`, and then looks at the counts. What is
//!   counted after that MUST be reported again.
//! * `count` is how many events of the kind there were since the watch was made, every one that the system told apart. It MAY
//!   wrap. Each MUST be counted before the alert is raised.
//! * There MAY be any number of watches of one kind, and all MUST count. Dropping the last of them gives the event back to
//!   the system where that silences no other library. Unix cannot know that, so there the handler stays until `give_back` is
//!   called.
//! * A child that is forked MUST NOT raise the alerts of its parent, nor wait in its parent's selector: `select`, `register`
//!   and the like MUST fail there.
