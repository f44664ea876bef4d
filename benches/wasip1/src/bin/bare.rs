//! A bare loop on `poll_oneoff` that subscribes reads only: what the host itself costs.

use std::io;
use std::net::TcpListener;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use triga_benches_wasip1::{BUFFER, listener};
use wasi::{Event, Subscription, SubscriptionFdReadwrite, SubscriptionU, SubscriptionUU};

fn main() -> io::Result<()> {
    let listener = listener();
    listener.set_nonblocking(true)?;
    let mut streams = Vec::new();
    // The listener's comes first; the others are in the order of the streams.
    let mut subscriptions = vec![read(&listener)];
    let mut events = Vec::new();
    let mut closed = Vec::new();
    let mut buffer = [0; BUFFER];
    loop {
        wait(&subscriptions, &mut events)?;
        for event in &events {
            if event.userdata == number(&listener) {
                while let Some(stream) = unless_blocked(accept(&listener))? {
                    subscriptions.push(read(&stream));
                    streams.push(stream);
                }
            } else if !echo(event.userdata as wasi::Fd, &mut buffer) {
                closed.push(event.userdata);
            }
        }
        for descriptor in closed.drain(..) {
            if let Some(place) = streams.iter().position(|stream| number(stream) == descriptor) {
                streams.swap_remove(place);
                subscriptions.swap_remove(place + 1);
            }
        }
    }
}

/// Sends back what is there. False if the connection is over.
fn echo(stream: wasi::Fd, buffer: &mut [u8; BUFFER]) -> bool {
    let room = [wasi::Iovec {
        buf: buffer.as_mut_ptr(),
        buf_len: buffer.len(),
    }];
    // SAFETY: the room is the buffer, which nothing else uses meanwhile.
    let count = match unsafe { wasi::sock_recv(stream, &room, 0) } {
        Ok((0, _)) => return false,
        Ok((count, _)) => count,
        Err(error) => return error == wasi::ERRNO_AGAIN,
    };
    let bytes = [wasi::Ciovec {
        buf: buffer.as_ptr(),
        buf_len: count,
    }];
    // SAFETY: the bytes are the part of the buffer that was filled.
    let sent = unsafe { wasi::sock_send(stream, &bytes, 0) };
    sent == Ok(count)
}

fn accept(listener: &TcpListener) -> Result<OwnedFd, wasi::Errno> {
    // SAFETY: the call takes numbers and gives one back.
    let descriptor = unsafe { wasi::sock_accept(number(listener) as wasi::Fd, wasi::FDFLAGS_NONBLOCK) }?;
    // SAFETY: the host made the descriptor for this call, and it has no other owner.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor as i32) })
}

fn wait(subscriptions: &[Subscription], events: &mut Vec<Event>) -> io::Result<()> {
    events.clear();
    events.reserve(subscriptions.len());
    // SAFETY: there are so many subscriptions, and room for as many events.
    let count = unsafe { wasi::poll_oneoff(subscriptions.as_ptr(), events.as_mut_ptr(), subscriptions.len()) };
    let count = count.map_err(|error| io::Error::from_raw_os_error(error.raw().into()))?;
    // SAFETY: so many events were written.
    unsafe { events.set_len(count) };
    Ok(())
}

fn read(source: &impl AsRawFd) -> Subscription {
    let fd_read = SubscriptionFdReadwrite {
        file_descriptor: number(source) as wasi::Fd,
    };
    Subscription {
        userdata: number(source),
        u: SubscriptionU {
            tag: wasi::EVENTTYPE_FD_READ.raw(),
            u: SubscriptionUU { fd_read },
        },
    }
}

fn number(source: &impl AsRawFd) -> u64 {
    source.as_raw_fd() as u64
}

fn unless_blocked<T>(result: Result<T, wasi::Errno>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(wasi::ERRNO_AGAIN) => Ok(None),
        Err(error) => Err(io::Error::from_raw_os_error(error.raw().into())),
    }
}
