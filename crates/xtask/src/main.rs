//! Builds the WebAssembly modules and their bindings: `cargo run --package xtask`.
//!
//! Writes two files for each module to `bindings/` in the target directory: `holdfast_bg.wasm`, which is not optimised
//! yet, and `holdfast_bg.wasm.d.ts`, the types of its exports. `adaptive` is the core with the adaptive policy. The module
//! `tuning` calls JavaScript, for which `tuning.js` is the glue.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use wasm_bindgen_cli_support::Bindgen;

/// A module to build.
struct Module {
    package: &'static str,
    features: &'static str,
    /// The name that the bindings get.
    output: &'static str,
    /// Options for the compiler, instead of those in `.cargo/config.toml`, which are for the core.
    flags: Option<&'static str>,
    /// The profile of cargo, which is also the name of its folder in the target directory.
    profile: &'static str,
}

const MODULES: [Module; 3] = [
    Module { package: "holdfast-wasm", features: "", output: "holdfast", flags: None, profile: "release" },
    Module { package: "holdfast-wasm", features: "adaptive", output: "adaptive", flags: None, profile: "small" },
    Module {
        package: "holdfast-tuning",
        features: "",
        output: "tuning",
        // Futures and the readers of traces need more stack than the core.
        flags: Some("-C link-arg=-zstack-size=1048576"),
        profile: "tuning",
    },
];

const TARGET: &str = "wasm32-unknown-unknown";

type Result<T> = std::result::Result<T, String>;

fn main() -> ExitCode {
    match build() {
        Ok(output) => {
            println!("{}", output.display());
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<PathBuf> {
    let target = target_directory()?;
    let output = target.join("bindings");
    for module in &MODULES {
        compile(module)?;
        bind(module, &target, &output)?;
    }
    Ok(output)
}

fn compile(module: &Module) -> Result<()> {
    let mut build = cargo();
    build.args(["rustc", "--locked", "--profile", module.profile, "--lib"]);
    build.args(["--package", module.package, "--features", module.features, "--target", TARGET]);
    // The library is an `rlib` as well, for the tests. Cargo does not optimise across crates then: the module is twice
    // as large.
    build.args(["--crate-type", "cdylib"]);
    // These variables replace the flags in `.cargo/config.toml`.
    build.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    if let Some(flags) = module.flags {
        build.env("RUSTFLAGS", flags);
    }
    run(&mut build).map_err(|error| format!("{error}\nIs the target missing? rustup target add {TARGET}"))
}

fn bind(module: &Module, target: &Path, output: &Path) -> Result<()> {
    // The file that cargo makes of the package's library.
    let file = format!("{}.wasm", module.package.replace('-', "_"));
    let input = target.join(TARGET).join(module.profile).join(file);
    Bindgen::new()
        .input_path(&input)
        .out_name(module.output)
        .typescript(true)
        // The package passes the bytes.
        .omit_default_module_path(true)
        .web(true)
        .and_then(|bindgen| bindgen.generate(output))
        .map_err(|error| format!("cannot generate the bindings of {}: {error:#}", input.display()))
}

/// The target directory of cargo, which its configuration and the environment can change.
fn target_directory() -> Result<PathBuf> {
    let output = cargo()
        .args(["metadata", "--locked", "--format-version", "1", "--no-deps"])
        .output()
        .map_err(|error| format!("cannot run cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("cannot read cargo metadata: {error}"))?;
    let directory = metadata["target_directory"].as_str();
    directory.map(PathBuf::from).ok_or_else(|| "cargo metadata names no target directory".into())
}

/// The cargo that runs this program, in the workspace's directory.
fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    command
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed: {status}")) }
}
