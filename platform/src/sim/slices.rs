//! Transfers of several slices in one call.

use std::collections::VecDeque;
use std::io::{IoSlice, IoSliceMut, Read};
use std::ops::{Deref, DerefMut};

use super::simulation::Simulation;

/// The slices to write.
pub(super) fn to_write<'a>(bufs: &'a [IoSlice<'_>]) -> Vec<&'a [u8]> {
    bufs.iter().map(Deref::deref).collect()
}

/// The slices to read into.
pub(super) fn to_read<'a>(bufs: &'a mut [IoSliceMut<'_>]) -> Vec<&'a mut [u8]> {
    bufs.iter_mut().map(DerefMut::deref_mut).collect()
}

/// Reads `count` bytes, which are there, into the slices.
pub(super) fn fill(from: &mut impl Read, bufs: &mut [&mut [u8]], mut count: usize) {
    for buf in bufs {
        let room = count.min(buf.len());
        // A deque gives what it has, in two pieces at most.
        let _ = from.read_exact(&mut buf[..room]);
        count -= room;
    }
}

/// Appends the first `count` bytes of the slices.
pub(super) fn append(to: &mut VecDeque<u8>, bufs: &[&[u8]], mut count: usize) {
    for buf in bufs {
        let part = &buf[..count.min(buf.len())];
        to.extend(part);
        count -= part.len();
    }
}

impl Simulation {
    /// How many bytes one call can move: those of the slices that it takes.
    pub(super) fn asked<B: Deref<Target = [u8]>>(&self, bufs: &[B]) -> usize {
        bufs.iter().take(self.world.slices).map(|buf| buf.len()).sum()
    }
}
