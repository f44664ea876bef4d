//! The module `process`: children that std's `Command` starts. `common/no_process.rs` stands in where a program starts none.
//!
//! ```text
//! pub const LEAVES_ZOMBIES: bool;
//!
//! pub struct Spawned {
//!     pub child: Child,
//!     pub stdin: Option<pipe::Sender>,
//!     pub stdout: Option<pipe::Receiver>,
//!     pub stderr: Option<pipe::Receiver>,
//! }
//! pub fn spawn(command: &mut Command) -> io::Result<Spawned>;
//!
//! pub enum ExitWatch {
//!     Source(Exit),
//!     Signal(signal::Kind),
//!     Taken,
//! }
//! impl ExitWatch {
//!     pub fn new(child: &Child) -> io::Result<ExitWatch>;
//! }
//!
//! pub struct Exit; // Source
//! impl Exit {
//!     pub fn try_wait(&self, child: &mut Child) -> io::Result<Option<ExitStatus>>;
//! }
//!
//! pub fn try_wait(child: &mut Child) -> io::Result<Option<ExitStatus>>;
//! pub fn taken() -> io::Error;
//! pub fn terminate(child: &mut Child) -> io::Result<()>;
//! ```
//!
//! * `LEAVES_ZOMBIES`: a child that has ended stays in the system's table until its status is asked for.
//! * `spawn`: each stream that the command has piped is this side's end of a [`pipe`](super::pipe).
//! * `ExitWatch::Source`: a source that is readable when the child has ended. `Signal`: the core asks every child that it has
//!   after this signal. `Taken`: the child has ended, and another part of the program, or the system, took its status.
//! * `try_wait` MUST fail with `NotFound` if the status was taken. `taken` is that error, and says why.
//! * `terminate` asks a child that runs to end, in the way that a `Watch` of `Kind::TERMINATE` in the child would be told of.
//!   It fails with `Unsupported` where no single process can be asked. It MUST do nothing to a child that has ended.
