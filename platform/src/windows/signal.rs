//! Events of the console. The system tells them on a thread that it makes for each.

use std::io;
use std::ops::BitOr;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, MutexGuard, OnceLock};
use std::thread;

use windows_sys::Win32::System::Console::{
    CTRL_BREAK_EVENT, CTRL_C_EVENT, CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT, GenerateConsoleCtrlEvent,
    SetConsoleCtrlHandler,
};
use windows_sys::core::BOOL;

use crate::select::platform::posts::Posts;
use crate::{Event, Lock, Ready, Registry, Token};

/// Which event of the console, or several of which any counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kind(u32);

impl Kind {
    /// Ctrl-C.
    pub const INTERRUPT: Kind = Kind::of(CTRL_C_EVENT);
    /// Ctrl-Break, which is also what one process can send to another.
    pub const BREAK: Kind = Kind::of(CTRL_BREAK_EVENT);
    /// The console's window was closed.
    pub const CLOSE: Kind = Kind::of(CTRL_CLOSE_EVENT);
    /// The user logs off. Only services are told.
    pub const LOGOFF: Kind = Kind::of(CTRL_LOGOFF_EVENT);
    /// The system shuts down. Only services are told.
    pub const SHUTDOWN: Kind = Kind::of(CTRL_SHUTDOWN_EVENT);
    /// Any request to end but Ctrl-C.
    pub const TERMINATE: Kind = Kind(Kind::BREAK.0 | Kind::FINAL.0);

    /// Events after whose handler the system ends the process.
    const FINAL: Kind = Kind(Kind::CLOSE.0 | Kind::LOGOFF.0 | Kind::SHUTDOWN.0);

    const fn of(event: u32) -> Kind {
        Kind(1 << event)
    }

    const fn intersects(self, other: Kind) -> bool {
        self.0 & other.0 != 0
    }
}

/// Any event of either.
impl BitOr for Kind {
    type Output = Kind;

    fn bitor(self, other: Kind) -> Kind {
        Kind(self.0 | other.0)
    }
}

/// Makes a selector report that events came.
#[derive(Debug)]
pub struct Alert {
    posts: Posts,
    is_raised: AtomicBool,
}

impl Alert {
    /// An alert for the registry's selector.
    ///
    /// # Errors
    ///
    /// None.
    pub fn new(registry: &Registry) -> io::Result<Alert> {
        Ok(Alert {
            posts: registry.posts.clone(),
            is_raised: AtomicBool::new(false),
        })
    }

    /// Takes back what was reported.
    pub fn acknowledge(&self) {
        // Pairs with the swap in `raise`: a thread that found it raised has counted before this, and its count is visible.
        self.is_raised.swap(false, AcqRel);
    }

    fn raise(&self) {
        if !self.is_raised.swap(true, AcqRel) {
            let (token, ready) = (Token::SIGNAL, Ready::READABLE);
            self.posts.post(Event { token, ready });
        }
    }
}

/// Counts the events of one kind.
#[derive(Debug)]
pub struct Watch(Arc<Watched>);

#[derive(Debug)]
struct Watched {
    kind: Kind,
    count: AtomicUsize,
    alert: Arc<Alert>,
}

/// Sends an event to every process of this console, or to those of one group, which has the number of its first process.
///
/// # Errors
///
/// `InvalidInput` for several events at once, and errors of the system: it sends [`Kind::INTERRUPT`] to all alone,
/// [`Kind::BREAK`], and no others.
pub fn send(kind: Kind, group: Option<u32>) -> io::Result<()> {
    if kind.0.count_ones() != 1 {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "several events cannot be sent at once: send one after the other",
        ));
    }
    // SAFETY: the call takes no pointers.
    match unsafe { GenerateConsoleCtrlEvent(kind.0.trailing_zeros(), group.unwrap_or(0)) } {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Every watch of the process.
static WATCHED: Lock<Vec<Arc<Watched>>> = Lock::new(Vec::new());

fn watched() -> MutexGuard<'static, Vec<Arc<Watched>>> {
    WATCHED.lock()
}

impl Watch {
    /// From now on, each event of the kind is counted.
    ///
    /// # Errors
    ///
    /// Errors of the system when the process's handler is set. None is known to happen.
    pub fn new(kind: Kind, alert: Arc<Alert>) -> io::Result<Watch> {
        set_handler()?;
        let this = Arc::new(Watched {
            kind,
            count: AtomicUsize::new(0),
            alert,
        });
        watched().push(this.clone());
        Ok(Watch(this))
    }

    /// How many events there were.
    pub fn count(&self) -> usize {
        // Pairs with the addition in `handle`.
        self.0.count.load(Acquire)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut watched = watched();
        let index = watched.iter().position(|other| Arc::ptr_eq(other, &self.0));
        let removed = index.map(|index| watched.swap_remove(index));
        drop(watched);
        drop(removed);
    }
}

/// Sets the handler of the process, once. Without a watch it leaves each event to the handlers before it, the last of which
/// ends the process.
fn set_handler() -> io::Result<()> {
    static SET: OnceLock<Result<(), i32>> = OnceLock::new();
    let set = SET.get_or_init(|| {
        // SAFETY: `handle` is a handler, and lives as long as the program. It may be called on any thread.
        match unsafe { SetConsoleCtrlHandler(Some(handle), 1) } {
            0 => Err(io::Error::last_os_error().raw_os_error().unwrap_or_default()),
            _ => Ok(()),
        }
    });
    set.map_err(io::Error::from_raw_os_error)
}

/// Says whether anybody watches for the event, after telling all who do.
unsafe extern "system" fn handle(event: u32) -> BOOL {
    let Some(kind) = 1_u32.checked_shl(event).map(Kind) else {
        return 0;
    };
    let told: Vec<_> = watched()
        .iter()
        .filter(|watched| watched.kind.intersects(kind))
        .cloned()
        .collect();
    for watched in &told {
        watched.count.fetch_add(1, Release);
        watched.alert.raise();
    }
    if told.is_empty() {
        return 0;
    }
    if kind.intersects(Kind::FINAL) {
        // The process ends with this call, or else some seconds later: the program's time to end by itself.
        drop(told);
        loop {
            thread::park();
        }
    }
    1
}
