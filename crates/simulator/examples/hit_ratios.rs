//! scratch
use holdfast_simulator::{PolicyKind, policies::Optimal};
use std::collections::HashMap;
fn main() {
    let dir = std::env::args().nth(1).unwrap();
    let targets = std::fs::read_to_string(format!("{dir}/targets.tsv")).unwrap();
    let mut cache: HashMap<String, Vec<u32>> = HashMap::new();
    let mut lines = targets.lines();
    let head: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let cols = [("lru", "lru"), ("sieve", "sieve"), ("s3-fifo", "s3fifo"), ("arc", "arc"), ("lirs", "lirs"), ("w-tinylfu", "wtlfu-hc")];
    println!("trace size  lru sieve s3 arc lirs wtlfu opt");
    let mut sums = [0.0; 7];
    for line in lines {
        let f: Vec<&str> = line.split('\t').collect();
        let ids = cache.entry(f[0].to_string()).or_insert_with(|| load(&dir, f[0]));
        let size: u32 = f[3].parse().unwrap();
        print!("{} {} n={} ", f[0], size, ids.len());
        for (i, (kind, col)) in cols.iter().enumerate() {
            let mut p = PolicyKind::named(kind).unwrap().new(size);
            let hits = ids.iter().filter(|&&id| p.access(id)).count();
            let ratio = 100.0 * hits as f64 / ids.len() as f64;
            let target: f64 = f[head.iter().position(|h| h == col).unwrap()].parse().unwrap();
            sums[i] += (ratio - target).abs();
            print!(" {ratio:.2}({:+.2})", ratio - target);
        }
        let o = 100.0 * Optimal::new(ids.clone()).hits(size) as f64 / ids.len() as f64;
        let t: f64 = f[13].parse().unwrap();
        sums[6] += (o - t).abs();
        println!(" {o:.2}({:+.2})", o - t);
    }
    println!("{sums:?}");
}
fn load(dir: &str, name: &str) -> Vec<u32> {
    let file = if name.starts_with("cloud") { "cloudPhysicsIO.csv.gz".into() } else if name.starts_with("cache2k") { format!("{name}.gz") } else { format!("{name}.gz") };
    let out = std::process::Command::new("zcat").arg(format!("{dir}/{file}")).output().unwrap().stdout;
    let mut map = HashMap::new();
    let keys: Vec<u64> = if name.starts_with("cache2k") {
        out.chunks_exact(4).map(|b| u32::from_be_bytes(b.try_into().unwrap()) as u64).collect()
    } else {
        let s = String::from_utf8(out).unwrap();
        if name.starts_with("cloud") { s.lines().skip(1).map(|l| l.split(',').nth(4).unwrap().trim().parse().unwrap()).collect() }
        else { s.lines().filter(|l| !l.starts_with('*') && !l.is_empty()).map(|l| l.trim().parse().unwrap()).collect() }
    };
    keys.into_iter().map(|k| { let n = map.len() as u32; *map.entry(k).or_insert(n) }).collect()
}
