//! Finds modules that use each other in a circle, since dependencies are to go one way:
//! `make lint`.
//!
//! What counts is what siblings use of each other, at every level: a module and the
//! modules inside it are one thing to those beside it, and may use each other. What is
//! there for tests only does not count.

mod parse;

use crate::Done;
use parse::Module;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Where crates begin.
const ROOTS: [&str; 9] = [
    "src/lib.rs",
    "command/src/main.rs",
    "look/src/lib.rs",
    "bench/src/main.rs",
    "fuzz/src/lib.rs",
    "page/src/lib.rs",
    "tests/loom/src/lib.rs",
    "tools/xtask/src/main.rs",
    "trace/src/lib.rs",
];

/// A place where one module uses another.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    file: String,
    line: usize,
    path: String,
}

/// Of two modules by their paths, the first uses the second; and where it first does.
type Uses = BTreeMap<(Vec<String>, Vec<String>), Place>;

/// Looks at all crates, and prints what goes round.
pub fn check() -> Done {
    let mut circles = 0;
    for root in ROOTS {
        let uses = uses(&parse::krate(Path::new(root))?);
        let found = circles_of(&uses);
        for circle in &found {
            println!("{root}: modules that use each other in a circle:");
            for (from, to, place) in circle {
                let Place { file, line, path } = place;
                println!("    {from} uses {to}: {file}:{line}: {path}");
            }
        }
        circles += found.len();
    }
    Ok(circles == 0)
}

/// What siblings use of each other.
fn uses(modules: &[Module]) -> Uses {
    let by_path: BTreeMap<_, _> = modules.iter().map(|module| (&module.path[..], module)).collect();
    let mut uses = Uses::new();
    for module in modules {
        for used in &module.uses {
            let to = resolve(&by_path, &used.path, 0);
            let from = &module.path;
            let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
            if same < from.len() && same < to.len() {
                let place = Place {
                    file: module.file.clone(),
                    line: used.line,
                    path: used.path.join("::"),
                };
                uses.entry((from[..=same].to_vec(), to[..=same].to_vec())).or_insert(place);
            }
        }
    }
    uses
}

/// The module that a path leads to, by way of what modules hand on with `use`.
fn resolve(modules: &BTreeMap<&[String], &Module>, path: &[String], depth: usize) -> Vec<String> {
    let longest = (0..=path.len()).rev().find(|n| modules.contains_key(&path[..*n])).unwrap_or(0);
    let handed_on = || {
        let name = path.get(longest)?;
        let target = modules.get(&path[..longest])?.names.get(name)?;
        // Two names can stand for each other in sources that do not compile.
        (depth < 16).then(|| [&target[..], &path[longest + 1..]].concat())
    };
    match handed_on() {
        Some(path) => resolve(modules, &path, depth + 1),
        None => path[..longest].to_vec(),
    }
}

/// A circle: each uses the next one, and the last one the first.
type Circle<'a> = Vec<(String, String, &'a Place)>;

/// The shortest circle through each module that is in one, without repeating those of
/// a circle that was found.
fn circles_of(uses: &Uses) -> Vec<Circle<'_>> {
    let mut found: Vec<Circle> = Vec::new();
    let mut told = BTreeSet::new();
    for start in uses.keys().map(|(from, _)| from).collect::<BTreeSet<_>>() {
        if told.contains(start) {
            continue;
        }
        let Some(way) = way_back(uses, start) else { continue };
        told.extend(way.iter().map(|(from, _)| from));
        let step = |edge: &&(Vec<String>, Vec<String>)| {
            (edge.0.join("::"), edge.1.join("::"), &uses[*edge])
        };
        found.push(way.iter().map(step).collect());
    }
    found
}

/// The shortest way from a module to itself.
fn way_back<'a>(uses: &'a Uses, start: &[String]) -> Option<Vec<&'a (Vec<String>, Vec<String>)>> {
    let mut ways: Vec<Vec<&(Vec<String>, Vec<String>)>> = vec![Vec::new()];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let at = way.last().map_or(start, |edge| &edge.1);
            for edge in uses.keys().filter(|(from, _)| from == at) {
                let mut way = way.clone();
                way.push(edge);
                if edge.1 == start {
                    return Some(way);
                }
                if seen.insert(&edge.1) {
                    longer.push(way);
                }
            }
        }
        ways = longer;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{circles_of, parse::Module, uses};

    /// Modules from their sources.
    fn circles(sources: &[(&str, &str)]) -> Vec<String> {
        let module = |(path, text): &(&str, &str)| {
            let path = path.split("::").filter(|name| !name.is_empty()).map(str::to_owned);
            let mut module = Module::new(path.collect(), "a.rs");
            module.read(&text.parse().unwrap());
            module
        };
        let modules: Vec<_> = sources.iter().map(module).collect();
        let uses = uses(&modules);
        let names = |circle: &Vec<(String, String, _)>| {
            circle.iter().map(|(from, ..)| from.clone()).collect::<Vec<_>>().join(" ")
        };
        circles_of(&uses).iter().map(names).collect()
    }

    #[test]
    fn one_way_is_no_circle() {
        let sources = [
            ("", "mod a; mod b; mod c; use a::A;"),
            ("a", "use crate::b::{self, B}; use crate::c;"),
            ("b", "use crate::c::C;"),
            ("c", "fn f() {}"),
        ];
        assert!(circles(&sources).is_empty());
    }

    #[test]
    fn a_circle_is_found_in_every_way_to_write_it() {
        for back in [
            "use crate::a::A;",
            "use crate::{b::B, a};",
            "use super::a::A as D;",
            "fn f() { crate::a::f() }",
            "fn f(a: &super::a::A) {}",
            "use crate::A;",
            "fn f() { g!(\"{}\", crate::a::N) }",
            "mod inside { use super::super::a::A; }",
        ] {
            let sources = [
                ("", "mod a; mod b; mod c; pub use a::A;"),
                ("a", "use crate::c::C;"),
                ("c", "use crate::b::B;"),
                ("b", back),
            ];
            assert_eq!(circles(&sources), ["a c b"], "{back}");
        }
    }

    #[test]
    fn what_is_inside_a_module_counts_for_it() {
        let sources = [
            ("", "mod a; mod b;"),
            ("a", "mod deep;"),
            ("a::deep", "use crate::b::B;"),
            ("b", "use crate::a::A;"),
        ];
        assert_eq!(circles(&sources), ["a b"]);
        let inside = [
            ("", "mod a;"),
            ("a", "mod b; mod c;"),
            ("a::b", "use super::c::C;"),
            ("a::c", "use crate::a::b::B;"),
        ];
        assert_eq!(circles(&inside), ["a::b a::c"]);
    }

    #[test]
    fn a_module_and_those_inside_it_are_one_thing() {
        let sources =
            [("", "mod a;"), ("a", "mod b; use b::B;"), ("a::b", "use super::A; use crate::N;")];
        assert!(circles(&sources).is_empty());
    }

    #[test]
    fn tests_do_not_count() {
        for back in [
            "#[cfg(test)] use crate::a::A;",
            "#[cfg(test)] mod tests { use crate::a::A; }",
            "struct S { #[cfg(test)] a: crate::a::A, b: u8 }",
            "impl S { #[cfg(test)] fn f(&self, a: crate::a::A) -> u8 { crate::a::f() } }",
            "// use crate::a::A;",
            "const TEXT: &str = \"crate::a::A\";",
        ] {
            let sources = [("", "mod a; mod b;"), ("a", "use crate::b::B;"), ("b", back)];
            assert!(circles(&sources).is_empty(), "{back}");
        }
        let after = "struct S { #[cfg(test)] a: u8, b: crate::a::A }";
        assert_eq!(
            circles(&[("", "mod a; mod b;"), ("a", "use crate::b::B;"), ("b", after)]),
            ["a b"]
        );
    }
}
