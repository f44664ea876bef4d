//! The oldest versions that the manifests allow.

use std::collections::BTreeSet;

use crate::Result;
use crate::metadata::Package;

/// A dependency at exactly one version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pin {
    pub(super) name: String,
    pub(super) version: String,
    /// Where it is one: `cfg(…)` or a target.
    pub(super) condition: Option<String>,
}

/// The oldest version of everything that the published crates depend on, except each other.
pub(super) fn pins(packages: &[Package]) -> Result<Vec<Pin>> {
    let mut pins = BTreeSet::new();
    for package in packages.iter().filter(|package| package.is_published()) {
        for dependency in package.dependencies.iter().filter(|dependency| !dependency.is_local) {
            pins.insert(Pin {
                name: dependency.name.clone(),
                version: oldest(&dependency.requirement).ok_or_else(|| {
                    format!(
                        "{} asks for {} `{}`: the oldest such version is only known for requirements like \"1.2.3\"",
                        package.name, dependency.name, dependency.requirement
                    )
                })?,
                condition: dependency.condition.clone(),
            });
        }
    }
    Ok(pins.into_iter().collect())
}

/// The oldest version that `^1.2`, `~1.2` or `=1.2` admits.
fn oldest(requirement: &str) -> Option<String> {
    let version = requirement.trim_start_matches(['^', '~', '=', ' ']);
    let plain = version.chars().all(|c| c.is_ascii_digit() || c == '.');
    let missing = 2_usize.checked_sub(version.matches('.').count())?;
    (plain && !version.is_empty()).then(|| version.to_owned() + &".0".repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_version_is_complete() {
        assert_eq!(oldest("^1").as_deref(), Some("1.0.0"));
        assert_eq!(oldest("^0.3.31").as_deref(), Some("0.3.31"));
        assert_eq!(oldest("=0.2").as_deref(), Some("0.2.0"));
        assert_eq!(oldest("*"), None);
        assert_eq!(oldest(">=1.2, <3"), None);
    }
}
