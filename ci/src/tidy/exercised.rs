//! Conditions and features that no row of the matrix exercises.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use cargo_platform::{Cfg, CfgExpr, Ident, Platform};

use super::Finding;
use super::predicate::{atoms, can};
use super::rust::{Rule, Use};
use crate::matrix::features::disagreements;
use crate::matrix::{FEATURES, How, ROWS, Row};
use crate::metadata::{self, Dependency};
use crate::{Result, process};

/// What is set by something else than a row, and by what.
const SET_ELSEWHERE: &[(&str, &str)] = &[
    ("test", "every row that runs builds with it and without"),
    ("doctest", "`cargo test` sets it on the native row"),
    ("debug_assertions", "the tests have them, and the benches do without"),
    ("triga_loom", "`cargo ci test models` builds with it"),
    ("docsrs", "docs.rs sets it, and so does `cargo ci surface`"),
    ("miri", "`cargo ci test miri` sets it"),
    (
        "target_feature = \"atomics\"",
        "`cargo ci gates` builds with it, to see WASI 0.2 refuse it",
    ),
];

/// The features of the published crates of which the matrix says something else.
pub(super) fn features(root: &Path) -> Result<Vec<Finding>> {
    let sentences = disagreements(FEATURES, &metadata::packages(root)?);
    let finding = |what| Finding {
        file: "Cargo.toml".to_owned(),
        line: 1,
        what,
    };
    Ok(sentences.into_iter().map(finding).collect())
}

/// The target cfgs of the manifests, as if they stood in sources: those of dependencies, and those of what tests depend on.
pub(super) fn manifests(root: &Path) -> Result<(Vec<Use>, Vec<Use>)> {
    let mut all = (Vec::new(), Vec::new());
    for package in metadata::packages(root)? {
        let text = fs::read_to_string(root.join(&package.manifest))?;
        let read = |condition: &String| Use {
            rule: Rule::Cfg,
            file: package.manifest.clone(),
            line: text.lines().position(|line| line.contains(condition)).unwrap_or(0) + 1,
            condition: condition.parse().ok().map(expression),
        };
        let conditions = |dependencies: &[Dependency]| -> Vec<Use> {
            let conditions: BTreeSet<&String> = dependencies.iter().filter_map(|of| of.condition.as_ref()).collect();
            conditions.into_iter().map(read).collect()
        };
        all.0.extend(conditions(&package.dependencies));
        all.1.extend(conditions(&package.test_dependencies));
    }
    Ok(all)
}

/// The condition of a dependency. No row has that of `[target.TRIPLE.dependencies]`.
fn expression(platform: Platform) -> CfgExpr {
    match platform {
        Platform::Cfg(condition) => condition,
        Platform::Name(triple) => {
            let name = "target_triple".to_owned();
            CfgExpr::Value(Cfg::KeyPair(Ident { name, raw: false }, triple))
        }
    }
}

/// The conditions that are true in no row that is taken anywhere.
pub(super) fn unexercised(root: &Path, uses: &[Use]) -> Result<Vec<Finding>> {
    let rows = Known::of_rows(root)?;
    let mut findings = Vec::new();
    for found in uses {
        let Some(condition) = &found.condition else { continue };
        if let Some(what) = complaint(condition, &rows) {
            findings.push(Finding {
                file: found.file.clone(),
                line: found.line,
                what,
            });
        }
    }
    Ok(findings)
}

fn complaint(condition: &CfgExpr, rows: &[Known]) -> Option<String> {
    let strange = |atom: &&Cfg| !rows.iter().any(|row| row.says(atom).0);
    if let Some(atom) = atoms(condition).into_iter().find(strange) {
        return Some(match atom {
            Cfg::KeyPair(name, _) if name == "feature" => {
                format!("no line of ci/src/matrix/features.rs has {atom}, so nothing builds it")
            }
            _ => format!("{atom} is true in no row of the matrix, so nothing exercises it"),
        });
    }
    let taken = rows.iter().filter(|row| row.is_taken);
    let reached = taken.into_iter().any(|row| can(condition, &|atom| row.says(atom)).0);
    (!reached).then(|| "this condition is true in no row that is run or checked".to_owned())
}

/// What is known of the builds of a row.
struct Known {
    is_taken: bool,
    /// What rustc says of the target, and the row's own flags.
    atoms: BTreeSet<Cfg>,
}

impl Known {
    fn of_rows(root: &Path) -> Result<Vec<Known>> {
        let mut targets = BTreeMap::new();
        let mut rows = Vec::new();
        for Row { target, how, cfgs, .. } in &ROWS {
            if !targets.contains_key(target) {
                let mut rustc = Command::new("rustc");
                rustc.current_dir(root).args(["--print", "cfg", "--target", target]);
                targets.insert(target, process::output(&mut rustc, Duration::from_secs(60))?);
            }
            let lines = targets[target].lines().chain(cfgs.iter().copied());
            rows.push(Known {
                is_taken: !matches!(how, How::NotYet(_)),
                atoms: lines.map(str::parse).collect::<Result<_, _>>()?,
            });
        }
        Ok(rows)
    }

    /// Whether the atom can be true in the row, and whether it can be false.
    fn says(&self, atom: &Cfg) -> (bool, bool) {
        let is_set_elsewhere = SET_ELSEWHERE.iter().any(|(set, _)| *set == atom.to_string());
        let is_feature = |name: &str| FEATURES.iter().any(|feature| feature.name == name);
        match atom {
            _ if is_set_elsewhere => (true, true),
            // Every feature is built alone, with each other one and not at all.
            Cfg::KeyPair(name, value) if name == "feature" => (is_feature(value), true),
            // It is the runner's, not the target's: a guest may be built with either.
            Cfg::KeyPair(name, _) if name == "panic" => (true, true),
            _ => {
                let is_there = self.atoms.contains(atom);
                (is_there, !is_there)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said_of(condition: &str) -> Option<String> {
        let row = |is_taken, lines: &[&str]| Known {
            is_taken,
            atoms: lines.iter().map(|line| line.parse().unwrap()).collect(),
        };
        let rows = [
            row(true, &["unix", "target_os=\"linux\"", "forced"]),
            row(true, &["windows", "target_os=\"windows\""]),
            row(false, &["target_os=\"wasi\""]),
        ];
        complaint(&condition.parse().unwrap(), &rows)
    }

    #[test]
    fn what_a_row_has_is_exercised() {
        for condition in [
            "unix",
            "not(unix)",
            "forced",
            "all(windows, test)",
            "not(target_os = \"wasi\")",
        ] {
            assert_eq!(said_of(condition), None, "{condition}");
        }
    }

    #[test]
    fn what_no_row_has_is_named() {
        for (condition, named) in [
            ("any(unix, target_os = \"hermit\")", "target_os = \"hermit\""),
            ("not(other_flag)", "other_flag"),
            ("feature = \"nothing\"", "feature = \"nothing\""),
            ("all(unix, windows)", "this condition"),
            ("target_os = \"wasi\"", "no row that is run or checked"),
        ] {
            let said = said_of(condition).unwrap_or_default();
            assert!(said.contains(named), "{condition}: {said:?}");
        }
    }
}
