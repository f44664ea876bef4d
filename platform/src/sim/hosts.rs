//! The hosts of a simulation: their names, their addresses, and whose code runs.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::stdio::Streams;

/// One of the hosts, by the order in which they were named. The first is the one that the simulation begins on.
pub(super) type HostId = u32;

#[derive(Debug)]
pub(super) struct Hosts {
    names: Vec<String>,
    /// The standard streams of those that use any.
    streams: BTreeMap<HostId, Streams>,
    /// Those that have crashed, until they are restarted.
    down: BTreeSet<HostId>,
    /// How often each was restarted, of those that were.
    restarts: BTreeMap<HostId, u32>,
    /// The host whose code runs.
    pub(super) current: HostId,
}

impl Hosts {
    pub(super) fn new() -> Hosts {
        Hosts {
            names: vec!["localhost".to_owned()],
            streams: BTreeMap::new(),
            down: BTreeSet::new(),
            restarts: BTreeMap::new(),
            current: 0,
        }
    }

    /// The host with this name, which is made if there was none.
    pub(super) fn named(&mut self, name: &str) -> HostId {
        let known = self.names.iter().position(|known| known == name);
        let index = known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        index as HostId
    }

    pub(super) fn name(&self, host: HostId) -> &str {
        &self.names[host as usize]
    }

    pub(super) fn streams(&mut self, of: HostId) -> &mut Streams {
        self.streams.entry(of).or_default()
    }

    pub(super) fn is_down(&self, host: HostId) -> bool {
        self.down.contains(&host)
    }

    pub(super) fn restarts(&self, host: HostId) -> u32 {
        self.restarts.get(&host).copied().unwrap_or(0)
    }

    /// The host loses its power. False if it had none.
    pub(super) fn stop(&mut self, host: HostId) -> bool {
        self.down.insert(host)
    }

    /// The host has power again. False if it had it all the time.
    pub(super) fn start(&mut self, host: HostId) -> bool {
        let was_down = self.down.remove(&host);
        if was_down {
            *self.restarts.entry(host).or_default() += 1;
        }
        was_down
    }

    /// The addresses of a name; none if there is no such host.
    pub(super) fn addresses(&self, name: &str) -> Vec<IpAddr> {
        if name == self.names[0] {
            return vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        }
        match self.names.iter().position(|known| known == name) {
            Some(index) => vec![ipv4(index as HostId).into(), ipv6(index as HostId).into()],
            None => Vec::new(),
        }
    }

    /// Whose address it is, as one host sees it.
    pub(super) fn of_address(&self, seen_from: HostId, address: IpAddr) -> Option<HostId> {
        if address.is_loopback() {
            return Some(seen_from);
        }
        let number = match address {
            IpAddr::V4(address) => {
                let [10, high, middle, low] = address.octets() else {
                    return None;
                };
                u32::from_be_bytes([0, high, middle, low])
            }
            IpAddr::V6(address) => {
                let [0xfd00, 0, 0, 0, 0, 0, high, low] = address.segments() else {
                    return None;
                };
                u32::from(high) << 16 | u32::from(low)
            }
        };
        number.checked_sub(1).filter(|host| self.is_there(*host))
    }

    /// The address from which a host speaks to another address.
    pub(super) fn source_address(&self, of: HostId, to: IpAddr) -> IpAddr {
        match to {
            to if to.is_loopback() => to,
            IpAddr::V4(_) => ipv4(of).into(),
            IpAddr::V6(_) => ipv6(of).into(),
        }
    }

    fn is_there(&self, host: HostId) -> bool {
        (host as usize) < self.names.len()
    }
}

/// A host's address: 10.0.0.1 and on.
pub(super) fn ipv4(host: HostId) -> Ipv4Addr {
    let [_, high, middle, low] = (host + 1).to_be_bytes();
    Ipv4Addr::new(10, high, middle, low)
}

/// A host's other address: fd00::1 and on.
pub(super) fn ipv6(host: HostId) -> Ipv6Addr {
    let number = host + 1;
    Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, (number >> 16) as u16, number as u16)
}
