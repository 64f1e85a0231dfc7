//! One run, from the first byte to the report.

use holdfast_simulator::formats::reader::Reader;
use holdfast_simulator::formats::row::Row;
use holdfast_simulator::policies::OptimalRun;
use holdfast_simulator::request::Request;
use holdfast_simulator::{Report, Simulation};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::host::Host;
use crate::options::SimulateOptions;
use crate::source::Source;

/// The bytes that are read in one turn of the host.
const SLICE: usize = 1 << 16;
/// The requests of one turn for the best possible hit ratio.
const OPTIMAL_REQUESTS: u32 = 1 << 17;

/// Runs a simulation.
pub async fn run(source: JsValue, options: SimulateOptions, host: &Host) -> Result<JsValue, JsValue> {
    let mut source = Source::open(source).await?;
    let mut reader = Reader::new(options.reading());
    let mut simulation = Simulation::new(options.plan());
    if let Err(error) = read(&mut source, &mut reader, &mut simulation, host).await {
        source.cancel(&error);
        return Err(error);
    }
    let requests = simulation.curve.requests() as f64 + simulation.pending() as f64;
    while simulation.step(true) {
        let done = simulation.curve.requests() as f64;
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
        for slice in chunk.chunks(SLICE) {
            reader.read(slice, &mut |row| push(simulation, row)).map_err(wrong)?;
            loop {
                let is_more = simulation.step(false);
                host.turn("read", source.bytes(), simulation.curve.requests() as f64, source.share()).await?;
                if !is_more {
                    break;
                }
            }
        }
    }
    reader.end(&mut |row| push(simulation, row)).map_err(wrong)
}

fn push(simulation: &mut Simulation, row: Row) {
    match row {
        Row::Request(request, bits) => simulation.push(request, bits),
        Row::Range(first, count) => (first..first + count).for_each(|bits| simulation.push(Request::PLAIN, bits)),
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
