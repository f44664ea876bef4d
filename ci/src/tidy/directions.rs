//! Which module of `src/` imports which, compared with ARCHITECTURE.md's table.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proc_macro2::{Ident, TokenStream, TokenTree};

use super::Finding;
use super::rust::is;
use crate::Result;

const PAGE: &str = "ARCHITECTURE.md";

/// How the table begins.
const HEADER: &str = "| module | may import |";

/// The modules that each module may import, and the line that says so.
type Allowed = BTreeMap<String, (usize, BTreeSet<String>)>;

/// Imports that the table does not allow, and modules without a row. `files` are those of the workspace at `root`.
pub(super) fn mistakes(root: &Path, files: &[(String, std::path::PathBuf)]) -> Result<Vec<Finding>> {
    let page = root.join(PAGE);
    let page = fs::read_to_string(&page).map_err(|error| format!("{} cannot be read: {error}", page.display()))?;
    let allowed = table(&page);
    if allowed.is_empty() {
        return Err(format!("{PAGE} has no table of imports: `{HEADER}`").into());
    }
    let mut modules = BTreeSet::new();
    let mut findings = Vec::new();
    for (name, path) in files {
        let Some(module) = module_of(name) else { continue };
        modules.insert(module.to_owned());
        let source = super::read(path)?;
        findings.extend(wrong_imports(name, module, &source, &allowed));
    }
    for module in &modules {
        if !allowed.contains_key(module) {
            findings.push(finding(
                PAGE,
                1,
                format!("`{module}` has no row in the table of imports"),
            ));
        }
    }
    for (module, (line, _)) in allowed {
        if !modules.contains(&module) {
            findings.push(finding(PAGE, line, format!("there is no module `{module}`")));
        }
    }
    Ok(findings)
}

/// The first-level module that a file of `src/` belongs to. `lib.rs` imports them all.
fn module_of(file: &str) -> Option<&str> {
    let path = file.strip_prefix("src/")?;
    let first = path.split('/').next()?;
    let module = first.strip_suffix(".rs").unwrap_or(first);
    (path.ends_with(".rs") && module != "lib").then_some(module)
}

fn wrong_imports(file: &str, module: &str, source: &str, allowed: &Allowed) -> Vec<Finding> {
    // Sources that are no tokens are reported where cfgs are looked for.
    let Ok(tokens) = source.parse::<TokenStream>() else {
        return Vec::new();
    };
    let mut imports = Vec::new();
    collect(tokens, &mut imports);
    let may = allowed.get(module).map(|(_, may)| may);
    let wrong = imports.into_iter().filter_map(|import| {
        let name = import.to_string();
        let what = if !allowed.contains_key(&name) {
            format!("`crate::{name}` is no module of the table in {PAGE}: name the module that has it")
        } else if name == module || may.is_some_and(|may| may.contains(&name)) {
            return None;
        } else {
            format!("`{module}` imports `{name}`, which {PAGE} does not allow")
        };
        Some(finding(file, import.span().start().line, what))
    });
    wrong.collect()
}

/// The names that follow `crate::`, one or several in braces.
fn collect(tokens: TokenStream, imports: &mut Vec<Ident>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        match (token, &tokens[index + 1..]) {
            (TokenTree::Ident(word), [first, second, path, ..])
                if word == "crate" && is(first, ':') && is(second, ':') =>
            {
                match path {
                    TokenTree::Ident(name) => imports.push(name.clone()),
                    TokenTree::Group(group) => imports.extend(firsts(group.stream())),
                    _ => {}
                }
            }
            (TokenTree::Group(group), _) => collect(group.stream(), imports),
            _ => {}
        }
    }
}

/// The first name of each path in a list.
fn firsts(list: TokenStream) -> Vec<Ident> {
    let mut names = Vec::new();
    let mut is_first = true;
    for token in list {
        if let TokenTree::Ident(name) = &token
            && is_first
        {
            names.push(name.clone());
        }
        is_first = is(&token, ',');
    }
    names
}

fn table(page: &str) -> Allowed {
    let rows = page.lines().enumerate().skip_while(|(_, line)| *line != HEADER).skip(2);
    let mut allowed = Allowed::new();
    for (index, row) in rows.take_while(|(_, line)| line.starts_with('|')) {
        let mut cells = row.trim_matches('|').split('|').map(quoted);
        let (modules, may) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        for module in modules {
            allowed.insert(module, (index + 1, may.clone()));
        }
    }
    allowed
}

/// The words in backticks.
fn quoted(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn finding(file: &str, line: usize, what: String) -> Finding {
    let file = file.to_owned();
    Finding { file, line, what }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "text\n| module | may import |\n| --- | --- |\n| `sync`, `error` | nothing |\n| `reactor` | `sync`, `error` |\n| `task` | `reactor` |\n\n| `other` | `sync` |\n";

    fn wrong(module: &str, source: &str) -> Vec<String> {
        let found = wrong_imports("src/a.rs", module, source, &table(TABLE));
        found.iter().map(Finding::to_string).collect()
    }

    #[test]
    fn an_import_against_the_table_is_found_wherever_it_stands() {
        let source = "use crate::sync::Arc;\nuse crate::{error, task::{Tasks, reactor}};\nfn f() {\n crate::task::f() }\n\
                      macro_rules! m { () => {\n $crate::task::g() } }\npub(crate) fn h() {}";
        let not_allowed =
            |line| format!("src/a.rs:{line}: `reactor` imports `task`, which ARCHITECTURE.md does not allow");
        assert_eq!(wrong("reactor", source), [2, 4, 6].map(not_allowed));
        assert_eq!(wrong("sync", "use crate::sync::Mutex;"), [""; 0]);
        assert_eq!(wrong("task", "use crate::sync::Mutex;").len(), 1);
    }

    #[test]
    fn text_is_no_import() {
        let source = "//! [`x`](crate::task::x)\n/// crate::task\nconst S: &str = \"crate::task\";\n// crate::task\n";
        assert_eq!(wrong("reactor", source), [""; 0]);
    }

    #[test]
    fn a_name_of_the_root_is_to_be_named_by_its_module() {
        let said =
            "src/a.rs:1: `crate::Driver` is no module of the table in ARCHITECTURE.md: name the module that has it";
        assert_eq!(wrong("task", "use crate::Driver;"), [said]);
    }

    #[test]
    fn files_belong_to_the_module_of_the_first_level() {
        let modules = [
            "src/error.rs",
            "src/net/mod.rs",
            "src/lib.rs",
            "ci/src/main.rs",
            "src/net/a.md",
        ]
        .map(module_of);
        assert_eq!(modules, [Some("error"), Some("net"), None, None, None]);
    }
}
