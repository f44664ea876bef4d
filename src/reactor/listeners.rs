//! The signal listeners of a driver, and the signals that they have not received yet.

use std::io;
use std::mem::{self, ManuallyDrop};

use triga_platform::signal::{Alert, Kind, Watch};
use triga_platform::{Capability, Registry, SUPPORT, Token};

use crate::sync::atomic::AtomicUsize;
use crate::sync::atomic::Ordering::Relaxed;
use crate::sync::{Arc, Mutex, Update};

/// What a driver knows of its listeners. Costs nothing until there is one.
#[derive(Debug, Default)]
pub(crate) struct Listeners {
    /// Dropped by [`Listeners`], if at all.
    state: Mutex<ManuallyDrop<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// Made for the first listener and kept.
    alert: Option<Arc<Alert>>,
    listeners: Vec<(Token, Arc<Inbox>)>,
}

impl Listeners {
    /// A listener, which is made ready under this token.
    pub(crate) fn add(&self, registry: &Registry, token: Token, kind: Kind) -> io::Result<Arc<Inbox>> {
        let mut state = self.state.lock();
        let alert = match &state.alert {
            Some(alert) => alert.clone(),
            None => state.alert.insert(Arc::new(Alert::new(registry)?)).clone(),
        };
        let inbox = Arc::new(Inbox {
            watch: Watch::new(kind, alert)?,
            taken: AtomicUsize::new(0),
        });
        state.listeners.push((token, inbox.clone()));
        Ok(inbox)
    }

    pub(crate) fn remove(&self, token: Token) {
        let mut state = self.state.lock();
        let index = state.listeners.iter().position(|(listed, _)| *listed == token);
        let removed = index.map(|index| state.listeners.swap_remove(index));
        drop(state);
        drop(removed);
    }

    /// Adds the tokens of those for whom signals have come. The driver calls it on a [`Token::SIGNAL`].
    #[cold]
    pub(crate) fn take_alerted(&self, tokens: &mut Vec<Token>) {
        let state = self.state.lock();
        let Some(alert) = &state.alert else { return };
        alert.acknowledge();
        let alerted = state.listeners.iter().filter(|(_, inbox)| inbox.has_news());
        tokens.extend(alerted.map(|(token, _)| *token));
    }
}

/// Where there are no signals, there never was a listener to drop. The check keeps the code out of such programs.
impl Drop for Listeners {
    fn drop(&mut self) {
        if SUPPORT.has(Capability::Signals) {
            let left = mem::take(&mut **self.state.lock());
            drop(left);
        }
    }
}

/// The signals that a listener has not been given.
#[derive(Debug)]
pub(crate) struct Inbox {
    watch: Watch,
    /// How many it was given, wrapping as the watch's count does.
    taken: AtomicUsize,
}

impl Inbox {
    fn has_news(&self) -> bool {
        self.taken.load(Relaxed) != self.watch.count()
    }

    /// Takes a signal, or says that it would block.
    pub(crate) fn take(&self) -> io::Result<()> {
        // Only the number counts: what a signal means is ordered by the watch.
        self.taken
            .update_with(Relaxed, Relaxed, |taken| {
                (taken != self.watch.count()).then_some(taken.wrapping_add(1))
            })
            .map(drop)
            .map_err(|_| io::ErrorKind::WouldBlock.into())
    }
}
