//! The library as C programs see it: the header as strict C11 and C++17, and the
//! programs of `testdata/c` built in every way of linking, and run.

mod common;

use common::declarations::functions;
use common::{
    archive, build, can_link, cc, header, is_there, program, root, scratch, skip, source, succeed,
    tool,
};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

/// A compiler that only checks, as strict as it can be, for C and then for C++.
fn checkers() -> Vec<Command> {
    let mut c = cc();
    c.args(["-fsyntax-only", "-xc"]);
    let mut all = vec![c];
    let cxx = tool("CXX", "c++");
    if is_there(&cxx) {
        let mut cpp = Command::new(cxx);
        cpp.args(["-std=c++17", "-Wall", "-Wextra", "-Werror", "-pedantic", "-I"]);
        cpp.arg(root().join("include")).args(["-fsyntax-only", "-xc++"]);
        all.push(cpp);
    } else {
        skip("the header as C++17", "there is no C++ compiler (c++, or what CXX names)");
    }
    all
}

#[test]
fn header_stands_alone() {
    for mut checker in checkers() {
        succeed(checker.arg(root().join("include/gosbrk.h")));
    }
}

#[test]
fn contract_holds() {
    for mut checker in checkers() {
        succeed(checker.arg(source("contract.c")));
    }
}

#[test]
fn contract_names_every_function() {
    let contract = fs::read_to_string(source("contract.c")).unwrap();
    let (declarations, _) = contract.split_once("#define FIELD").unwrap();
    assert_eq!(functions(declarations), functions(&header()));
}

/// Ways to link a program, with what each is good for.
const WAYS: [(&str, &[&str]); 4] = [
    ("dynamic", &[]),
    ("at a fixed address", &["-no-pie"]),
    ("static", &["-static"]),
    ("static, at any address", &["-static-pie"]),
];

/// Builds a program in each of these ways that the machine's C library can be
/// linked in, and calls `with` on it.
fn each_way(name: &str, with: impl Fn(Command)) {
    let dir = scratch(&format!("ways-{name}"));
    for (way, options) in WAYS {
        if can_link(&dir, options) {
            let options = [options, &["-Wl,--fatal-warnings", "-Wl,-z,text"]].concat();
            with(program(build(&dir, name, &options)));
        } else {
            skip(&format!("{name} linked {way}"), "the machine's C library cannot be");
        }
    }
}

#[test]
fn every_function_works() {
    each_way("every.c", |mut every| {
        assert_eq!(succeed(&mut every), "base 0x4000000000\n");
    });
}

#[test]
fn every_c_calls_every_function() {
    let object = scratch("every-object").join("every.o");
    succeed(cc().arg("-c").arg(source("every.c")).arg("-o").arg(&object));
    let undefined = succeed(Command::new("nm").args(["-u", "--format=just-symbols"]).arg(object));
    let called: BTreeSet<_> = undefined.lines().map(str::to_owned).collect();
    let functions = functions(&header());
    assert_eq!(called.intersection(&functions).cloned().collect::<BTreeSet<_>>(), functions);
}

#[test]
fn example_is_short_and_works() {
    let text = fs::read_to_string(source("example.c")).unwrap();
    assert!(text.lines().count() <= 30);
    each_way("example.c", |mut example| {
        assert_eq!(
            succeed(&mut example),
            "text at +0: whole pages, zeroed\n\
             arena at +0x400000, 4194304 bytes\n\
             free at +0, 4194304 bytes\n\
             4194304 bytes in use, 4194304 free\n"
        );
    });
}

#[test]
fn example_of_the_docs_works() {
    let page = fs::read_to_string(root().join("docs/c.md")).unwrap();
    let (_, rest) = page.split_once("\n```c\n").expect("docs/c.md has an example in C");
    let (text, _) = rest.split_once("\n```\n").unwrap();
    let dir = scratch("docs");
    let main = dir.join("example.c");
    fs::write(&main, format!("{text}\n")).unwrap();
    let example = dir.join("example");
    succeed(cc().arg(main).arg(archive()).arg("-o").arg(&example));
    succeed(&mut program(example));
}

#[test]
fn no_libc_is_needed() {
    let options = ["-nostdlib", "-static", "-ffreestanding", "-fno-stack-protector"];
    for optimise in ["-O0", "-O2"] {
        let dir = scratch(&format!("freestanding{optimise}"));
        let path = build(&dir, "freestanding.c", &[&options[..], &[optimise]].concat());
        assert_eq!(succeed(&mut program(path)), "no libc needed\n");
    }
}

#[test]
fn shared_library_can_hold_it() {
    let dir = scratch("shared");
    let library = dir.join("libshared.so");
    let whole = ["-shared", "-Wl,-z,text,-z,defs,--fatal-warnings,--whole-archive"];
    succeed(cc().arg("-nostdlib").args(whole).arg(archive()).arg("-o").arg(&library));
    let example = dir.join("example");
    succeed(cc().arg(source("example.c")).arg(&library).arg("-o").arg(&example));
    assert!(succeed(&mut program(example)).starts_with("text at +0:"));
}

#[test]
fn cpp_links_it() {
    let cxx = tool("CXX", "c++");
    if !is_there(&cxx) {
        return skip("linking from C++", "there is no C++ compiler (c++, or what CXX names)");
    }
    let dir = scratch("cpp");
    let main = dir.join("main.cpp");
    let text = "#include <gosbrk.h>\nint main() { return sysAllocOS(1, \"c++\", 3) == nullptr; }\n";
    fs::write(&main, text).unwrap();
    let out = dir.join("main");
    let include = root().join("include");
    succeed(Command::new(cxx).arg("-I").arg(include).arg(main).arg(archive()).arg("-o").arg(&out));
    succeed(&mut program(out));
}

#[test]
fn threads_keep_apart() {
    let threads = build(&scratch("threads"), "threads.c", &["-pthread"]);
    let said = succeed(&mut program(threads));
    assert!(said.ends_with("each page its owner's\n"), "{said}");
}

#[test]
fn child_of_fork_can_go_on() {
    let fork = build(&scratch("fork"), "fork.c", &["-pthread"]);
    assert_eq!(succeed(&mut program(fork)), "51 children, none disturbed\n");
}
