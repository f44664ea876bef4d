//! Named pipes, through mio.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::windows::ffi::OsStrExt;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::{AsHandle, AsRawHandle, BorrowedHandle, FromRawHandle, IntoRawHandle, OwnedHandle};
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Foundation::{
    ERROR_PIPE_BUSY, ERROR_PIPE_NOT_CONNECTED, GENERIC_READ, GENERIC_WRITE, INVALID_HANDLE_VALUE,
};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_FLAG_FIRST_PIPE_INSTANCE, FILE_FLAG_OVERLAPPED, FILE_TYPE_PIPE, FILE_WRITE_ATTRIBUTES, GetFileType,
    PIPE_ACCESS_INBOUND, PIPE_ACCESS_OUTBOUND, SECURITY_IDENTIFICATION,
};
use windows_sys::Win32::System::Pipes::{
    CreateNamedPipeW, PIPE_ACCEPT_REMOTE_CLIENTS, PIPE_READMODE_BYTE, PIPE_READMODE_MESSAGE,
    PIPE_REJECT_REMOTE_CLIENTS, PIPE_TYPE_BYTE, PIPE_TYPE_MESSAGE, SetNamedPipeHandleState,
};

use crate::common::source_of::source_of;

/// How an instance of a pipe is made. Its buffers are as large as mio reads at once, sixteen times.
#[derive(Debug, Clone)]
pub struct Instance {
    /// Bytes flow from the client to the server.
    pub inbound: bool,
    /// Bytes flow from the server to the client.
    pub outbound: bool,
    /// What is written at once is read at once.
    pub messages: bool,
    /// There may be none before it.
    pub first: bool,
    /// Clients on other machines may connect.
    pub remote: bool,
    /// How many there may be at a time, up to 255, which means any number.
    pub max: u8,
}

/// One end of a connection, or of none yet.
#[derive(Debug)]
pub struct NamedPipe(mio::windows::NamedPipe);

const BUFFER: u32 = 64 * 1024;

impl NamedPipe {
    /// An instance of a pipe that waits for a client.
    ///
    /// # Errors
    ///
    /// Errors of the system: a name that is not `\\.\pipe\NAME`, an instance that is not the first or one too many.
    pub fn create(name: &OsStr, instance: &Instance) -> io::Result<NamedPipe> {
        let name = wide(name)?;
        let when = |condition, flag| if condition { flag } else { 0 };
        let open_mode = FILE_FLAG_OVERLAPPED
            | when(instance.inbound, PIPE_ACCESS_INBOUND)
            | when(instance.outbound, PIPE_ACCESS_OUTBOUND)
            | when(instance.first, FILE_FLAG_FIRST_PIPE_INSTANCE);
        let mode = if instance.messages {
            PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE
        } else {
            PIPE_TYPE_BYTE | PIPE_READMODE_BYTE
        };
        let clients = if instance.remote {
            PIPE_ACCEPT_REMOTE_CLIENTS
        } else {
            PIPE_REJECT_REMOTE_CLIENTS
        };
        // SAFETY: the name ends with a zero, and null stands for the usual security attributes.
        let handle = unsafe {
            CreateNamedPipeW(
                name.as_ptr(),
                open_mode,
                mode | clients,
                instance.max.into(),
                BUFFER,
                BUFFER,
                0,
                ptr::null(),
            )
        };
        if handle == INVALID_HANDLE_VALUE {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the handle was just made, and has no other owner.
        Ok(NamedPipe::from_handle(unsafe { OwnedHandle::from_raw_handle(handle) }))
    }

    /// Connects to an instance that waits. The server may know who this is, and may not act for it.
    ///
    /// # Errors
    ///
    /// Errors of the system, such as the one that [`is_busy`] finds; `InvalidInput` for what is no pipe.
    pub fn open(name: &OsStr, read: bool, write: bool, messages: bool) -> io::Result<NamedPipe> {
        let when = |condition, access| if condition { access } else { 0 };
        // The last is what it takes to set the mode.
        let access = when(read, GENERIC_READ) | when(write, GENERIC_WRITE) | FILE_WRITE_ATTRIBUTES;
        let file = OpenOptions::new()
            .access_mode(access)
            .custom_flags(FILE_FLAG_OVERLAPPED)
            .security_qos_flags(SECURITY_IDENTIFICATION)
            .open(name)?;
        if !is_pipe(&file) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!(
                    "`{}` is no pipe: its name begins with \\\\.\\pipe\\",
                    Path::new(name).display()
                ),
            ));
        }
        let pipe = NamedPipe::from_handle(file.into());
        if messages {
            pipe.read_messages()?;
        }
        Ok(pipe)
    }

    /// Waits for a client. Writability tells when it is worth another try.
    ///
    /// # Errors
    ///
    /// `WouldBlock` until there is a client, and errors of the system.
    pub fn connect(&self) -> io::Result<()> {
        self.0.connect()?;
        // A wait before this one may have ended with the connection that it was for.
        self.0.take_error().map(drop)
    }

    /// Ends the connection. The client loses what it has not read.
    ///
    /// # Errors
    ///
    /// Errors of the system.
    pub fn disconnect(&self) -> io::Result<()> {
        self.0.disconnect()
    }

    /// Takes what was read of a connection that was ended. Readability tells when it is worth another try.
    ///
    /// # Errors
    ///
    /// `WouldBlock` while a read of it is under way.
    pub fn discard_read(&self) -> io::Result<()> {
        loop {
            match (&self.0).read(&mut [0; 512]) {
                Ok(1..) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(error),
                // From here on every read finds that there is no connection; so will the first one of the next connection.
                Ok(0) | Err(_) => return Ok(()),
            }
        }
    }

    /// Takes what became of the last write to a connection that was ended. Writability tells when it is worth another try.
    ///
    /// # Errors
    ///
    /// `WouldBlock` while the write is under way.
    pub fn discard_write(&self) -> io::Result<()> {
        match (&self.0).write(&[]) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(()),
        }
    }

    /// The handle is of a pipe that was opened for overlapped operations.
    pub(crate) fn from_handle(handle: OwnedHandle) -> NamedPipe {
        // SAFETY: the handle is given away.
        NamedPipe(unsafe { mio::windows::NamedPipe::from_raw_handle(handle.into_raw_handle()) })
    }

    fn read_messages(&self) -> io::Result<()> {
        // SAFETY: the handle is open as long as `self`, and the mode outlives the call.
        let done = unsafe {
            SetNamedPipeHandleState(self.0.as_raw_handle(), &PIPE_READMODE_MESSAGE, ptr::null(), ptr::null())
        };
        if done == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }
}

/// Whether every instance of the pipe that a client would connect to has one already.
pub fn is_busy(error: &io::Error) -> bool {
    error.raw_os_error() == Some(ERROR_PIPE_BUSY as i32)
}

/// Whether the server has ended the connection. std has no kind for it.
fn is_not_connected(error: &io::Error) -> bool {
    error.raw_os_error() == Some(ERROR_PIPE_NOT_CONNECTED as i32)
}

impl AsHandle for NamedPipe {
    fn as_handle(&self) -> BorrowedHandle<'_> {
        // SAFETY: the handle is open as long as `self`.
        unsafe { BorrowedHandle::borrow_raw(self.0.as_raw_handle()) }
    }
}

source_of!(NamedPipe: |pipe| pipe.0);

impl Read for &NamedPipe {
    /// Nothing is read at the end of the stream; but also when the other side has written nothing, and first of all in a
    /// connection that follows another. Another read tells which: at the end it finds the same once more.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = |buf: &mut [u8]| match (&self.0).read(buf) {
            Err(error) if is_not_connected(&error) => Ok(0),
            result => result,
        };
        match read(buf)? {
            0 if !buf.is_empty() => read(buf),
            count => Ok(count),
        }
    }
}

impl Write for &NamedPipe {
    /// Nothing is not written: the other side would take it for the end of the stream.
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        match (&self.0).write(buf) {
            Err(error) if is_not_connected(&error) => Err(io::ErrorKind::BrokenPipe.into()),
            result => result,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn is_pipe(file: &File) -> bool {
    // SAFETY: the handle is open as long as the file.
    unsafe { GetFileType(file.as_raw_handle()) == FILE_TYPE_PIPE }
}

fn wide(name: &OsStr) -> io::Result<Vec<u16>> {
    let mut wide: Vec<u16> = name.encode_wide().collect();
    if wide.contains(&0) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the name of a pipe has a zero in it: leave it out",
        ));
    }
    wide.push(0);
    Ok(wide)
}
