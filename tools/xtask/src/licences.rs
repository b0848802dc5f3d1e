//! The licences of everything that is linked into the command: `make dist`.

use crate::Done;
use crate::command::{said, words};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// The package whose dependencies are meant.
const PACKAGE: &str = "gosbrk-command";

/// What names of files with a licence begin with, in capitals.
const NAMES: [&str; 6] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];

/// A package from a registry.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    /// Its name and version.
    name: String,
    /// Its licence as an SPDX expression.
    licence: String,
    /// Where its files are.
    dir: PathBuf,
}

/// Prints what is linked in for a target, and the text of each licence once.
pub fn print(target: &str) -> Done {
    let ask = "cargo metadata --locked --format-version 1 --filter-platform";
    let metadata = said(words(ask).arg(target))?;
    let packages = linked(&serde_json::from_str(&metadata)?).ok_or("cargo metadata: unreadable")?;
    print!("{}", text(&packages)?);
    Ok(true)
}

/// The packages that [`PACKAGE`] is linked with, itself and the tree's own left out; `None`
/// if that is not what `cargo metadata` prints.
fn linked(metadata: &Value) -> Option<BTreeSet<Package>> {
    let list = |value: &'_ Value, key: &str| value.get(key).and_then(Value::as_array).cloned();
    let by_id: BTreeMap<String, Value> = list(metadata, "packages")?
        .into_iter()
        .filter_map(|package| Some((package["id"].as_str()?.to_owned(), package)))
        .collect();
    let nodes: BTreeMap<String, Value> = list(&metadata["resolve"], "nodes")?
        .into_iter()
        .filter_map(|node| Some((node["id"].as_str()?.to_owned(), node)))
        .collect();
    let mut todo: Vec<String> = by_id
        .iter()
        .filter(|(_, package)| package["name"] == PACKAGE)
        .map(|(id, _)| id.clone())
        .collect();
    let mut seen = BTreeSet::new();
    let mut packages = BTreeSet::new();
    while let Some(id) = todo.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        for dep in list(nodes.get(&id)?, "deps")? {
            // Those for tests and build scripts have a kind.
            if list(&dep, "dep_kinds")?.iter().any(|kind| kind["kind"].is_null()) {
                todo.push(dep["pkg"].as_str()?.to_owned());
            }
        }
        let package = by_id.get(&id)?;
        if package["source"].is_string() {
            let words = |key| package[key].as_str();
            packages.insert(Package {
                name: format!("{} {}", words("name")?, words("version")?),
                licence: words("license").unwrap_or("no licence is named").to_owned(),
                dir: Path::new(words("manifest_path")?).parent()?.to_owned(),
            });
        }
    }
    Some(packages)
}

/// A table of the packages, then each text with the packages that carry it.
fn text(packages: &BTreeSet<Package>) -> Result<String, Box<dyn Error>> {
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut all = String::from("The command gosbrk is linked with these packages:\n\n");
    for package in packages {
        writeln!(all, "{:<28} {}", package.name, package.licence)?;
        let mut found = false;
        for entry in fs::read_dir(&package.dir)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().to_uppercase();
            if entry.file_type()?.is_file() && NAMES.iter().any(|start| name.starts_with(start)) {
                let text = fs::read_to_string(entry.path())?.replace("\r\n", "\n");
                texts.entry(text.trim().to_owned()).or_default().push(package.name.clone());
                found = true;
            }
        }
        if !found {
            return Err(format!("{}: no licence in {}", package.name, package.dir.display()).into());
        }
    }
    // By who has it first, so that the order is that of the table.
    let mut texts: Vec<_> = texts.into_iter().map(|(text, names)| (names, text)).collect();
    texts.sort();
    for (names, text) in texts {
        writeln!(all, "\n{}\n{}\n\n{text}", "-".repeat(72), names.join(", "))?;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::{Package, linked, text};
    use serde_json::json;
    use std::collections::BTreeSet;

    fn package(name: &str, source: Option<&str>) -> serde_json::Value {
        json!({"id": name, "name": name, "version": "1.0.0", "source": source, "license": "MIT",
            "manifest_path": format!("/crates/{name}/Cargo.toml")})
    }

    fn node(name: &str, deps: &[(&str, Option<&str>)]) -> serde_json::Value {
        let deps: Vec<_> = deps
            .iter()
            .map(|(name, kind)| json!({"pkg": name, "dep_kinds": [{"kind": kind}]}))
            .collect();
        json!({"id": name, "deps": deps})
    }

    #[test]
    fn only_what_is_linked_is_listed() {
        let registry = Some("registry");
        let metadata = json!({
            "packages": [package("gosbrk-command", None), package("look", None),
                package("linked", registry), package("below", registry),
                package("tests", registry), package("unrelated", registry)],
            "resolve": {"nodes": [
                node("gosbrk-command", &[("look", None), ("tests", Some("dev"))]),
                node("look", &[("linked", None)]),
                node("linked", &[("below", None), ("tests", Some("build"))]),
                node("below", &[]), node("tests", &[]), node("unrelated", &[])]}
        });
        let names: Vec<_> = linked(&metadata).unwrap().into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["below 1.0.0", "linked 1.0.0"]);
        assert_eq!(linked(&json!({})), None);
    }

    #[test]
    fn a_package_without_a_licence_is_an_error() {
        let dir = env!("CARGO_MANIFEST_DIR").into();
        let package = Package { name: "bare 1.0.0".into(), licence: "MIT".into(), dir };
        let error = text(&BTreeSet::from([package])).unwrap_err().to_string();
        assert!(error.starts_with("bare 1.0.0: no licence in "), "{error}");
    }

    #[test]
    fn a_text_that_two_have_is_there_once() {
        let top = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        let of = |name: &str| Package {
            name: name.into(),
            licence: "BSD-3-Clause".into(),
            dir: top.into(),
        };
        let all = text(&BTreeSet::from([of("a 1.0.0"), of("b 1.0.0")])).unwrap();
        assert!(all.contains("\na 1.0.0, b 1.0.0\n"), "{all}");
        assert_eq!(all.matches("Redistribution and use").count(), 1, "{all}");
    }
}
