//! Files that are there whole or as they were.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::Result;

/// Replaces a file's text in one step: a full disk, or an end in the middle, leaves the old one.
pub(crate) fn replace(path: &Path, text: &str) -> Result<()> {
    let beside = path.with_extension(format!("partial-{}", std::process::id()));
    let written = File::create(&beside).and_then(|mut file| fill(&mut file, text));
    written.and_then(|()| fs::rename(&beside, path)).map_err(|error| {
        // It may not have come to be.
        let _ = fs::remove_file(&beside);
        format!("{} cannot be written: {error}", path.display()).into()
    })
}

/// Writes a text, and learns whether it has arrived.
fn fill(file: &mut File, text: &str) -> io::Result<()> {
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// What there is to say of the disk that a file is on, if it is as good as full.
#[cfg(unix)]
pub(crate) fn full_disk(file: &Path) -> Option<String> {
    /// Less than any program is linked into.
    const SCARCE: u64 = 16 << 20;

    let disk = nix::sys::statvfs::statvfs(file).ok()?;
    #[allow(clippy::useless_conversion, reason = "the widths are the system's")]
    let left = u64::from(disk.blocks_available()).saturating_mul(disk.fragment_size().into());
    (left < SCARCE).then(|| format!("the disk is full ({} KiB are left for {})", left >> 10, file.display()))
}

#[cfg(not(unix))]
pub(crate) fn full_disk(_file: &Path) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced() {
        let folder = std::env::temp_dir().join(format!("triga-ci-replace-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("text.md");
        for text in ["one\n", "two\n"] {
            replace(&path, text).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        // A folder in its place cannot be replaced, and nothing is left beside it.
        let taken = folder.join("taken.md");
        fs::create_dir_all(taken.join("something")).unwrap();
        let error = replace(&taken, "three\n").unwrap_err().to_string();
        assert!(
            error.contains("taken.md cannot be written") && !error.contains('\n'),
            "{error}"
        );
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_disk_that_is_full_is_told_from_one_that_is_not() {
        // Nothing can be stored in /proc.
        assert!(
            full_disk(Path::new("/proc/self"))
                .unwrap()
                .starts_with("the disk is full (0 KiB")
        );
        assert_eq!(full_disk(Path::new(env!("CARGO_MANIFEST_DIR"))), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error() {
        let error = fill(&mut File::create("/dev/full").unwrap(), "text").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
