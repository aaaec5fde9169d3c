//! Random programs whose tasks pass bytes through sockets.
//!
//! The problem: a busy loop looks at its sockets in a pace that follows the clock, so two runs may differ.
//! No task here yields or wakes another: after a round nothing is ready, the loop parks, and its look finds
//! all events of the round. That holds for sockets of Unix and pipes of the system, whose events happen
//! within the call that causes them. TCP and UDP have a queue of the system on their way.
//!
//! Invariant: all tasks take the channels in one order. So a task that uses the first unfinished channel can
//! go on, and no program hangs.
//!
//! Read next: `watched.rs`.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use futures::{AsyncReadExt, AsyncWriteExt, FutureExt};
use groundup_io::executor::spawn;
use groundup_io::task::Task;
use groundup_io::{UnixDatagram, UnixListener, UnixStream, pipe};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Kind {
    Stream,
    Pipe,
    /// A stream that the reader accepts.
    Accepted,
    /// Two readers share a socket. Its sender waits at the eleventh datagram that is not read.
    Datagrams,
}

/// What one task sends to another.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    kind: Kind,
    writer: usize,
    readers: [usize; 2],
    /// The length of each message, of a byte at least.
    messages: Vec<u8>,
    /// Before each so many messages, a read is begun and dropped.
    gives_up: usize,
}

/// Number of tasks.
pub(crate) const TASKS: usize = 4;

pub(crate) fn channel() -> impl Strategy<Value = Channel> {
    use Kind::{Accepted, Datagrams, Pipe, Stream};
    let kind = prop::sample::select(vec![Stream, Pipe, Accepted, Datagrams]);
    let tasks = Just((0..TASKS).collect::<Vec<_>>()).prop_shuffle();
    // Many messages spend the budget of a socket between two looks.
    let messages = prop_oneof![
        3 => prop::collection::vec(1..50_u8, 0..30),
        1 => prop::collection::vec(1..50_u8, 130..260),
    ];
    (kind, tasks, messages, 1..5_usize).prop_map(|(kind, tasks, messages, gives_up)| Channel {
        kind,
        writer: tasks[0],
        readers: [tasks[1], tasks[2]],
        messages,
        gives_up,
    })
}

/// The lines that the tasks write, and the round in which they do.
#[derive(Clone, Default)]
pub(crate) struct Diary {
    pub(crate) round: Rc<Cell<usize>>,
    pub(crate) lines: Rc<RefCell<Vec<String>>>,
}

impl Diary {
    fn write(&self, line: String) {
        let line = format!("round {}: {line}", self.round.get());
        self.lines.borrow_mut().push(line);
    }
}

/// The work of a task at one channel.
type Work = LocalBoxFuture<'static, ()>;

/// Sends each message as bytes of a value that counts the messages.
async fn sends(mut end: impl futures::AsyncWrite + Unpin, channel: Channel, diary: Diary) {
    for (number, &length) in channel.messages.iter().enumerate() {
        let bytes = vec![number as u8; usize::from(length)];
        end.write_all(&bytes).await.unwrap();
        diary.write(format!("{} sent {number}", channel.writer));
    }
    end.close().await.unwrap();
}

/// Reads all bytes, and the end of a stream. A pipe ends when the last process has closed it: a child that
/// another test of this process has just begun may have it for a moment.
async fn reads(mut end: impl futures::AsyncRead + Unpin, channel: Channel, diary: Diary) {
    let (reader, mut room) = (channel.readers[0], [0; 32]);
    let mut left: usize = channel.messages.iter().copied().map(usize::from).sum();
    for turn in 0.. {
        if left == 0 && matches!(channel.kind, Kind::Pipe) {
            return;
        }
        let mut count = None;
        if turn % channel.gives_up == 0 {
            // A read that has bytes at once is done, and one that waits is dropped.
            count = end.read(&mut room).now_or_never();
            diary.write(format!("{reader} tried {count:?}"));
        }
        let count = match count {
            Some(count) => count.unwrap(),
            None => end.read(&mut room).await.unwrap(),
        };
        diary.write(format!("{reader} read {:?}", &room[..count]));
        if count == 0 {
            return;
        }
        left -= count;
    }
}

/// Sends each message as a datagram, and to each reader an empty one for the end.
async fn sends_datagrams(end: UnixDatagram, channel: Channel, diary: Diary) {
    for (number, &length) in channel.messages.iter().chain(&[0, 0]).enumerate() {
        let bytes = vec![number as u8; usize::from(length)];
        if number % channel.gives_up == 0 {
            let given_up = pin!(end.send(&bytes)).now_or_never();
            diary.write(format!("{} tried {number}: {given_up:?}", channel.writer));
            if given_up.is_some() {
                continue;
            }
        }
        end.send(&bytes).await.unwrap();
        diary.write(format!("{} sent {number}", channel.writer));
    }
}

async fn reads_datagrams(end: Rc<UnixDatagram>, reader: usize, diary: Diary) {
    loop {
        let mut room = [0; 64];
        let count = end.recv(&mut room).await.unwrap();
        diary.write(format!("{reader} received {:?}", &room[..count]));
        if count == 0 {
            return;
        }
    }
}

/// Returns the work of a task that sends bytes, and of one that reads them.
fn bytes_pass(
    writes: impl futures::AsyncWrite + Unpin + 'static,
    reading: impl futures::AsyncRead + Unpin + 'static,
    channel: &Channel,
    diary: &Diary,
) -> Vec<(usize, Work)> {
    let sends = sends(writes, channel.clone(), diary.clone()).boxed_local();
    let reads = reads(reading, channel.clone(), diary.clone()).boxed_local();
    vec![(channel.writer, sends), (channel.readers[0], reads)]
}

/// Makes the ends of a channel, and returns the work of each task that has one.
fn works(number: usize, channel: &Channel, diary: &Diary) -> Vec<(usize, Work)> {
    let (named, written) = (channel.clone(), diary.clone());
    let (writer, [reader, other]) = (channel.writer, channel.readers);
    match channel.kind {
        Kind::Stream => {
            let (one, other) = UnixStream::pair().unwrap();
            bytes_pass(one, other, channel, diary)
        }
        Kind::Pipe => {
            let (writes, reading) = pipe().unwrap();
            bytes_pass(writes, reading, channel, diary)
        }
        Kind::Accepted => {
            let name = format!("groundup-watched-{}-{number}", std::process::id());
            let path = std::env::temp_dir().join(name);
            drop(std::fs::remove_file(&path)); // of a run that has failed
            let listener = UnixListener::bind(&path).unwrap();
            let (channel, diary) = (named.clone(), written.clone());
            let connects = async move {
                let stream = UnixStream::connect(&path).await.unwrap();
                std::fs::remove_file(&path).unwrap();
                sends(stream, named, written).await;
            };
            let accepts = async move {
                let stream = listener.accept().await.unwrap();
                reads(stream, channel, diary).await;
            };
            vec![
                (writer, connects.boxed_local()),
                (reader, accepts.boxed_local()),
            ]
        }
        Kind::Datagrams => {
            let (one, two) = UnixDatagram::pair().unwrap();
            let two = Rc::new(two);
            let reads = |reader| reads_datagrams(two.clone(), reader, diary.clone()).boxed_local();
            let sends = sends_datagrams(one, named, written).boxed_local();
            vec![
                (writer, sends),
                (reader, reads(reader)),
                (other, reads(other)),
            ]
        }
    }
}

/// Makes all channels, and spawns the tasks. Each takes its channels in their order.
pub(crate) async fn begin(channels: Vec<Channel>, diary: Diary) -> [Task<()>; TASKS] {
    let mut work: [Vec<Work>; TASKS] = Default::default();
    for (number, channel) in channels.iter().enumerate() {
        for (task, part) in works(number, channel, &diary) {
            work[task].push(part);
        }
    }
    work.map(|parts| {
        spawn(async move {
            for part in parts {
                part.await;
            }
        })
    })
}
