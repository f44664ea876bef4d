//! Signals: a handler counts them and writes to a pipe, which the selector waits for.
//!
//! signal-hook-registry keeps the handlers, so that other parts of a program that use it get the same signals.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, MutexGuard};
use std::{mem, ptr};

use libc::c_int;
use mio::unix::pipe;
use signal_hook_registry::SigId;

use super::fork::Process;
use crate::{Interest, Lock, Registry, Token};

/// Which signal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind(c_int);

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $raw:ident;)*) => {
        impl Kind {
            $($(#[$doc])* pub const $name: Kind = Kind(libc::$raw);)*
        }

        impl fmt::Debug for Kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match *self {
                    $(Kind::$name => f.write_str(stringify!($raw)),)*
                    Kind(raw) => write!(f, "signal {raw}"),
                }
            }
        }
    };
}

kinds! {
    /// `SIGINT`: Ctrl-C.
    INTERRUPT = SIGINT;
    /// `SIGTERM`: a request to end.
    TERMINATE = SIGTERM;
    /// `SIGHUP`: the terminal is gone; by custom, daemons read their configuration again.
    HANGUP = SIGHUP;
    /// `SIGQUIT`: Ctrl-\.
    QUIT = SIGQUIT;
    /// `SIGUSR1`: whatever the program takes it for.
    USER_DEFINED_1 = SIGUSR1;
    /// `SIGUSR2`: whatever the program takes it for.
    USER_DEFINED_2 = SIGUSR2;
    /// `SIGCHLD`: a child has ended, or was stopped.
    CHILD = SIGCHLD;
    /// `SIGALRM`: a timer of the system is due.
    ALARM = SIGALRM;
    /// `SIGPIPE`: nobody reads any more. Rust programs ignore it.
    PIPE = SIGPIPE;
    /// `SIGWINCH`: the terminal has another size.
    WINDOW_CHANGE = SIGWINCH;
    /// `SIGIO`: a descriptor is ready.
    IO = SIGIO;
    /// `SIGCONT`: the process goes on after a stop.
    CONTINUE = SIGCONT;
    /// `SIGTSTP`: Ctrl-Z.
    TERMINAL_STOP = SIGTSTP;
}

impl Kind {
    /// The signal with a number of the system's, real-time signals among them.
    pub const fn from_raw(signal: c_int) -> Kind {
        Kind(signal)
    }

    /// The number of the signal.
    pub const fn as_raw(self) -> c_int {
        self.0
    }

    /// Fails for what the system lets nobody catch, and for what tells of a fault in the instruction that would be repeated
    /// when its handler returns.
    fn check(self) -> io::Result<()> {
        const REFUSED: [c_int; 6] = [
            libc::SIGKILL,
            libc::SIGSTOP,
            libc::SIGSEGV,
            libc::SIGILL,
            libc::SIGFPE,
            libc::SIGBUS,
        ];
        if !REFUSED.contains(&self.0) {
            return Ok(());
        }
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!(
                "signal {} cannot be listened to: it stops the process, or tells of a fault in it",
                self.0
            ),
        ))
    }
}

/// Makes a selector report that signals came.
#[derive(Debug)]
pub struct Alert {
    sender: pipe::Sender,
    receiver: pipe::Receiver,
    process: Process,
}

impl Alert {
    /// An alert for the registry's selector, which reports it under [`Token::SIGNAL`].
    ///
    /// # Errors
    ///
    /// What the system says, for one that no more descriptors are left.
    pub fn new(registry: &Registry) -> io::Result<Alert> {
        let (sender, mut receiver) = pipe::new()?;
        registry.register(&mut receiver, Token::SIGNAL, Interest::READABLE)?;
        Ok(Alert {
            sender,
            receiver,
            process: Process::this(),
        })
    }

    /// Takes back what was reported: a signal from now on is reported anew.
    pub fn acknowledge(&self) {
        let mut buffer = [0; 512];
        // A read that would block re-arms the pipe where the system needs it.
        while matches!((&self.receiver).read(&mut buffer), Ok(1..)) {}
    }

    /// Async-signal-safe.
    fn raise(&self) {
        // SAFETY: the pointer is to one byte, as the length says, and the descriptor is open as long as `self`.
        // A pipe that is full holds a report already.
        unsafe { libc::write(self.sender.as_raw_fd(), [0_u8].as_ptr().cast(), 1) };
    }
}

/// Counts the signals of one kind. The default action of the kind comes back when its last watch goes.
#[derive(Debug)]
pub struct Watch {
    kind: Kind,
    action: SigId,
    count: Arc<AtomicUsize>,
}

impl Watch {
    /// From now on, each signal of the kind is counted, and raises the alert.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a signal that may not be caught, or that the system does not have.
    pub fn new(kind: Kind, alert: Arc<Alert>) -> io::Result<Watch> {
        kind.check()?;
        let count = Arc::new(AtomicUsize::new(0));
        let counter = count.clone();
        let on_signal = move || {
            // The handlers of a forked child are its parent's, and so is the pipe.
            if alert.process.is_this() {
                // Comes before the report, by which whoever reads the count is ordered after this.
                counter.fetch_add(1, Ordering::Release);
                alert.raise();
            }
        };
        let mut dispositions = Disposition::all();
        let disposition = dispositions.entry(kind).or_default();
        let before = current(kind)?;
        // SAFETY: the action touches atomics and calls `write`, so it is async-signal-safe. It does not panic, and owns what it
        // uses until it is unregistered.
        let action = unsafe { signal_hook_registry::register(kind.0, on_signal) }?;
        disposition.begin(kind, before);
        Ok(Watch { kind, action, count })
    }

    /// How many signals there were since the watch was made, as far as the system told them apart. It wraps.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut dispositions = Disposition::all();
        signal_hook_registry::unregister(self.action);
        if let Some(disposition) = dispositions.get_mut(&self.kind) {
            disposition.end(self.kind);
        }
    }
}

/// What a process does about a kind of signal, in so far as watches have changed it.
///
/// signal-hook-registry installs its handler once and for all; here it is taken back, and put in place again.
#[derive(Default)]
struct Disposition {
    watches: usize,
    /// What was there before the first watch, if it was the watch that changed it.
    before: Option<libc::sigaction>,
    /// The handler that signal-hook-registry installed for a watch.
    hook: Option<libc::sigaction>,
}

impl Disposition {
    fn all() -> MutexGuard<'static, BTreeMap<Kind, Disposition>> {
        static ALL: Lock<BTreeMap<Kind, Disposition>> = Lock::new(BTreeMap::new());
        // Each change under the lock is whole.
        ALL.lock()
    }

    /// A watch was registered, where `before` was in place.
    fn begin(&mut self, kind: Kind, before: libc::sigaction) {
        self.watches += 1;
        if self.watches > 1 {
            return;
        }
        match (current(kind), self.hook) {
            (Ok(now), _) if now.sa_sigaction != before.sa_sigaction => {
                self.before = Some(before);
                self.hook = Some(now);
            }
            (_, Some(hook)) if hook.sa_sigaction != before.sa_sigaction => {
                self.before = Some(before);
                install(kind, &hook);
            }
            // Another part of the program installed the handler, and needs it still.
            _ => {}
        }
    }

    /// A watch was unregistered.
    fn end(&mut self, kind: Kind) {
        self.watches -= 1;
        if self.watches > 0 {
            return;
        }
        let Some(before) = self.before.take() else { return };
        let is_hooked = |now: libc::sigaction| Some(now.sa_sigaction) == self.hook.map(|hook| hook.sa_sigaction);
        if current(kind).is_ok_and(is_hooked) {
            install(kind, &before);
        }
    }
}

/// What the process does about a signal.
fn current(kind: Kind) -> io::Result<libc::sigaction> {
    // SAFETY: every field is an integer, a set of bits or a function pointer that may be absent, so zeros are valid.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    // SAFETY: the pointer is valid for a write, and without a new action nothing is changed.
    let result = unsafe { libc::sigaction(kind.0, ptr::null(), &raw mut action) };
    if result == 0 {
        return Ok(action);
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("this system has no signal {} that a program may catch", kind.0),
    ))
}

/// Puts an action in place that was there before, so that the system takes it.
fn install(kind: Kind, action: &libc::sigaction) {
    // SAFETY: as the action was in place before, its handler is one that the process may run.
    unsafe { libc::sigaction(kind.0, action, ptr::null_mut()) };
}
