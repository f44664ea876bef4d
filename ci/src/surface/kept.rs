//! The names that are kept: `ci/surface/common.txt` has those of all targets, `ci/surface/TARGET.txt` the rest of one target's.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::Names;
use crate::builds::Build;
use crate::{Result, files};

const FOLDER: &str = "ci/surface";
const COMMON: &str = "common";

/// The names of every target.
#[derive(Debug, Default)]
pub(super) struct Kept {
    targets: BTreeMap<String, Names>,
    none: Names,
}

impl Kept {
    pub(super) fn read(root: &Path) -> Result<Kept> {
        let mut kept = Kept::default();
        let common = lines(root, COMMON)?.unwrap_or_default();
        for build in Build::all() {
            if let Some(own) = lines(root, build.target)? {
                kept.set(build.target, common.union(&own).cloned().collect());
            }
        }
        Ok(kept)
    }

    /// What is kept of a target; nothing if it is new.
    pub(super) fn of(&self, target: &str) -> &Names {
        self.targets.get(target).unwrap_or(&self.none)
    }

    pub(super) fn set(&mut self, target: &str, names: Names) {
        self.targets.insert(target.to_owned(), names);
    }

    /// Writes every file that changes, and returns their names.
    pub(super) fn write(&self, root: &Path) -> Result<Vec<String>> {
        let mut written = Vec::new();
        let mut all = self.targets.values();
        let first = all.next().cloned().unwrap_or_default();
        let common = all.fold(first, |common, names| common.intersection(names).cloned().collect());
        let mut write = |name: &str, names: Vec<&String>| -> Result<()> {
            let file = format!("{FOLDER}/{name}.txt");
            let text: String = names.into_iter().map(|name| format!("{name}\n")).collect();
            let path = root.join(&file);
            if fs::read_to_string(&path).ok().as_ref() != Some(&text) {
                fs::create_dir_all(root.join(FOLDER))?;
                files::replace(&path, &text)?;
                written.push(file);
            }
            Ok(())
        };
        write(COMMON, common.iter().collect())?;
        for (target, names) in &self.targets {
            write(target, names.difference(&common).collect())?;
        }
        Ok(written)
    }
}

/// The lines of a file, if it is there.
fn lines(root: &Path, name: &str) -> Result<Option<Names>> {
    let file = format!("{FOLDER}/{name}.txt");
    match fs::read_to_string(root.join(&file)) {
        Ok(text) => Ok(Some(text.lines().map(str::to_owned).collect())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{file} cannot be read: {error}").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn what_is_written_is_read() {
        let scratch = Scratch::empty("kept");
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Names>();
        let mut kept = Kept::default();
        kept.set("wasm32-wasip1", names(&["a fn", "b fn"]));
        kept.set("x86_64-unknown-linux-gnu", names(&["a fn", "c fn"]));
        let files =
            ["common", "wasm32-wasip1", "x86_64-unknown-linux-gnu"].map(|name| format!("ci/surface/{name}.txt"));
        assert_eq!(kept.write(&scratch.root).unwrap(), files);
        assert_eq!(scratch.read("ci/surface/common.txt"), "a fn\n");
        assert_eq!(scratch.read("ci/surface/wasm32-wasip1.txt"), "b fn\n");

        let read = Kept::read(&scratch.root).unwrap();
        assert_eq!(read.of("wasm32-wasip1"), &names(&["a fn", "b fn"]));
        assert_eq!(read.of("x86_64-unknown-linux-gnu"), &names(&["a fn", "c fn"]));
        assert!(read.of("aarch64-apple-darwin").is_empty());
        assert_eq!(read.write(&scratch.root).unwrap(), [""; 0]);
    }
}
