//! The two programs that are looked at: one of stock Go, and one on gosbrk that is recorded.

use crate::common::{root, succeed};
use crate::guest::{Ends, Guest, OWN, build, gosbrk, place};
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

/// A program that nothing is done to.
pub fn stock(amount: u32) -> Ends {
    static PROGRAM: LazyLock<PathBuf> =
        LazyLock::new(|| build("memory", OWN, "top", &[]).expect("the Go at hand"));
    Ends(Guest::start(&PROGRAM, "live", amount))
}

/// A program that writes a trace, and that.
pub fn recorded(name: &str, amount: u32) -> (Guest, PathBuf) {
    static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
        let program = place("memory-gosbrk-top");
        let mut command = gosbrk();
        command.args(["go", "build", "-o"]).arg(&program).arg("./memory");
        succeed(command.current_dir(root().join("testdata/look")));
        program
    });
    let file = place(&format!("{name}.gosbrk"));
    let _ = std::fs::remove_file(&file);
    // It becomes the program, which no setting reaches otherwise.
    let mut command = Command::new("env");
    command.arg(format!("GOSBRK=trace={}", file.display())).arg(&*PROGRAM);
    let mut guest = Guest::run(command.args(["live", &amount.to_string()]));
    guest.ask();
    (guest, file)
}
