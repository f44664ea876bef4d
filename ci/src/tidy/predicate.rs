//! The condition of a `cfg`.

use std::fmt;

use proc_macro2::{Delimiter, Literal, TokenStream, TokenTree};

/// A condition, as the compiler reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Predicate {
    All(Vec<Predicate>),
    Any(Vec<Predicate>),
    Not(Box<Predicate>),
    Is(Atom),
}

/// `unix`, or `target_os = "linux"`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Atom {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
}

impl Atom {
    /// Whether it speaks of the target that is compiled for, or of what takes the place of one.
    pub(crate) fn is_of_target(&self) -> bool {
        let name = self.name.as_str();
        name.starts_with("target_") || name.starts_with("triga_") || ["unix", "windows"].contains(&name)
    }
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{} = \"{value}\"", self.name),
            None => f.write_str(&self.name),
        }
    }
}

impl Predicate {
    /// The condition of `cfg(…)`, without the parentheses; `None` if it is none.
    pub(crate) fn parse(tokens: TokenStream) -> Option<Predicate> {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let name = |token: &TokenTree| match token {
            TokenTree::Ident(ident) => Some(ident.to_string()),
            _ => None,
        };
        match tokens.as_slice() {
            [first] => {
                let name = name(first)?;
                Some(Predicate::Is(Atom { name, value: None }))
            }
            [first, TokenTree::Punct(equals), TokenTree::Literal(value)] if equals.as_char() == '=' => {
                let (name, value) = (name(first)?, Some(text(value)?));
                Some(Predicate::Is(Atom { name, value }))
            }
            [first, TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
                let mut parts = list(group.stream())?;
                match name(first)?.as_str() {
                    "all" => Some(Predicate::All(parts)),
                    "any" => Some(Predicate::Any(parts)),
                    "not" if parts.len() == 1 => Some(Predicate::Not(Box::new(parts.remove(0)))),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The condition in a manifest's `[target.'cfg(…)'…]`.
    pub(crate) fn from_manifest(text: &str) -> Option<Predicate> {
        let inner = text.strip_prefix("cfg(")?.strip_suffix(')')?;
        Predicate::parse(inner.parse().ok()?)
    }

    /// What it asks for.
    pub(crate) fn atoms(&self) -> Vec<&Atom> {
        match self {
            Predicate::All(parts) | Predicate::Any(parts) => parts.iter().flat_map(Predicate::atoms).collect(),
            Predicate::Not(part) => part.atoms(),
            Predicate::Is(atom) => vec![atom],
        }
    }

    /// Whether it can be true and whether it can be false, where `is` says that of each atom.
    pub(crate) fn can(&self, is: &impl Fn(&Atom) -> (bool, bool)) -> (bool, bool) {
        match self {
            Predicate::All(parts) => parts
                .iter()
                .map(|part| part.can(is))
                .fold((true, false), |all, part| (all.0 && part.0, all.1 || part.1)),
            Predicate::Any(parts) => parts
                .iter()
                .map(|part| part.can(is))
                .fold((false, true), |any, part| (any.0 || part.0, any.1 && part.1)),
            Predicate::Not(part) => {
                let (yes, no) = part.can(is);
                (no, yes)
            }
            Predicate::Is(atom) => is(atom),
        }
    }
}

/// The conditions between commas.
fn list(tokens: TokenStream) -> Option<Vec<Predicate>> {
    let mut parts = vec![TokenStream::new()];
    for token in tokens {
        match &token {
            TokenTree::Punct(comma) if comma.as_char() == ',' => parts.push(TokenStream::new()),
            _ => parts.last_mut()?.extend([token]),
        }
    }
    // There may be a comma behind the last one, and none at all.
    parts.pop_if(|last| last.is_empty());
    parts.into_iter().map(Predicate::parse).collect()
}

fn text(literal: &Literal) -> Option<String> {
    let literal = literal.to_string();
    Some(literal.strip_prefix('"')?.strip_suffix('"')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<Predicate> {
        Predicate::parse(text.parse().unwrap())
    }

    #[test]
    fn conditions_are_read() {
        let predicate = parsed(r#"all(any(unix, target_os = "wasi",), not(test))"#).unwrap();
        let atoms: Vec<_> = predicate.atoms().into_iter().map(Atom::to_string).collect();
        assert_eq!(atoms, ["unix", r#"target_os = "wasi""#, "test"]);
        let target: Vec<_> = predicate.atoms().into_iter().map(Atom::is_of_target).collect();
        assert_eq!(target, [true, true, false]);
        for wrong in [
            "",
            "unix windows",
            "some(unix)",
            "not(unix, windows)",
            "target_os = 3",
            "$x",
        ] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
        assert!(Predicate::from_manifest("cfg(any(unix, windows))").is_some());
    }

    #[test]
    fn what_can_be_true_is_told_from_what_cannot() {
        let is = |atom: &Atom| match atom.name.as_str() {
            "unix" => (true, false),
            "windows" => (false, true),
            _ => (true, true),
        };
        let can = |text| parsed(text).unwrap().can(&is).0;
        assert!(can("unix") && can("not(windows)") && can("all(unix, test)") && can("not(test)") && can("all()"));
        assert!(!can("windows") && !can("all(unix, windows)") && !can("not(unix)") && !can("any()"));
    }
}
