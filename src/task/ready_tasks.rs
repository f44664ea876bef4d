//! Which tasks are ready, and in which order they run.

use std::mem;
use std::task::Waker;

use triga_platform::task;

use crate::reactor::table::Table;
use crate::reactor::wake_batch;
use crate::sync;
use crate::task::job::BoxJob;

/// Tasks that are ready are in the lists, or in the batch that is run. A key in a list is void once its task has run: that it
/// is there is marked at the task, and a run takes the marks away.
#[derive(Default)]
pub(super) struct State {
    pub(super) entries: Table<Entry, PLACES>,
    /// The keys that the driver has made ready, and that had no room in a batch. They run before those that were woken.
    delivered: KeyQueue,
    /// The keys that were woken before the first of them ran.
    round: KeyQueue,
    /// The keys that were woken since, in the order of their wakes.
    woken: Vec<usize>,
    /// Of [`MAIN`].
    pub(super) main_listed: u8,
    /// The number of the batch that runs.
    batch: u32,
}

/// How many places a page of tasks has.
const PLACES: usize = sync::count(32, 2);

/// The key is in [`State::woken`].
pub(super) const WOKEN: u8 = 1;

/// The key is in [`State::delivered`].
pub(super) const DELIVERED: u8 = 2;

/// No task has this key.
pub(super) const NO_TASK: usize = usize::MAX;

/// The key of the main future. No task has it: memory ends before there are so many tasks.
pub(super) const MAIN: usize = u32::MAX as usize - 1;

/// The fields that each poll reads are small and adjacent. The rest is boxed.
#[derive(Default)]
pub(super) struct Entry {
    /// Not here while it runs, and not once its output was taken.
    pub(super) job: Option<BoxJob>,
    /// A task that awaits the handle.
    pub(super) waiter: Option<Box<Waker>>,
    /// It has no handle.
    pub(super) is_detached: bool,
    pub(super) is_done: bool,
    /// In which lists the key is, or was before the batch, if its task did not run since. It stays with the key when the task
    /// goes.
    listed: u8,
    /// The last batch in which it ran.
    ran: u32,
}

/// Of so many runs, one is kept for the tasks that were woken, however many the driver makes ready.
const SHARE_OF_WOKEN: usize = 4;

impl State {
    /// Marks a key as listed, and says whether there is such a key, and it was not.
    fn mark(&mut self, key: usize, list: u8) -> bool {
        let Some(listed) = self.listed(key) else { return false };
        let before = *listed;
        *listed |= list;
        before & list == 0
    }

    fn is_marked(&mut self, key: usize, list: u8) -> bool {
        self.listed(key).is_some_and(|listed| *listed & list != 0)
    }

    fn listed(&mut self, key: usize) -> Option<&mut u8> {
        match self.entries.get_mut(key) {
            Some(entry) => Some(&mut entry.listed),
            None => (key == MAIN).then_some(&mut self.main_listed),
        }
    }

    /// Adds a key to a list, and says whether there is such a key, and it was not there.
    pub(super) fn push(&mut self, key: usize, list: u8) -> bool {
        let is_new = self.mark(key, list);
        if is_new {
            let keys = if list == WOKEN {
                &mut self.woken
            } else {
                &mut self.delivered.keys
            };
            keys.push(key);
        }
        is_new
    }

    /// Makes a batch of `room` keys at most. At first it has those that the driver delivered since the last one.
    pub(super) fn fill(&mut self, batch: &mut Vec<usize>, room: usize) {
        let delivered = batch.len();
        let woken = self.round.len() + self.woken.len();
        let share = room - woken.min(room / SHARE_OF_WOKEN);
        if delivered > share || self.delivered.len() > 0 {
            for key in batch.drain(..) {
                self.push(key, DELIVERED);
            }
            self.take_from(DELIVERED, batch, share);
        }
        self.take_from(WOKEN, batch, room);
        if batch.is_empty() {
            // The rest of the round was void.
            self.take_from(WOKEN, batch, room);
        }
        wake_batch::trim(batch, delivered);
    }

    /// Moves keys from a list to the batch, up to so many in all, and leaves out those that are void.
    ///
    /// Woken keys run in rounds. No batch has keys of two rounds, so that the simulator may
    /// change the order of a batch.
    fn take_from(&mut self, list: u8, batch: &mut Vec<usize>, room: usize) {
        if list == WOKEN && self.round.len() == 0 {
            mem::swap(&mut self.round.keys, &mut self.woken);
            if self.round.len() > room {
                task::order(&mut self.round.keys);
            }
        }
        while batch.len() < room {
            let line = if list == WOKEN {
                &mut self.round
            } else {
                &mut self.delivered
            };
            let Some(key) = line.next() else { break };
            if self.is_marked(key, list) {
                batch.push(key);
            }
        }
    }

    pub(super) fn is_any_ready(&self) -> bool {
        self.delivered.len() + self.round.len() + self.woken.len() > 0
    }

    /// Begins to run a batch.
    #[inline]
    pub(super) fn begin_batch(&mut self) {
        self.batch = self.batch.wrapping_add(1);
        if self.batch == 0 {
            self.begin_anew();
        }
    }

    /// The numbers of batches wrap: clears the earlier ones.
    #[cold]
    fn begin_anew(&mut self) {
        self.batch = 1;
        for key in 0..self.entries.end() {
            if let Some(entry) = self.entries.get_mut(key) {
                entry.ran = 0;
            }
        }
    }

    /// The task's job, unless it is cancelled or runs, or has run in this batch. A wake from now on makes it ready again.
    #[inline]
    pub(super) fn take_job(&mut self, key: usize) -> Option<BoxJob> {
        let entry = self.entries.get_mut(key)?;
        if mem::replace(&mut entry.ran, self.batch) == self.batch {
            return None;
        }
        entry.listed = 0;
        entry.job.take()
    }
}

/// Keys that are taken in the order in which they were added.
#[derive(Default)]
struct KeyQueue {
    keys: Vec<usize>,
    taken: usize,
}

impl KeyQueue {
    fn len(&self) -> usize {
        self.keys.len() - self.taken
    }

    /// Takes the first key. The memory of those that were taken is used again when they are the half of all.
    fn next(&mut self) -> Option<usize> {
        let key = *self.keys.get(self.taken)?;
        self.taken += 1;
        if self.taken > self.len() {
            self.keys.drain(..self.taken);
            wake_batch::trim(&mut self.keys, self.taken);
            self.taken = 0;
        }
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reactor::wake_batch::KEPT;

    const ROOM: usize = 64;
    const NOT_THERE: usize = 1_000_000;

    fn state(tasks: usize) -> State {
        let mut state = State::default();
        for _ in 0..tasks {
            state.entries.add(0);
        }
        state
    }

    /// The next batch, whose tasks run.
    fn next(state: &mut State, delivered: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let mut batch = Vec::from_iter(delivered);
        state.fill(&mut batch, ROOM);
        run(state, &batch);
        batch
    }

    fn run(state: &mut State, batch: &[usize]) {
        state.begin_batch();
        for &key in batch {
            state.take_job(key);
            if key == MAIN {
                state.main_listed = 0;
            }
        }
    }

    #[test]
    fn a_key_whose_task_has_run_is_void() {
        let mut state = state(4);
        assert!(state.push(1, WOKEN) && state.push(2, WOKEN) && state.push(MAIN, WOKEN));
        assert!(
            !state.push(2, WOKEN) && !state.push(MAIN, WOKEN),
            "it was woken already"
        );
        assert!(!state.push(NOT_THERE, WOKEN), "there is no such task");
        // The driver is quicker.
        run(&mut state, &[2, MAIN]);
        assert_eq!(next(&mut state, [3]), [3, 1]);
        assert!(!state.is_any_ready());
        assert!(state.push(2, WOKEN), "it ran");
        // Twice in the list, and once in vain.
        run(&mut state, &[2]);
        assert!(state.push(2, WOKEN));
        assert_eq!(next(&mut state, []), [2, 2]);
        assert!(!state.is_any_ready());
        assert_eq!(state.entries.get_mut(2).map(|entry| entry.ran), Some(state.batch));
    }

    #[test]
    fn tasks_that_the_driver_made_ready_run_first_and_starve_no_other() {
        let mut state = state(1_000);
        // A simulation changes the order of a round that is longer than a batch.
        assert!((0..60).all(|key| state.push(key, WOKEN)));
        let batch = next(&mut state, 500..1_000);
        assert_eq!(batch, Vec::from_iter((500..548).chain(0..16)));
        // They are ready again at once, and the others keep their turn.
        assert!((500..548).all(|key| state.push(key, DELIVERED)));
        let batch = next(&mut state, []);
        assert_eq!(batch, Vec::from_iter((548..596).chain(16..32)));
        let batch = next(&mut state, []);
        assert_eq!(batch, Vec::from_iter((596..644).chain(32..48)));
    }

    #[test]
    fn no_batch_is_taken_for_another_when_their_numbers_begin_again() {
        let mut state = state(2);
        run(&mut state, &[0]);
        let first = state.batch;
        state.batch = u32::MAX;
        run(&mut state, &[1]);
        assert_eq!(state.batch, first);
        let ran = |state: &mut State, key| state.entries.get_mut(key).map(|entry| entry.ran);
        assert_eq!((ran(&mut state, 0), ran(&mut state, 1)), (Some(0), Some(first)));
    }

    #[test]
    fn the_lists_give_back_what_they_needed_at_a_peak() {
        let mut state = state(100_000);
        assert!((0..50_000).all(|key| state.push(key, WOKEN)));
        let mut batch = Vec::from_iter(50_000..100_000);
        while state.is_any_ready() || !batch.is_empty() {
            state.fill(&mut batch, ROOM);
            run(&mut state, &batch);
            batch.clear();
        }
        for list in [&state.woken, &state.delivered.keys, &state.round.keys] {
            assert!(list.capacity() <= KEPT);
        }
        assert!(batch.capacity() <= KEPT);
    }
}
