//! The crate outside the workspace that depends on triga.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::oldest::Pin;
use crate::Result;
use crate::builds::Build;
use crate::matrix::{Capability, KnownAs, Platform};
use crate::metadata::Package;
use crate::paths;

/// The crates that people depend on, each with its folder in the workspace.
const PUBLISHED: [(&str, &str); 2] = [("triga", ""), ("triga-platform", "platform")];

/// How the outside crate's manifest begins. Nothing makes it a member of the workspace.
const HEADER: &str = "\
[package]
name = \"outside\"
version = \"0.0.0\"
edition = \"2024\"
publish = false

[workspace]
";

/// A crate that was written, with its own Cargo.lock.
pub(crate) struct Outside {
    pub(crate) manifest: PathBuf,
    /// Its features, one for each of the published crates'.
    pub(crate) features: Vec<String>,
}

impl Outside {
    /// Writes the crate for one build, under the target folder. It begins with the versions that the workspace has locked.
    pub(crate) fn write(name: &str, workspace: &Path, packages: &[Package], build: &Build) -> Result<Outside> {
        let root = folder(workspace).join(format!("{name}-{}", build.slug()));
        let mut dependencies = String::from("[dependencies]\n");
        let mut declared = String::from("[features]\n");
        let mut features = Vec::new();
        for (name, folder) in PUBLISHED {
            let path = workspace.join(folder);
            dependencies += &format!("{name} = {{ path = '{}', default-features = false }}\n", path.display());
            let package = packages.iter().filter(|package| package.name == name);
            for (feature, _) in package.flat_map(|package| &package.features) {
                let own = match (name, feature.as_str()) {
                    // Cargo turns on what is called `default`.
                    ("triga", "default") => "by-default".to_owned(),
                    ("triga", feature) => feature.to_owned(),
                    (name, feature) => format!("{name}-{feature}"),
                };
                declared += &format!("{own} = [\"{name}/{feature}\"]\n");
                features.push(own);
            }
        }
        let manifest = format!("{HEADER}\n{dependencies}\n{declared}");
        let outside = Outside {
            manifest: root.join("Cargo.toml"),
            features,
        };
        let written = outside.write_files(&manifest, &source(build.platform), workspace);
        written.map_err(|error| format!("{} cannot be written: {error}", root.display()))?;
        Ok(outside)
    }

    /// Adds dependencies of exactly these versions, which cargo then has to choose for triga as well.
    pub(super) fn pin(&self, pins: &[Pin]) -> Result<()> {
        let mut manifest = fs::read_to_string(&self.manifest)?;
        for Pin {
            name,
            version,
            condition,
        } in pins
        {
            manifest += &match condition {
                Some(condition) => format!("\n[target.'{condition}'.dependencies.{name}]\n"),
                None => format!("\n[dependencies.{name}]\n"),
            };
            manifest += &format!("version = \"={version}\"\ndefault-features = false\n");
        }
        Ok(fs::write(&self.manifest, manifest)?)
    }

    fn write_files(&self, manifest: &str, source: &str, workspace: &Path) -> io::Result<()> {
        let root = self.manifest.parent().expect("a manifest has a folder");
        fs::create_dir_all(root.join("src"))?;
        fs::write(&self.manifest, manifest)?;
        fs::write(root.join("src/lib.rs"), source)?;
        fs::copy(workspace.join("Cargo.lock"), root.join("Cargo.lock"))?;
        Ok(())
    }
}

/// Where the crates are written. A copy of the workspace, which a test has made, has its own.
fn folder(workspace: &Path) -> PathBuf {
    if workspace == paths::root() {
        paths::logs().join("outside")
    } else {
        workspace.join("target/outside")
    }
}

/// The source: what the matrix says of the platform, for the compiler to prove.
fn source(platform: &Platform) -> String {
    let mut source = String::from("//! Written by `cargo ci gates`.\n\n");
    let title = platform.title;
    for capability in Capability::ALL {
        let is_there = !platform.answers.iter().any(|(lacked, _)| *lacked == capability);
        let what = capability.title();
        source += &match (capability.known_as(), is_there) {
            (KnownAs::Support(variant), true) => format!(
                "const _: () = assert!(triga::SUPPORT.has(triga::Capability::{variant}), \
                 \"the matrix says that {title} has {what}, and its SUPPORT says that it has not\");\n"
            ),
            (KnownAs::Support(variant), false) => format!(
                "const _: () = assert!(!triga::SUPPORT.has(triga::Capability::{variant}), \
                 \"the matrix says that {title} lacks {what}, and its SUPPORT says that it has it\");\n"
            ),
            (KnownAs::Name(name), true) => format!("#[allow(unused_imports)]\npub use {name} as _;\n"),
            (KnownAs::Name(_) | KnownAs::Nothing, _) => String::new(),
        };
    }
    source
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::platforms::WASIP1;

    #[test]
    fn the_source_asserts_both_ways() {
        let source = source(&WASIP1);
        assert!(
            source.contains("assert!(triga::SUPPORT.has(triga::Capability::Timers), "),
            "{source}"
        );
        assert!(
            source.contains("assert!(!triga::SUPPORT.has(triga::Capability::Udp), "),
            "{source}"
        );
    }
}
