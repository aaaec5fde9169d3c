//! The machine on which a table was made.
//!
//! Times and ratios are of one processor: where locked instructions cost less, a system
//! with fewer of them gains less. So every table names its processor.
//!
//! Invariants: what cannot be found is called unknown, never left out.
//!
//! Read next: `measure.rs`.

use std::fs;
use std::thread;

/// Describes the processor, the number of CPUs and the system.
pub(crate) fn machine() -> String {
    let processor = processor(&read("/proc/cpuinfo"));
    let cpus = thread::available_parallelism().map_or(0, usize::from);
    let release = read("/proc/sys/kernel/osrelease");
    format!(
        "{processor}, {cpus} CPUs, {} {}",
        std::env::consts::OS,
        release.trim()
    )
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// Returns the name of the first processor, with its family and model: some names are
/// shared by several generations.
fn processor(cpuinfo: &str) -> String {
    let value = |key: &str| {
        let line = cpuinfo
            .lines()
            .find(|line| line.split(':').next().map(str::trim) == Some(key));
        Some(line?.split_once(':')?.1.trim().to_owned())
    };
    let Some(name) = value("model name") else {
        return format!("unknown processor ({})", std::env::consts::ARCH);
    };
    match (value("cpu family"), value("model")) {
        (Some(family), Some(model)) => format!("{name} (family {family}, model {model})"),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::processor;

    #[test]
    fn the_processor_has_a_name() {
        let cpuinfo = "cpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC\n";
        assert_eq!(processor(cpuinfo), "AMD EPYC (family 25, model 1)");
        assert!(processor("").starts_with("unknown processor"));
    }
}
