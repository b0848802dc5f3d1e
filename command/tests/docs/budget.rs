//! docs/seeing-memory.md, "A budget in CI": the lines for a shell, and those of the workflow.

use crate::common::{is_there, run, scratch, skip, succeed, text};
use crate::{block, section, shell};
use std::fs;
use std::path::Path;
use std::process::Command;

const HEADING: &str = "### A budget in CI";

/// A server whose self-test takes so many MiB.
fn server(dir: &Path, megabytes: u32) {
    let folder = dir.join("cmd/server");
    fs::create_dir_all(&folder).unwrap();
    fs::write(dir.join("go.mod"), "module example.com/server\n\ngo 1.24\n").unwrap();
    let source = format!(
        "package main\n\nimport (\n\t\"flag\"\n\t\"fmt\"\n)\n\nvar live [][]byte\n\nfunc main() {{\n\
         \tflag.Bool(\"selftest\", false, \"take some memory and end\")\n\tflag.Parse()\n\
         \tfor range {megabytes} {{\n\t\tblock := make([]byte, 1<<20)\n\
         \t\tfor i := 0; i < len(block); i += 4096 {{\n\t\t\tblock[i] = 1\n\t\t}}\n\
         \t\tlive = append(live, block)\n\t}}\n\tfmt.Println(len(live), \"MiB\")\n}}\n"
    );
    fs::write(folder.join("main.go"), source).unwrap();
}

#[test]
fn the_shells_lines_keep_a_budget() {
    let dir = scratch("docs-shell");
    let lines = block(&section("seeing-memory.md", HEADING), "sh command/tests/docs/budget.rs");
    assert_eq!(lines.lines().count(), 4, "{lines}");
    server(&dir, 16);
    // The first two on the main branch.
    let record: Vec<&str> = lines.lines().take(2).collect();
    let main = record.join("\n").replace("branch.gosbrk", "main.gosbrk");
    succeed(&mut shell(&dir, "sh", &main));
    let branch = |megabytes| {
        server(&dir, megabytes);
        let output = run(&mut shell(&dir, "sh", &lines));
        (output.status.code(), text(&output.stderr))
    };
    let (status, said) = branch(16);
    assert_eq!(status, Some(0), "{said}");
    let (status, said) = branch(32);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("gosbrk: peak.rss>+10%: peak.rss went from "), "{said}");
    let (status, said) = branch(80);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("gosbrk: peak.rss>64MiB: peak.rss is "), "{said}");
}

/// What the workflow runs: the block below `run: |`.
fn steps() -> String {
    let yaml = block(&section("seeing-memory.md", HEADING), "yaml");
    let (before, rest) = yaml.split_once("- run: |\n").unwrap();
    let indent = " ".repeat(before.rsplit('\n').next().unwrap().len() + 4);
    let lines = rest.lines().map_while(|line| line.strip_prefix(&indent));
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn the_workflows_lines_keep_a_budget() {
    if !is_there("git") || !is_there("bash") {
        return skip("the workflow of docs/seeing-memory.md", "there is no git or no bash");
    }
    let dir = scratch("docs-workflow");
    let steps = steps();
    assert!(steps.contains("git switch --detach \"$GITHUB_SHA\"\n"), "{steps}");
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=Test", "-c", "user.email=test@example.com"]);
        succeed(command.args(["-c", "advice.detachedHead=false"]).args(args).current_dir(&dir))
    };
    let commit = |megabytes, subject: &str| {
        server(&dir, megabytes);
        git(&["add", "go.mod", "cmd"]);
        git(&["commit", "--quiet", "--allow-empty", "--message", subject]);
        git(&["rev-parse", "HEAD"]).trim().to_owned()
    };
    git(&["init", "--quiet", "--initial-branch=main"]);
    commit(16, "Take 16 MiB");
    git(&["clone", "--quiet", "--bare", ".", "origin.git"]);
    git(&["remote", "add", "origin", "origin.git"]);
    git(&["fetch", "--quiet", "origin"]);
    git(&["switch", "--quiet", "--create", "branch"]);
    for (megabytes, status) in [(16, 0), (32, 1)] {
        let commit = commit(megabytes, "Change something");
        let output = run(shell(&dir, "bash", &steps).env("GITHUB_SHA", commit));
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{said}");
        let is_named = said.contains("gosbrk: peak.rss>+10%: peak.rss went from ");
        assert_eq!(is_named, status == 1, "{said}");
        // What a failed run keeps.
        fs::remove_file(dir.join("diff.html")).unwrap();
    }
}
