//! What C code in a program gets: the files of `runtime/cgo`.

use crate::layout::Layout;

/// The files that `src/runtime/cgo` gets, by their names there.
pub fn new_files(layout: Layout) -> [(&'static str, Vec<u8>); 2] {
    const GO: &[u8] = include_bytes!("../../../go/runtime/cgo/gosbrk_linux_amd64.go");
    const C: &[u8] = include_bytes!("../../../go/runtime/cgo/gosbrk_linux_amd64.c");
    let first = format!("#define GOSBRK_CSTACK {}\n", layout.c_stack());
    [
        ("gosbrk_linux_amd64.go", GO.to_vec()),
        ("gosbrk_linux_amd64.c", [first.as_bytes(), C].concat()),
    ]
}

#[cfg(test)]
mod tests {
    use super::new_files;
    use crate::layout::Layout;

    #[test]
    fn the_layouts_have_their_stacks() {
        let first_line = |layout| {
            let [_, (_, bytes)] = new_files(layout);
            String::from_utf8(bytes).unwrap().lines().next().unwrap().to_owned()
        };
        assert_eq!(first_line(Layout::Plain), "#define GOSBRK_CSTACK 0");
        assert_eq!(first_line(Layout::Compact), "#define GOSBRK_CSTACK 1048576");
    }
}
