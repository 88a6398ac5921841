//! The machine on which the figures were taken, in one paragraph.

use std::fs;

/// Names processor, cores, memory, kernel and the binary's version.
pub fn words() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = field(&cpu, "model name").unwrap_or("an unknown processor").to_owned();
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let kilobytes: u64 = field(&read("/proc/meminfo"), "MemTotal")
        .and_then(|text| text.split(' ').next()?.parse().ok())
        .unwrap_or(0);
    let kernel = read("/proc/sys/kernel/osrelease");
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or_default();
    format!(
        "rollgate {version} (release build), {cores} cores of {model}, {memory} GB of memory, Linux {kernel}, \
         load average {load} at the end of the run.",
        version = env!("CARGO_PKG_VERSION"),
        memory = (kilobytes + (1 << 19)) >> 20,
        kernel = kernel.trim(),
    )
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim())
}
