//! ARCHITECTURE.md's tables of modules, compared with the folders.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::Finding;
use crate::Result;

const PAGE: &str = "ARCHITECTURE.md";

/// A table with the folder that it is about.
#[derive(Debug)]
struct Modules {
    folder: String,
    line: usize,
    /// The names in the first column, with their lines.
    named: Vec<(usize, String)>,
}

/// Modules that are named and not there, or there and not named.
pub(super) fn mistakes(root: &Path) -> Result<Vec<Finding>> {
    let path = root.join(PAGE);
    let text = fs::read_to_string(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let mut findings = Vec::new();
    for Modules { folder, line, named } in tables(&text) {
        let mut push = |line, what| {
            let file = PAGE.to_owned();
            findings.push(Finding { file, line, what });
        };
        for (line, name) in &named {
            if !root.join(&folder).join(name).exists() {
                push(*line, format!("there is no {folder}{name}"));
            }
        }
        let named: BTreeSet<&str> = named.iter().map(|(_, name)| name.as_str()).collect();
        for name in entries(&root.join(&folder))? {
            if !named.contains(name.as_str()) {
                push(line, format!("{folder}{name} has no line in the table of modules"));
            }
        }
    }
    Ok(findings)
}

/// The tables behind a line such as "`triga`, in `src/`:".
fn tables(text: &str) -> Vec<Modules> {
    let mut tables: Vec<Modules> = Vec::new();
    let mut open = false;
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if let Some((_, folder)) = line.strip_suffix("/`:").and_then(|line| line.split_once(", in `")) {
            let folder = format!("{folder}/");
            tables.push(Modules {
                folder,
                line: number,
                named: Vec::new(),
            });
            open = true;
        } else if let (true, Some(modules), Some(row)) = (open, tables.last_mut(), line.strip_prefix('|')) {
            let names = row.split('|').next().unwrap_or_default().split('`').skip(1).step_by(2);
            modules.named.extend(names.map(|name| (number, name.to_owned())));
        } else if !line.is_empty() {
            open = false;
        }
    }
    tables
}

/// The files and folders of a folder, except the crate's root, which every crate has.
fn entries(folder: &Path) -> Result<Vec<String>> {
    let unreadable = |error| format!("the folder {} cannot be read: {error}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !["lib.rs", "main.rs"].contains(&name.as_str()) {
            names.push(if entry.path().is_dir() { name + "/" } else { name });
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_with_their_folders() {
        let text = "`triga`, in `src/`:\n\n| module | what |\n| --- | --- |\n| `a.rs`, `b/` | uses `c` |\n\nText.\n\n\
                    | `d.rs` | of another table |\n";
        let tables = tables(text);
        assert_eq!(tables.len(), 1);
        assert_eq!(tables[0].folder, "src/");
        assert_eq!(tables[0].named, [(5, "a.rs".to_owned()), (5, "b/".to_owned())]);
    }
}
