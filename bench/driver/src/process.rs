//! One run: a fresh process, pinned, whose one line is read.
//!
//! The driver pins *itself* before it starts a program, and unpins itself after,
//! since a child inherits the CPUs of its parent. While the child works the driver
//! sleeps, so it takes no CPU time from the child.
//!
//! Invariants: every program runs with the same settings of malloc. A program that cannot be pinned does
//! not run. A run has at most [`LIMIT`] of time, and is then killed by its own handle. Every failure of a program (missing, crashing, hanging, printing nonsense)
//! becomes an [`Answer`], never a panic of the driver.
//!
//! Read next: `measure.rs`.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::malloc::Malloc;
use crate::rows::Unit;
use crate::systems::Launch;

/// The longest time of one run.
const LIMIT: Duration = Duration::from_secs(120);

/// The result of one run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// ns or bytes per operation, and page faults per operation.
    Measured { cost: f64, faults: f64 },
    /// The system has no such row.
    NotServed,
    /// The run failed, with this error.
    Failed(String),
}

/// The CPUs that this process may use, before anything is pinned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cpus {
    all: rustix::io::Result<CpuSet>,
}

impl Cpus {
    /// Asks the kernel for the CPUs of this process.
    pub(crate) fn new() -> Cpus {
        Cpus {
            all: sched_getaffinity(None),
        }
    }

    /// Returns the last `count` CPUs, because the first one tends to serve interrupts.
    fn last(&self, count: usize) -> Result<CpuSet, String> {
        let all = self
            .all
            .map_err(|error| format!("was not pinned: sched_getaffinity: {error}"))?;
        if (all.count() as usize) < count {
            let has = all.count();
            return Err(format!(
                "was not pinned: needs {count} CPUs and may use {has}"
            ));
        }
        let mut few = CpuSet::new();
        (0..CpuSet::MAX_CPU)
            .rev()
            .filter(|&cpu| all.is_set(cpu))
            .take(count)
            .for_each(|cpu| few.set(cpu));
        Ok(few)
    }

    /// Returns one of these CPUs, counted from the last. With fewer CPUs than that, one of them has
    /// several turns.
    pub(crate) fn one(&self, at: usize) -> Cpus {
        let one = |all: CpuSet| {
            let is_in = |cpu: &usize| all.is_set(*cpu);
            let cpus: Vec<_> = (0..CpuSet::MAX_CPU).rev().filter(is_in).collect();
            let mut one = CpuSet::new();
            one.set(cpus[at % cpus.len()]);
            one
        };
        Cpus {
            all: self.all.map(one),
        }
    }

    /// Starts a program on one CPU, or on two for wall time. A program that cannot be pinned to them
    /// is not started.
    pub(crate) fn start(&self, unit: Unit, command: &mut Command) -> Result<Child, String> {
        let wanted = if unit == Unit::Wall { 2 } else { 1 };
        let few = self.last(wanted)?;
        sched_setaffinity(None, &few).map_err(|error| {
            format!("was not pinned: sched_setaffinity to {wanted} of the CPUs: {error}")
        })?;
        let child = command.spawn();
        // These CPUs were allowed a moment ago. If they are no longer, the next program is pinned
        // all the same.
        let _ = self.all.map(|all| sched_setaffinity(None, &all));
        child.map_err(|error| format!("could not be started: {error}"))
    }
}

/// A run to be done: `ROW SIZE ROUNDS`, its unit, and the settings of malloc.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) row: &'static str,
    pub(crate) size: u64,
    pub(crate) rounds: u64,
    pub(crate) unit: Unit,
    pub(crate) malloc: Malloc,
}

/// Makes the command that runs `launch` with these words.
pub(crate) fn command(launch: &Launch, malloc: Malloc, words: &[&str]) -> Command {
    let (program, before) = launch.split_first().expect("a program to launch");
    let mut command = Command::new(program);
    command
        .args(before)
        .args(words)
        .stdin(Stdio::null())
        .env("RUST_BACKTRACE", "0");
    malloc.apply(&mut command);
    command
}

/// Runs `launch check`; returns the description of the runtime, or what is wrong with it.
pub(crate) fn check(launch: &Launch) -> Result<String, String> {
    let output = command(launch, Malloc::Kept, &["check"])
        .output()
        .map_err(|error| format!("could not be started: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(complaint(&text(&output.stderr), output.status))
    }
}

/// Runs a row once.
pub(crate) fn run(cpus: &Cpus, launch: &Launch, run: &Run) -> Answer {
    let words = [run.row, &run.size.to_string(), &run.rounds.to_string()];
    let mut command = command(launch, run.malloc.for_unit(run.unit), &words);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = match cpus.start(run.unit, &mut command) {
        Ok(child) => child,
        Err(why) => return Answer::Failed(why),
    };
    let ended = match end(child, LIMIT) {
        Ok(ended) => ended,
        Err(how) => return Answer::Failed(how),
    };
    match ended.status.code() {
        Some(0) => read(&ended.said, run.unit),
        Some(3) => Answer::NotServed,
        _ => Answer::Failed(complaint(&ended.complained, ended.status)),
    }
}

/// A program that has ended: its status, and the text of its two pipes.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    said: String,
    complained: String,
}

/// Waits until a program ends; kills it after `limit`, and then returns that as an error.
pub(crate) fn end(mut child: Child, limit: Duration) -> Result<Ended, String> {
    let errors = drain(child.stderr.take());
    let lines = drain(child.stdout.take());
    let Some(status) = wait(&mut child, limit) else {
        return Err(format!("was ended after {} s", limit.as_secs()));
    };
    Ok(Ended {
        status,
        said: lines.join().unwrap_or_default(),
        complained: errors.join().unwrap_or_default(),
    })
}

/// Reads a pipe to its end, while the program fills it.
fn drain(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut said = vec![];
        if let Some(mut pipe) = pipe {
            // If reading fails, the text so far is used.
            let _ = pipe.read_to_end(&mut said);
        }
        String::from_utf8_lossy(&said).into_owned()
    })
}

/// Waits for the child, and kills it when its time is up.
fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if started.elapsed() < limit => {
                thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(20));
            }
            _ => {
                // It may have ended at this moment; either way it is reaped.
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

/// Returns the first error line of a program that failed, or how it ended.
fn complaint(stderr: &str, status: ExitStatus) -> String {
    let mut lines = stderr
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let said = match lines.next() {
        // Rust's first line names the place; the message is on the next.
        Some(first) if first.contains("panicked at") => lines.next(),
        // Python's last line is the error.
        Some(first) if first.starts_with("Traceback") => lines.next_back(),
        first => first,
    };
    match said {
        // An address differs in each run, and so does the value around it.
        Some(said) => match said.find(" {") {
            Some(value) => format!("{} ..", &said[..value]),
            None => said.chars().take(100).collect(),
        },
        None => status.to_string(),
    }
}

/// Parses the measure in a program's line.
fn read(said: &str, unit: Unit) -> Answer {
    let value = |key: &str| -> Option<f64> {
        said.split_ascii_whitespace()
            .find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))?
            .parse()
            .ok()
    };
    let total = value(match unit {
        Unit::Cpu => "cpu_ns",
        Unit::Wall => "wall_ns",
        Unit::Bytes => "bytes",
    });
    match (total, value("ops")) {
        (Some(total), Some(ops)) if ops > 0.0 => Answer::Measured {
            cost: total / ops,
            faults: value("faults").unwrap_or(0.0) / ops,
        },
        _ => Answer::Failed(format!("printed {:?} instead of its line", said.trim())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_by_its_unit() {
        let said = "row=timer system=ours ops=10 cpu_ns=50 wall_ns=70 faults=20 bytes=640\n";
        for (unit, cost) in [(Unit::Cpu, 5.0), (Unit::Wall, 7.0), (Unit::Bytes, 64.0)] {
            assert_eq!(read(said, unit), Answer::Measured { cost, faults: 2.0 });
        }
    }

    #[test]
    fn a_complaint_has_no_address() {
        let said = "thread 'main' panicked at a.rs:1:2:\nbroken: Header { ptr: 0x55957c03d710 }\n";
        assert_eq!(complaint(said, ExitStatus::default()), "broken: Header ..");
    }

    #[test]
    fn nonsense_is_a_failure_and_not_a_panic() {
        for said in ["", "hello", "ops=0 cpu_ns=5", "ops=1 cpu_ns=many"] {
            assert!(
                matches!(read(said, Unit::Cpu), Answer::Failed(_)),
                "{said:?}"
            );
        }
    }

    #[test]
    fn a_program_that_cannot_be_pinned_does_not_run() {
        let mut none = CpuSet::new();
        for (all, part) in [
            (Ok(none), "needs 1 CPUs and may use 0"),
            (Err(rustix::io::Errno::PERM), "sched_getaffinity"),
        ] {
            let mut command = Command::new("/bin/true");
            let why = Cpus { all }.start(Unit::Cpu, &mut command).err();
            assert!(
                why.as_ref().is_some_and(|why| why.contains(part)),
                "{why:?}"
            );
        }
        // A CPU that no machine has: the kernel refuses it.
        none.set(CpuSet::MAX_CPU - 1);
        let why = Cpus { all: Ok(none) }.start(Unit::Cpu, &mut Command::new("/bin/true"));
        assert!(why.is_err_and(|why| why.contains("sched_setaffinity to 1")));
    }

    #[test]
    fn a_program_that_is_not_there_is_a_failure() {
        let launch = vec!["/no/such/program".into()];
        let row = Run {
            row: "yield_one",
            size: 1,
            rounds: 1,
            unit: Unit::Cpu,
            malloc: Malloc::Kept,
        };
        let answer = run(&Cpus::new(), &launch, &row);
        assert!(matches!(answer, Answer::Failed(_)));
        assert!(check(&launch).is_err());
    }
}
