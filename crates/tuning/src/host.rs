//! What the host of JavaScript does during a run.

use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

const ABORT: &str = "abort";

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

    /// The signal that ends the run.
    pub fn signal(&self) -> Option<AbortSignal> {
        self.signal.clone()
    }

    /// Calls back when the signal is aborted, as long as the returned listener exists.
    pub fn on_abort(&self, callback: impl FnMut() + 'static) -> Option<AbortListener> {
        let signal = self.signal.clone()?;
        let callback = Closure::<dyn FnMut()>::new(callback);
        signal.add_event_listener_with_callback(ABORT, callback.as_ref().unchecked_ref()).ok()?;
        Some(AbortListener { signal, callback })
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

    /// The reason of the signal if it is aborted: streams fail in their own way then.
    pub fn reason_or(&self, error: JsValue) -> JsValue {
        self.check().err().unwrap_or(error)
    }

    /// Fails with the reason of the signal if it is aborted.
    pub fn check(&self) -> Result<(), JsValue> {
        match &self.signal {
            Some(signal) if signal.aborted() => Err(signal.reason()),
            _ => Ok(()),
        }
    }
}

/// Removes itself from its signal when it is dropped.
pub struct AbortListener {
    signal: AbortSignal,
    callback: Closure<dyn FnMut()>,
}

impl Drop for AbortListener {
    fn drop(&mut self) {
        let _ = self.signal.remove_event_listener_with_callback(ABORT, self.callback.as_ref().unchecked_ref());
    }
}
