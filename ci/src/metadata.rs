//! What cargo says of the workspace's manifests.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::{Result, process, toolchain};

/// A package of the workspace.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Relative to the workspace.
    pub(crate) manifest: String,
    pub(crate) features: Vec<String>,
    /// What it depends on, but for building scripts.
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
    let mut cargo = toolchain::cargo();
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
    fn read(package: &Value, root: &Path) -> Result<Package> {
        let manifest = text(&package["manifest_path"]);
        let manifest = Path::new(&manifest)
            .strip_prefix(root.canonicalize()?)
            .map_or(manifest.clone(), |relative| {
                relative.to_string_lossy().replace('\\', "/")
            });
        let features = package["features"]
            .as_object()
            .map(|features| features.keys().cloned().collect());
        let dependencies = |kind: Value| {
            let all = package["dependencies"].as_array().into_iter().flatten();
            let of_kind = all.filter(|dependency| dependency["kind"] == kind);
            of_kind.map(Dependency::read).collect()
        };
        Ok(Package {
            name: text(&package["name"]),
            manifest,
            features: features.unwrap_or_default(),
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
