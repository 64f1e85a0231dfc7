//! Compares estimates with the exact curve of LRU on the traces in a folder, compressed or not:
//! `cargo run --release --package holdfast-curve --example accuracy -- <folder>`.
//!
//! A row is a trace with a number of entries. For a quarter of it up to four times, it has the exact hit ratio in percent,
//! and by how many points the estimates are off in the mean of the seeds.

use std::fs::{read, read_dir};
use std::path::Path;
use std::process::Command;

use holdfast_curve::sampled_lru::SampledLru;
use holdfast_simulator::curve::Curve;
use holdfast_simulator::keys::Keys;

const SEEDS: u32 = 5;
const FACTORS: [f64; 5] = [0.25, 0.5, 1.0, 2.0, 4.0];
/// There is no estimate with fewer samples.
const MIN_SAMPLES: u32 = 1_000;

fn main() {
    let folder = std::env::args().nth(1).expect("the folder of the traces");
    let mut errors: [Vec<f64>; FACTORS.len()] = Default::default();
    let mut files: Vec<_> = read_dir(&folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
    files.sort();
    println!("trace entries samples | exact, mean error at 1/4, 1/2, 1, 2, 4 times the entries");
    for file in files {
        let ids = load(&file);
        if ids.is_empty() {
            continue;
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        rows(&name, &ids, &mut errors);
    }
    for (factor, errors) in FACTORS.iter().zip(&errors) {
        println!("{factor:4} times the entries: {}", summary(errors.iter()));
    }
    println!("half, once and twice: {}", summary(errors[1..4].iter().flatten()));
}

fn rows(name: &str, ids: &[u32], errors: &mut [Vec<f64>; FACTORS.len()]) {
    let mut exact = Curve::default();
    ids.iter().for_each(|&id| exact.access(id));
    let hits = exact.hits();
    let exact_at = |size: f64| {
        let size = (size as usize).min(hits.len());
        if size == 0 { 0.0 } else { hits[size - 1] as f64 / ids.len() as f64 * 100.0 }
    };
    let keys = exact.keys() as u32;
    for entries in [keys / 1000, keys / 100, keys / 30, keys / 10, keys / 4] {
        if entries < 8 {
            continue;
        }
        let mut means = [0.0; FACTORS.len()];
        let mut samples = 0;
        for seed in 0..SEEDS {
            let mut cache = SampledLru::new(entries, f64::INFINITY, seed);
            ids.iter().for_each(|&id| {
                cache.access(u64::from(id));
            });
            samples = cache.curve.samples();
            for (index, factor) in FACTORS.iter().enumerate() {
                let size = (factor * f64::from(entries)).floor();
                let error = cache.hit_ratio(size) * 100.0 - exact_at(size);
                means[index] += error.abs() / f64::from(SEEDS);
                if samples >= MIN_SAMPLES {
                    errors[index].push(error.abs());
                }
            }
        }
        print!("{name} {entries} {samples} |");
        for (factor, mean) in FACTORS.iter().zip(means) {
            print!(" {:.2} {mean:.2},", exact_at((factor * f64::from(entries)).floor()));
        }
        println!("{}", if samples < MIN_SAMPLES { " too few samples, does not count" } else { "" });
    }
}

fn summary<'a>(errors: impl Iterator<Item = &'a f64> + Clone) -> String {
    let count = errors.clone().count();
    let mean = errors.clone().sum::<f64>() / count as f64;
    let large = errors.clone().filter(|&&error| error > 5.0).count();
    format!("mean error {mean:.2}, largest {:.2}, {large} of {count} above 5", errors.fold(0.0, |a: f64, &b| a.max(b)))
}

/// The keys of a trace, numbered. Of a table, the last column.
fn load(file: &Path) -> Vec<u32> {
    let bytes = if file.extension().is_some_and(|extension| extension == "gz") {
        Command::new("gunzip").arg("-c").arg(file).output().expect("gunzip").stdout
    } else {
        read(file).expect("a file")
    };
    let mut keys = Keys::default();
    let name = file.to_string_lossy();
    if name.ends_with(".tsv") {
        return Vec::new();
    }
    if name.contains("cache2k") {
        let numbers = bytes.chunks_exact(4).filter_map(|chunk| chunk.try_into().ok());
        return numbers.map(|number| keys.number(u64::from(u32::from_be_bytes(number)))).collect();
    }
    let text = String::from_utf8_lossy(&bytes);
    let numbers = text.lines().filter_map(|line| line.rsplit(',').next()?.trim().parse().ok());
    numbers.map(|number: u64| keys.number(number)).collect()
}
