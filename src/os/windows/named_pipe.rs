//! Named pipes: a server has an instance for each client.

use std::ffi::OsStr;
use std::io;
use std::os::windows::io::{AsHandle, BorrowedHandle};
use std::time::Duration;

use triga_platform::Interest;
use triga_platform::named_pipe::{self, Instance, NamedPipe};

use crate::io::registered::{Registered, async_read, async_write};
use crate::reactor::Handle;
use crate::time::Instant;

/// Which way bytes flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PipeAccess {
    /// Both ways.
    Duplex,
    /// From the client to the server.
    Inbound,
    /// From the server to the client.
    Outbound,
}

/// What a read gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PipeMode {
    /// What is there, however it was written.
    Byte,
    /// What was written at once, or as much of it as there is room for; the next read gets the rest. What is longer than 4 KiB
    /// comes in parts of that size. An empty message is neither sent nor seen, since it would look like the end.
    Message,
}

/// How an instance of a named pipe is made.
///
/// ```
/// use futures_util::{AsyncReadExt, AsyncWriteExt};
/// use triga::os::windows::{ClientOptions, ServerOptions};
///
/// triga::block_on(async {
///     let name = format!(r"\\.\pipe\triga-example-{}", std::process::id());
///     let mut server = ServerOptions::new().first_instance(true).create(&name)?;
///     let mut client = ClientOptions::new().connect(&name).await?;
///     server.connect().await?;
///     client.write_all(b"ping").await?;
///     let mut buffer = [0; 4];
///     server.read_exact(&mut buffer).await?;
///     assert_eq!(&buffer, b"ping");
///     std::io::Result::Ok(())
/// })
/// # .unwrap().unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct ServerOptions(Instance);

impl Default for ServerOptions {
    fn default() -> ServerOptions {
        ServerOptions::new()
    }
}

impl ServerOptions {
    /// An instance for bytes in both directions, of which there may be any number, for clients of this machine.
    pub fn new() -> ServerOptions {
        ServerOptions(Instance {
            inbound: true,
            outbound: true,
            messages: false,
            first: false,
            remote: false,
            max: u8::MAX,
        })
    }

    /// Which way bytes flow. All instances of a pipe have to agree.
    pub fn access(&mut self, access: PipeAccess) -> &mut ServerOptions {
        self.0.inbound = access != PipeAccess::Outbound;
        self.0.outbound = access != PipeAccess::Inbound;
        self
    }

    /// What a read gets. All instances of a pipe have to agree.
    pub fn mode(&mut self, mode: PipeMode) -> &mut ServerOptions {
        self.0.messages = mode == PipeMode::Message;
        self
    }

    /// How many instances there may be at a time: 1 to 254, or 255 for any number, as it is at first. The pipe's first instance
    /// decides.
    pub fn max_instances(&mut self, max: u8) -> &mut ServerOptions {
        self.0.max = max;
        self
    }

    /// Whether it has to be the first: then no other process has a pipe of this name, to which clients might have connected.
    pub fn first_instance(&mut self, first: bool) -> &mut ServerOptions {
        self.0.first = first;
        self
    }

    /// Whether clients on other machines are refused, as they are at first.
    pub fn reject_remote_clients(&mut self, reject: bool) -> &mut ServerOptions {
        self.0.remote = !reject;
        self
    }

    /// Makes an instance with the name `\\.\pipe\NAME`, registered with the thread's [current](Handle::current) handle.
    ///
    /// # Errors
    ///
    /// `PermissionDenied` if it should be the first and is not, or differs from those that are there; `InvalidInput` for a
    /// maximum of 0 or a name with a zero in it; what else the system says: one instance too many, a name of another form.
    pub fn create(&self, name: impl AsRef<OsStr>) -> io::Result<NamedPipeServer> {
        if self.0.max == 0 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a pipe without instances cannot be made: let there be one at least",
            ));
        }
        let pipe = NamedPipe::create(name.as_ref(), &self.0)?;
        register(&Handle::current()?, pipe).map(|io| NamedPipeServer { io })
    }
}

/// An instance of a named pipe, for one client at a time.
///
/// It is read and written through the futures-io traits, also by reference, and has one place for a reader and one for a
/// writer. Its read side ends when the client goes. What was written is on its way when the write returns, and the system keeps
/// it when this is dropped; [`disconnect`](Self::disconnect) takes it away.
#[derive(Debug)]
pub struct NamedPipeServer {
    io: Registered<NamedPipe>,
}

impl NamedPipeServer {
    /// Waits for a client. One that connected before, and one that has gone since, counts as well.
    ///
    /// Cancel safe: a client that connects to a wait that was dropped is there for the next one.
    ///
    /// # Errors
    ///
    /// Errors of the system; [`ShutDown`](crate::ShutDown) after a shutdown.
    pub async fn connect(&self) -> io::Result<()> {
        self.io.begin(Interest::WRITABLE, NamedPipe::connect).await
    }

    /// Ends the connection, after which [`connect`](Self::connect) waits for another client. The client loses what it has not
    /// read: have it say that it is done, or read to its end, before.
    ///
    /// Bytes of the old connection are not seen in the new one. Cancel safe: called again, it goes on.
    ///
    /// # Errors
    ///
    /// Errors of the system; [`ShutDown`](crate::ShutDown) after a shutdown.
    pub async fn disconnect(&self) -> io::Result<()> {
        self.io.source.disconnect()?;
        self.io.begin(Interest::READABLE, NamedPipe::discard_read).await?;
        self.io.begin(Interest::WRITABLE, NamedPipe::discard_write).await
    }
}

impl Registered<NamedPipe> {
    /// Runs an operation that readiness follows, rather than one that follows it, and again when there is some.
    async fn begin(&self, interest: Interest, operation: fn(&NamedPipe) -> io::Result<()>) -> io::Result<()> {
        match operation(&self.source) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.async_io(interest, operation).await,
            result => result,
        }
    }
}

/// How a client connects.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    access: PipeAccess,
    mode: PipeMode,
}

impl Default for ClientOptions {
    fn default() -> ClientOptions {
        ClientOptions::new()
    }
}

impl ClientOptions {
    /// A client for bytes in both directions.
    pub fn new() -> ClientOptions {
        ClientOptions {
            access: PipeAccess::Duplex,
            mode: PipeMode::Byte,
        }
    }

    /// Which way bytes flow, in the words of the server's option: [`Inbound`](PipeAccess::Inbound) to it.
    pub fn access(&mut self, access: PipeAccess) -> &mut ClientOptions {
        self.access = access;
        self
    }

    /// What a read gets. Messages are only where the server has them.
    pub fn mode(&mut self, mode: PipeMode) -> &mut ClientOptions {
        self.mode = mode;
        self
    }

    /// Connects to an instance that is free, registered with the thread's [current](Handle::current) handle. While every
    /// instance has a client, it looks again after pauses of 1 to 32 ms; [`timeout`](crate::time::timeout) limits that.
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such pipe, `PermissionDenied` if bytes do not flow that way, and what else the system says.
    pub async fn connect(&self, name: impl AsRef<OsStr>) -> io::Result<NamedPipeClient> {
        const LONGEST: Duration = Duration::from_millis(32);
        let (name, handle) = (name.as_ref(), Handle::current()?);
        let mut pause = Duration::from_millis(1);
        loop {
            match self.open(name) {
                Err(error) if named_pipe::is_busy(&error) => handle.sleep_until(Instant::now() + pause).await?,
                opened => return register(&handle, opened?).map(|io| NamedPipeClient { io }),
            }
            pause = LONGEST.min(2 * pause);
        }
    }

    fn open(&self, name: &OsStr) -> io::Result<NamedPipe> {
        let (reads, writes) = (self.access != PipeAccess::Inbound, self.access != PipeAccess::Outbound);
        NamedPipe::open(name, reads, writes, self.mode == PipeMode::Message)
    }
}

/// A client's end of a named pipe.
///
/// It is read and written through the futures-io traits, also by reference, and has one place for a reader and one for a
/// writer. Its read side ends when the server closes its instance.
#[derive(Debug)]
pub struct NamedPipeClient {
    io: Registered<NamedPipe>,
}

async_read!(NamedPipeServer, io);
async_write!(NamedPipeServer, io, |_| Ok(()));
async_read!(NamedPipeClient, io);
async_write!(NamedPipeClient, io, |_| Ok(()));

impl AsHandle for NamedPipeServer {
    fn as_handle(&self) -> BorrowedHandle<'_> {
        self.io.source.as_handle()
    }
}

impl AsHandle for NamedPipeClient {
    fn as_handle(&self) -> BorrowedHandle<'_> {
        self.io.source.as_handle()
    }
}

fn register(handle: &Handle, pipe: NamedPipe) -> io::Result<Registered<NamedPipe>> {
    Registered::new(handle, pipe, Interest::READABLE | Interest::WRITABLE)
}
