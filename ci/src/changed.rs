//! Which files differ from a revision, and which rows that touches.

use std::process::Command;
use std::time::Duration;

use crate::matrix::{PLATFORMS, ROWS, Row};
use crate::paths::root;
use crate::{Result, process};

/// The files that differ from `revision`, new ones included.
pub(crate) fn since(revision: &str) -> Result<Vec<String>> {
    if revision.is_empty() || revision.starts_with('-') {
        return Err(format!("`{revision}` is no revision").into());
    }
    let known = git(&["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")]);
    let commit =
        known.map_err(|_| format!("git knows no revision `{revision}` here (a shallow clone lacks the older ones)"))?;
    let mut files = git(&["diff", "--name-only", "--no-renames", commit.trim(), "--"])?;
    files += &git(&["ls-files", "--others", "--exclude-standard"])?;
    Ok(files.lines().map(str::to_owned).collect())
}

/// The rows that a change of these files touches.
pub(crate) fn rows(files: &[String]) -> Vec<&'static Row> {
    let touched = |row: &&Row| files.iter().any(|file| touches(file, row));
    ROWS.iter().filter(touched).collect()
}

/// Documents are checked once and by no row, except the README, whose programs the native tests compile. What platforms own
/// touches theirs, and anything else touches all.
fn touches(file: &str, row: &Row) -> bool {
    if file == "README.md" {
        return row.name == "native";
    }
    if file.ends_with(".md") || file.starts_with("LICENSE") || file == ".gitignore" {
        return false;
    }
    // What is measured is measured natively.
    if file.starts_with("benches/") {
        return row.name == "native";
    }
    let owns = |owned: &[&str]| owned.iter().any(|prefix| file.starts_with(prefix));
    owns(row.platform.owns) || !PLATFORMS.iter().any(|platform| owns(platform.owns))
}

fn git(args: &[&str]) -> Result<String> {
    let mut git = Command::new("git");
    // Names come as they are, whatever is in them.
    git.current_dir(root()).args(["-c", "core.quotePath=false"]).args(args);
    Ok(process::output(&mut git, Duration::from_secs(60))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[&str]) -> Vec<&'static str> {
        let files: Vec<String> = files.iter().map(|&file| file.to_owned()).collect();
        rows(&files).iter().map(|row| row.name).collect()
    }

    #[test]
    fn documents_touch_no_row() {
        assert_eq!(names(&["ARCHITECTURE.md", "LICENSE-MIT"]), [""; 0]);
        assert_eq!(names(&["README.md", "CHANGELOG.md"]), ["native"]);
    }

    #[test]
    fn a_platform_touches_its_own_rows() {
        let wasip1 = names(&["platform/src/wasip1/host.rs"]);
        assert!(
            wasip1.contains(&"wasip1-wasmtime36") && !wasip1.contains(&"native"),
            "{wasip1:?}"
        );
        let windows = names(&["platform/src/windows/mod.rs"]);
        assert!(windows.iter().all(|name| name.starts_with("windows")), "{windows:?}");
        let mio = names(&["platform/src/common/mio_selector.rs"]);
        assert!(
            mio.contains(&"native") && mio.contains(&"windows-msvc") && !mio.contains(&"wasip1-wasmtime36"),
            "{mio:?}"
        );
    }

    #[test]
    fn what_is_shared_touches_every_row() {
        for file in [
            "src/reactor/driver.rs",
            "Cargo.lock",
            "tests/conformance/tcp.rs",
            "platform/src/contract/mod.rs",
        ] {
            assert_eq!(names(&[file]).len(), ROWS.len(), "{file}");
        }
    }

    #[test]
    fn a_revision_that_does_not_exist_is_named() {
        for revision in ["no-such-branch", "", "--output=x", "HEAD:README.md"] {
            let error = since(revision).unwrap_err().to_string();
            assert!(
                error.contains(&format!("`{revision}`")) && !error.contains('\n'),
                "{error}"
            );
        }
    }
}
