//! The module `pipe`: pipes within the process. `common/no_pipe.rs` stands in where there are none.
//!
//! ```text
//! pub struct Sender; // Source; &Sender is Write
//! pub struct Receiver; // Source; &Receiver is Read
//! pub fn pair() -> io::Result<(Sender, Receiver)>;
//! pub fn end(sender: &Sender, registry: &Registry, token: Token) -> io::Result<()>;
//! ```
//!
//! * No operation blocks. Dropping one end MUST end the stream of the other.
//! * `end` ends the stream of a sender that is registered under the token and may be in use. Later writes MUST fail with
//!   `BrokenPipe`, and a direction that a task waits for MUST be reported. It MAY be called again.
