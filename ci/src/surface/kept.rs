//! The names that are kept in `ci/surface/`, each in one file: `common.txt` has those of all targets, `unix.txt`, `wasm.txt` and
//! `windows.txt` those that all targets of a family have besides, and `TARGET.txt` what is left.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::Names;
use crate::builds::Build;
use crate::{Result, files};

const FOLDER: &str = "ci/surface";
const COMMON: &str = "common";
const FAMILIES: [&str; 3] = ["unix", "wasm", "windows"];

/// The names of every target.
#[derive(Debug)]
pub(super) struct Kept {
    targets: BTreeMap<&'static str, Names>,
}

impl Kept {
    /// What is kept. A target that is new is expected to have what its family has.
    pub(super) fn read(root: &Path) -> Result<Kept> {
        let mut targets = BTreeMap::new();
        for Build { target, .. } in Build::all() {
            let mut names = Names::new();
            for file in [COMMON, family(target), target] {
                names.extend(lines(root, file)?);
            }
            targets.insert(target, names);
        }
        Ok(Kept { targets })
    }

    /// What is kept of a target.
    pub(super) fn of(&self, target: &str) -> &Names {
        &self.targets[target]
    }

    pub(super) fn set(&mut self, target: &'static str, names: Names) {
        self.targets.insert(target, names);
    }

    /// Writes every file that changes, and returns their names. A file without names is none.
    pub(super) fn write(&self, root: &Path) -> Result<Vec<String>> {
        let common = shared(self.targets.values());
        let mut contents = vec![(COMMON, common.clone())];
        for of in FAMILIES {
            let members = self.targets.iter().filter(|(target, _)| family(target) == of);
            let names = shared(members.map(|(_, names)| names));
            contents.push((of, &names - &common));
        }
        for (target, names) in &self.targets {
            let family = contents.iter().find(|(name, _)| *name == family(target));
            let rest = names - &common;
            contents.push((
                target,
                family.map_or_else(|| rest.clone(), |(_, family)| &rest - family),
            ));
        }
        let mut written = Vec::new();
        for (name, names) in contents {
            let file = format!("{FOLDER}/{name}.txt");
            let path = root.join(&file);
            if lines(root, name)? == names {
                continue;
            }
            if names.is_empty() {
                fs::remove_file(&path)?;
            } else {
                fs::create_dir_all(root.join(FOLDER))?;
                files::replace(&path, &names.iter().map(|name| format!("{name}\n")).collect::<String>())?;
            }
            written.push(file);
        }
        Ok(written)
    }
}

/// The family of a target.
fn family(target: &str) -> &'static str {
    match target {
        wasm if wasm.starts_with("wasm") => "wasm",
        windows if windows.contains("-windows-") => "windows",
        _ => "unix",
    }
}

/// What all of them have.
fn shared<'a>(mut sets: impl Iterator<Item = &'a Names>) -> Names {
    let first = sets.next().cloned().unwrap_or_default();
    sets.fold(first, |shared, names| &shared & names)
}

/// The lines of a file; none if it is not there.
fn lines(root: &Path, name: &str) -> Result<Names> {
    let file = format!("{FOLDER}/{name}.txt");
    match fs::read_to_string(root.join(&file)) {
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Names::new()),
        Err(error) => Err(format!("{file} cannot be read: {error}").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn names(names: &[&str]) -> Names {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn each_name_is_in_the_file_of_those_that_have_it() {
        let scratch = Scratch::empty("kept");
        let mut kept = Kept::read(&scratch.root).unwrap();
        for build in Build::all() {
            kept.set(
                build.target,
                match family(build.target) {
                    "unix" => names(&["all", "unix"]),
                    _ => names(&["all"]),
                },
            );
        }
        kept.set("aarch64-apple-darwin", names(&["all", "unix", "mac"]));
        let written = ["common", "unix", "aarch64-apple-darwin"].map(|name| format!("ci/surface/{name}.txt"));
        assert_eq!(kept.write(&scratch.root).unwrap(), written);
        assert_eq!(scratch.read(&written[0]), "all\n");
        assert_eq!(scratch.read(&written[1]), "unix\n");
        assert_eq!(scratch.read(&written[2]), "mac\n");

        let mut read = Kept::read(&scratch.root).unwrap();
        assert_eq!(read.of("wasm32-wasip1"), &names(&["all"]));
        assert_eq!(read.of("aarch64-apple-darwin"), &names(&["all", "unix", "mac"]));
        assert_eq!(read.write(&scratch.root).unwrap(), [""; 0]);

        read.set("aarch64-apple-darwin", names(&["all", "unix"]));
        assert_eq!(read.write(&scratch.root).unwrap(), [written[2].clone()]);
        assert!(!scratch.root.join(&written[2]).exists());
    }
}
