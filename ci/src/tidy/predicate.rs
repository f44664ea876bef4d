//! The condition of a `cfg`, as cargo-platform reads it.

use cargo_platform::{Cfg, CfgExpr};

/// Whether an atom asks for the target, or for what takes the place of one.
pub(super) fn is_of_target(atom: &Cfg) -> bool {
    let (Cfg::Name(name) | Cfg::KeyPair(name, _)) = atom;
    let name = name.as_str();
    name.starts_with("target_") || name.starts_with("triga_") || ["unix", "windows"].contains(&name)
}

/// The atoms of a condition.
pub(super) fn atoms(condition: &CfgExpr) -> Vec<&Cfg> {
    match condition {
        CfgExpr::All(parts) | CfgExpr::Any(parts) => parts.iter().flat_map(atoms).collect(),
        CfgExpr::Not(part) => atoms(part),
        CfgExpr::Value(atom) => vec![atom],
        CfgExpr::True | CfgExpr::False => Vec::new(),
    }
}

/// Whether a condition can be true and whether it can be false, where `is` says that of each atom.
pub(super) fn can(condition: &CfgExpr, is: &impl Fn(&Cfg) -> (bool, bool)) -> (bool, bool) {
    let of = |part| can(part, is);
    match condition {
        CfgExpr::All(parts) => parts
            .iter()
            .map(of)
            .fold((true, false), |all, part| (all.0 && part.0, all.1 || part.1)),
        CfgExpr::Any(parts) => parts
            .iter()
            .map(of)
            .fold((false, true), |any, part| (any.0 || part.0, any.1 && part.1)),
        CfgExpr::Not(part) => {
            let (yes, no) = of(part);
            (no, yes)
        }
        CfgExpr::Value(atom) => is(atom),
        CfgExpr::True => (true, false),
        CfgExpr::False => (false, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_true_is_told_from_what_cannot() {
        let is = |atom: &Cfg| match atom.to_string().as_str() {
            "unix" => (true, false),
            "windows" => (false, true),
            _ => (true, true),
        };
        let can = |text: &str| can(&text.parse().unwrap(), &is).0;
        assert!(can("unix") && can("not(windows)") && can("all(unix, test)") && can("not(test)") && can("all()"));
        assert!(!can("windows") && !can("all(unix, windows)") && !can("not(unix)") && !can("any()"));
    }
}
