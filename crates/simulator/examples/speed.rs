//! Prints how many requests each policy takes per second: `cargo run --profile tuning --package holdfast-simulator --example speed`.

use std::time::Instant;

use holdfast_simulator::curve::Curve;
use holdfast_simulator::keys::{Keys, mix};
use holdfast_simulator::request::Request;
use holdfast_simulator::{Plan, PolicyKind, Simulation};

const REQUESTS: u32 = 1_000_000;
const KEYS: f64 = 100_000.0;

fn main() {
    let trace: Vec<u64> = (0..u64::from(REQUESTS)).map(|index| skewed(mix(index))).collect();
    let mut keys = Keys::default();
    let ids: Vec<u32> = trace.iter().map(|&bits| keys.number(bits)).collect();
    println!("{REQUESTS} requests, {} keys; million requests a second", keys.len());
    time("numbering of keys", || {
        let mut keys = Keys::default();
        trace.iter().map(|&bits| u64::from(keys.number(bits))).sum()
    });
    time("curve of LRU", || {
        let mut curve = Curve::default();
        ids.iter().for_each(|&id| curve.access(id));
        curve.hits().iter().sum()
    });
    for &kind in PolicyKind::ALL {
        time(kind.name(), || {
            let mut policy = kind.cache(10_000);
            ids.iter().filter(|&&id| policy.access(id)).count() as u64
        });
    }
    let started = Instant::now();
    let kinds = PolicyKind::ALL.iter().copied().filter(|&kind| kind != PolicyKind::Baseline).collect();
    let mut all = Simulation::new(Plan { kinds, optimal: true, sizes: Vec::new(), ttls: Vec::new() });
    trace.iter().for_each(|&bits| all.push(Request::PLAIN, bits));
    while all.step(true) {}
    let sizes = all.plan.sizes.clone();
    let optimal = all.take_optimal();
    let best: u64 = sizes.iter().map(|&size| optimal.hits(size)).sum();
    println!("all policies, {} sizes: {:.1} s ({best})", sizes.len(), started.elapsed().as_secs_f64());
}

/// A key, the small ones being more frequent.
fn skewed(random: u64) -> u64 {
    let uniform = (random >> 11) as f64 / (1_u64 << 53) as f64;
    (KEYS.powf(uniform) - 1.0) as u64
}

fn time(name: &str, mut run: impl FnMut() -> u64) {
    let started = Instant::now();
    let result = run();
    println!("{name}: {:.1} ({result})", f64::from(REQUESTS) / 1e6 / started.elapsed().as_secs_f64());
}
