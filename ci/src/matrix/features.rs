//! The features of the crates: what each adds, what it needs, and where it is for.

use crate::metadata::Package;

/// A feature of one of the crates.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Feature {
    /// The package that has it.
    pub(crate) package: &'static str,
    pub(crate) name: &'static str,
    /// The features and dependencies that it turns on, as the manifest has them.
    pub(crate) needs: &'static [&'static str],
    /// What a program gets from it.
    pub(crate) adds: &'static str,
}

/// Every feature that a manifest declares, and no other. [`disagreements`] compares them.
pub(crate) const FEATURES: &[Feature] = &[];

/// What the table and the published crates' manifests disagree about, in a sentence each.
pub(crate) fn disagreements(features: &[Feature], packages: &[Package]) -> Vec<String> {
    let mut found = Vec::new();
    for package in packages.iter().filter(|package| package.is_published()) {
        let listed = |name: &str| features.iter().find(|of| of.package == package.name && of.name == name);
        for (name, needs) in &package.features {
            let title = format!("{}'s feature `{name}`", package.name);
            match listed(name) {
                None => found.push(format!(
                    "ci/src/matrix/features.rs has no line for {title}, so nothing builds it"
                )),
                Some(feature) if feature.needs != *needs => found.push(format!(
                    "{title} turns on {needs:?}, and ci/src/matrix/features.rs says {:?}",
                    feature.needs
                )),
                Some(_) => {}
            }
        }
        let gone = features
            .iter()
            .filter(|of| of.package == package.name && !package.has_feature(of.name));
        found.extend(gone.map(|Feature { name, .. }| {
            format!(
                "ci/src/matrix/features.rs lists the feature `{name}`, which {} does not have",
                package.name
            )
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata;
    use crate::paths::root;

    #[test]
    fn the_table_is_what_the_manifests_say() {
        assert_eq!(disagreements(FEATURES, &metadata::packages(root()).unwrap()), [""; 0]);
        assert!(FEATURES.iter().all(|feature| feature.adds.len() > 10));
    }

    #[test]
    fn what_differs_is_named() {
        let os = Feature {
            package: "triga",
            name: "os",
            needs: &[],
            adds: "what only some systems have",
        };
        let signal = Feature {
            name: "signal",
            needs: &["dep:x"],
            ..os
        };
        let gone = Feature { name: "gone", ..os };
        let mut packages = metadata::packages(root()).unwrap();
        packages.retain(|package| package.name == "triga");
        packages[0].features = vec![
            ("signal".to_owned(), vec!["dep:x".to_owned(), "os".to_owned()]),
            ("os".to_owned(), Vec::new()),
            ("new".to_owned(), Vec::new()),
        ];
        let found = disagreements(&[os, signal, gone], &packages);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].contains(r#"`signal` turns on ["dep:x", "os"]"#), "{found:?}");
        assert!(found[1].contains("no line for triga's feature `new`"), "{found:?}");
        assert!(found[2].contains("`gone`"), "{found:?}");
    }
}
