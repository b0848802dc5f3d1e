//! Calls as scripts have them, in the notation of traces: addresses as offsets
//! from the base.

use super::heap::write;
use super::random::Random;
use gosbrk::os::Os;
use gosbrk::{Config, Error, Profile, Sbrk};
use std::path::Path;

/// A hint of Go's: its word in scripts.
pub const HINTS: [&str; 7] =
    ["map", "used", "unused", "hugepage", "nohugepage", "collapse", "fault"];

/// A call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Alloc(usize),
    Free(Option<usize>, usize),
    Reserve(Option<usize>, usize),
    Aligned(usize, usize),
    Hint(&'static str, usize, usize),
}

/// What a call gives: an offset where it gives memory, and a size where it says
/// one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Nothing,
    At(Option<usize>),
    Range(usize, usize),
}

/// A segment, calls on it, and what each gives if that is known.
#[derive(Clone, Debug)]
pub struct Script {
    pub name: String,
    pub config: Config,
    pub steps: Vec<(Act, Option<String>)>,
}

impl Act {
    /// Makes the call.
    ///
    /// # Errors
    /// What the layer gives.
    #[expect(clippy::multiple_unsafe_ops_per_block, reason = "the same promise for each")]
    pub fn make<O: Os>(self, layer: &mut Sbrk<O>) -> Result<Answer, Error> {
        let base = layer.base();
        let addr = |at: Option<usize>| at.map_or(0, |at| base.wrapping_add(at));
        let offset = |at: usize| (at != 0).then(|| at.wrapping_sub(base));
        // SAFETY: a test's own layer, whose memory it uses by its rules.
        unsafe {
            match self {
                Self::Alloc(n) => layer.sys_alloc_os(n, b"").map(|at| Answer::At(offset(at))),
                Self::Free(v, n) => layer.sys_free_os(addr(v), n).map(|()| Answer::Nothing),
                Self::Reserve(v, n) => {
                    layer.sys_reserve_os(addr(v), n, b"").map(|at| Answer::At(offset(at)))
                }
                Self::Aligned(size, align) => layer
                    .sys_reserve_aligned_sbrk(size, align)
                    .map(|given| Answer::Range(given.addr - base, given.size)),
                Self::Hint(which, v, n) => {
                    let v = base + v;
                    match which {
                        "map" => layer.sys_map_os(v, n, b""),
                        "used" => layer.sys_used_os(v, n),
                        "unused" => layer.sys_unused_os(v, n),
                        "hugepage" => layer.sys_huge_page_os(v, n),
                        "nohugepage" => layer.sys_no_huge_page_os(v, n),
                        "collapse" => layer.sys_huge_page_collapse_os(v, n),
                        _ => layer.sys_fault_os(v, n),
                    }
                    .map(|()| Answer::Nothing)
                }
            }
        }
    }
}

impl Act {
    /// The same, and writes to what it gives, at both ends, as an owner does.
    ///
    /// # Errors
    /// What the layer gives.
    pub fn make_and_mark<O: Os>(self, layer: &mut Sbrk<O>) -> Result<Answer, Error> {
        let answer = self.make(layer)?;
        let given = match (self, answer) {
            (Self::Alloc(n) | Self::Reserve(_, n), Answer::At(Some(at)))
            | (_, Answer::Range(at, n)) => Some((at, n)),
            _ => None,
        };
        if let Some((at, n)) = given {
            write(layer.base() + at, 1, 0xA5);
            write(layer.base() + at + n - 1, 1, 0xA5);
        }
        Ok(answer)
    }
}

impl Script {
    /// The scripts that the project keeps, by name.
    pub fn kept() -> Vec<Self> {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/scripts");
        let files = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path());
        let mut scripts: Vec<_> = files
            .filter(|path| path.extension().is_some_and(|ext| ext == "txt"))
            .map(|path| Self::parse(&path))
            .collect();
        scripts.sort_by(|a, b| a.name.cmp(&b.name));
        assert!(!scripts.is_empty(), "no scripts in {}", dir.display());
        scripts
    }

    fn parse(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let mut script = Self { name, config: Config::default(), steps: Vec::new() };
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (call, answer) = match line.split_once(" -> ") {
                Some((call, answer)) => (call, Some(answer.trim().to_owned())),
                None => (line, None),
            };
            let words: Vec<_> = call.split_whitespace().collect();
            match words[..] {
                ["init", ref settings @ ..] => script.set(settings),
                ["alloc", n] => script.steps.push((Act::Alloc(number(n)), answer)),
                ["free", v, n] => script.steps.push((Act::Free(address(v), number(n)), answer)),
                ["reserve", v, n] => {
                    script.steps.push((Act::Reserve(address(v), number(n)), answer));
                }
                ["reserve-aligned", size, align] => {
                    script.steps.push((Act::Aligned(number(size), number(align)), answer));
                }
                _ => panic!("{}: cannot make out: {line}", path.display()),
            }
        }
        script
    }

    fn set(&mut self, settings: &[&str]) {
        for setting in settings {
            match setting.split_once('=').unwrap() {
                ("profile", "plan9") => self.config.profile = Profile::Plan9,
                ("profile", "wasm") => self.config.profile = Profile::Wasm,
                ("profile", "wasm_go121") => self.config.profile = Profile::WasmGo121,
                ("start", n) => self.config.start = number(n),
                ("initial", n) => self.config.initial = number(n),
                ("limit", n) => self.config.limit = number(n),
                _ => panic!("{}: what is {setting}?", self.name),
            }
        }
    }

    /// Proper calls at random, with sizes up to `largest` bytes; and hints, which
    /// have an effect under the advice that passes them on.
    pub fn random(config: Config, calls: usize, largest: usize, seed: u64) -> Self {
        let page = config.profile.page_size();
        let mut random = Random::new(seed);
        let mut live: Vec<(usize, usize)> = Vec::new();
        // Where things are has to be known to free them: a layer of the script's own.
        let mut layer = Sbrk::new(super::Memory::default());
        // SAFETY: nobody else uses it.
        unsafe { layer.init(&config) }.unwrap();
        let mut steps = Vec::new();
        for _ in 0..calls {
            let size = 1 + random.below(largest);
            let act = match random.below(10) {
                0..=2 => Act::Alloc(size),
                3 => Act::Reserve(Some(layer.bloc() - layer.base()), size),
                4 => Act::Aligned(size.next_multiple_of(page), page << random.below(5)),
                5 if !live.is_empty() => {
                    let (at, n) = random.pick(&live);
                    Act::Hint(random.pick(&HINTS), at, n.next_multiple_of(page))
                }
                _ if !live.is_empty() => {
                    let (at, n) = live.swap_remove(random.below(live.len()));
                    Act::Free(Some(at), n)
                }
                _ => Act::Alloc(1),
            };
            match act.make(&mut layer) {
                Ok(Answer::At(Some(at))) => live.push((at, size)),
                Ok(Answer::Range(at, n)) => live.push((at, n)),
                _ => {}
            }
            steps.push((act, None));
        }
        Self { name: format!("{config:?}, seed {seed}"), config, steps }
    }
}

/// An answer as scripts have it.
pub fn notation(act: Act, answer: Result<Answer, Error>) -> String {
    match answer {
        Err(_) if matches!(act, Act::Aligned(..)) => "nil 0".to_owned(),
        Ok(Answer::Nothing) => String::new(),
        Ok(Answer::At(Some(at))) => format!("+{at:#x}"),
        Ok(Answer::Range(at, n)) => format!("+{at:#x} {n}"),
        Ok(Answer::At(None)) | Err(_) => "nil".to_owned(),
    }
}

fn address(text: &str) -> Option<usize> {
    (text != "nil").then(|| number(text.trim_start_matches('+')))
}

fn number(text: &str) -> usize {
    match text.strip_prefix("0x") {
        Some(hex) => usize::from_str_radix(hex, 16).unwrap(),
        None => text.parse().unwrap(),
    }
}
