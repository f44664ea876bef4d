//! A guest under wasmtime.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::unistd::Pid;

/// It is killed when this is dropped.
pub(super) struct Server {
    wasmtime: Child,
    /// Where it listens.
    pub(super) address: SocketAddr,
}

impl Server {
    /// Runs wasmtime with what `arguments` makes of an address that is free, and returns when something listens there.
    pub(super) fn start(wasmtime: &Path, arguments: impl FnOnce(&mut Command, SocketAddr)) -> io::Result<Server> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let mut command = Command::new(wasmtime);
        arguments(&mut command, address);
        let wasmtime = command
            // wasmtime 36 takes a backtrace for every call that would block, if it is asked for backtraces at all.
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .spawn()?;
        let mut server = Server { wasmtime, address };
        server.wait_until_it_listens()?;
        Ok(server)
    }

    fn wait_until_it_listens(&mut self) -> io::Result<()> {
        let deadline = Instant::now() + Duration::from_secs(20);
        while let Err(error) = TcpStream::connect(self.address) {
            if let Some(status) = self.wasmtime.try_wait()? {
                return Err(io::Error::other(format!("wasmtime ended with {status}")));
            }
            if Instant::now() > deadline {
                return Err(error);
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Ends before its connections do: the load resets them, and tokio's panics when a connection is reset.
    pub(super) fn end_first(self) {}

    pub(super) fn pid(&self) -> Pid {
        Pid::from_raw(self.wasmtime.id() as i32)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended by itself if it cannot be killed.
        let _ = self.wasmtime.kill();
        let _ = self.wasmtime.wait();
    }
}
