//! Futures of floor 7: sockets, streams, pipes, signals, processes.
//!
//! The problem: a socket of a closed loop has a descriptor that works. A read of it could wait for ever:
//! no reactor looks at the descriptor any more.
//!
//! | row | how it comes to wait |
//! |---|---|
//! | a read, an accept, a wait | its peer, which the future holds, does nothing |
//! | a write | it writes until no more room is there |
//! | a connect | the backlog of the listener is full, or the link is cut |
//!
//! A look-up waits because all threads of the pool are busy.
//!
//! Read next: nothing, the path ends here.

use std::future::{Future, pending};
use std::io;
use std::net::{SocketAddr, TcpListener as StdListener, TcpStream as StdStream};
use std::process::Stdio;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use groundup::net::{
    ListenOptions, Network, Server, StreamReader, StreamWriter, TcpListener, TcpStream, UdpSocket,
    UnixDatagram, UnixListener, UnixStream, look_up, open_connection, staggered_race, start_server,
};
use groundup::process::{Command, pipe};
use groundup::signal::{SignalKind, ctrl_c, signal};
use groundup::{spawn, to_thread};

use super::{FINE, Row, Says, says};

const LOCAL: ([u8; 4], u16) = ([127, 0, 0, 1], 0);
const ANY: ([u8; 4], u16) = ([0; 4], 80);

/// Boxes a future, and says how it ends.
fn row<T, E: ToString>(future: impl Future<Output = Result<T, E>> + 'static) -> Says {
    Box::pin(async { says(future.await) })
}

/// Returns the two ends of a connection of the system.
fn connection() -> (TcpStream, StdStream) {
    let listener = StdListener::bind("127.0.0.1:0").unwrap();
    let one = StdStream::connect(listener.local_addr().unwrap()).unwrap();
    let (other, _) = listener.accept().unwrap();
    (TcpStream::from_std(one).unwrap(), other)
}

/// Writes until the peer, which does not read, has no more room.
async fn fill(mut stream: impl AsyncWriteExt + Unpin) -> io::Result<()> {
    loop {
        stream.write_all(&[7; 65_536]).await?;
    }
}

/// Does the same with a writer, which waits in its `drain`.
async fn drain<W: futures::AsyncWrite + Unpin>(mut writer: StreamWriter<W>) -> io::Result<()> {
    loop {
        writer.write(&[7; 65_536]);
        writer.drain().await?;
    }
}

/// Connects to a listener of the system whose backlog is full.
async fn connect_to_busy() -> io::Result<TcpStream> {
    let listener = ListenOptions::new().backlog(0).listen(LOCAL)?;
    let address = listener.local_addr()?;
    let _first = StdStream::connect(address)?;
    TcpStream::connect(address).await
}

/// Looks up a name while all threads of the pool are busy: until the loop is closed, and drops a task.
pub(super) async fn look_up_late() -> io::Result<Vec<SocketAddr>> {
    let (sender, receiver) = mpsc::channel::<()>();
    let receiver = Arc::new(Mutex::new(receiver));
    let mut busy = Vec::new();
    for _ in 0..100 {
        let receiver = receiver.clone();
        let mut job = Box::pin(to_thread(move || receiver.lock().unwrap().recv().is_ok()));
        assert!(futures::poll!(&mut job).is_pending());
        busy.push(job);
    }
    spawn(async move {
        pending::<()>().await;
        drop(sender);
    })
    .detach();
    look_up("localhost", 80).await
}

async fn serve() -> io::Result<Server> {
    start_server("127.0.0.1", 0, |_, _| async { Ok(()) }).await
}

/// Returns the rows that use the system, for a loop on the real clock.
pub(super) fn on_the_system() -> Vec<Row> {
    [operations(), streams(), processes()].concat()
}

fn operations() -> Vec<Row> {
    vec![
        ("TcpStream::connect", || row(connect_to_busy())),
        ("TcpListener::accept", || {
            let listener = TcpListener::bind(LOCAL).unwrap();
            row(async move { listener.accept().await })
        }),
        ("TcpStream, a read", || {
            let (mut stream, peer) = connection();
            row(async move { (stream.read(&mut [0]).await, peer).0 })
        }),
        ("TcpStream, a write", || {
            let (stream, peer) = connection();
            row(async move { (fill(stream).await, peer).0 })
        }),
        ("halves of a TcpStream", || {
            let (stream, peer) = connection();
            let (mut reads, writes) = stream.split();
            row(async move { (reads.read(&mut [0]).await, writes, peer).0 })
        }),
        ("UdpSocket::recv_from", || {
            let socket = UdpSocket::bind(LOCAL).unwrap();
            row(async move { socket.recv_from(&mut [0]).await })
        }),
        ("UnixStream, a read", || {
            let (mut stream, peer) = UnixStream::pair().unwrap();
            row(async move { (stream.read(&mut [0]).await, peer).0 })
        }),
        ("UnixDatagram::recv", || {
            let (socket, peer) = UnixDatagram::pair().unwrap();
            row(async move { (socket.recv(&mut [0]).await, peer).0 })
        }),
        ("staggered_race", || {
            let attempts = [pending::<io::Result<()>>(), pending()];
            let race = staggered_race(attempts, Duration::from_secs(3600));
            Box::pin(async { race.await.map_or(String::new(), |()| FINE.to_string()) })
        }),
    ]
}

fn streams() -> Vec<Row> {
    vec![
        ("StreamReader::readline", || {
            let (stream, peer) = connection();
            let mut reader = StreamReader::new(stream);
            row(async move { (reader.readline().await, peer).0 })
        }),
        ("StreamWriter::drain", || {
            let (stream, peer) = connection();
            row(async move { (drain(StreamWriter::new(stream)).await, peer).0 })
        }),
        ("StreamWriter::wait_closed", || {
            let (stream, peer) = connection();
            let mut writer = StreamWriter::new(stream);
            writer.write(&vec![7; 20_000_000]);
            writer.close();
            row(async move { (writer.wait_closed().await, peer).0 })
        }),
        ("Server::wait_closed", || {
            row(async {
                serve().await?.wait_closed().await;
                Ok::<_, io::Error>(())
            })
        }),
        ("Server::serve_forever", || {
            row(async {
                serve().await?.serve_forever().await;
                Ok::<_, io::Error>(())
            })
        }),
    ]
}

fn processes() -> Vec<Row> {
    vec![
        ("pipe, a read", || {
            let (writer, mut reader) = pipe().unwrap();
            row(async move { (reader.read(&mut [0]).await, writer).0 })
        }),
        ("pipe, a write", || {
            let (writer, reader) = pipe().unwrap();
            row(async move { (fill(writer).await, reader).0 })
        }),
        ("Signal::recv", || {
            let mut hangups = signal(SignalKind::hangup()).unwrap();
            row(async move { hangups.recv().await })
        }),
        ("Signal, as a stream", || {
            let mut hangups = signal(SignalKind::hangup()).unwrap();
            row(async move { hangups.next().await.expect("the stream has no end") })
        }),
        ("ctrl_c", || row(ctrl_c())),
        ("Process::wait", || {
            let cat = Command::new("cat").stdin(Stdio::piped()).spawn();
            let cat = cat.unwrap();
            row(async move { cat.wait().await })
        }),
        ("Process::wait, by a signal", || {
            let mut cat = Command::new("cat");
            let cat = cat.stdin(Stdio::piped()).by_signal().spawn().unwrap();
            row(async move { cat.wait().await })
        }),
        ("Process, its output", || {
            let mut cat = Command::new("cat");
            let cat = cat.stdin(Stdio::piped()).stdout(Stdio::piped());
            let cat = cat.spawn().unwrap();
            row(async move {
                let mut cat = cat; // all of it: `cat` ends when its input is dropped
                cat.stdout.as_mut().unwrap().read(&mut [0]).await
            })
        }),
    ]
}

/// Makes a network whose only link is cut.
fn cut() -> Network {
    let network = Network::new();
    let (here, server) = (network.host("localhost"), network.host("server"));
    network.partition(&here, &server);
    network
}

/// Returns the rows in memory, for a loop on virtual time.
pub(super) fn in_memory() -> Vec<Row> {
    vec![
        ("TcpStream::connect", || {
            let server = cut().host("server").addresses()[0];
            row(TcpStream::connect((server, 80)))
        }),
        ("open_connection", || {
            cut();
            row(open_connection("server", 80))
        }),
        ("TcpListener::accept", || {
            Network::new();
            let listener = TcpListener::bind(ANY).unwrap();
            row(async move { listener.accept().await })
        }),
        ("UdpSocket::recv_from", || {
            Network::new();
            let socket = UdpSocket::bind(ANY).unwrap();
            row(async move { socket.recv_from(&mut [0]).await })
        }),
        ("UnixListener::accept", || {
            Network::new();
            let listener = UnixListener::bind("/in/memory").unwrap();
            row(async move { listener.accept().await })
        }),
        ("UnixStream, a read", || {
            Network::new();
            let (mut stream, peer) = UnixStream::pair().unwrap();
            row(async move { (stream.read(&mut [0]).await, peer).0 })
        }),
        ("UnixStream, a write", || {
            Network::new();
            let (stream, peer) = UnixStream::pair().unwrap();
            row(async move { (fill(stream).await, peer).0 })
        }),
        ("StreamReader::readline", || {
            Network::new();
            let (stream, peer) = UnixStream::pair().unwrap();
            let mut reader = StreamReader::new(stream);
            row(async move { (reader.readline().await, peer).0 })
        }),
        ("StreamWriter::drain", || {
            Network::new();
            let (stream, peer) = UnixStream::pair().unwrap();
            row(async move { (drain(StreamWriter::new(stream)).await, peer).0 })
        }),
        ("Server::serve_forever", || {
            Network::new();
            row(async {
                serve().await?.serve_forever().await;
                Ok::<_, io::Error>(())
            })
        }),
    ]
}
