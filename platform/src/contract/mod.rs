//! What a platform supplies, and the words that the core and the platforms share.
//!
//! A platform is a folder of this crate. `select.rs` chooses one by the target, as the module `platform`, and `lib.rs`
//! exports its parts. The core uses nothing else of it. No trait ties the parts together, since only one platform is ever
//! compiled. The compiler holds each platform to the uses in the core, and these pages say what types cannot.
//!
//! | page | part |
//! | --- | --- |
//! | [`selector`] | what every port starts with: selector, registry, sources, waker, events, clock, locks, constants |
//! | [`net`] | TCP, UDP, names |
//! | [`stdio`] | standard streams |
//! | [`pipe`] | pipes within the process |
//! | [`process`] | children |
//! | [`signal`] | signals, console events |
//! | [`task`] | how tasks are placed and ordered |
//! | [`local`] | local sockets, on the platforms that have them |
//!
//! Every platform has the names of all pages but the last. A part that the system lacks is there and fails with
//! `io::ErrorKind::Unsupported`, and with the sentence that the platform's [`SUPPORT`](crate::SUPPORT) has for it. `common/`
//! has such a part for each page, named `no_…`, so a port starts with [`selector`] and takes the rest from there: `web/` is
//! the example.
//!
//! Every public type is `Debug`. Every source and what it shares is `Send + Sync`, where it is not said to be otherwise.
//!
//! # What only one platform has
//!
//! `lib.rs` exports these modules to `src/os` of the core, each on one platform alone. A port needs none of them.
//!
//! * Unix: `descriptor` (any descriptor as a source) and [`local`]. The sockets and pipes are `AsFd`, and so is the selector
//!   where it is a descriptor. `pipe` has fifos and takes descriptors over: `open_fifo(&Path, read: bool, write: bool) ->
//!   io::Result<OwnedFd>`, `receiver_from(OwnedFd) -> io::Result<Receiver>`, `sender_from(OwnedFd) -> io::Result<Sender>`.
//!   `signal` has `Kind::from_raw(c_int)`, `Kind::as_raw(self) -> c_int` and `give_back(Kind) -> io::Result<()>`.
//! * Windows: [`local`], `named_pipe`, `socket` (any socket as a source), `waitable` (handles that are signalled). `signal`
//!   has `send(Kind, group: Option<u32>) -> io::Result<()>`.
//! * WASI 0.2: `wasi` (pollables and streams of any interface as sources).
//! * The simulator: `sim` (worlds, hosts, seeds). Its sockets and pipes have `try_clone(&self) -> io::Result<Self>`.
//! * Models: `Registry::post(&self, Event)`, by which a model makes the events.
//!
//! What is in `common/` may ask for more of the platforms that use it: `mio_selector.rs` and `poll/` for a module `fork`,
//! `mio_net.rs` for a module `kind`. `no_fork.rs` and `no_kind.rs` have these for a system that lacks them.

mod flags;
mod interest;
pub mod local;
pub mod net;
pub mod pipe;
pub mod process;
mod ready;
pub mod selector;
pub mod signal;
pub mod stdio;
pub mod task;
mod token;

pub use interest::Interest;
pub use local::Received;
pub use net::Lookup;
pub use ready::{Direction, Ready};
pub use selector::{Event, Outcome, Wait};
pub use token::Token;
