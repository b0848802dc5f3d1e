//! What a program is compiled for.

use clap::ValueEnum;
use std::env::var;

/// The systems that Go compiles to WebAssembly for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum System {
    /// WASI, preview 1.
    Wasip1,
    /// JavaScript: a browser, or Node.
    Js,
}

impl System {
    /// What was asked for, or `GOOS`, or WASI.
    pub fn chosen(asked: Option<Self>) -> Self {
        asked.unwrap_or_else(|| match var("GOOS").as_deref() {
            Ok("js") => Self::Js,
            _ => Self::Wasip1,
        })
    }

    /// Go's name for it.
    pub const fn goos(self) -> &'static str {
        match self {
            Self::Wasip1 => "wasip1",
            Self::Js => "js",
        }
    }

    /// What a module was compiled for, by what it imports; `None`: it is no module of Go's.
    pub fn of(module: &[u8]) -> Option<Self> {
        if !module.starts_with(b"\0asm") {
            return None;
        }
        let imports = |name: &[u8]| module.windows(name.len()).any(|bytes| bytes == name);
        // Programs for JavaScript import nothing of WASI.
        match (imports(b"wasi_snapshot_preview1"), imports(b"gojs")) {
            (true, _) => Some(Self::Wasip1),
            (false, true) => Some(Self::Js),
            (false, false) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::System;

    #[test]
    fn a_module_tells_its_system_by_its_imports() {
        assert_eq!(System::of(b"\0asm\x01..gojs.runtime"), Some(System::Js));
        assert_eq!(System::of(b"\0asm\x01..wasi_snapshot_preview1."), Some(System::Wasip1));
        assert_eq!(System::of(b"\0asm\x01.."), None);
        assert_eq!(System::of(b"\x7fELF gojs"), None);
    }
}
