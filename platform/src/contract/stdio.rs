//! The module `stdio`: standard streams. `common/no_stdio.rs` stands in where there are none.
//!
//! ```text
//! pub struct Stdin; // Source; &Stdin is Read
//! impl Stdin {
//!     pub fn new() -> io::Result<Stdin>;
//! }
//!
//! pub struct Stdout; // Source; &Stdout is Write
//! impl Stdout {
//!     pub fn new() -> io::Result<Stdout>;
//! }
//!
//! pub struct Stderr; // Source; &Stderr is Write
//! impl Stderr {
//!     pub fn new() -> io::Result<Stderr>;
//! }
//! ```
//!
//! * There MAY be any number of each, one after the other and at once.
//! * No operation blocks. A platform that only has calls that block runs them on a thread (`common/stdio_threads.rs`), and
//!   fails with `ResourceBusy` if there is none.
//! * Bytes that were read and not asked for MUST be there for the next `Stdin`.
//! * What a write has reported as written MUST reach the system, also when the program ends. `flush` fails with `WouldBlock`
//!   until it has.
//! * The modes of a description that other programs share MUST NOT change.
