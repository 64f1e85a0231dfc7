//! The options of a run.

use holdfast_simulator::formats::columns::Fields;
use holdfast_simulator::formats::format::Format;
use holdfast_simulator::formats::reader::ReadOptions;
use holdfast_simulator::{Plan, PolicyKind};
use serde::Deserialize;
use wasm_bindgen::prelude::*;

/// The policy that needs all requests before it starts.
const OPTIMAL: &str = "optimal";

/// What JavaScript passes, checked by it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SimulateOptions {
    format: Option<String>,
    key: Option<String>,
    time: Option<String>,
    size: Option<String>,
    ttl: Option<String>,
    op: Option<String>,
    status: Option<u16>,
    policies: Vec<String>,
    sizes: Vec<u32>,
    /// Milliseconds.
    ttls: Vec<f64>,
}

impl SimulateOptions {
    /// Reads an object of JavaScript.
    pub fn read(options: JsValue) -> Result<Self, JsValue> {
        Ok(serde_wasm_bindgen::from_value(options)?)
    }

    /// How the trace is read.
    pub fn reading(&self) -> ReadOptions {
        let fields = Fields {
            key: self.key.clone(),
            time: self.time.clone(),
            size: self.size.clone(),
            ttl: self.ttl.clone(),
            op: self.op.clone(),
        };
        ReadOptions { format: self.format.as_deref().and_then(Format::named), fields, status: self.status }
    }

    /// What is simulated.
    pub fn plan(&self) -> Plan {
        Plan {
            kinds: self.policies.iter().filter_map(|name| PolicyKind::named(name)).collect(),
            optimal: self.policies.iter().any(|name| name == OPTIMAL),
            sizes: self.sizes.clone(),
            ttls: self.ttls.clone(),
        }
    }
}
