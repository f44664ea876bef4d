//! `cargo ci tidy`: what has to hold for the sources as text, and what no compiler says.
//!
//! `rust.rs` reads Rust sources and `markdown.rs` the links of Markdown files, `exercised.rs` compares cfgs with the rows,
//! `modules.rs` compares ARCHITECTURE.md with the folders and `directions.rs` with imports, `workflows.rs` reads what GitHub runs; `allowed.rs` is the list of the
//! exceptions.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::paths::root;
use crate::{Result, Subcommand, complain, say};

mod allowed;
mod directions;
mod exercised;
mod files;
mod markdown;
mod modules;
mod predicate;
mod rust;
mod workflows;

pub(crate) const SUBCOMMAND: Subcommand = Subcommand {
    name: "tidy",
    summary: "what the sources may say where: cfgs, unsafe, paths, locks; links; the list of modules",
    help: "\
cargo ci tidy: reads the sources and reports, outside the lists of ci/src/tidy/allowed.rs,

  a target cfg, also in cfg!, cfg_attr and the manifests; `unsafe`; #[path];
  a direct std::sync or std::thread in src/, where src/sync.rs must be used;

and everywhere

  a cfg or a feature that no row of the matrix exercises; an entry of the lists that nothing needs any more;
  a link in a Markdown file that points nowhere (files and headings; nothing is fetched);
  a module that ARCHITECTURE.md does not have, or has and is gone; an import that it does not allow;
  a workflow that runs something else than this tool, uses an action without its commit, or whose gate forgets a job.

The status is 0 if nothing was found.",
    run,
};

/// Something that was found, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// Relative to the workspace, with `/` on every system.
    file: String,
    line: usize,
    what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

fn run(mut parser: lexopt::Parser) -> Result<ExitCode> {
    if let Some(argument) = parser.next()? {
        return Err(argument.unexpected().into());
    }
    let findings = check(root())?;
    for finding in &findings {
        complain(finding);
    }
    if findings.is_empty() {
        say("tidy");
        return Ok(ExitCode::SUCCESS);
    }
    complain(format_args!("\n{} found", findings.len()));
    Ok(ExitCode::FAILURE)
}

/// Everything that is found in the workspace at `root`, in the order of files and lines.
pub(crate) fn check(root: &Path) -> Result<Vec<Finding>> {
    let files = files::all(root)?;
    let mut findings = Vec::new();
    let mut uses = Vec::new();
    for (name, path) in &files {
        if name.ends_with(".rs") {
            match rust::uses(name, &read(path)?) {
                Ok(found) => uses.extend(found),
                Err(finding) => findings.push(finding),
            }
        }
    }
    let (of_crates, of_tests) = exercised::manifests(root)?;
    uses.extend(of_crates);
    findings.extend(allowed::outside(&uses, allowed::LIST));
    uses.extend(of_tests);
    findings.extend(exercised::unexercised(root, &uses)?);
    findings.extend(exercised::features(root)?);
    findings.extend(markdown::dangling(root, &files)?);
    findings.extend(modules::mistakes(root)?);
    findings.extend(directions::mistakes(root, &files)?);
    findings.extend(workflows::mistakes(&files)?);
    findings.sort();
    Ok(findings)
}

fn read(path: &PathBuf) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn findings(root: &Path) -> Vec<String> {
        check(root).unwrap().iter().map(Finding::to_string).collect()
    }

    #[test]
    fn the_workspace_is_tidy() {
        assert_eq!(findings(root()), [""; 0]);
    }

    #[test]
    fn what_is_broken_is_found_where_it_is() {
        let scratch = Scratch::of_workspace("tidy");
        scratch.write(
            "src/error.rs",
            "#[cfg(windows)]\nuse std::thread;\n#[cfg(feature = \"absent\")]\nfn f() {}\n",
        );
        scratch.replace("platform/src/select.rs", "#[path = \"unix/mod.rs\"]", "");
        scratch.append("README.md", "\n[gone](GONE.md) [no heading](ARCHITECTURE.md#nowhere)\n");
        scratch.write("src/attic.rs", "fn f() { unsafe { g() } }\n");
        scratch.append("src/reactor/ready.rs", "\nuse crate::task::spawn;\n");
        scratch.replace(
            "Cargo.toml",
            "\n[profile.release]",
            "\n[features]\nunlisted = []\n\n[profile.release]",
        );
        let windows = "\n[target.'cfg(windows)'.dependencies]\nslab = \"0.4\"\n";
        scratch.replace("Cargo.toml", "\n[features]", &format!("{windows}\n[features]"));

        scratch.replace(
            ".github/workflows/ci.yml",
            "needs: [plan, rows, sources, ",
            "needs: [plan, sources, ",
        );

        let found = findings(&scratch.root);
        let readme = scratch.read("README.md").lines().count();
        let manifest = scratch.read("Cargo.toml");
        let table = manifest.lines().position(|line| line.contains("cfg(windows)")).unwrap() + 1;
        for expected in [
            "src/error.rs:1: a target cfg".to_owned(),
            "src/error.rs:2: the core's atomics".to_owned(),
            "src/error.rs:3: no line of ci/src/matrix/features.rs has feature = \"absent\"".to_owned(),
            "src/attic.rs:1: `unsafe`".to_owned(),
            format!("Cargo.toml:{table}: a target cfg"),
            format!("README.md:{readme}: the link leads to GONE.md"),
            format!("README.md:{readme}: the link leads to the heading #nowhere"),
            "src/attic.rs has no line in the table of modules".to_owned(),
            "`attic` has no row in the table of imports".to_owned(),
            "`reactor` imports `task`".to_owned(),
            "triga's feature `unlisted`".to_owned(),
            "the gate does not need the job `rows`".to_owned(),
        ] {
            assert!(
                found.iter().any(|found| found.contains(&expected)),
                "{expected} is not in {found:#?}"
            );
        }
    }
}
