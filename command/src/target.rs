//! The machines that programs on gosbrk run on, by Go's names, each with the library as Go's
//! linkers take it.

/// The library for each of them; empty for one that this gosbrk was built without.
const OBJECTS: [(&str, &[u8]); 2] = [
    ("amd64", include_bytes!(env!("GOSBRK_SYSO_AMD64"))),
    ("arm64", include_bytes!(env!("GOSBRK_SYSO_ARM64"))),
];

/// The machine that this gosbrk runs on.
pub const HOST: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };

/// Those that this gosbrk has the library for, with it.
pub fn objects() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    OBJECTS.into_iter().filter(|(_, object)| !object.is_empty())
}

/// What a build line says of them, such as `amd64 || arm64`.
pub fn build_tags() -> String {
    objects().map(|(name, _)| name).collect::<Vec<_>>().join(" || ")
}

/// What C's preprocessor says of them.
pub fn c_condition() -> String {
    let macros = objects().map(|(name, _)| match name {
        "arm64" => "defined(__aarch64__)",
        _ => "defined(__x86_64__)",
    });
    macros.collect::<Vec<_>>().join(" || ")
}

/// 1 in Go's constants where a program is for one of them.
pub fn go_constant() -> String {
    let constants = objects().map(|(name, _)| match name {
        "arm64" => "goarch.IsArm64",
        _ => "goarch.IsAmd64",
    });
    constants.collect::<Vec<_>>().join(" + ")
}

/// Why programs for a target, `GOOS/GOARCH`, cannot be built on gosbrk, and what to do;
/// nothing where they can.
pub fn trouble(target: &str) -> Option<(String, &'static str)> {
    let machine = target.strip_prefix("linux/");
    if objects().any(|(name, _)| Some(name) == machine) {
        return None;
    }
    Some(if OBJECTS.iter().any(|&(name, _)| Some(name) == machine) {
        (
            format!("this gosbrk was built without the library for {target}"),
            "build gosbrk again after tools/setup-arm64.sh --install, or use a released one",
        )
    } else {
        (
            format!("GOOS/GOARCH is {target}; gosbrk builds for linux/amd64 and linux/arm64 only"),
            "unset GOOS and GOARCH, or run `go env -u GOOS GOARCH`",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::{HOST, build_tags, c_condition, go_constant, objects, trouble};

    #[test]
    fn this_machine_is_always_there() {
        assert!(objects().any(|(name, _)| name == HOST));
        assert!(build_tags().contains(HOST));
        let n = objects().count();
        assert_eq!(c_condition().matches("defined(").count(), n);
        assert_eq!(go_constant().matches("goarch.Is").count(), n);
    }

    #[test]
    fn another_target_is_told_by_its_name() {
        assert_eq!(trouble(&format!("linux/{HOST}")), None);
        for target in ["darwin/arm64", "linux/386", "linux/", "amd64", ""] {
            let (why, hint) = trouble(target).unwrap();
            assert!(why.starts_with(&format!("GOOS/GOARCH is {target};")), "{why}");
            assert!(hint.contains("GOARCH"), "{hint}");
        }
    }
}
