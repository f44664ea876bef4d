//! Signals: a handler counts them and writes to a pipe, which the selector waits for.
//!
//! signal-hook-registry keeps the handlers, so that other parts of a program that use it get the same signals.
//! A handler stays installed until [`give_back`] is asked for.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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
    /// `SIGPIPE`: the reading end is closed. Rust programs ignore it.
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

    /// Fails for a signal that cannot be caught, and for one that reports a fault in the instruction that would be repeated
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
    /// Errors of the system, such as `EMFILE`.
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

/// Counts the signals of one kind.
///
/// The first watch of a kind replaces what the process does about it, and that stays replaced: see [`give_back`].
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
    /// `InvalidInput` for a signal that may not be caught, or that the system does not have. `ResourceBusy` if another part of
    /// the program has replaced the handler by one of its own.
    pub fn new(kind: Kind, alert: Arc<Alert>) -> io::Result<Watch> {
        kind.check()?;
        let count = Arc::new(AtomicUsize::new(0));
        let counter = count.clone();
        let on_signal = move || {
            // The handlers of a forked child are its parent's, and so is the pipe.
            if alert.process.is_this() {
                // Comes before the report, which orders a thread that reads the count after this.
                counter.fetch_add(1, Ordering::Release);
                alert.raise();
            }
        };
        let mut dispositions = DISPOSITIONS.lock();
        let before = current(kind)?;
        // SAFETY: the action touches atomics and calls `write`, so it is async-signal-safe. It does not panic, and owns what it
        // uses until it is unregistered.
        let action = unsafe { signal_hook_registry::register(kind.0, on_signal) }?;
        if let Err(error) = dispositions.begin(kind, before) {
            signal_hook_registry::unregister(action);
            return Err(error);
        }
        Ok(Watch { kind, action, count })
    }

    /// How many signals there were since the watch was made, as far as the system told them apart. It wraps.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut dispositions = DISPOSITIONS.lock();
        signal_hook_registry::unregister(self.action);
        if let Some(disposition) = dispositions.kinds.get_mut(&self.kind) {
            disposition.watches -= 1;
        }
    }
}

/// Gives a signal back the action that it had before its first watch. Nothing happens if no watch has changed that.
///
/// It takes a request, because nothing here tells whether the handler is still needed. signal-hook-registry installs one
/// handler for all its users, does not say whether there are others, and never installs it again. A user that comes later would
/// hear nothing. So the whole program has to know that there is none.
///
/// # Errors
///
/// `ResourceBusy` if there are watches, or if another part of the program has replaced the handler: its handler stays.
pub fn give_back(kind: Kind) -> io::Result<()> {
    let mut dispositions = DISPOSITIONS.lock();
    let hook = dispositions.hook;
    let Some(disposition) = dispositions.kinds.get_mut(&kind) else {
        return Ok(());
    };
    if disposition.watches > 0 {
        return Err(io::Error::new(
            io::ErrorKind::ResourceBusy,
            format!("there are listeners for {kind:?}: drop them first"),
        ));
    }
    let (Some(before), Some(hook)) = (disposition.before, hook) else {
        return Ok(());
    };
    replace(kind, &hook, &before)?;
    disposition.before = None;
    Ok(())
}

static DISPOSITIONS: Lock<Dispositions> = Lock::new(Dispositions {
    hook: None,
    kinds: BTreeMap::new(),
});

/// What watches have changed of what the process does about signals.
struct Dispositions {
    /// The handler that signal-hook-registry installs, which is the same for every kind, once it is known.
    hook: Option<libc::sigaction>,
    kinds: BTreeMap<Kind, Disposition>,
}

#[derive(Default)]
struct Disposition {
    watches: usize,
    /// The action before the first watch, if a watch has replaced it.
    before: Option<libc::sigaction>,
}

impl Dispositions {
    /// Sees to it that the handler is in place for a watch that was registered when the action was `before`.
    fn begin(&mut self, kind: Kind, before: libc::sigaction) -> io::Result<()> {
        let now = current(kind)?;
        let is_new = !is_same(&now, &before);
        if is_new {
            // The registry has installed it.
            self.hook = Some(now);
        } else if self.hook.is_none() {
            self.learn_hook();
        }
        match self.hook {
            Some(hook) if is_same(&now, &hook) => {
                if is_new && leaves_no_zombies_by(kind, &before) {
                    replace(kind, &hook, &without_zombies(hook))?;
                }
            }
            // Another part of the program has reset the signal, or it was given back. The registry does not see that.
            Some(hook) if is_default(&now) => {
                let keeps = leaves_no_zombies_by(kind, &now);
                replace(kind, &now, &if keeps { without_zombies(hook) } else { hook })?;
            }
            // The registry has not said which handler is its own: another part of the program used it for every signal first.
            None if !is_default(&now) => {}
            _ => return Err(replaced(kind)),
        }
        let disposition = self.kinds.entry(kind).or_default();
        if is_new || is_default(&now) {
            disposition.before.get_or_insert(before);
        }
        disposition.watches += 1;
        Ok(())
    }

    /// Has the registry install its handler for a signal that is ignored by default, and that seldom has a handler. The handler
    /// stays there: the registry would not install it again for others.
    fn learn_hook(&mut self) {
        let kind = Kind(libc::SIGURG);
        let Ok(before) = current(kind) else { return };
        // SAFETY: the action does nothing.
        if let Ok(action) = unsafe { signal_hook_registry::register(kind.0, || ()) } {
            signal_hook_registry::unregister(action);
            self.hook = current(kind).ok().filter(|now| !is_same(now, &before));
        }
    }
}

fn is_same(one: &libc::sigaction, other: &libc::sigaction) -> bool {
    one.sa_sigaction == other.sa_sigaction
}

/// Whether an action runs no function of the program.
fn is_default(action: &libc::sigaction) -> bool {
    [libc::SIG_DFL, libc::SIG_IGN].contains(&action.sa_sigaction)
}

/// Whether the system forgets children that end, and keeps no status: POSIX, on `SIG_IGN` and `SA_NOCLDWAIT`.
pub(super) fn leaves_no_zombies() -> bool {
    current(Kind::CHILD).is_ok_and(|action| leaves_no_zombies_by(Kind::CHILD, &action))
}

fn leaves_no_zombies_by(kind: Kind, action: &libc::sigaction) -> bool {
    kind == Kind::CHILD && (action.sa_sigaction == libc::SIG_IGN || action.sa_flags & libc::SA_NOCLDWAIT != 0)
}

/// The handler for a process that leaves no zombies: other parts of the program may count on that. Linux tells of the end of
/// such children all the same.
fn without_zombies(mut hook: libc::sigaction) -> libc::sigaction {
    if cfg!(any(target_os = "linux", target_os = "android")) {
        hook.sa_flags |= libc::SA_NOCLDWAIT;
    }
    hook
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

/// Puts an action in place of another that was seen there. Fails, and changes nothing, if a third one is there by now.
fn replace(kind: Kind, seen: &libc::sigaction, action: &libc::sigaction) -> io::Result<()> {
    let found = exchange(kind, action)?;
    if is_same(&found, seen) {
        return Ok(());
    }
    exchange(kind, &found)?;
    Err(replaced(kind))
}

/// Installs an action that was in place before, and returns the one that it replaces.
fn exchange(kind: Kind, action: &libc::sigaction) -> io::Result<libc::sigaction> {
    let mut found = *action;
    // SAFETY: both pointers are valid. As the action was in place before, its handler is one that the process may run.
    let result = unsafe { libc::sigaction(kind.0, action, &raw mut found) };
    if result == 0 {
        Ok(found)
    } else {
        Err(io::Error::last_os_error())
    }
}

fn replaced(kind: Kind) -> io::Error {
    io::Error::new(
        io::ErrorKind::ResourceBusy,
        format!(
            "another part of this program has replaced the handler of {kind:?}, and may keep the signals to itself: let it install \
             its handler before the first listener begins, or listen through signal-hook-registry"
        ),
    )
}
