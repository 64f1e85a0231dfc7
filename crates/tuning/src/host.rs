//! What the host of JavaScript does during a run.

use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

/// The callbacks of a run.
pub struct Host {
    progress: Function,
    pause: Function,
    signal: Option<AbortSignal>,
}

impl Host {
    /// The callbacks of a run.
    pub fn new(progress: Function, pause: Function, signal: Option<AbortSignal>) -> Self {
        Self { progress, pause, signal }
    }

    /// Reports progress, lets the host have a turn, and fails with the reason of the signal if it is aborted. A share
    /// that is not known is NaN.
    pub async fn turn(&self, stage: &str, bytes: f64, requests: f64, share: f64) -> Result<(), JsValue> {
        self.check()?;
        let arguments = Array::of4(&stage.into(), &bytes.into(), &requests.into(), &share.into());
        self.progress.apply(&JsValue::NULL, &arguments)?;
        JsFuture::from(self.pause.call0(&JsValue::NULL)?.unchecked_into::<Promise>()).await?;
        self.check()
    }

    fn check(&self) -> Result<(), JsValue> {
        match &self.signal {
            Some(signal) if signal.aborted() => Err(signal.reason()),
            _ => Ok(()),
        }
    }
}
