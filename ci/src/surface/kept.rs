//! The names that are kept in `ci/surface/`, each in one file: `common.txt` has those of all targets, `unix.txt`, `wasm.txt` and
//! `windows.txt` those that all targets of a family have besides, and `TARGET.txt` what is left. A simulation counts as a
//! target, and is a family: `sim.txt`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::Names;
use crate::builds::Build;
use crate::{Result, files};

const FOLDER: &str = "ci/surface";
const COMMON: &str = "common";
const FAMILIES: [&str; 4] = ["sim", "unix", "wasm", "windows"];

/// The names of every target.
#[derive(Debug)]
pub(super) struct Kept {
    /// By the builds' names for files.
    builds: BTreeMap<String, Names>,
}

impl Kept {
    /// What is kept. A target that is new is expected to have what its family has.
    pub(super) fn read(root: &Path) -> Result<Kept> {
        let mut builds = BTreeMap::new();
        for build in Build::all().into_iter().filter(Build::has_own_names) {
            let mut names = Names::new();
            let slug = build.slug();
            for file in [COMMON, family(&slug), &slug] {
                names.extend(lines(root, file)?);
            }
            builds.insert(slug, names);
        }
        Ok(Kept { builds })
    }

    /// What is kept of a build.
    pub(super) fn of(&self, build: &Build) -> &Names {
        &self.builds[&build.slug()]
    }

    pub(super) fn set(&mut self, build: &Build, names: Names) {
        self.builds.insert(build.slug(), names);
    }

    /// Writes every file that changes, and returns their names. A file without names is none.
    pub(super) fn write(&self, root: &Path) -> Result<Vec<String>> {
        let common = shared(self.builds.values());
        let mut contents = vec![(COMMON.to_owned(), common.clone())];
        for of in FAMILIES {
            let members = self.builds.iter().filter(|(slug, _)| family(slug) == of);
            let names = shared(members.map(|(_, names)| names));
            contents.push((of.to_owned(), &names - &common));
        }
        for (slug, names) in &self.builds {
            let family = contents.iter().find(|(name, _)| *name == family(slug));
            let rest = names - &common;
            contents.push((
                slug.clone(),
                family.map_or_else(|| rest.clone(), |(_, family)| &rest - family),
            ));
        }
        let mut written = Vec::new();
        for (name, names) in contents {
            let file = format!("{FOLDER}/{name}.txt");
            let path = root.join(&file);
            if lines(root, &name)? == names {
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

/// The family of a build.
fn family(slug: &str) -> &'static str {
    match slug {
        sim if sim.ends_with("triga_platform-sim") => "sim",
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
        let build = |target: &str| Build::of(&[target]).remove(0);
        let mac = build("aarch64-apple-darwin");
        for build in Build::all().iter().filter(|build| build.has_own_names()) {
            kept.set(
                build,
                match family(&build.slug()) {
                    "unix" => names(&["all", "unix"]),
                    "sim" => names(&["all", "sim"]),
                    _ => names(&["all"]),
                },
            );
        }
        kept.set(&mac, names(&["all", "unix", "mac"]));
        let written = ["common", "sim", "unix", "aarch64-apple-darwin"].map(|name| format!("ci/surface/{name}.txt"));
        assert_eq!(kept.write(&scratch.root).unwrap(), written);
        assert_eq!(scratch.read(&written[0]), "all\n");
        assert_eq!(scratch.read(&written[1]), "sim\n");
        assert_eq!(scratch.read(&written[2]), "unix\n");
        assert_eq!(scratch.read(&written[3]), "mac\n");

        let mut read = Kept::read(&scratch.root).unwrap();
        assert_eq!(read.of(&build("wasm32-wasip1")), &names(&["all"]));
        assert_eq!(read.of(&mac), &names(&["all", "unix", "mac"]));
        assert_eq!(read.write(&scratch.root).unwrap(), [""; 0]);

        read.set(&mac, names(&["all", "unix"]));
        assert_eq!(read.write(&scratch.root).unwrap(), [written[3].clone()]);
        assert!(!scratch.root.join(&written[3]).exists());
    }
}
