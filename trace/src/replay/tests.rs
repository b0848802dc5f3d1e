use super::layer::{Fit, Layer, Profile};
use super::script::{Op, Script};
use super::{Settings, run};
use gosbrk::os::linux::Linux;
use gosbrk::{Config, Sbrk};
use std::io::Read as _;

fn recorded(name: &str) -> Script {
    let file =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/traces").join(name);
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(file).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    Script::parse(&text).unwrap()
}

/// The library itself, in lock step: the same addresses, the same break, the same blocks.
#[test]
#[expect(clippy::cast_possible_truncation, reason = "small numbers")]
fn the_model_is_the_library() {
    let profiles = [
        (Profile::Plan9, gosbrk::Profile::Plan9),
        (Profile::Wasm, gosbrk::Profile::Wasm),
        (Profile::WasmGo121, gosbrk::Profile::WasmGo121),
    ];
    for (profile, theirs) in profiles {
        for seed in 1..60_u64 {
            let initial = if seed % 2 == 0 { 0 } else { 20 * 65536 };
            let mut sbrk = Sbrk::new(Linux);
            let config = Config { profile: theirs, initial: initial as usize, ..Config::default() };
            // SAFETY: nobody else uses the segment of this layer.
            unsafe { sbrk.init(&config) }.unwrap();
            let base = sbrk.base() as u64;
            let mut layer = Layer::new(profile, Fit::First, false, base, base + initial);
            let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let mut next = |below: u64| {
                random ^= random >> 12;
                random ^= random << 25;
                random ^= random >> 27;
                (random.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % below
            };
            let page = profile.page();
            let mut owned: Vec<(u64, u64)> = Vec::new();
            for call in 0..150 {
                let about = format!("{profile:?}, seed {seed}, call {call}");
                let n = 1 + next(6 * page);
                let whole = n.next_multiple_of(page);
                // SAFETY: the ranges are the layer's, and nobody reads or writes them.
                #[expect(clippy::multiple_unsafe_ops_per_block, reason = "one of them is done")]
                unsafe {
                    match next(6) {
                        0 => {
                            let at = sbrk.sys_alloc_os(n as usize, b"").unwrap() as u64;
                            assert_eq!(layer.alloc(n), at, "{about}");
                            owned.push((at, n));
                        }
                        1 if layer.bloc() > base && profile != Profile::WasmGo121 => {
                            let at = layer.bloc();
                            let given = sbrk.sys_reserve_os(at as usize, n as usize, b"").unwrap();
                            assert_eq!(
                                (layer.extend(n), at),
                                (given as u64, given as u64),
                                "{about}"
                            );
                            owned.push((at, n));
                        }
                        2 => {
                            let align = page << next(4);
                            let range = sbrk
                                .sys_reserve_aligned_sbrk(whole as usize, align as usize)
                                .unwrap();
                            let given = (range.addr as u64, range.size as u64);
                            assert_eq!(layer.aligned(whole, align), given, "{about}");
                            owned.push(given);
                        }
                        _ if owned.is_empty() => {}
                        _ => {
                            let (at, n) = owned.swap_remove(next(owned.len() as u64) as usize);
                            sbrk.sys_free_os(at as usize, n as usize).unwrap();
                            layer.free(at, n);
                        }
                    }
                }
                let blocks: Vec<(u64, u64)> =
                    sbrk.mem_freelist().map(|one| (one.addr as u64, one.size as u64)).collect();
                assert_eq!(layer.blocks().collect::<Vec<_>>(), blocks, "{about}");
                if profile != Profile::WasmGo121 {
                    assert_eq!(layer.bloc(), sbrk.bloc() as u64, "{about}");
                    assert_eq!(layer.high().0, sbrk.bloc_max() as u64 - base, "{about}");
                }
            }
            // SAFETY: nobody uses it any more.
            unsafe { sbrk.drop_segment() };
        }
    }
}

/// What real runtimes got is what the replay gives, in every recording of the tree.
#[test]
fn recorded_programs_get_the_addresses_that_they_got() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/traces");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".ops.gz") {
            continue;
        }
        let script = recorded(&name);
        let outcome = run(&script, &Settings::default());
        assert_eq!(outcome.moved, None, "{name}");
        assert!(outcome.high_water >= outcome.most_used && outcome.most_used > 0, "{name}");
        count += 1;
    }
    assert!(count >= 9);
}

/// Go 1.24 uses the memory that the module has at first, and moves the break.
#[test]
fn a_recording_of_go_1_23_shows_what_1_24_changed() {
    for name in ["types-go1.23.9.ops.gz", "gofmt-go1.23.9.ops.gz"] {
        let script = recorded(name);
        assert_eq!(script.profile, Profile::WasmGo121);
        assert_eq!(script.arena(), Some(4 << 20));
        let old = run(&script, &Settings::default());
        let new = run(&script, &Settings { profile: Some(Profile::Wasm), ..Settings::default() });
        assert!(new.high_water < old.high_water, "{name}: {new:?} {old:?}");
        let small = Settings {
            profile: Some(Profile::Wasm),
            arena: Some(512 << 10),
            ..Settings::default()
        };
        let small = run(&script, &small);
        assert!(small.high_water <= new.high_water, "{name}: {small:?} {new:?}");
    }
}

#[test]
fn a_reservation_that_is_trimmed_is_an_aligned_one() {
    let text = "init profile=wasm_go121 start=0x0 initial=0x10000 limit=0x0\n\
                reserve nil 8388608 \"a \\\" -> b\" -> +0x370000\n\
                free +0x370000 589824\nfree +0x800000 3604480\nmap +0x400000 65536 # E\n";
    let script = Script::parse(text).unwrap();
    let aligned = Op::Aligned { size: 4 << 20, align: 4 << 20, at: 4 << 20, given: 4 << 20 };
    let map = Op::Map { at: 4 << 20, size: 65536 };
    assert_eq!(script.with_aligned(), [aligned, map]);
    assert!(Script::parse("alloc 5 -> +0x0\n").is_err());
    let error = Script::parse("init profile=wasm start=0x0\nalloc many -> +0x0\n").unwrap_err();
    assert!(error.contains("line 2"), "{error}");
}

/// A block at the break goes back to it, and the next growth needs less.
#[test]
fn folding_the_tail_needs_less() {
    let text = "init profile=plan9 start=0x0 initial=0x0 limit=0x0\n\
                alloc 4096 -> +0x0\nalloc 4096 -> +0x1000\nalloc 4096 -> +0x2000\n\
                free +0x1000 4096\nfree +0x2000 4096\nalloc 8192 -> +0x2000\n";
    let script = Script::parse(text).unwrap();
    let plain = run(&script, &Settings::default());
    assert_eq!((plain.moved, plain.high_water, plain.free_list), (None, 0x4000, 0x1000));
    let fold = run(&script, &Settings { fold: true, ..Settings::default() });
    assert_eq!((fold.high_water, fold.free_list), (0x3000, 0));
}
