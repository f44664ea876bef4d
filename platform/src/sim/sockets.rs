//! What programs have open: on which host it is, and which selector it is registered with.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::io;
use std::net::IpAddr;

use super::hosts::HostId;
use super::local;
use super::network::{Datagrams, Listener, Stream};
use super::pipe;
use super::simulation::Simulation;
use crate::{Interest, Ready, Token};

/// Names what a program has open. No number is given twice in a simulation, so that what is under way to something that was
/// closed finds nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SocketId(u64);

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// Everything that is open.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    open: BTreeMap<SocketId, Socket>,
    last: u64,
}

#[derive(Debug)]
struct Socket {
    host: HostId,
    membership: Option<Membership>,
    /// It is among those that its selector looks at next.
    is_listed: bool,
    kind: Kind,
}

/// Which selector tells of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Membership {
    pub(super) selector: u32,
    pub(super) token: Token,
    pub(super) interest: Interest,
}

#[derive(Debug)]
pub(super) enum Kind {
    Listener(Listener),
    Stream(Stream),
    Datagrams(Datagrams),
    LocalListener(local::Listener),
    LocalStream(local::Stream),
    LocalDatagrams(local::Datagrams),
    PipeReader(pipe::Reader),
    PipeWriter(pipe::Writer),
    Stdin,
    /// Standard output or standard error.
    Output,
    /// Lost in a crash of its host, and still in somebody's hands: every use of it fails.
    Lost,
    /// A name that is being looked up, and its addresses once they are known.
    Name {
        addresses: Vec<IpAddr>,
        is_known: bool,
    },
}

impl Kind {
    fn ready(&self) -> Ready {
        match self {
            Kind::Listener(listener) => listener.ready(),
            Kind::Stream(stream) => stream.ready(),
            Kind::Datagrams(datagrams) => datagrams.ready(),
            Kind::LocalListener(listener) => listener.ready(),
            Kind::LocalStream(stream) => stream.ready(),
            Kind::LocalDatagrams(datagrams) => datagrams.ready(),
            Kind::PipeReader(reader) => reader.ready(),
            Kind::PipeWriter(writer) => writer.ready(),
            // Whoever reads or writes finds out.
            Kind::Stdin => Ready::READABLE,
            Kind::Output => Ready::WRITABLE,
            Kind::Lost => Ready::READABLE | Ready::WRITABLE | Ready::CLOSED,
            Kind::Name { is_known: true, .. } => Ready::READABLE,
            Kind::Name { .. } => Ready::EMPTY,
        }
    }

    /// The connections that wait to be accepted.
    fn waiting(&self) -> Option<&VecDeque<SocketId>> {
        match self {
            Kind::Listener(listener) => Some(&listener.waiting),
            Kind::LocalListener(listener) => Some(&listener.waiting),
            _ => None,
        }
    }
}

impl Sockets {
    pub(super) fn next_id(&mut self) -> SocketId {
        self.last += 1;
        SocketId(self.last)
    }

    pub(super) fn kind(&mut self, socket: SocketId) -> Option<&mut Kind> {
        self.open.get_mut(&socket).map(|socket| &mut socket.kind)
    }

    pub(super) fn is_open(&self, socket: SocketId) -> bool {
        self.open.contains_key(&socket)
    }

    /// Where it is; the first host, if it is not there any more.
    pub(super) fn host(&self, socket: SocketId) -> HostId {
        self.open.get(&socket).map_or(0, |socket| socket.host)
    }

    /// What a host has open of a kind.
    pub(super) fn of_host(&self, host: HostId, is_one: impl Fn(&Kind) -> bool) -> Vec<SocketId> {
        let is_one = |socket: &Socket| socket.host == host && is_one(&socket.kind);
        let found = self.open.iter().filter(|(_, socket)| is_one(socket));
        found.map(|(id, _)| *id).collect()
    }

    /// Whether it can be used.
    pub(super) fn check(&self, socket: SocketId) -> io::Result<()> {
        match self.open.get(&socket) {
            Some(Socket { kind: Kind::Lost, .. }) => Err(io::Error::new(
                io::ErrorKind::NotConnected,
                "it was lost when its host crashed",
            )),
            _ => Ok(()),
        }
    }

    pub(super) fn membership(&self, socket: SocketId) -> Option<Membership> {
        self.open.get(&socket)?.membership
    }

    /// How many descriptors a host has open. Connections that wait to be accepted have none yet.
    pub(super) fn count(&self, host: HostId) -> usize {
        let of_host = self.open.values().filter(|socket| socket.host == host);
        let open = of_host.filter(|socket| !matches!(socket.kind, Kind::Lost));
        let (open, waiting) = open.fold((0, 0), |(open, waiting), socket| {
            (open + 1, waiting + socket.kind.waiting().map_or(0, VecDeque::len))
        });
        open - waiting
    }

    /// What is open on a host is lost, without a word to anybody.
    pub(super) fn lose(&mut self, host: HostId) -> Vec<SocketId> {
        let mut lost = Vec::new();
        let mut not_accepted = Vec::new();
        for (id, socket) in self.open.iter_mut().filter(|(_, socket)| socket.host == host) {
            not_accepted.extend(socket.kind.waiting().into_iter().flatten());
            socket.kind = Kind::Lost;
            lost.push(*id);
        }
        for id in not_accepted {
            self.open.remove(&id);
        }
        lost
    }

    /// What the selector is to tell of it, if anything. It is not listed any more.
    pub(super) fn news(&mut self, socket: SocketId) -> Option<(Token, Ready)> {
        let socket = self.open.get_mut(&socket)?;
        socket.is_listed = false;
        let Membership { token, interest, .. } = socket.membership?;
        let ready = socket.kind.ready();
        let told = ready & (interest.mask() | Ready::ERROR | Ready::CLOSED);
        (!told.is_empty()).then_some((token, told))
    }
}

impl Simulation {
    /// A number for something that is about to be opened on the host whose code runs.
    pub(super) fn new_socket(&mut self) -> io::Result<SocketId> {
        self.may_open(1)?;
        Ok(self.sockets.next_id())
    }

    pub(super) fn open(&mut self, socket: SocketId, kind: Kind) {
        self.open_at(self.hosts.current, socket, kind);
    }

    pub(super) fn open_at(&mut self, host: HostId, id: SocketId, kind: Kind) {
        let socket = Socket {
            host,
            membership: None,
            is_listed: false,
            kind,
        };
        self.sockets.open.insert(id, socket);
    }

    /// What is open is closed: its program has dropped it.
    pub(super) fn close(&mut self, id: SocketId) {
        let Some(Socket {
            host, membership, kind, ..
        }) = self.sockets.open.remove(&id)
        else {
            return;
        };
        self.write(format_args!("{id} is closed"));
        if let Some(Membership { selector, token, .. }) = membership {
            self.forget(selector, token, Some(id));
        }
        match kind {
            Kind::Listener(listener) => {
                self.close_listener(host, id, listener);
            }
            Kind::Stream(stream) => self.close_stream(host, id, stream),
            Kind::Datagrams(datagrams) => self.close_datagrams(host, id, &datagrams),
            Kind::LocalListener(listener) => self.close_local_listener(host, id, listener),
            Kind::LocalStream(stream) => self.close_local_stream(stream),
            Kind::LocalDatagrams(datagrams) => self.close_local_datagrams(host, id, datagrams),
            Kind::PipeReader(mut reader) => self.lose_reader(reader.end()),
            Kind::PipeWriter(mut writer) => self.lose_writer(writer.end()),
            Kind::Stdin | Kind::Output | Kind::Lost | Kind::Name { .. } => {}
        }
    }

    /// There may be news of it: its selector looks at it in its next wait.
    pub(super) fn touch(&mut self, id: SocketId) {
        let Some(socket) = self.sockets.open.get_mut(&id) else {
            return;
        };
        let Some(Membership { selector, .. }) = socket.membership else {
            return;
        };
        if !std::mem::replace(&mut socket.is_listed, true) {
            if let Some(sources) = self.sources.get_mut(&selector) {
                sources.listed.push(id);
            }
        }
    }

    pub(super) fn take_news(&mut self, id: SocketId) {
        if let Some(Kind::Name { is_known, .. }) = self.sockets.kind(id) {
            *is_known = true;
        }
        self.touch(id);
    }

    pub(super) fn register(&mut self, id: SocketId, membership: Membership, is_known: bool) -> io::Result<()> {
        let socket = self.sockets.open.get_mut(&id).ok_or(io::ErrorKind::NotFound)?;
        if socket.membership.is_some() != is_known {
            let kind = if is_known {
                io::ErrorKind::NotFound
            } else {
                io::ErrorKind::AlreadyExists
            };
            return Err(kind.into());
        }
        let Membership { selector, token, .. } = membership;
        socket.membership = Some(membership);
        if let Some(sources) = self.sources.get_mut(&selector) {
            sources.tokens.insert(token.to_word(), id);
        }
        self.touch(id);
        Ok(())
    }

    pub(super) fn deregister(&mut self, id: SocketId) -> io::Result<()> {
        let socket = self.sockets.open.get_mut(&id).ok_or(io::ErrorKind::NotFound)?;
        let membership = socket.membership.take().ok_or(io::ErrorKind::NotFound)?;
        self.forget(membership.selector, membership.token, Some(id));
        Ok(())
    }

    /// Nobody is told of the token any more, whose socket may be this one.
    pub(super) fn forget(&mut self, selector: u32, token: Token, id: Option<SocketId>) {
        let Some(sources) = self.sources.get_mut(&selector) else {
            return;
        };
        let known = sources.tokens.remove(&token.to_word());
        let Some(id) = known.or(id) else { return };
        sources.listed.retain(|listed| *listed != id);
        if let Some(socket) = self.sockets.open.get_mut(&id) {
            socket.membership = None;
            socket.is_listed = false;
        }
        self.forgot(selector, token);
    }
}
