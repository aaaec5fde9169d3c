//! A child that copies its input, beside a list of bytes.
//!
//! The problem: bytes go through two pipes and another program, in pieces that no test chooses. Reads
//! and writes are cancelled between, and the child may be killed at any point. The model is one list:
//! the bytes that were written come out in order, all of them, unless the child was killed.
//!
//! Read next: `../main.rs`.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use futures::{AsyncReadExt, AsyncWriteExt};
use groundup_io::combinators::join;
use groundup_io::task::yield_now;
use groundup_io::{Command, PipeReader, PipeWriter, SignalKind};
use proptest::prelude::*;

use crate::setup::Setup;

/// So many bytes fit into the two pipes and the child.
const FITS: usize = 50_000;

#[derive(Clone, Debug)]
enum Op {
    /// Writes so many bytes, and reads meanwhile until at most this many are on their way.
    Pass(usize, usize),
    /// Polls a read, and drops it.
    PollRead(usize),
    /// Polls a write, and drops it.
    PollWrite(usize),
    /// Stops the child, and lets it go on.
    Pause,
    Yield(usize),
}

fn op() -> impl Strategy<Value = Op> {
    let size = prop_oneof![0..100_usize, 0..100_000_usize];
    prop_oneof![
        4 => (size, 0..FITS).prop_map(|(write, left)| Op::Pass(write, left)),
        2 => (1..5000_usize).prop_map(Op::PollRead),
        2 => (1..5000_usize).prop_map(Op::PollWrite),
        1 => Just(Op::Pause),
        1 => (1..80_usize).prop_map(Op::Yield),
    ]
}

/// How a script ends.
#[derive(Clone, Copy, Debug)]
enum Ending {
    /// The input is closed.
    Close,
    Kill,
    /// The input is closed, and the rest is communicated.
    Communicate,
}

/// The two pipes, and what has gone through them.
struct Passed {
    input: PipeWriter,
    output: PipeReader,
    written: usize,
    read: usize,
}

/// The byte at this place of all that is written.
fn byte_at(at: usize) -> u8 {
    (at % 251) as u8
}

impl Passed {
    fn on_their_way(&self) -> usize {
        self.written - self.read
    }

    /// Checks bytes that came out.
    fn came(read: &mut usize, bytes: &[u8]) {
        for &byte in bytes {
            assert_eq!(byte, byte_at(*read), "byte {read}");
            *read += 1;
        }
    }

    async fn pass(&mut self, write: usize, left: usize) {
        let bytes: Vec<u8> = (self.written..self.written + write).map(byte_at).collect();
        let until = (self.written + write).saturating_sub(left).max(self.read);
        self.written += write;
        let (input, output, read) = (&mut self.input, &mut self.output, &mut self.read);
        let reads = async {
            let mut room = vec![0; 4000];
            while *read < until {
                let count = output.read(&mut room).await.unwrap();
                assert_ne!(count, 0, "the child ended");
                Passed::came(read, &room[..count]);
            }
        };
        let (written, ()) = join((input.write_all(&bytes), reads)).await;
        written.unwrap();
    }
}

async fn run(ops: Vec<Op>, ending: Ending) {
    let mut command = Command::new("cat");
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut cat = command.kill_on_drop(true).spawn().unwrap();
    let mut passed = Passed {
        input: cat.stdin.take().unwrap(),
        output: cat.stdout.take().unwrap(),
        written: 0,
        read: 0,
    };
    for op in ops {
        match op {
            Op::Pass(write, left) => passed.pass(write, left).await,
            Op::PollRead(count) => {
                let mut room = vec![0; count];
                let polled = futures::poll!(passed.output.read(&mut room));
                if let std::task::Poll::Ready(count) = polled {
                    Passed::came(&mut passed.read, &room[..count.unwrap()]);
                }
            }
            Op::PollWrite(count) => {
                let count = count.min(FITS.saturating_sub(passed.on_their_way()));
                let bytes: Vec<u8> = (passed.written..).map(byte_at).take(count).collect();
                let polled = futures::poll!(passed.input.write(&bytes));
                if let std::task::Poll::Ready(count) = polled {
                    passed.written += count.unwrap();
                }
            }
            Op::Pause => {
                cat.send_signal(SignalKind::stop()).unwrap();
                cat.send_signal(SignalKind::resume()).unwrap();
            }
            Op::Yield(count) => {
                for _ in 0..count {
                    yield_now().await;
                }
            }
        }
    }
    let Passed {
        input,
        mut output,
        written,
        mut read,
    } = passed;
    let (mut rest, status) = (
        Vec::new(),
        match ending {
            Ending::Close => {
                drop(input);
                None
            }
            Ending::Kill => {
                cat.kill().unwrap();
                Some(cat.wait().await.unwrap())
            }
            Ending::Communicate => {
                (cat.stdin, cat.stdout) = (Some(input), Some(output));
                let communicated = cat.communicate(b"").await.unwrap();
                Passed::came(&mut read, &communicated.stdout);
                assert!(communicated.status.success());
                assert_eq!(read, written);
                return;
            }
        },
    );
    output.read_to_end(&mut rest).await.unwrap();
    Passed::came(&mut read, &rest);
    match status {
        Some(killed) => assert_eq!(killed.signal(), Some(9)),
        None => {
            assert_eq!(read, written);
            assert!(cat.wait().await.unwrap().success());
        }
    }
}

proptest! {
    /// A child that copies gives the bytes that were written, in their order, whichever operations were
    /// dropped meanwhile; one that is killed gives a beginning of them.
    #[test]
    fn a_child_that_copies_is_a_list_of_bytes(
        ops in prop::collection::vec(op(), 0..12),
        ending in prop_oneof![Just(Ending::Close), Just(Ending::Kill), Just(Ending::Communicate)],
    ) {
        Setup::new().run(run(ops, ending));
    }
}
