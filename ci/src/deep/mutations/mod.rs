//! Bugs that are planted one at a time, each of which a model has to find: so that the models are known to see something.

use std::fs;
use std::path::Path;

use super::models;
use crate::Result;
use crate::job::Job;
use crate::paths::logs;
use crate::scratch::Scratch;

mod list;

/// A bug: a file of the workspace, the model that finds it by its path in the program of the tests, what stands in the file once, and
/// what takes its place.
struct Mutation(&'static str, &'static str, &'static str, &'static str);

/// Plants each bug in a copy of the workspace, and has its model find it.
///
/// A bug whose place is gone, and one that does not compile, is an error and not found.
pub(super) fn each_is_found(job: &mut Job) -> Result<()> {
    let scratch =
        Scratch::copy_of_workspace("mutations").map_err(|error| format!("the workspace cannot be copied: {error}"))?;
    for mutation in list::LIST {
        match found(job, &scratch.root, mutation) {
            Ok(()) => job.counts.passed += 1,
            Err(error) => {
                job.counts.failed += 1;
                job.note(&format!(
                    "{}, {:?} for {:?}: {error}",
                    mutation.0, mutation.3, mutation.2
                ));
            }
        }
    }
    match job.counts.failed {
        0 => Ok(()),
        missed => Err(format!("{missed} of the planted bugs were not found as they should be").into()),
    }
}

fn found(job: &mut Job, root: &Path, mutation: &Mutation) -> Result<()> {
    let path = root.join(mutation.0);
    let sound = fs::read_to_string(&path)?;
    fs::write(&path, mutation.applied(&sound)?)?;
    let outcome = run(job, root, mutation.1);
    fs::write(&path, sound)?;
    outcome
}

fn run(job: &mut Job, root: &Path, model: &str) -> Result<()> {
    let test = || {
        let mut test = models::test(root);
        test.env("CARGO_TARGET_DIR", logs().join("mutations"));
        test
    };
    if !job.succeeds(test().arg("--no-run"))? {
        return Err("it does not compile".into());
    }
    if job.succeeds(test().args(["--", "--exact", model]))? {
        return Err(format!("`{model}` does not find it").into());
    }
    Ok(())
}

impl Mutation {
    /// The source with the bug.
    fn applied(&self, sound: &str) -> Result<String> {
        match sound.matches(self.2).count() {
            1 => Ok(sound.replacen(self.2, self.3, 1)),
            count => Err(format!("its place is there {count} times: change the list with the source").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::root;

    #[test]
    fn each_bug_has_its_place() {
        for mutation in list::LIST {
            let source = fs::read_to_string(root().join(mutation.0)).unwrap();
            assert!(mutation.applied(&source).is_ok(), "{}: {:?}", mutation.0, mutation.2);
        }
    }

    #[test]
    fn each_model_has_a_bug_to_find() {
        for entry in fs::read_dir(root().join("tests/models")).unwrap() {
            let path = entry.unwrap().path();
            let (file, source) = (
                path.file_stem().unwrap().to_str().unwrap(),
                fs::read_to_string(&path).unwrap(),
            );
            let models = source
                .split("#[test]\nfn ")
                .skip(1)
                .filter_map(|rest| rest.split('(').next());
            for model in models.map(|name| format!("{file}::{name}")) {
                assert!(list::LIST.iter().any(|mutation| mutation.1 == model), "{model}");
            }
        }
    }

    #[test]
    fn a_bug_whose_place_is_gone_or_there_twice_is_an_error() {
        let mutation = Mutation("", "", "a", "b");
        assert_eq!(mutation.applied("cac").unwrap(), "cbc");
        assert!(mutation.applied("c").is_err() && mutation.applied("aa").is_err());
    }
}
