//! Counts descriptors and tasks, which no end of a connection leaves.
//!
//! The problem: a server runs for months. A descriptor that is lost at each reset, or at each cancel
//! in an unlucky moment, ends it. The count of a process is the count of all its threads, so these
//! tests take turns, in a process of their own.
//!
//! Invariants:
//! 1. A test holds the turn while it counts.
//! 2. What is left after a minute is named.
//!
//! Read next: `it/main.rs`.
#![cfg(target_os = "linux")]

#[path = "shared/patience.rs"]
mod patience;

use std::cell::RefCell;
use std::fs;
use std::future::Future;
use std::io;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::{AsyncReadExt, AsyncWriteExt};
use groundup_io::combinators::gather;
use groundup_io::executor::{EventLoop, driver, iteration, sleep, spawn};
use groundup_io::task::yield_now;
use groundup_io::*;
use patience::until_equal;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

static TURN: Mutex<()> = Mutex::new(());

/// Returns the number of open descriptors of the process.
fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Runs a test while no other one runs, in a loop that has a reactor.
fn alone<T>(test: impl Future<Output = T>) -> (T, Vec<String>) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let event_loop = EventLoop::new();
    let reports = Rc::<RefCell<Vec<String>>>::default();
    let told = reports.clone();
    event_loop.set_exception_handler(Some(Rc::new(move |report| {
        told.borrow_mut().push(report.message.clone());
    })));
    let output = event_loop.run_until_complete(async {
        drop(UdpSocket::bind(([127, 0, 0, 1], 0)).unwrap());
        test.await
    });
    drop(event_loop);
    (output.unwrap(), reports.take())
}

/// Lets what was cancelled, closed or reset come to its end: a constant number of iterations, in
/// which the loop also looks.
async fn settle() {
    for _ in 0..200 {
        yield_now().await;
    }
}

/// What a process and a loop have.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Counts {
    /// What has happened, for the text of a failure.
    after: String,
    connections: usize,
    descriptors: usize,
    tasks: usize,
    reactor: String,
}

impl Counts {
    fn of(server: &Server) -> Counts {
        Counts {
            after: String::new(),
            connections: server.connections(),
            descriptors: descriptors(),
            tasks: executor::all_tasks().len(),
            reactor: format!("{:?}", driver::<Reactor>().unwrap()),
        }
    }
}

/// Waits until all is as it was before, and looks again a while later.
async fn until_as_before(server: &Server, before: &Counts, after: String) {
    let before = Counts {
        after: after.clone(),
        ..before.clone()
    };
    let counts = || Counts {
        after: after.clone(),
        ..Counts::of(server)
    };
    until_equal(before.clone(), counts).await;
    settle().await;
    until_equal(before, counts).await;
}

async fn echo(mut reader: StreamReader, mut writer: StreamWriter) -> io::Result<()> {
    loop {
        let bytes = reader.read(1000).await?;
        if bytes.is_empty() {
            return Ok(());
        }
        writer.write(&bytes);
        writer.drain().await?;
    }
}

/// A client with every kind of await. It ends itself, if no cancel ends it.
async fn client(port: u16) -> io::Result<()> {
    let (mut reader, mut writer) = open_connection("127.0.0.1", port).await?;
    writer.set_write_buffer_limits(0, 0);
    writer.write(&[b'x'; 300_000]);
    let back = spawn(async move {
        let bytes = reader.readexactly(300_000).await;
        (bytes.is_ok(), reader)
    });
    writer.drain().await?;
    let (all, mut reader) = back.await.unwrap();
    assert!(all);
    writer.write(b"line\n");
    reader.readline().await?;
    writer.close();
    writer.wait_closed().await?;
    reader.read_to_end().await?;

    let stream = TcpStream::connect(([127, 0, 0, 1], port)).await?;
    (&stream).write_all(b"raw").await?;
    (&stream).read_exact(&mut [0; 3]).await?;
    (&stream).close().await
}

#[test]
fn a_cancel_at_any_await_leaves_no_descriptor_no_task_and_no_source() {
    alone(async {
        let server = start_server("127.0.0.1", 0, echo).await.unwrap();
        let port = server.local_addrs()[0].port();
        settle().await;
        let before = Counts::of(&server);
        let mut iterations = 0;
        loop {
            let task = spawn(client(port));
            let begin = iteration();
            while iteration() < begin + iterations && !task.done() {
                yield_now().await;
            }
            let finished = task.done();
            task.cancel();
            match task.await {
                Ok(ended) => ended.unwrap(),
                Err(error) => assert!(error.is_cancelled(), "{error}"),
            }
            let after = format!("a cancel in iteration {iterations}");
            until_as_before(&server, &before, after).await;
            if finished {
                break;
            }
            iterations += 1;
        }
        assert!(iterations > 5, "it has several awaits");
    });
}

#[test]
fn a_future_that_is_dropped_at_any_poll_leaves_no_descriptor_and_no_source() {
    alone(async {
        let server = start_server("127.0.0.1", 0, echo).await.unwrap();
        let port = server.local_addrs()[0].port();
        settle().await;
        let before = Counts::of(&server);
        let mut polls = 0;
        loop {
            let mut client = Box::pin(async {
                let stream = TcpStream::connect(([127, 0, 0, 1], port)).await?;
                (&stream).write_all(&[b'x'; 100_000]).await?;
                (&stream).read_exact(&mut [0; 100_000]).await?;
                (&stream).close().await
            });
            let mut finished = false;
            for _ in 0..polls {
                finished = futures::poll!(client.as_mut()).is_ready();
                if finished {
                    break;
                }
                yield_now().await;
            }
            drop(client);
            let after = format!("a drop after {polls} polls");
            until_as_before(&server, &before, after).await;
            if finished {
                break;
            }
            polls += 1 + polls / 20;
        }
    });
}

#[test]
fn a_thousand_connections_reset_at_random_moments_leave_nothing() {
    let (_, reports) = alone(async {
        let server = start_server("127.0.0.1", 0, echo).await.unwrap();
        let port = server.local_addrs()[0].port();
        settle().await;
        let before = Counts::of(&server);
        let mut number = 1_u64;
        for _ in 0..20 {
            let clients = (0..50).map(|_| {
                number = number
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let (steps, bytes) = (number >> 60, (number >> 40) as usize % 20_000);
                async move {
                    let stream = TcpStream::connect(([127, 0, 0, 1], port)).await.unwrap();
                    stream.set_linger(Some(Duration::ZERO)).unwrap();
                    let writing = async { (&stream).write_all(&vec![1; bytes]).await };
                    let mut writing = Box::pin(futures::FutureExt::fuse(writing));
                    for _ in 0..steps {
                        let _ = futures::poll!(writing.as_mut());
                        yield_now().await;
                    }
                }
            });
            gather(clients).await.unwrap();
        }
        until_as_before(&server, &before, "all connections".into()).await;
    });
    // Some handlers meet the reset in a read, and say so; none says anything else.
    let reset = |report: &String| report.contains("reset") || report.contains("Broken pipe");
    assert!(reports.iter().all(reset), "{reports:?}");
}

#[test]
fn a_server_without_a_free_descriptor_reports_it_once_and_goes_on_later() {
    let (_, reports) = alone(async {
        let server = start_server("127.0.0.1", 0, echo).await.unwrap();
        let port = server.local_addrs()[0].port();
        let mut served = TcpStream::connect(([127, 0, 0, 1], port)).await.unwrap();
        served.write_all(b"x").await.unwrap();
        served.read_exact(&mut [0]).await.unwrap();
        // The last one is not accepted when the limit is set: from then on the server finds no descriptor.
        let mut clients = Vec::new();
        while clients.len() == server.connections() - 1 {
            assert!(clients.len() < 100, "each connect needs a look");
            clients.push(TcpStream::connect(([127, 0, 0, 1], port)).await.unwrap());
        }
        let waiting = clients.last_mut().unwrap();
        let limits = getrlimit(Resource::Nofile);
        let current = Some(descriptors() as u64 + 8);
        let maximum = limits.maximum;
        setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
        let taken: Vec<_> = std::iter::from_fn(|| fs::File::open("/dev/null").ok()).collect();
        for _ in 0..1000 {
            served.write_all(b"x").await.unwrap();
            served.read_exact(&mut [0]).await.unwrap();
        }
        let begin = iteration();
        sleep(Duration::from_millis(1100)).await; // the server tries again meanwhile, once
        assert!(iteration() - begin < 50, "the loop was idle");
        drop(taken);
        setrlimit(Resource::Nofile, limits).unwrap();
        let begin = iteration();
        waiting.write_all(b"x").await.unwrap();
        waiting.read_exact(&mut [0]).await.unwrap();
        assert!(
            iteration() - begin < 50,
            "the loop was idle until the server tried again"
        );
    });
    let [report] = &reports[..] else {
        panic!("{reports:?}");
    };
    assert!(report.starts_with("a server cannot accept and tries again each second: "));
}
