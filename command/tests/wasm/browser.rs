//! A program for JavaScript in a web page.

use crate::common::{run, skip, succeed, text};
use crate::driver::Browser;
use crate::program::{NEWEST, adds_up, gosbrk, module, open, place, stat};
use gosbrk_look::model::Kind;
use gosbrk_trace::stat::Stat;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Bytes as text that a page can have in it.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = bytes.chunks(3).flat_map(|three| {
        let word = three.iter().fold(0_usize, |word, byte| word << 8 | usize::from(*byte));
        let word = word << (8 * (3 - three.len()));
        (0..4).map(move |i| {
            let digit = char::from(DIGITS[word >> (18 - 6 * i) & 63]);
            if i <= three.len() { digit } else { '=' }
        })
    });
    digits.collect()
}

/// Go's script for pages, of the Go that is at hand.
fn wasm_exec() -> Option<String> {
    let out = run(Command::new("go").args(["env", "GOROOT"]).env("GOTOOLCHAIN", "local"));
    let root = PathBuf::from(text(&out.stdout).trim());
    let places = ["lib/wasm", "misc/wasm"].map(|folder| root.join(folder).join("wasm_exec.js"));
    places.iter().find_map(|file| fs::read_to_string(file).ok())
}

/// Runs the program in a page, with the script of gosbrk before or behind Go's.
fn recorded(browser: &Browser, module: &Path, scripts: [&str; 2]) -> (PathBuf, u64) {
    let page = place("page.html");
    let module = base64(&fs::read(module).unwrap());
    let html = format!(
        "<!doctype html><meta charset=utf-8><script>{}</script><script>{}</script><script>
        const go = new Go();
        go.argv = ['told', '8'];
        (async () => {{
          const bytes = Uint8Array.from(atob('{module}'), (c) => c.charCodeAt(0));
          const {{ instance }} = await WebAssembly.instantiate(bytes, go.importObject);
          await go.run(instance);
          window.bytes = instance.exports.mem.buffer.byteLength;
          const recording = new Uint8Array(await go.recording().arrayBuffer());
          window.recording = Array.from(recording, (byte) => byte.toString(16).padStart(2, '0')).join('');
          document.documentElement.dataset.ready = 1;
        }})().catch((error) => {{ document.documentElement.dataset.failed = error; }});
        </script>",
        scripts[0], scripts[1]
    );
    fs::write(&page, html).unwrap();
    browser.open(&format!("file://{}", page.display()));
    let hex = browser.text("return window.recording");
    let bytes = hex.as_bytes().chunks(2);
    let bytes = bytes.map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap());
    let file = place("page.gosbrk");
    fs::write(&file, bytes.collect::<Vec<_>>()).unwrap();
    (file, browser.run("return window.bytes").as_u64().unwrap())
}

#[test]
fn a_page_records_a_program_for_javascript() {
    let check = "a recording in a browser";
    let browser = match Browser::start(1200, 900) {
        Ok(browser) => browser,
        Err(why) => return skip(check, &why),
    };
    let Some(go) = wasm_exec() else { return skip(check, "this Go has no wasm_exec.js") };
    let Some(module) = module("js", NEWEST) else { return };
    let own = succeed(gosbrk(NEWEST).args(["trace", "wasm", "script"]));
    for scripts in [[go.as_str(), own.as_str()], [own.as_str(), go.as_str()]] {
        let (file, bytes) = recorded(&browser, &module, scripts);
        let stat = stat(&file);
        assert_eq!(stat["end"], "exited", "{stat}");
        assert_eq!(stat["moments"]["end"]["rss"].as_u64(), Some(bytes), "{stat}");
        adds_up(&stat["moments"]["end"]);
    }
    the_page_of_it_speaks_of_a_module(&browser, &place("page.gosbrk"));
}

/// The page that `gosbrk trace view` makes of it.
fn the_page_of_it_speaks_of_a_module(browser: &Browser, file: &Path) {
    let page = succeed(gosbrk(NEWEST).args(["trace", "view"]).arg(file));
    let page = Path::new(crate::common::root()).join("testdata/guest").join(page.trim());
    browser.open(&format!("file://{}", page.display()));
    let sentence = browser.text("return document.getElementById('sentence').innerText");
    let stat = Stat::of(&open(file), None, |_| ()).unwrap();
    let expected = stat.end.figures.moment(Kind::Module).sentence("At the end the module");
    let words = |text: &str| text.split_once(" the module has ").map(|(_, rest)| rest.to_owned());
    assert!(words(&sentence).is_some(), "{sentence}");
    assert_eq!(words(&sentence), words(&expected));
    let lost = browser.text("return document.getElementById('waste').innerText");
    assert!(lost.contains("are lost for good"), "{lost}");
    let untouched = browser.text(
        "return document.querySelector('[data-key=untouched]').innerText.replaceAll('\\n', ' ')",
    );
    assert!(untouched.contains("not known"), "{untouched}");
    let all = browser.text("return document.body.innerText");
    for word in ["resident", "RSS", "gosbrk's free list"] {
        assert!(!all.contains(word), "{word}: {all}");
    }
    fs::remove_file(page).unwrap();
}
