//! One run, from the first byte to the report.

use holdfast_simulator::formats::format::Format;
use holdfast_simulator::formats::reader::Reader;
use holdfast_simulator::formats::row::Row;
use holdfast_simulator::policies::OptimalRun;
use holdfast_simulator::request::Request;
use holdfast_simulator::simulation::BATCH;
use holdfast_simulator::{Report, Simulation};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::host::Host;
use crate::options::SimulateOptions;
use crate::source::Source;

/// The bytes that are read in one turn of the host.
const SLICE: usize = 1 << 16;
/// The same where a few bytes can be many requests.
const RANGES_SLICE: usize = 1 << 12;
/// The requests that wait at most, apart from those of one slice of lines.
const MAX_PENDING: usize = 1 << 21;
/// The requests of one turn, divided by the number of caches that get them.
const TURN: usize = 1 << 17;
/// The requests of one turn for the best possible hit ratio.
const OPTIMAL_REQUESTS: u32 = 1 << 17;
/// The memory at which a run ends. Arrays that grow need the rest of the 4 GiB.
const MAX_MEMORY: usize = 2 << 30;

/// Runs a simulation.
pub async fn run(source: JsValue, options: SimulateOptions, host: &Host) -> Result<JsValue, JsValue> {
    let mut source = Source::open(source, host).await.map_err(|error| host.reason_or(error))?;
    let mut reader = Reader::new(options.reading());
    let mut simulation = Simulation::new(options.plan());
    if let Err(error) = read(&mut source, &mut reader, &mut simulation, host).await {
        let error = host.reason_or(error);
        source.cancel(&error);
        return Err(error);
    }
    let requests = simulation.curve.requests() as f64;
    while steps(&mut simulation, true)? {
        let done = simulation.simulated() as f64;
        host.turn("simulate", source.bytes(), done, done / requests).await?;
    }
    let optimal = if simulation.plan.optimal { Some(best(&mut simulation, &source, host).await?) } else { None };
    let report =
        Report::new(&reader, &simulation, optimal.as_deref()).map_err(|message| js_sys::Error::new(&message))?;
    let serializer = serde_wasm_bindgen::Serializer::new().serialize_missing_as_null(true);
    Ok(report.serialize(&serializer)?)
}

async fn read(
    source: &mut Source,
    reader: &mut Reader,
    simulation: &mut Simulation,
    host: &Host,
) -> Result<(), JsValue> {
    let wrong = |message: String| JsValue::from(js_sys::TypeError::new(&message));
    while let Some(chunk) = source.next().await? {
        let mut rest = &chunk[..];
        while !rest.is_empty() {
            let length = if reader.format() == Some(Format::Arc) { RANGES_SLICE } else { SLICE };
            let (slice, after) = rest.split_at(length.min(rest.len()));
            rest = after;
            reader.read(slice, &mut |row| push(simulation, row)).map_err(wrong)?;
            loop {
                let is_more = steps(simulation, false)?;
                host.turn("read", source.bytes(), simulation.simulated() as f64, source.share()).await?;
                if !is_more {
                    break;
                }
            }
        }
    }
    // An abort ends the source.
    host.check()?;
    reader.end(&mut |row| push(simulation, row)).map_err(wrong)
}

/// Simulates the requests of one turn. Returns whether there is more to do now. Fails if there are too many keys.
fn steps(simulation: &mut Simulation, is_end: bool) -> Result<bool, JsValue> {
    let mut is_more = simulation.step(is_end);
    let caches = simulation.runs.len() + simulation.ttl_runs.len();
    for _ in 1..TURN / BATCH / caches.max(1) {
        if !is_more {
            break;
        }
        is_more = simulation.step(is_end);
    }
    if memory_size() > MAX_MEMORY {
        let message = format!(
            "the trace has more than {} keys, too many for {caches} caches in the memory of a module; simulate fewer policies and sizes, or a part of the keys",
            simulation.keys()
        );
        return Err(js_sys::RangeError::new(&message).into());
    }
    Ok(is_more)
}

/// The memory of the module, in bytes.
#[cfg(target_arch = "wasm32")]
fn memory_size() -> usize {
    const PAGE: usize = 1 << 16;
    core::arch::wasm32::memory_size::<0>() * PAGE
}

/// Lints are checked on the host, too.
#[cfg(not(target_arch = "wasm32"))]
fn memory_size() -> usize {
    0
}

fn push(simulation: &mut Simulation, row: Row) {
    match row {
        Row::Request(request, bits) => simulation.push(request, bits),
        Row::Range(first, count) => {
            (first..first + count).for_each(|bits| simulation.push(Request::PLAIN, bits));
            while simulation.pending() > MAX_PENDING && simulation.step(false) {}
        }
        _ => {}
    }
}

/// The hits of the best policy at each size.
async fn best(simulation: &mut Simulation, source: &Source, host: &Host) -> Result<Vec<u64>, JsValue> {
    let sizes = simulation.plan.sizes.clone();
    let requests = simulation.curve.requests() as f64;
    let trace = simulation.take_optimal();
    let mut hits = Vec::new();
    for (index, &size) in sizes.iter().enumerate() {
        let mut run = OptimalRun::new(&trace, size);
        while run.advance(OPTIMAL_REQUESTS) {
            host.turn("optimal", source.bytes(), requests, index as f64 / sizes.len() as f64).await?;
        }
        hits.push(run.hits);
    }
    Ok(hits)
}
