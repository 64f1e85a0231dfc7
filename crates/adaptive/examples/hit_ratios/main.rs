//! Hit ratios of the adaptive policy on traces, over five seeds of the hashes, next to the ratios to reach.
//!
//! `cargo run --release --package holdfast-adaptive --example hit_ratios -- FOLDER`: the traces of a folder with a file
//! `targets.tsv`. Without a folder: traces that are made here.

mod synthetic;

use std::collections::HashMap;
use std::fs::read_to_string;
use std::num::NonZeroUsize;
use std::process::Command;

use holdfast_adaptive::KeyCache;
use lru::LruCache;

const SEEDS: [u32; 5] = [1, 22, 333, 4_444, 55_555];
/// The requests for each entry from which on the narrower bounds hold.
const LONG: f64 = 50.0;

fn main() {
    match std::env::args().nth(1) {
        Some(folder) => compare_with_targets(&folder),
        None => compare_with_lru(),
    }
}

fn compare_with_targets(folder: &str) {
    let targets = read_to_string(format!("{folder}/targets.tsv")).expect("targets.tsv");
    let mut traces: HashMap<&str, Vec<u64>> = HashMap::new();
    let (mut to_target, mut to_lru, mut rows) = (0.0, 0.0, 0);
    for line in targets.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, requests, _, size, lru] = fields[..5] else { panic!("{line}") };
        let [size, lru, target]: [f64; 3] = [size, lru, fields[12]].map(|field| field.parse().expect("a number"));
        let trace = traces.entry(name).or_insert_with(|| load(folder, name));
        assert_eq!(trace.len().to_string(), requests, "requests of {name}");
        let mean = report(name, trace, size as u32, lru, Some(target));
        to_target += mean - target;
        to_lru += mean - lru;
        rows += 1;
    }
    let rows = f64::from(rows);
    println!("mean: {:+.3} to the targets, {:+.2} over LRU", to_target / rows, to_lru / rows);
}

fn compare_with_lru() {
    for (name, trace, sizes) in synthetic::all() {
        for size in sizes {
            let mut cache = LruCache::new(NonZeroUsize::new(size as usize).expect("a size"));
            let hits = trace.iter().filter(|&&key| cache.put(key, ()).is_some()).count();
            report(name, &trace, size, percent(hits, trace.len()), None);
        }
    }
}

/// Prints a row, and returns the mean of the hit ratios.
fn report(name: &str, trace: &[u64], size: u32, lru: f64, target: Option<f64>) -> f64 {
    let ratios = SEEDS.map(|seed| {
        let mut cache = KeyCache::new(size, seed);
        let hits = trace.iter().filter(|&&key| cache.access(key)).count();
        percent(hits, trace.len())
    });
    let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
    let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    let most = ratios.iter().copied().fold(0.0, f64::max);
    let per_slot = trace.len() as f64 / f64::from(size);
    print!("{name:33}{size:6}{per_slot:8.0} a slot  LRU {lru:6.2}  mean {mean:6.2} ({least:5.2} to {most:5.2})");
    print!("  {:+6.2} to LRU", mean - lru);
    if let Some(target) = target {
        print!("  target {target:6.2} {:+5.2}", mean - target);
        let bound = if per_slot >= LONG { 1.0 } else { 1.5 };
        print!("{}", if mean < target - bound { " MISSED" } else { "" });
    }
    println!("{}", if per_slot >= LONG && mean < lru - 1.5 { " UNDER LRU" } else { "" });
    mean
}

fn percent(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64 * 100.0
}

/// The keys of a trace, in order.
fn load(folder: &str, name: &str) -> Vec<u64> {
    let file = if name.starts_with("cloudPhysicsIO") { "cloudPhysicsIO.csv" } else { name };
    let output = Command::new("gunzip").arg("-c").arg(format!("{folder}/{file}.gz")).output().expect("gunzip");
    assert!(output.status.success(), "cannot read {file}.gz");
    let bytes = output.stdout;
    if name.starts_with("cache2k") {
        let numbers = bytes.chunks_exact(4).filter_map(|chunk| chunk.try_into().ok());
        return numbers.map(|number| u64::from(u32::from_be_bytes(number))).collect();
    }
    let text = String::from_utf8(bytes).expect("text");
    // Of the table, the column with the number of the block. In other files, `*` and empty lines are no requests.
    text.lines().filter_map(|line| line.rsplit(',').next()?.trim().parse().ok()).collect()
}
