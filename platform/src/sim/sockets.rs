//! What programs have open: on which host it is, by which descriptors, and which selectors they are registered with.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::io;
use std::net::IpAddr;

use super::hosts::HostId;
use super::local;
use super::network::{Datagrams, Listener, Stream};
use super::pipe;
use super::simulation::Simulation;
use crate::{Event, Interest, Ready, Token};

/// Names what a program has open. No number is given twice in a simulation, so that what is under way to something that was
/// closed is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SocketId(u64);

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// Names one of the descriptors of a socket. The lowest number that is free is given to the next one.
pub(super) type Descriptor = u32;

/// The descriptor that a socket begins with.
pub(super) const FIRST: Descriptor = 0;

/// Names a registration. No number is given twice in a simulation.
pub(super) type MemberId = u64;

/// Everything that is open.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    open: BTreeMap<SocketId, Socket>,
    last: u64,
    last_member: MemberId,
}

#[derive(Debug)]
struct Socket {
    host: HostId,
    descriptors: Vec<Descriptor>,
    members: Vec<Member>,
    kind: Kind,
}

/// A registration. As with epoll, it is that of a descriptor, and outlives it while the socket has others.
#[derive(Debug)]
struct Member {
    id: MemberId,
    descriptor: Descriptor,
    membership: Membership,
    /// It is among those that its selector looks at next.
    is_listed: bool,
}

/// Which selector tells of a registration, and how.
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
            // The next read or write fails.
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

    /// What the selector of a registration knows of it.
    pub(super) fn membership(&self, socket: SocketId, member: MemberId) -> Option<Membership> {
        let members = &self.open.get(&socket)?.members;
        let found = members.iter().find(|known| known.id == member);
        found.map(|member| member.membership)
    }

    /// Whether it has more than one descriptor.
    pub(super) fn is_shared(&self, socket: SocketId) -> bool {
        self.open
            .get(&socket)
            .is_some_and(|socket| socket.descriptors.len() > 1)
    }

    /// How many descriptors a host has open. Connections that wait to be accepted have none yet.
    pub(super) fn count(&self, host: HostId) -> usize {
        let of_host = self.open.values().filter(|socket| socket.host == host);
        let open = of_host.filter(|socket| !matches!(socket.kind, Kind::Lost));
        let (open, waiting) = open.fold((0, 0), |(open, waiting), socket| {
            let descriptors = socket.descriptors.len();
            (
                open + descriptors,
                waiting + socket.kind.waiting().map_or(0, VecDeque::len),
            )
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

    /// What the selector is to tell of a registration, if anything, and whether its descriptor is still open. It is not listed
    /// any more.
    pub(super) fn event(&mut self, socket: SocketId, member: MemberId) -> Option<(Event, bool)> {
        let socket = self.open.get_mut(&socket)?;
        let member = socket.members.iter_mut().find(|known| known.id == member)?;
        member.is_listed = false;
        let is_open = socket.descriptors.contains(&member.descriptor);
        let Membership { token, interest, .. } = member.membership;
        let ready = socket.kind.ready();
        let told = ready & (interest.mask() | Ready::ERROR | Ready::CLOSED);
        (!told.is_empty()).then_some((Event { token, ready: told }, is_open))
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
            descriptors: vec![FIRST],
            members: Vec::new(),
            kind,
        };
        self.sockets.open.insert(id, socket);
    }

    /// Another descriptor of what is open.
    pub(super) fn duplicate(&mut self, id: SocketId) -> io::Result<Descriptor> {
        self.may_open(1)?;
        let socket = self.sockets.open.get_mut(&id).ok_or(io::ErrorKind::NotConnected)?;
        let taken = &mut socket.descriptors;
        let next = (FIRST..).find(|number| !taken.contains(number)).unwrap_or(FIRST);
        taken.push(next);
        self.write(format_args!("{id} has another descriptor"));
        Ok(next)
    }

    /// A program has dropped a descriptor. The last one closes what is open.
    pub(super) fn close_descriptor(&mut self, id: SocketId, descriptor: Descriptor) {
        if self.sockets.is_shared(id) {
            if let Some(socket) = self.sockets.open.get_mut(&id) {
                socket.descriptors.retain(|open| *open != descriptor);
            }
            self.write(format_args!("{id} has a descriptor less"));
        } else {
            self.close(id);
        }
    }

    /// What is open is closed.
    pub(super) fn close(&mut self, id: SocketId) {
        let Some(Socket {
            host, members, kind, ..
        }) = self.sockets.open.remove(&id)
        else {
            return;
        };
        self.write(format_args!("{id} is closed"));
        for member in members {
            self.forget(&member);
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

    /// Its readiness may have changed: its selectors check it in their next waits.
    pub(super) fn touch(&mut self, id: SocketId) {
        let Some(socket) = self.sockets.open.get_mut(&id) else {
            return;
        };
        for member in &mut socket.members {
            if !std::mem::replace(&mut member.is_listed, true) {
                if let Some(sources) = self.sources.get_mut(&member.membership.selector) {
                    sources.listed.push(member.id);
                }
            }
        }
    }

    pub(super) fn take_notice(&mut self, id: SocketId) {
        if let Some(Kind::Name { is_known, .. }) = self.sockets.kind(id) {
            *is_known = true;
        }
        self.touch(id);
    }

    pub(super) fn register(&mut self, id: SocketId, descriptor: Descriptor, membership: Membership) -> io::Result<()> {
        let socket = self.sockets.open.get_mut(&id).ok_or(io::ErrorKind::NotFound)?;
        if socket.members.iter().any(|member| member.descriptor == descriptor) {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "the descriptor is registered, or one that had its number was dropped without `deregister`",
            ));
        }
        self.sockets.last_member += 1;
        let member = self.sockets.last_member;
        socket.members.push(Member {
            id: member,
            descriptor,
            membership,
            is_listed: false,
        });
        if let Some(sources) = self.sources.get_mut(&membership.selector) {
            sources.members.insert(member, id);
        }
        self.touch(id);
        Ok(())
    }

    pub(super) fn deregister(&mut self, id: SocketId, descriptor: Descriptor) -> io::Result<()> {
        self.remove_member(id, |member| member.descriptor == descriptor)
    }

    /// The selector of a registration is gone.
    pub(super) fn lose_selector(&mut self, id: SocketId, member: MemberId) {
        // The socket may be closed.
        let _ = self.remove_member(id, |known| known.id == member);
    }

    fn remove_member(&mut self, id: SocketId, is_it: impl FnMut(&Member) -> bool) -> io::Result<()> {
        let socket = self.sockets.open.get_mut(&id).ok_or(io::ErrorKind::NotFound)?;
        let index = socket.members.iter().position(is_it).ok_or(io::ErrorKind::NotFound)?;
        let member = socket.members.remove(index);
        self.forget(&member);
        Ok(())
    }

    /// The selector of a registration that is over tells of it no more.
    fn forget(&mut self, member: &Member) {
        let Membership { selector, token, .. } = member.membership;
        if let Some(sources) = self.sources.get_mut(&selector) {
            sources.members.remove(&member.id);
            sources.listed.retain(|listed| *listed != member.id);
            self.forgot(selector, token);
        }
    }
}
