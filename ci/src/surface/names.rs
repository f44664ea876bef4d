//! The public names in rustdoc's JSON.
//!
//! A line is the path that users write, and what it names: `triga::Driver::turn fn`, `triga::Driver impl Send`. Of the traits
//! that the compiler implements by itself, `Send` and `Sync` are promises, and the others are not listed.

use serde_json::Value;

use super::Names;
use crate::Result;

/// The format that this file reads. rustdoc changes it now and then, so it comes with the pinned toolchain.
const FORMAT: u64 = 57;

/// The names of a crate. What it exports of another, whose names are known, has its names there.
pub(super) fn read(json: &str, other: &Names) -> Result<Names> {
    let krate: Value = serde_json::from_str(json)?;
    if krate["format_version"] != FORMAT {
        let version = &krate["format_version"];
        return Err(format!("rustdoc wrote its format {version}, and ci/src/surface/names.rs reads {FORMAT}").into());
    }
    let mut reader = Reader {
        index: &krate["index"],
        other,
        names: Names::new(),
        above: Vec::new(),
    };
    reader.item(&krate["root"], "", None);
    Ok(reader.names)
}

struct Reader<'a> {
    index: &'a Value,
    other: &'a Names,
    names: Names,
    /// The items that this one is in, so that a module that exports what is above it ends.
    above: Vec<&'a Value>,
}

impl<'a> Reader<'a> {
    /// An item under the path of what it is in, or under another name.
    fn item(&mut self, id: &'a Value, path: &str, renamed: Option<&str>) {
        let item = &self.index[id.to_string()];
        let Some((kind, inner)) = item["inner"].as_object().and_then(|inner| inner.iter().next()) else {
            return;
        };
        if self.above.contains(&id) {
            return;
        }
        if kind == "use" {
            return self.export(inner, path);
        }
        let Some(name) = renamed.or(item["name"].as_str()) else {
            return;
        };
        let path = if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}::{name}")
        };
        self.names.insert(format!("{path} {}", word(kind)));
        self.above.push(id);
        for inside in inside(kind, inner) {
            self.item(inside, &path, None);
        }
        for id in list(&inner["impls"]) {
            self.implementation(&self.index[id.to_string()]["inner"]["impl"], &path);
        }
        self.above.pop();
    }

    /// `pub use`, of something that is in this crate or in another.
    fn export(&mut self, export: &'a Value, path: &str) {
        let is_here = self.index[export["id"].to_string()].is_object();
        let (name, source) = (text(&export["name"]), text(&export["source"]));
        if export["is_glob"] == true {
            if is_here {
                let module = &self.index[export["id"].to_string()]["inner"]["module"];
                list(&module["items"]).for_each(|id| self.item(id, path, None));
            } else {
                self.names.insert(format!("{path} use {source}::*"));
            }
        } else if is_here {
            self.item(&export["id"], path, Some(name));
        } else {
            let names = self.other.iter().filter_map(|line| line.strip_prefix(source));
            let own = names.filter(|rest| rest.starts_with([' ', ':']));
            let own: Vec<String> = own.map(|rest| format!("{path}::{name}{rest}")).collect();
            if own.is_empty() {
                self.names.insert(format!("{path}::{name} use {source}"));
            }
            self.names.extend(own);
        }
    }

    /// The names of an inherent implementation, or the trait.
    fn implementation(&mut self, of: &'a Value, path: &str) {
        if of["trait"].is_null() {
            return list(&of["items"]).for_each(|id| {
                if self.index[id.to_string()]["visibility"] == "public" {
                    self.item(id, path, None);
                }
            });
        }
        // A trait may be named by its path in the source, which is private.
        let name = text(&of["trait"]["path"]).rsplit("::").next().unwrap_or_default();
        let is_promise = match of["is_synthetic"].as_bool() {
            Some(true) => ["Send", "Sync"].contains(&name),
            // What a derived `PartialEq` brings along.
            _ => name != "StructuralPartialEq",
        };
        if is_promise && of["blanket_impl"].is_null() {
            let not = if of["is_negative"] == true { "!" } else { "" };
            let by = if of["for"]["borrowed_ref"].is_object() {
                " by reference"
            } else {
                ""
            };
            self.names.insert(format!(
                "{path} impl {not}{name}{}{by}",
                arguments(&of["trait"]["args"])
            ));
        }
    }
}

/// The public items in an item.
fn inside<'a>(kind: &str, inner: &'a Value) -> impl Iterator<Item = &'a Value> {
    list(match kind {
        "module" | "trait" => &inner["items"],
        "enum" => &inner["variants"],
        "struct" => &inner["kind"]["plain"]["fields"],
        "union" => &inner["fields"],
        _ => &Value::Null,
    })
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What Rust calls the kind of item.
fn word(kind: &str) -> &str {
    match kind {
        "module" => "mod",
        "function" => "fn",
        "constant" | "assoc_const" => "const",
        "assoc_type" | "type_alias" => "type",
        "struct_field" => "field",
        kind => kind,
    }
}

/// A trait's arguments, as far as they are plain types: `<Ready>`.
fn arguments(arguments: &Value) -> String {
    let types: Vec<&str> = list(&arguments["angle_bracketed"]["args"])
        .map(|argument| &argument["type"])
        .map(|of| {
            of["resolved_path"]["path"]
                .as_str()
                .or(of["primitive"].as_str())
                .unwrap_or("_")
        })
        .map(|path| path.rsplit("::").next().unwrap_or_default())
        .collect();
    if types.is_empty() {
        String::new()
    } else {
        format!("<{}>", types.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_users_write() {
        let json = r#"{"format_version": 57, "root": 0, "index": {
            "0": {"name": "triga", "visibility": "public", "inner": {"module": {"items": [1, 2, 3, 12]}}},
            "1": {"name": null, "inner": {"use": {"source": "driver::Driver", "name": "Driver", "id": 4, "is_glob": false}}},
            "2": {"name": null, "inner": {"use": {"source": "other::Ready", "name": "Ready", "id": 9, "is_glob": false}}},
            "12": {"name": null, "inner": {"use": {"source": "third::Slab", "name": "Slab", "id": 13, "is_glob": false}}},
            "3": {"name": null, "inner": {"use": {"source": "crate", "name": "all", "id": 0, "is_glob": false}}},
            "4": {"name": "Driver", "visibility": "public", "inner": {"struct": {"kind": {"plain": {"fields": [5]}}, "impls": [6, 7, 8]}}},
            "5": {"name": "open", "visibility": "public", "inner": {"struct_field": {}}},
            "6": {"inner": {"impl": {"trait": null, "items": [10, 11]}}},
            "7": {"inner": {"impl": {"trait": {"path": "Send", "args": null}, "is_synthetic": true, "is_negative": true,
                   "blanket_impl": null, "for": {}, "items": []}}},
            "8": {"inner": {"impl": {"trait": {"path": "std::convert::From", "args": {"angle_bracketed": {"args":
                   [{"type": {"primitive": "u8"}}]}}}, "is_synthetic": false, "is_negative": false, "blanket_impl": null,
                   "for": {"borrowed_ref": {}}, "items": []}}},
            "10": {"name": "turn", "visibility": "public", "inner": {"function": {}}},
            "11": {"name": "hidden", "visibility": "default", "inner": {"function": {}}}}}"#;
        let other = [
            "other::Ready struct",
            "other::Ready::bits fn",
            "other::ReadyEvent struct",
        ];
        let names = read(json, &other.map(str::to_owned).into()).unwrap();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "triga mod",
                "triga::Driver impl !Send",
                "triga::Driver impl From<u8> by reference",
                "triga::Driver struct",
                "triga::Driver::open field",
                "triga::Driver::turn fn",
                "triga::Ready struct",
                "triga::Ready::bits fn",
                "triga::Slab use third::Slab",
            ]
        );
    }

    #[test]
    fn another_format_is_named() {
        let error = read(r#"{"format_version": 7}"#, &Names::new()).unwrap_err();
        assert!(error.to_string().contains("rustdoc wrote its format 7"), "{error}");
    }
}
