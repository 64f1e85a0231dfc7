//! `holdfast-simulator` for JavaScript: traces are read from streams, results are Promises, and the host gets a turn
//! after each part of the work.

#![forbid(unsafe_code)]

mod host;
mod options;
mod run;
mod source;

use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

/// Simulates the caches of `options` with the requests of `source`, a `Blob` or a `ReadableStream` of bytes. Returns a
/// report. `progress` is called with the stage, the bytes, the requests and the share that is done; `pause` returns a
/// Promise that is fulfilled after the host had a turn.
#[wasm_bindgen]
pub async fn simulate(
    source: JsValue,
    options: JsValue,
    progress: js_sys::Function,
    pause: js_sys::Function,
    signal: Option<AbortSignal>,
) -> Result<JsValue, JsValue> {
    let options = options::SimulateOptions::read(options)?;
    let host = host::Host::new(progress, pause, signal);
    run::run(source, options, &host).await
}
