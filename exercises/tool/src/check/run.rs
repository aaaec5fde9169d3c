//! Runs one test of a copy in a process of its own, with limits.
//!
//! The problem: the code of a learner may never end, print without end, ask for all memory, or end the
//! process. A test in the process of this program would take the program along.
//!
//! Invariants
//! 1. [`run`] returns at most a moment after its limit, and the process has ended then. (Processes that
//!    this process has started are not ended.)
//! 2. It keeps the first and the last lines of each output, and reads all, so that no pipe is ever full.
//!
//! Read next: `check/outcome.rs`.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How many bytes of the beginning of each output are kept, and of its end.
const KEPT: usize = 32 * 1024;

/// How long the rest of an output may take after the end of its process.
const PATIENCE: Duration = Duration::from_millis(500);

/// How much memory a test may have, in KiB. Reading the files of a program counts, too.
const MEMORY: u32 = 4 * 1024 * 1024;

/// How to run the tests of a copy.
#[derive(Clone, Debug)]
pub struct Tests {
    /// The program that contains the tests.
    pub program: PathBuf,
    /// The folder in which it runs.
    pub folder: PathBuf,
    /// How long one test may take.
    pub limit: Duration,
}

/// How the process of a test ended, and its output.
#[derive(Clone, Debug)]
pub struct Ran {
    /// `None` if the limit passed.
    pub status: Option<ExitStatus>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Tests {
    /// Runs the test with this path. `cut` is the exercise to cut, in a copy with switches.
    ///
    /// # Errors
    /// Returns a line if the program cannot be started.
    pub fn run(&self, test: &str, cut: Option<&str>) -> Result<Ran, String> {
        self.run_with(test, cut, "0")
    }

    /// Runs the test with this path, and prints the stack at a panic. Returns `None` if it cannot.
    pub(crate) fn traced(&self, test: &str) -> Option<Ran> {
        self.run_with(test, None, "1").ok()
    }

    fn run_with(&self, test: &str, cut: Option<&str>, trace: &str) -> Result<Ran, String> {
        let mut command = limited(&self.program);
        command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
        command
            .env_remove("EXERCISE_CUT")
            .env("RUST_BACKTRACE", trace);
        command.envs(cut.map(|number| ("EXERCISE_CUT", number)));
        command.current_dir(&self.folder).stdin(Stdio::null());
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child =
            child.map_err(|why| format!("cannot start {}: {why}", self.program.display()))?;
        let stdout = child.stdout.take().map(reader);
        let stderr = child.stderr.take().map(reader);
        let status = wait(&mut child, self.limit)?;
        Ok(Ran {
            status,
            stdout: joined(stdout),
            stderr: joined(stderr),
        })
    }
}

/// Makes the command that runs `program` with a limit of memory, where there is a shell that sets one.
fn limited(program: &Path) -> Command {
    if !cfg!(target_os = "linux") {
        return Command::new(program);
    }
    let mut shell = Command::new("sh");
    shell
        .args([
            "-c",
            &format!("ulimit -v {MEMORY}; ulimit -c 0; exec \"$0\" \"$@\""),
        ])
        .arg(program);
    shell
}

/// Waits until the process has ended, and ends it after the limit.
fn wait(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>, String> {
    let end = Instant::now() + limit;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(Some(status)),
            Ok(None) if Instant::now() < end => thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                // It may have ended by itself in this moment.
                let _ = child.kill();
                let _ = child.wait();
                return Ok(None);
            }
            Err(why) => return Err(format!("cannot wait for the test: {why}")),
        }
    }
}

/// The beginning and the end of an output, and the thread that reads it.
struct Reader {
    kept: Arc<Mutex<[Vec<u8>; 2]>>,
    thread: JoinHandle<()>,
}

/// Reads an output to its end; keeps its beginning and its end.
fn reader(mut pipe: impl Read + Send + 'static) -> Reader {
    let kept = Arc::<Mutex<[Vec<u8>; 2]>>::default();
    let shared = kept.clone();
    let thread = thread::spawn(move || {
        let mut room = [0; 8192];
        while let Ok(count @ 1..) = pipe.read(&mut room) {
            let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let [head, tail] = &mut *kept;
            let fits = count.min(KEPT - head.len());
            head.extend_from_slice(&room[..fits]);
            tail.extend_from_slice(&room[fits..count]);
            let old = tail.len().saturating_sub(KEPT);
            tail.drain(..old);
        }
    });
    Reader { kept, thread }
}

/// Returns the output of a process that has ended. A process that it has started may have the pipe for
/// longer: no reader waits for that one.
fn joined(reader: Option<Reader>) -> String {
    let Some(Reader { kept, thread }) = reader else {
        return String::new();
    };
    let end = Instant::now() + PATIENCE;
    while !thread.is_finished() && Instant::now() < end {
        thread::sleep(Duration::from_millis(1));
    }
    let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    clean(&kept[0]) + &clean(&kept[1])
}

/// Makes text of bytes: what a terminal would take as a command becomes a dot.
fn clean(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let shown = |c: char| match c {
        '\n' | '\t' => c,
        // They change the order of letters, or are no letter at all.
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => '·',
        c if c.is_control() || c == char::REPLACEMENT_CHARACTER => '·',
        c => c,
    };
    text.chars().map(shown).collect()
}
