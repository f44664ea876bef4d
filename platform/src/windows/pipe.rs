//! Pipes without a name that anybody knows: the system's own can not be waited for, so these are the two ends of a named one.

use std::collections::hash_map::RandomState;
use std::ffi::OsString;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Read, Write};
use std::process;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use crate::select::platform::named_pipe::{Instance, NamedPipe};
use crate::{Interest, Registry, Source, Token};

/// A pipe's two ends.
///
/// # Errors
///
/// What the system says, for one that it has no more memory for pipes.
pub fn pair() -> io::Result<(Sender, Receiver)> {
    let name = unused_name();
    let receiver = NamedPipe::create(&name, &INBOUND)?;
    let sender = NamedPipe::open(&name, false, true, false)?;
    Ok((Sender(sender), Receiver(receiver)))
}

/// The first instance, and the only one: nobody else can be at the other end of what is made of it and connected.
pub(crate) const INBOUND: Instance = Instance {
    inbound: true,
    outbound: false,
    messages: false,
    first: true,
    remote: false,
    max: 1,
};

/// A name that nobody can foresee, and so take before it is used here.
pub(crate) fn unused_name() -> OsString {
    static NUMBERS: AtomicU64 = AtomicU64::new(0);
    let number = NUMBERS.fetch_add(1, Relaxed);
    let random = RandomState::new().build_hasher().finish();
    format!(r"\\.\pipe\triga-{}-{number}-{random:016x}", process::id()).into()
}

macro_rules! end {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(pub(crate) NamedPipe);

        impl Source for $name {
            fn register(&mut self, registry: &Registry, token: Token, interest: Interest) -> io::Result<()> {
                self.0.register(registry, token, interest)
            }

            fn reregister(&mut self, registry: &Registry, token: Token, interest: Interest) -> io::Result<()> {
                self.0.reregister(registry, token, interest)
            }

            fn deregister(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
                self.0.deregister(registry, token)
            }
        }
    };
}

end! {
    /// The writing end.
    Sender
}
end! {
    /// The reading end.
    Receiver
}

/// Lets the writer know at once, rather than when the read that is under way is over.
impl Drop for Receiver {
    fn drop(&mut self) {
        // It fails for what is not connected any more.
        let _ = self.0.disconnect();
    }
}

impl Write for &Sender {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        (&self.0).write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for &Receiver {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (&self.0).read(buf)
    }
}
