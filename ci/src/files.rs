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
    fn a_full_disk_is_an_error() {
        let error = fill(&mut File::create("/dev/full").unwrap(), "text").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
