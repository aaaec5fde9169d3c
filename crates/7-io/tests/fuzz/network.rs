//! The target of the network in memory: hosts, links, sockets.
//!
//! The bytes of a connection are a function of its two addresses and their places, so each end checks
//! what it reads without a model of the connection. A datagram has its sender, a number, and bytes that
//! follow from both.
//!
//! Invariants:
//! 1. An end of the data is read only behind all bytes that were taken.
//! 2. A datagram comes once at most, and whole.
//! 3. When all links are healed and nothing is on its way, a task waits to read only if all bytes were read
//!    and the peer has ended nothing, to write only if the window is full, and to connect never.
//! 4. When all sockets are dropped and all links are healed, nothing is left in the network.
//!
//! Read next: `watched.rs`.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::{AsyncRead, AsyncWrite};
use groundup_io::executor::{Builder, EventLoop, iteration, sleep, spawn, time};
use groundup_io::task::Task;
use groundup_io::{
    ListenOptions, Network, NetworkHost, TcpListener, TcpStream, UdpSocket, UnixStream,
};

use crate::input::{Features, Input};
use crate::setup::{Setup, assert_is_empty};

const HOSTS: [&str; 3] = ["localhost", "a", "b"];

/// A way of a connection: who sends, and who receives.
type Pair = (SocketAddr, SocketAddr);

fn byte(way: Pair, at: usize) -> u8 {
    let ports = usize::from(way.0.port()) * 31 + usize::from(way.1.port()) * 17;
    (ports + at + at / 251) as u8
}

/// One way of a connection, as its two ends know it.
#[derive(Clone, Copy, Debug, Default)]
struct Way {
    /// Numbers of bytes.
    taken: usize,
    read: usize,
    /// The sender has ended it, or was dropped.
    ended: bool,
    dropped: bool,
}

type Ways = Rc<RefCell<HashMap<Pair, Way>>>;

enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Stream {
    fn poll_read(&self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        match self {
            Stream::Tcp(stream) => Pin::new(&mut &*stream).poll_read(cx, room),
            Stream::Unix(stream) => Pin::new(&mut &*stream).poll_read(cx, room),
        }
    }

    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Stream::Tcp(stream) => Pin::new(&mut &*stream).poll_write(cx, bytes),
            Stream::Unix(stream) => Pin::new(&mut &*stream).poll_write(cx, bytes),
        }
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        match self {
            Stream::Tcp(stream) => stream.shutdown(how),
            Stream::Unix(stream) => stream.shutdown(how),
        }
    }
}

/// An end of a connection.
struct End {
    stream: Stream,
    own: SocketAddr,
    peer: SocketAddr,
    read: RefCell<usize>,
    written: Cell<usize>,
    /// True if this end has ended its reads by itself, or had an error: then it reads an end, as on Linux.
    deaf: Cell<bool>,
    /// Number of tasks that read, and that write.
    busy: [Cell<usize>; 2],
    ways: Ways,
}

/// A task that reads or writes, until it is dropped.
struct Busy(Rc<End>, bool);

impl Busy {
    fn new(end: Rc<End>, writes: bool) -> Busy {
        let busy = &end.busy[usize::from(writes)];
        busy.set(busy.get() + 1);
        Busy(end, writes)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let busy = &self.0.busy[usize::from(self.1)];
        busy.set(busy.get() - 1);
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.way_out(|way| (way.ended, way.dropped) = (true, true));
    }
}

impl End {
    fn of_tcp(stream: TcpStream, peer: SocketAddr, ways: &Ways) -> io::Result<Rc<End>> {
        let own = stream.local_addr()?;
        Ok(End::new(Stream::Tcp(stream), own, peer, ways))
    }

    fn new(stream: Stream, own: SocketAddr, peer: SocketAddr, ways: &Ways) -> Rc<End> {
        ways.borrow_mut().insert((own, peer), Way::default());
        let (read, written, deaf, ways) = (0.into(), 0.into(), false.into(), ways.clone());
        Rc::new(End {
            stream,
            own,
            peer,
            read,
            written,
            deaf,
            busy: Default::default(),
            ways,
        })
    }

    fn way_out(&self, change: impl FnOnce(&mut Way)) {
        change(
            self.ways
                .borrow_mut()
                .entry((self.own, self.peer))
                .or_default(),
        );
    }

    /// Returns the way in, and the way out. A peer that was not accepted has done nothing.
    fn ways(&self) -> (Way, Way) {
        let ways = self.ways.borrow();
        let way = |pair| ways.get(&pair).copied().unwrap_or_default();
        (way((self.peer, self.own)), way((self.own, self.peer)))
    }

    /// Returns what makes an end different from others, for the features.
    fn state(&self) -> u8 {
        let (way_in, way_out) = self.ways();
        let unread = way_in.taken > way_in.read;
        let is_busy = |at: usize| self.busy[at].get() > 0;
        let bits = [self.deaf.get(), unread, way_in.ended, way_in.dropped];
        let bits = bits
            .into_iter()
            .chain([way_out.ended, is_busy(0), is_busy(1)]);
        bits.fold(1, |state, bit| state << 1 | u8::from(bit))
    }

    /// Checks the tasks that still wait, when nothing is on its way.
    fn check_waits(&self, window: usize) {
        let (way_in, way_out) = self.ways();
        let [reads, writes] = [0, 1].map(|at: usize| self.busy[at].get() > 0);
        if reads {
            assert!(!way_in.ended, "a task waits for bytes behind the end");
            assert_eq!(
                *self.read.borrow(),
                way_in.taken,
                "a task waits for bytes that have come"
            );
        }
        if writes {
            assert!(!way_in.dropped, "a task writes to a peer that is gone");
            let unread = way_out.taken - way_out.read;
            assert_eq!(unread, window, "a task waits for room that there is");
        }
    }

    fn noted(&self, done: io::Result<usize>) -> io::Result<usize> {
        self.deaf.set(self.deaf.get() || done.is_err());
        done
    }

    async fn write(&self, count: usize) -> io::Result<usize> {
        let way = (self.own, self.peer);
        // Another task may write meanwhile, so the bytes are chosen in the poll that writes them.
        let written = poll_fn(|cx| {
            let from = self.written.get();
            let bytes: Vec<u8> = (from..from + count).map(|at| byte(way, at)).collect();
            let written = ready!(self.stream.poll_write(cx, &bytes));
            if let Ok(count) = written {
                self.written.set(from + count);
                self.way_out(|way| way.taken += count);
            }
            Poll::Ready(written)
        });
        self.noted(written.await)
    }

    async fn read(&self, most: usize) -> io::Result<usize> {
        let mut room = vec![0; most];
        let read = poll_fn(|cx| self.stream.poll_read(cx, &mut room));
        let count = self.noted(read.await)?;
        let (way, mut read) = ((self.peer, self.own), self.read.borrow_mut());
        for &got in &room[..count] {
            assert_eq!(got, byte(way, *read), "byte {read} of {way:?}");
            *read += 1;
        }
        self.ways.borrow_mut().entry(way).or_default().read = *read;
        if count == 0 && most > 0 && !self.deaf.get() {
            let taken = self.ways().0.taken;
            assert_eq!(*read, taken, "the end comes after all bytes");
        }
        Ok(count)
    }
}

/// Returns the kind of the error, which is a feature.
fn told<T>(done: io::Result<T>) -> Option<ErrorKind> {
    done.err().map(|error| error.kind())
}

/// What the tasks of a script do and see, a line for each operation.
pub(crate) type Diary = Rc<RefCell<Vec<String>>>;

fn note(diary: &Diary, line: String) {
    let (at, now) = (iteration(), time().since_start());
    diary.borrow_mut().push(format!("{at} {now:?} {line}"));
}

#[derive(Default)]
struct Sockets {
    listeners: Vec<(usize, TcpListener)>,
    ends: Rc<RefCell<Vec<Rc<End>>>>,
    datagrams: Vec<(UdpSocket, SocketAddr)>,
    connecting: Vec<Task<Option<ErrorKind>>>,
    reading: Vec<Task<Option<ErrorKind>>>,
    ways: Ways,
    /// Number of Unix sockets.
    pairs: u16,
    /// Number of datagrams sent, and those that came.
    numbers: u32,
    came: HashSet<(SocketAddr, u32)>,
}

struct World {
    network: Network,
    hosts: Vec<NetworkHost>,
    sockets: Sockets,
    /// The state of the end that an operation uses, before it.
    state: Cell<u8>,
    diary: Diary,
}

/// Polls once. A future that waits is dropped.
async fn now<T>(future: impl Future<Output = io::Result<T>>) -> Option<io::Result<T>> {
    match futures::poll!(pin!(future)) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

impl World {
    fn host(&self, input: &mut Input<'_>) -> usize {
        input.below(self.hosts.len())
    }

    fn end(&self, input: &mut Input<'_>) -> Option<Rc<End>> {
        let ends = self.sockets.ends.borrow();
        let end = (!ends.is_empty()).then(|| ends[input.below(ends.len())].clone())?;
        self.state.set(end.state());
        Some(end)
    }

    async fn step(&mut self, op: usize, input: &mut Input<'_>) -> Option<Option<ErrorKind>> {
        match op {
            0..=5 => self.connections(op, input).await,
            6..=9 => self.bytes(op, input).await,
            10..=12 => self.datagrams(op, input).await,
            16 => Some(told(self.pair())),
            _ => self.links(op, input).await,
        }
    }

    /// Makes a pair of Unix sockets, which get addresses that no host has.
    fn pair(&mut self) -> io::Result<()> {
        let sockets = &mut self.sockets;
        sockets.pairs += 2;
        let (one, other) = UnixStream::pair()?;
        let address = |port| SocketAddr::from(([192, 0, 2, 1], port));
        let (at, peer) = (address(sockets.pairs), address(sockets.pairs + 1));
        let one = End::new(Stream::Unix(one), at, peer, &sockets.ways);
        let other = End::new(Stream::Unix(other), peer, at, &sockets.ways);
        sockets.ends.borrow_mut().extend([one, other]);
        Ok(())
    }

    async fn connections(&mut self, op: usize, input: &mut Input<'_>) -> Option<Option<ErrorKind>> {
        let sockets = &mut self.sockets;
        match op {
            0 => {
                let (host, byte) = (input.below(3), input.byte());
                let backlog = [1024, 1024, 0, 1][usize::from(byte / 2 % 4)];
                let options = ListenOptions::new().backlog(backlog);
                let address = ([0, 0, 0, 0], 80 + u16::from(byte % 2));
                let listening = async { options.listen(address) };
                match self.hosts[host].run(listening).await {
                    Ok(listener) => sockets.listeners.push((host, listener)),
                    Err(error) => return Some(Some(error.kind())),
                }
                Some(None)
            }
            1 | 2 => {
                let (host, to, port) = (input.below(3), input.below(3), 80 + input.below(2) as u16);
                let address = SocketAddr::new(self.hosts[to].addresses()[0], port);
                let (ends, ways) = (sockets.ends.clone(), sockets.ways.clone());
                let diary = self.diary.clone();
                let connects = self.hosts[host].run(async move {
                    let stream = TcpStream::connect(address).await?;
                    ends.borrow_mut().push(End::of_tcp(stream, address, &ways)?);
                    Ok(())
                });
                sockets.connecting.push(spawn(async move {
                    let connected = told(connects.await);
                    note(&diary, format!("{address} is connected: {connected:?}"));
                    connected
                }));
                None
            }
            3 | 4 if !sockets.listeners.is_empty() => {
                let at = input.below(sockets.listeners.len());
                let accepted = now(sockets.listeners[at].1.accept()).await?;
                let end =
                    accepted.and_then(|(stream, peer)| End::of_tcp(stream, peer, &sockets.ways));
                told(end.map(|end| sockets.ends.borrow_mut().push(end))).into()
            }
            5 => {
                match input.below(4) {
                    0 if !sockets.listeners.is_empty() => {
                        let at = input.below(sockets.listeners.len());
                        drop(sockets.listeners.swap_remove(at));
                    }
                    1 => sockets.connecting.drain(..).for_each(|task| {
                        task.cancel();
                    }),
                    2 => sockets.reading.drain(..).for_each(|task| {
                        task.cancel();
                    }),
                    _ => {
                        let end = self.end(input)?;
                        let reset = input.below(3) == 0;
                        let linger = reset.then_some(Duration::ZERO);
                        if let Stream::Tcp(stream) = &end.stream {
                            let _ = stream.set_linger(linger);
                        }
                        self.sockets
                            .ends
                            .borrow_mut()
                            .retain(|other| !Rc::ptr_eq(other, &end));
                    }
                }
                None
            }
            _ => None,
        }
    }

    async fn bytes(&mut self, op: usize, input: &mut Input<'_>) -> Option<Option<ErrorKind>> {
        let end = self.end(input)?;
        match op {
            6 | 7 if input.below(2) == 0 => Some(told(now(end.write(input.size())).await?)),
            6 | 7 => Some(told(now(end.read(input.size())).await?)),
            8 => {
                let how = [Shutdown::Write, Shutdown::Read, Shutdown::Both][input.below(3)];
                end.deaf.set(end.deaf.get() || how != Shutdown::Write);
                let done = end.noted(end.stream.shutdown(how).map(|()| 0));
                if done.is_ok() && how != Shutdown::Read {
                    end.way_out(|way| way.ended = true);
                }
                Some(told(done))
            }
            _ => {
                // A task that reads on, or writes on, until it is cancelled or fails.
                let (size, writes) = (1 + input.size(), input.below(2) == 0);
                let (busy, diary) = (Busy::new(end, writes), self.diary.clone());
                self.sockets.reading.push(spawn(async move {
                    for _ in 0..20 {
                        let done = match busy.1 {
                            true => busy.0.write(size).await,
                            false => busy.0.read(size).await,
                        };
                        note(&diary, format!("{} goes on: {done:?}", busy.0.own));
                        match done {
                            Ok(0) => return None,
                            Ok(_) => {}
                            Err(error) => return Some(error.kind()),
                        }
                    }
                    None
                }));
                None
            }
        }
    }

    async fn datagrams(&mut self, op: usize, input: &mut Input<'_>) -> Option<Option<ErrorKind>> {
        let host = self.host(input);
        let sockets = &mut self.sockets;
        let some = |input: &mut Input<'_>| match sockets.datagrams.len() {
            0 => None,
            count => Some(input.below(count)),
        };
        match op {
            10 => {
                let port = [0, 53][input.below(2)];
                let address = SocketAddr::new(self.hosts[host].addresses()[0], port);
                let bound = self.hosts[host]
                    .run(async move { UdpSocket::bind(address) })
                    .await;
                let bound = bound.and_then(|socket| Ok((socket.local_addr()?, socket)));
                told(bound.map(|(own, socket)| sockets.datagrams.push((socket, own)))).into()
            }
            11 => {
                let (from, to) = (some(input)?, some(input)?);
                let ((socket, own), (_, to)) = (&sockets.datagrams[from], &sockets.datagrams[to]);
                sockets.numbers += 1;
                let mut datagram = sockets.numbers.to_be_bytes().to_vec();
                let length = input.size().min(60_000);
                datagram.extend((0..length).map(|at| byte((*own, *own), at)));
                Some(told(now(socket.send_to(&datagram, *to)).await?))
            }
            _ => {
                let at = some(input)?;
                if input.below(8) == 0 {
                    drop(sockets.datagrams.swap_remove(at));
                    return None;
                }
                let mut room = vec![0; 65_536];
                let received = now(sockets.datagrams[at].0.recv_from(&mut room)).await?;
                if let Ok((count, from)) = received {
                    let number = u32::from_be_bytes(room[..4].try_into().unwrap());
                    assert!(number <= sockets.numbers && sockets.came.insert((from, number)));
                    let bytes = &room[4..count];
                    assert!(
                        bytes
                            .iter()
                            .enumerate()
                            .all(|(at, &got)| got == byte((from, from), at))
                    );
                }
                Some(told(received))
            }
        }
    }

    async fn links(&mut self, op: usize, input: &mut Input<'_>) -> Option<Option<ErrorKind>> {
        let (one, other) = (self.host(input), self.host(input));
        let (one, other) = (&self.hosts[one], &self.hosts[other]);
        let time = |input: &mut Input<'_>| Duration::from_nanos(input.size() as u64 * 100);
        match op {
            13 => match input.below(5) {
                0 => self.network.partition(one, other),
                1 => drop(self.network.reset(one, other)),
                _ => self.network.heal(one, other),
            },
            14 => {
                let link = self.network.link(one, other);
                match input.below(4) {
                    0 => drop(link.latency(time(input))),
                    1 => drop(link.jitter(time(input))),
                    2 => drop(link.bandwidth(1_000 + 1_000 * input.size() as u64)),
                    _ => drop(link.lose_one_in(1 + input.size() as u32)),
                }
            }
            _ => sleep(time(input)).await,
        }
        None
    }

    /// Returns the line of an operation: its answer, the network, and the bytes of each way.
    fn line(&self, op: usize, done: Option<Option<ErrorKind>>) -> String {
        let ways = self.sockets.ways.borrow();
        let ways: BTreeMap<_, _> = ways.iter().collect();
        let came = self.sockets.came.len();
        format!("{op}: {done:?} {:?} {ways:?} {came}", self.network)
    }

    fn heal_all(&self) {
        for one in &self.hosts {
            self.hosts
                .iter()
                .for_each(|other| self.network.heal(one, other));
        }
    }

    /// Accepts what has come. Returns true if that is anything.
    async fn accept_all(&self) -> bool {
        let Sockets {
            listeners,
            ends,
            ways,
            ..
        } = &self.sockets;
        let mut accepts = false;
        for (_, listener) in listeners {
            while let Some(Ok((stream, peer))) = now(listener.accept()).await {
                accepts = true;
                let end = End::of_tcp(stream, peer, ways).expect("it has an address");
                ends.borrow_mut().push(end);
            }
        }
        accepts
    }

    /// Heals all links, lets all packets arrive, and checks that each task that waits has a reason.
    async fn check_waits(&self, window: usize) {
        self.heal_all();
        sleep(Duration::from_secs(1_000_000)).await;
        // Those that ask while a backlog is full move up.
        while self.accept_all().await {
            sleep(Duration::from_secs(1_000_000)).await;
        }
        let connecting = &self.sockets.connecting;
        assert!(
            connecting.iter().all(|task| task.done()),
            "a task still connects"
        );
        let ends = self.sockets.ends.borrow();
        ends.iter().for_each(|end| end.check_waits(window));
    }

    /// Drops all sockets and heals all links, and checks that nothing is left.
    async fn drop_all(self, features: &mut Features) {
        let World {
            network,
            hosts,
            sockets,
            ..
        } = self;
        let Sockets {
            listeners,
            ends,
            datagrams,
            connecting,
            reading,
            ..
        } = sockets;
        drop((listeners, datagrams));
        for tasks in [connecting, reading] {
            for task in tasks {
                task.cancel();
                features.add(task.await.ok());
            }
        }
        let left = ends.take().len();
        features.add(("ends", left.min(9)));
        for one in &hosts {
            hosts.iter().for_each(|other| network.heal(one, other));
        }
        sleep(Duration::from_secs(1_000_000)).await; // what is on its way arrives
        assert_is_empty(&network);
    }
}

/// Returns the options of the loop of an input, and its seed, unless that is 0.
pub(crate) fn options(bytes: &[u8]) -> (Builder, Option<u64>) {
    let seed = Input::new(bytes).byte();
    let seed = (seed != 0).then_some(u64::from(seed));
    (EventLoop::builder().virtual_time(), seed)
}

/// Plays the script of an input in the running loop, and returns its features.
pub(crate) async fn script(bytes: &[u8], diary: Diary) -> Vec<u64> {
    let mut input = Input::new(bytes);
    let (_seed, window) = (input.byte(), 1 + input.size());
    let network = Network::builder().window(window).build();
    let hosts = HOSTS.map(|name| network.host(name)).into();
    let mut world = World {
        network,
        hosts,
        sockets: Sockets::default(),
        state: Cell::new(0),
        diary,
    };
    let mut features = Features::default();
    let mut operations = 0;
    while !input.is_over() && operations < 200 {
        operations += 1;
        let op = match input.byte() {
            240.. => 16,
            byte => usize::from(byte) % 16,
        };
        let done = world.step(op, &mut input).await;
        note(&world.diary, world.line(op, done));
        features.add((op, done, world.state.take()));
    }
    if operations % 2 == 0 {
        world.check_waits(window).await;
    }
    world.drop_all(&mut features).await;
    features.found()
}

pub(crate) fn target(bytes: &[u8]) -> Vec<u64> {
    let (options, seed) = options(bytes);
    let event_loop = match seed {
        None => options.build(),
        Some(seed) => options.seed(seed).build(),
    };
    Setup::with(event_loop).run(script(bytes, Diary::default()))
}
