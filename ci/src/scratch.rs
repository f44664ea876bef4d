//! A copy of the workspace, to break something in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::paths;

/// A copy that goes away with this value.
pub(crate) struct Scratch {
    pub(crate) root: PathBuf,
}

impl Scratch {
    /// Copies everything that somebody wrote. The name is for this use alone.
    pub(crate) fn copy_of_workspace(name: &str) -> io::Result<Scratch> {
        let scratch = Scratch::create(name)?;
        copy(paths::root(), &scratch.root)?;
        Ok(scratch)
    }

    fn create(name: &str) -> io::Result<Scratch> {
        let root = paths::logs()
            .join("scratch")
            .join(format!("{name}-{}", std::process::id()));
        // What an interrupted run has left.
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root)?;
        Ok(Scratch { root })
    }
}

/// As tests use it: what goes wrong is their failure.
#[cfg(test)]
impl Scratch {
    pub(crate) fn of_workspace(name: &str) -> Scratch {
        Scratch::copy_of_workspace(name).expect("the workspace can be copied")
    }

    /// An empty folder.
    pub(crate) fn empty(name: &str) -> Scratch {
        Scratch::create(name).expect("the target folder can be written")
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.root.join(file);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("the copy can be written");
        fs::write(path, text).expect("the copy can be written");
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.root.join(file)).expect("the file was copied")
    }

    /// Replaces a text that is there.
    pub(crate) fn replace(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert!(text.contains(from), "{file} does not have {from:?}");
        self.write(file, &text.replacen(from, to, 1));
    }

    /// Adds to the end of a file.
    pub(crate) fn append(&self, file: &str, text: &str) {
        self.write(file, &(self.read(file) + text));
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is in the target folder, and goes with that.
        let _ = fs::remove_dir_all(&self.root);
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if entry.file_type()?.is_dir() {
            if name != ".git" && name != "target" && !path.join("CACHEDIR.TAG").exists() {
                fs::create_dir_all(to.join(&name))?;
                copy(&path, &to.join(&name))?;
            }
        } else if name != ".git" {
            fs::copy(path, to.join(&name))?;
        }
    }
    Ok(())
}
