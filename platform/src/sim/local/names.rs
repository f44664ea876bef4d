//! The names of local sockets. Each host has its own, which have nothing to do with the files of the system.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::super::hosts::HostId;
use super::super::simulation::with;
use super::super::sockets::SocketId;
use super::super::task::Host;

/// A socket's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Name {
    /// It stays when its socket is closed.
    Path(PathBuf),
    /// It goes with its socket.
    Abstract(Box<[u8]>),
}

/// The names of every host.
#[derive(Debug, Default)]
pub(in super::super) struct Names {
    /// Without a socket, a path was left behind.
    taken: BTreeMap<HostId, BTreeMap<Name, Option<SocketId>>>,
}

impl Names {
    /// Gives a socket its name.
    pub(super) fn take(&mut self, host: HostId, name: Name, socket: SocketId) -> io::Result<()> {
        let names = self.taken.entry(host).or_default();
        if let Name::Path(path) = &name {
            for taken in names.keys().filter_map(Name::path) {
                // It is there, or the folder of something is.
                if taken.starts_with(path) {
                    return Err(ErrorKind::AddrInUse.into());
                }
                if path.starts_with(taken) {
                    return Err(ErrorKind::NotADirectory.into());
                }
            }
        }
        if names.contains_key(&name) {
            return Err(ErrorKind::AddrInUse.into());
        }
        names.insert(name, Some(socket));
        Ok(())
    }

    /// Who has a name.
    pub(super) fn owner(&self, host: HostId, name: &Name) -> io::Result<SocketId> {
        let known = self.taken.get(&host).and_then(|names| names.get(name));
        match (known, name) {
            (Some(Some(socket)), _) => Ok(*socket),
            (None, Name::Path(_)) => Err(ErrorKind::NotFound.into()),
            _ => Err(ErrorKind::ConnectionRefused.into()),
        }
    }

    /// A socket is closed.
    pub(super) fn leave(&mut self, host: HostId, name: &Name, socket: SocketId) {
        let names = self.taken.entry(host).or_default();
        // The path may have been removed, and be another's by now.
        if names.get(name) == Some(&Some(socket)) {
            match name {
                Name::Path(_) => names.insert(name.clone(), None),
                Name::Abstract(_) => names.remove(name),
            };
        }
    }

    /// Nothing has a name on the host any more.
    pub(in super::super) fn forget(&mut self, host: HostId) {
        self.taken.remove(&host);
    }

    fn remove(&mut self, host: HostId, path: &Path) -> io::Result<()> {
        let names = self.taken.entry(host).or_default();
        let removed = names.remove(&Name::Path(path.to_owned()));
        removed.map(drop).ok_or_else(|| ErrorKind::NotFound.into())
    }
}

impl Name {
    fn path(&self) -> Option<&Path> {
        match self {
            Name::Path(path) => Some(path),
            Name::Abstract(_) => None,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Name::Path(path) => write!(f, "{}", path.display()),
            Name::Abstract(name) => write!(f, "@{}", name.escape_ascii()),
        }
    }
}

impl Host {
    /// Removes the path of a local socket.
    ///
    /// # Errors
    ///
    /// `NotFound` if no socket of the host was bound there.
    pub fn remove_socket(self, path: &Path) -> io::Result<()> {
        with(|simulation| {
            simulation.local_names.remove(self.id(), path)?;
            simulation.write(format_args!("{} is removed", path.display()));
            Ok(())
        })
    }
}
