//! What cargo says of the workspace's manifests.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::{Result, process, toolchain};

/// A package of the workspace.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Relative to the workspace.
    pub(crate) manifest: String,
    pub(crate) features: Vec<String>,
    /// The conditions of its tables of dependencies.
    pub(crate) conditions: Vec<String>,
    /// Those of what its tests depend on.
    pub(crate) test_conditions: Vec<String>,
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
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let manifest = text(&package["manifest_path"]);
        let manifest = Path::new(&manifest)
            .strip_prefix(root.canonicalize()?)
            .map_or(manifest.clone(), |relative| {
                relative.to_string_lossy().replace('\\', "/")
            });
        let features = package["features"]
            .as_object()
            .map(|features| features.keys().cloned().collect());
        let conditions = |of_tests: bool| {
            let dependencies = package["dependencies"].as_array().into_iter().flatten();
            let of_kind = dependencies.filter(|dependency| (dependency["kind"] == "dev") == of_tests);
            let conditions: BTreeSet<&str> = of_kind.filter_map(|dependency| dependency["target"].as_str()).collect();
            conditions.into_iter().map(str::to_owned).collect()
        };
        Ok(Package {
            name: text(&package["name"]),
            manifest,
            features: features.unwrap_or_default(),
            conditions: conditions(false),
            test_conditions: conditions(true),
        })
    }
}
