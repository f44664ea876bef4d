//! Pipes without a name that anybody knows: the system's own can not be waited for, so these are the two ends of a named one.

use std::collections::hash_map::RandomState;
use std::ffi::OsString;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Read, Write};
use std::process;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use crate::common::source_of::source_of;
use crate::select::platform::named_pipe::{Instance, NamedPipe};
use crate::{Event, Interest, Lock, Ready, Registry, Source, Token};

/// A pipe's two ends.
///
/// # Errors
///
/// Errors of the system, such as that it has no memory for pipes.
pub fn pair() -> io::Result<(Sender, Receiver)> {
    let name = unused_name();
    let receiver = NamedPipe::create(&name, &INBOUND)?;
    let sender = NamedPipe::open(&name, false, true, false)?;
    Ok((Sender::new(sender), Receiver(receiver)))
}

/// The first instance, and the only one: no other process can be at the other end of what is made of it and connected.
pub(crate) const INBOUND: Instance = Instance {
    inbound: true,
    outbound: false,
    messages: false,
    first: true,
    remote: false,
    max: 1,
};

/// A name that no other process can guess, and so take before it is used here.
pub(crate) fn unused_name() -> OsString {
    static NUMBERS: AtomicU64 = AtomicU64::new(0);
    let number = NUMBERS.fetch_add(1, Relaxed);
    let random = RandomState::new().build_hasher().finish();
    format!(r"\\.\pipe\triga-{}-{number}-{random:016x}", process::id()).into()
}

/// Ends the stream of a writing end, behind what was written. Later writes fail with `BrokenPipe`.
///
/// # Errors
///
/// None.
pub fn end(sender: &Sender, registry: &Registry, token: Token) -> io::Result<()> {
    let ended = sender.0.lock().take();
    drop(ended);
    registry.posts.post(Event {
        token,
        ready: Ready::WRITABLE | Ready::WRITE_CLOSED,
    });
    Ok(())
}

/// The writing end.
#[derive(Debug)]
pub struct Sender(Lock<Option<NamedPipe>>);

/// The reading end.
#[derive(Debug)]
pub struct Receiver(pub(crate) NamedPipe);

impl Sender {
    pub(crate) fn new(pipe: NamedPipe) -> Sender {
        Sender(Lock::new(Some(pipe)))
    }
}

source_of!(Receiver: |receiver| receiver.0);

/// One whose stream has ended is not registered any more.
impl Source for Sender {
    fn register(&mut self, registry: &Registry, token: Token, interest: Interest) -> io::Result<()> {
        let pipe = self.0.get_mut();
        pipe.as_mut()
            .map_or(Ok(()), |pipe| pipe.register(registry, token, interest))
    }

    fn deregister(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        let pipe = self.0.get_mut();
        pipe.as_mut().map_or(Ok(()), |pipe| pipe.deregister(registry, token))
    }
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
        // The write does not block, and it wakes no task.
        let pipe = self.0.lock();
        pipe.as_ref()
            .map_or(Err(io::ErrorKind::BrokenPipe.into()), |mut pipe| pipe.write(buf))
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
