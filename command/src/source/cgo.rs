//! What C code in a program gets: the files of `runtime/cgo`.

use crate::layout::Layout;

/// The files that `src/runtime/cgo` gets, by their names there.
pub fn new_files(layout: Layout) -> [(&'static str, Vec<u8>); 2] {
    const GO: &[u8] = include_bytes!("../../../go/runtime/cgo/gosbrk_linux.go");
    const C: &str = include_str!("../../../go/runtime/cgo/gosbrk_linux.c");
    // Behind the build line, which must come first.
    const BEFORE: &str = "\n// What C code costs";
    let define = format!("\n#define GOSBRK_CSTACK {}\n{BEFORE}", layout.c_stack());
    [
        ("gosbrk_linux.go", GO.to_vec()),
        ("gosbrk_linux.c", C.replacen(BEFORE, &define, 1).into_bytes()),
    ]
}

#[cfg(test)]
mod tests {
    use super::new_files;
    use crate::layout::Layout;

    #[test]
    fn the_layouts_have_their_stacks() {
        let define = |layout| {
            let [_, (_, bytes)] = new_files(layout);
            let text = String::from_utf8(bytes).unwrap();
            let (build, _) = text.split_once("#define").unwrap();
            assert!(build.contains("\n//go:build "), "{build}");
            text.lines().find(|line| line.starts_with("#define GOSBRK_CSTACK")).unwrap().to_owned()
        };
        assert_eq!(define(Layout::Plain), "#define GOSBRK_CSTACK 0");
        assert_eq!(define(Layout::Compact), "#define GOSBRK_CSTACK 1048576");
    }
}
