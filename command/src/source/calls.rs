//! What is called beside lines of Go's: for C code where threads begin and where a signal is
//! fatal, for a recording where a signal arrives, and where a process ends.

use super::replace_once;
use crate::target;
use anyhow::Result;

/// A call that is put beside a line of Go's.
#[derive(Clone, Copy)]
pub struct Call {
    /// The file, below `src/runtime`.
    pub file: &'static str,
    /// The line, which is there once.
    line: &'static str,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    /// A function of C, before the line, with the attributes of a thread to be.
    Thread(&'static str),
    /// `gosbrkFatal`, behind the line.
    Fatal,
    /// `gosbrkCutShort`, behind the line.
    Arrives,
    /// `gosbrkEnd`, before the line.
    EndBefore,
    /// `gosbrkEnd`, behind the line.
    EndBehind,
}

/// In Go 1.24 to 1.26.
pub const CALLS_1_24: [Call; 9] = [
    Call { file: "cgo/gcc_linux_amd64.c", ..EACH_THREAD },
    Call { file: "cgo/gcc_linux_arm64.c", ..EACH_THREAD },
    Call {
        file: "cgo/gcc_libinit.c",
        line: "\terr = _cgo_try_pthread_create(&p, &attr, func, arg);\n",
        ..FIRST_THREAD
    },
    FATAL,
    ARRIVES,
    SIGNAL,
    GIVES_UP,
    MAIN_RETURNS,
    EXIT,
];

/// In Go 1.27.
pub const CALLS_1_27: [Call; 8] =
    [EACH_THREAD, FIRST_THREAD, FATAL, ARRIVES, SIGNAL, GIVES_UP, MAIN_RETURNS, EXIT];

const EACH_THREAD: Call = Call {
    file: "cgo/pthread_unix.c",
    line: "\tpthread_attr_getstacksize(&attr, &size);\n",
    what: What::Thread("gosbrk_thread"),
};

const FIRST_THREAD: Call = Call {
    file: "cgo/pthread_unix.c",
    line: "\terr = _cgo_try_pthread_create(&p, &attr, func, NULL);\n",
    what: What::Thread("gosbrk_first_thread"),
};

const FATAL: Call = Call {
    file: "signal_unix.go",
    line: "func fatalsignal(sig uint32, c *sigctxt, gp *g, mp *m) *g {\n",
    what: What::Fatal,
};

/// Before a signal is forwarded to C code, and before the runtime asks which goroutine it
/// interrupted: neither has to do with a store into a recording.
const ARRIVES: Call = Call {
    file: "signal_unix.go",
    line: "func sigtrampgo(sig uint32, info *siginfo, ctx unsafe.Pointer) {\n",
    what: What::Arrives,
};

/// A signal ends the process: what it does by default, or after a crash.
const SIGNAL: Call = Call {
    file: "signal_unix.go",
    line: "func dieFromSignal(sig uint32) {\n",
    what: What::EndBehind,
};

/// A panic that nobody recovers, a throw, or a fatal signal.
const GIVES_UP: Call =
    Call { file: "panic.go", line: "func startpanic_m() bool {\n", what: What::EndBehind };

const MAIN_RETURNS: Call =
    Call { file: "proc.go", line: "\n\texit(0)\n\tfor {\n", what: What::EndBefore };

/// `os.Exit` and `syscall.Exit`.
const EXIT: Call =
    Call { file: "runtime.go", line: "\n\texit(int32(code))\n", what: What::EndBefore };

impl Call {
    /// The file's text with this call in it.
    ///
    /// # Errors
    /// The line is not there exactly once.
    pub fn put_in(&self, text: &str) -> Result<String> {
        let line = self.line;
        let new = match self.what {
            What::Thread(function) => format!(
                "#if defined(__linux__) && ({})\n\
                 \t{{ extern void {function}(pthread_attr_t*); {function}(&attr); }}\n\
                 #endif\n\
                 {line}",
                target::c_condition()
            ),
            What::Fatal => format!("{line}\tgosbrkFatal(sig, c, gp, mp)\n"),
            What::Arrives => {
                format!("{line}\tif sig == _SIGBUS && gosbrkCutShort(info) {{\n\t\treturn\n\t}}\n")
            }
            What::EndBefore => format!("\n\tgosbrkEnd()\n{}", line.trim_start_matches('\n')),
            What::EndBehind => format!("{line}\tgosbrkEnd()\n"),
        };
        replace_once(text, line, &new)
    }
}

#[cfg(test)]
mod tests {
    use super::{CALLS_1_24, CALLS_1_27};

    #[test]
    fn a_line_that_is_not_there_once_is_an_error() {
        for call in CALLS_1_24.iter().chain(&CALLS_1_27) {
            let once = format!("before\n{}after\n", call.line);
            let changed = call.put_in(&once).unwrap();
            assert!(
                changed.contains("gosbrk") && changed.contains(call.line.trim_start_matches('\n')),
                "{changed}"
            );
            assert!(call.put_in("before\nafter\n").is_err());
            assert!(call.put_in(&once.repeat(2)).is_err());
        }
    }
}
