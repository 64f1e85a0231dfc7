//! What a run has found.

use serde::Serialize;

use crate::formats::format::Format;
use crate::formats::reader::Reader;
use crate::knee::{Point, good_enough, is_good_enough, knee, ratio};
use crate::policy::PolicyKind;
use crate::simulation::{MAX_OPTIMAL, Simulation};

/// The points of the LRU curve per doubling of the size.
const POINTS_PER_DOUBLING: f64 = 8.0;

/// A line that is not in the format.
#[derive(Debug, Serialize)]
pub struct BadLine {
    number: f64,
    text: String,
    reason: &'static str,
}

/// A size, and the hit ratio there.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportPoint {
    size: u32,
    hit_ratio: f64,
}

/// What a policy does at each size.
#[derive(Debug, Serialize)]
pub struct PolicyReport {
    policy: &'static str,
    points: Vec<ReportPoint>,
    /// The smallest of the sizes that is good enough.
    smallest: Option<ReportPoint>,
}

/// What a lifetime costs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TtlRow {
    /// Seconds; `None`: the lifetimes in the trace.
    ttl: Option<f64>,
    hit_ratio: f64,
    /// The hit ratio without lifetimes minus this one.
    cost: f64,
}

/// What lifetimes cost at a size.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TtlReport {
    size: u32,
    hit_ratio: f64,
    rows: Vec<TtlRow>,
}

/// What a run has found. Ratios are fractions, times are seconds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    format: &'static str,
    requests: f64,
    unique_keys: u32,
    lines: f64,
    skipped_lines: f64,
    bad_lines: f64,
    first_bad_line: Option<BadLine>,
    max_hit_ratio: f64,
    seconds: Option<f64>,
    mean_value_size: Option<f64>,
    sizes: Vec<u32>,
    policies: Vec<PolicyReport>,
    lru_curve: Vec<ReportPoint>,
    knee: ReportPoint,
    smallest: ReportPoint,
    ttl: Option<TtlReport>,
    notes: Vec<String>,
}

impl From<Point> for ReportPoint {
    fn from(point: Point) -> Self {
        Self { size: point.size, hit_ratio: point.hit_ratio }
    }
}

impl Report {
    /// The report of a run that has ended. `optimal` has the hits of the best policy at each size. Fails if the LRU that
    /// ships and the baseline differ.
    pub fn new(reader: &Reader, simulation: &Simulation, optimal: Option<&[u64]>) -> Result<Self, String> {
        check_lru(simulation)?;
        let requests = simulation.curve.requests();
        let hits = simulation.curve.hits();
        let knee_there = knee(&hits, requests);
        let sizes = &simulation.plan.sizes;
        let mut policies: Vec<PolicyReport> = simulation
            .plan
            .kinds
            .iter()
            .map(|&kind| {
                let runs = simulation.runs.iter().filter(|run| run.kind == kind);
                let points = runs.map(|run| Point { size: run.size, hit_ratio: ratio(run.hits, requests) }).collect();
                policy_report(kind.name(), points, knee_there.hit_ratio)
            })
            .collect();
        if let Some(optimal) = optimal {
            let points =
                sizes.iter().zip(optimal).map(|(&size, &hits)| Point { size, hit_ratio: ratio(hits, requests) });
            policies.push(policy_report("optimal", points.collect(), knee_there.hit_ratio));
        }
        Ok(Self {
            format: reader.format().map_or("plain", |format| format.name()),
            requests: requests as f64,
            unique_keys: simulation.keys(),
            lines: reader.lines as f64,
            skipped_lines: reader.skipped as f64,
            bad_lines: reader.bad as f64,
            first_bad_line: reader.first_bad.as_ref().map(|bad| BadLine {
                number: bad.number as f64,
                text: bad.text.clone(),
                reason: bad.reason,
            }),
            max_hit_ratio: ratio(hits.last().copied().unwrap_or(0), requests),
            seconds: simulation.span.map(|[first, last]| (last - first) / 1e3),
            mean_value_size: simulation.mean_size(),
            sizes: sizes.clone(),
            policies,
            lru_curve: curve_points(&hits, requests),
            knee: knee_there.into(),
            smallest: good_enough(&hits, requests).into(),
            ttl: ttl_report(simulation, &hits, requests),
            notes: notes(reader, simulation, optimal.is_some()),
        })
    }
}

/// The LRU that ships must have the hits of the baseline, and of the curve.
fn check_lru(simulation: &Simulation) -> Result<(), String> {
    let hits = simulation.curve.hits();
    for run in &simulation.runs {
        if !matches!(run.kind, PolicyKind::Lru | PolicyKind::Baseline) {
            continue;
        }
        let index = (run.size as usize).min(hits.len());
        let expected = index.checked_sub(1).and_then(|index| hits.get(index)).copied().unwrap_or(0);
        if run.hits != expected {
            return Err(format!("{} has {} hits at size {}, not {expected}", run.kind.name(), run.hits, run.size));
        }
    }
    Ok(())
}

fn policy_report(policy: &'static str, points: Vec<Point>, knee: f64) -> PolicyReport {
    let smallest = points.iter().filter(|point| is_good_enough(point.hit_ratio, knee)).min_by_key(|point| point.size);
    PolicyReport {
        policy,
        smallest: smallest.copied().map(Into::into),
        points: points.into_iter().map(Into::into).collect(),
    }
}

/// The curve at sizes in even steps on a logarithmic scale.
fn curve_points(hits: &[u64], requests: u64) -> Vec<ReportPoint> {
    let mut points = Vec::new();
    let mut exponent = 0.0;
    let mut last = 0;
    while last < hits.len() {
        let size = (2_f64.powf(exponent / POINTS_PER_DOUBLING).round() as usize).min(hits.len());
        exponent += 1.0;
        if size > last {
            points.push(ReportPoint { size: size as u32, hit_ratio: ratio(hits[size - 1], requests) });
            last = size;
        }
    }
    points
}

fn ttl_report(simulation: &Simulation, hits: &[u64], requests: u64) -> Option<TtlReport> {
    let [first, last] = simulation.span?;
    let size = simulation.ttl_size;
    let hit_ratio = ratio(hits.get((size as usize).checked_sub(1)?).copied().unwrap_or(0), requests);
    let mut rows = Vec::new();
    for run in &simulation.ttl_runs {
        let with_ttl = ratio(run.hits, requests);
        // Lifetimes beyond the span of the trace cost nothing.
        if run.ttl.is_none_or(|ttl| ttl < last - first) {
            rows.push(TtlRow { ttl: run.ttl.map(|ttl| ttl / 1e3), hit_ratio: with_ttl, cost: hit_ratio - with_ttl });
        }
    }
    (!rows.is_empty()).then_some(TtlReport { size, hit_ratio, rows })
}

fn notes(reader: &Reader, simulation: &Simulation, has_optimal: bool) -> Vec<String> {
    let mut notes = Vec::new();
    let is_told = reader.is_format_detected() && reader.format() == Some(Format::Plain);
    // Lines of an unknown format are all different.
    if is_told && 10 * u64::from(simulation.keys()) > 9 * simulation.curve.requests() {
        notes.push(format!(
            "No other format was found: each whole line is a key. If a line has more than its key, name the format, one of {}.",
            Format::names()
        ));
    }
    let largest = simulation.plan.sizes.iter().max().copied().unwrap_or(0);
    if f64::from(simulation.keys()) > 1.2 * f64::from(largest) && simulation.are_sizes_chosen {
        notes.push(format!(
            "The sizes were chosen by the first {} requests. There are {} keys; give sizes for larger caches.",
            simulation.head,
            simulation.keys()
        ));
    }
    if simulation.is_optimal_asked && !has_optimal {
        notes.push(format!("optimal was left out: it keeps all requests, and there are more than {MAX_OPTIMAL}."));
    }
    notes
}
