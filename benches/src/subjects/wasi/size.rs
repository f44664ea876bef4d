//! How large an echo server is as a component of WASI 0.2.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::guests;
use crate::measure::table;

/// The size of triga's component that is kept, in bytes. It is 14.8 KB above wstd's: 2.6 KB are timers, which this program does
/// not use, 2 KB pages of sources that give their memory back, 2 KB turns after 64 polls, 1.2 KB the loop over addresses, 1 KB
/// pages of tasks, 1 KB timers whose cancels are short, and 1 KB a poll that is inlined in each place that reads or writes.
const KEPT: u64 = 123_500;

/// Builds what is compared, and fails if triga's component is larger than the size that is kept: it depends on no machine.
pub(crate) fn check() -> io::Result<()> {
    let mut folder = PathBuf::new();
    for guest in ["bare", "wstd", "triga"] {
        folder = guests::build(guests::WASIP2, "wasip2", Some(guest), None)?;
    }
    let path = |guest: &str| folder.join(guest).with_extension("wasm");
    print(&["bare", "wstd", "triga"], path)?;
    let triga = size(path("triga"))?;
    if triga > KEPT {
        return Err(io::Error::other(format!(
            "triga's component has {} bytes more than are kept: what has come into every program that could be linked only when \
             it is used?",
            triga - KEPT
        )));
    }
    Ok(())
}

/// Prints the sizes of guests beside that of the first.
pub(super) fn print(guests: &[&str], path: impl Fn(&str) -> PathBuf) -> io::Result<()> {
    let mut rows = Vec::new();
    let mut base = None;
    for guest in guests {
        let size = size(path(guest))? as f64;
        let base = *base.get_or_insert(size);
        rows.push(vec![
            (*guest).into(),
            format!("{}  {:>5.2} ×", table::number(size), size / base),
        ]);
    }
    let title = format!("WASI 0.2: size of the echo component (× {})", guests[0]);
    table::print(&title, &["bytes".into(), "component".into()], &rows);
    Ok(())
}

fn size(path: PathBuf) -> io::Result<u64> {
    fs::metadata(path).map(|metadata| metadata.len())
}
