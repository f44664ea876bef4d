//! What cargo says of the workspace's manifests.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cargo;
use crate::{Result, process};

/// A package of the workspace.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Relative to the workspace.
    pub(crate) manifest: String,
    /// Each with what it turns on.
    pub(crate) features: Vec<(String, Vec<String>)>,
    /// What it depends on, except in build scripts.
    pub(crate) dependencies: Vec<Dependency>,
    /// What its tests depend on.
    pub(crate) test_dependencies: Vec<Dependency>,
}

/// What a package depends on.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// As cargo writes it: `^1.2`.
    pub(crate) requirement: String,
    /// Where it is one: `cfg(…)` or a target.
    pub(crate) condition: Option<String>,
    /// Whether it is another package of the workspace.
    pub(crate) is_local: bool,
}

/// The packages of the workspace at `root`.
pub(crate) fn packages(root: &Path) -> Result<Vec<Package>> {
    let mut cargo = cargo::cargo();
    cargo
        .current_dir(root)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"]);
    let said = process::output(&mut cargo, Duration::from_secs(120))?;
    // What begins otherwise is a warning.
    let line = said.lines().find(|line| line.starts_with('{')).unwrap_or_default();
    let metadata: Value = serde_json::from_str(line)?;
    let packages = metadata["packages"]
        .as_array()
        .ok_or("cargo's metadata have no packages")?;
    packages.iter().map(|package| Package::read(package, root)).collect()
}

impl Package {
    /// Whether it is one of those that people depend on.
    pub(crate) fn is_published(&self) -> bool {
        ["triga", "triga-platform"].contains(&self.name.as_str())
    }

    pub(crate) fn has_feature(&self, name: &str) -> bool {
        self.features.iter().any(|(own, _)| own == name)
    }

    fn read(package: &Value, root: &Path) -> Result<Package> {
        let manifest = text(&package["manifest_path"]);
        let manifest = Path::new(&manifest)
            .strip_prefix(root.canonicalize()?)
            .map_or(manifest.clone(), |relative| {
                relative.to_string_lossy().replace('\\', "/")
            });
        let features = package["features"].as_object().into_iter().flatten();
        let features = features.map(|(name, needs)| {
            let needs = needs.as_array().into_iter().flatten().map(text).collect();
            (name.clone(), needs)
        });
        let dependencies = |kind: Value| {
            let all = package["dependencies"].as_array().into_iter().flatten();
            let of_kind = all.filter(|dependency| dependency["kind"] == kind);
            of_kind.map(Dependency::read).collect()
        };
        Ok(Package {
            name: text(&package["name"]),
            manifest,
            features: features.collect(),
            dependencies: dependencies(Value::Null),
            test_dependencies: dependencies(json!("dev")),
        })
    }
}

impl Dependency {
    fn read(dependency: &Value) -> Dependency {
        Dependency {
            name: text(&dependency["name"]),
            requirement: text(&dependency["req"]),
            condition: dependency["target"].as_str().map(str::to_owned),
            is_local: dependency["path"].is_string(),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
