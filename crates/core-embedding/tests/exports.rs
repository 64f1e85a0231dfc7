//! A crate that depends on `holdfast-core` exports its own functions only.

use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";

/// Builds this crate for WebAssembly and returns the module.
fn build() -> Vec<u8> {
    // A directory of its own: another cargo may hold the lock of the workspace's.
    let directory = concat!(env!("CARGO_TARGET_TMPDIR"), "/embedding");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--locked", "--quiet", "--lib", "--package", env!("CARGO_PKG_NAME")])
        .args(["--target", TARGET, "--target-dir", directory])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .unwrap();
    assert!(status.success(), "is the target missing? rustup target add {TARGET}");
    std::fs::read(format!("{directory}/{TARGET}/debug/core_embedding.wasm")).unwrap()
}

/// Reads an unsigned LEB128 number.
fn number(bytes: &mut &[u8]) -> usize {
    let mut result = 0;
    for shift in (0..).step_by(7) {
        let (&byte, rest) = bytes.split_first().unwrap();
        *bytes = rest;
        result |= usize::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            break;
        }
    }
    result
}

fn take<'a>(bytes: &mut &'a [u8]) -> &'a [u8] {
    let length = number(bytes);
    let (taken, rest) = bytes.split_at(length);
    *bytes = rest;
    taken
}

/// The content of the section with that number. Empty if there is none.
fn section(mut module: &[u8], id: u8) -> &[u8] {
    module = &module[8..];
    while let Some((&found, rest)) = module.split_first() {
        module = rest;
        let content = take(&mut module);
        if found == id {
            return content;
        }
    }
    &[]
}

#[test]
fn a_module_built_on_the_core_exports_its_own_functions_only() {
    const FUNCTION: u8 = 0;
    let module = build();
    let mut exports = section(&module, 7);
    let mut functions = Vec::new();
    for _ in 0..number(&mut exports) {
        let name = take(&mut exports);
        let (&kind, rest) = exports.split_first().unwrap();
        exports = rest;
        number(&mut exports);
        if kind == FUNCTION {
            functions.push(String::from_utf8_lossy(name));
        }
    }
    assert_eq!(functions, ["simulate"]);
    assert_eq!(section(&module, 2), [], "it has no imports");
}

#[test]
fn the_core_works_natively_in_another_crate() {
    assert_eq!(core_embedding::simulate(100, 7, 0.0, 0.0), 7);
    assert_eq!(core_embedding::simulate(3, 7, 0.0, 0.0), 3);
}

#[test]
fn the_core_limits_the_weight_in_another_crate() {
    assert_eq!(core_embedding::simulate(100, 50, 3.0, 20.0), 6);
    assert_eq!(core_embedding::simulate(100, 5, 3.0, 20.0), 5);
}
