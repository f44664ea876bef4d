//! The files of the workspace that somebody wrote.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;

/// Every Rust, Markdown, workflow and manifest file under `root`, by its name relative to it.
///
/// Folders that cargo or git made are left out, and so is what begins with a dot but the project's own.
pub(super) fn all(root: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    collect(root, "", &mut files).map_err(|error| format!("the folder {} cannot be read: {error}", root.display()))?;
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let own = entry.file_name().to_string_lossy().into_owned();
        let name = format!("{prefix}{own}");
        if entry.file_type()?.is_dir() {
            let hidden = own.starts_with('.') && own != ".github";
            // cargo marks its target folders so, whatever they are called.
            if !hidden && name != "target" && !path.join("CACHEDIR.TAG").exists() {
                collect(&path, &format!("{name}/"), files)?;
            }
        } else if [".rs", ".md", ".yml", "Cargo.toml"]
            .iter()
            .any(|end| name.ends_with(end))
        {
            files.push((name, path));
        }
    }
    Ok(())
}
