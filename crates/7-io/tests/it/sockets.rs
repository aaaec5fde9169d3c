//! TCP, UDP and Unix sockets, on loopback and in memory.
//!
//! Read next: `homes.rs`.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn, ready};
use std::io::{ErrorKind, IoSlice};
use std::net::Shutdown;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use futures::stream::FuturesUnordered;
use futures::{AsyncRead, AsyncReadExt, AsyncWriteExt, StreamExt};
use groundup_io::combinators::gather;
use groundup_io::executor::{driver, sleep, spawn};
use groundup_io::task::yield_now;
use groundup_io::{
    ListenOptions, Network, Reactor, StreamReader, StreamWriter, TcpListener, TcpStream, UdpSocket,
    UnixDatagram, UnixListener, UnixStream,
};

use crate::patience::until_equal;
use crate::setup::*;

#[test]
fn a_megabyte_goes_both_ways_at_once() {
    on_both_systems(async || {
        let (client, server) = connection().await;
        let bytes: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 251) as u8).collect();
        let ends = [client, server].map(|stream| {
            let (mut reader, mut writer) = stream.split();
            let own = bytes.clone();
            let sender = spawn(async move { writer.write_all(&own).await });
            let expected = bytes.clone();
            spawn(async move {
                let mut got = Vec::new();
                reader.read_to_end(&mut got).await.unwrap();
                sender.await.unwrap().unwrap();
                assert!(got == expected);
            })
        });
        gather(ends).await.unwrap();
    });
}

#[test]
fn of_tasks_that_read_one_stream_at_the_same_time_each_gets_bytes() {
    on_both_systems(async || {
        let (client, mut server) = connection().await;
        let client = Rc::new(client);
        // More than may wait at once.
        let readers: Vec<_> = (0..80)
            .map(|_| {
                let client = client.clone();
                spawn(async move { (&*client).read(&mut [0]).await.unwrap() })
            })
            .collect();
        for sent in 1..=80 {
            yield_now().await;
            server.write_all(b"x").await.unwrap();
            until_equal(sent, || readers.iter().filter(|it| it.done()).count()).await;
        }
        assert_eq!(gather(readers).await.unwrap(), vec![1; 80]);
    });
}

#[test]
fn of_futures_in_a_set_that_read_one_stream_each_gets_bytes() {
    on_both_systems(async || {
        let (client, mut server) = connection().await;
        let read = || async { (&client).read(&mut [0]).await.unwrap() };
        let mut reads: FuturesUnordered<_> = (0..3).map(|_| read()).collect();
        for sent in 1..=3 {
            yield_now().await;
            server.write_all(b"x").await.unwrap();
            assert_eq!((reads.next().await, reads.len()), (Some(1), 3 - sent));
        }
    });
}

/// Runs a program with sockets in memory and on virtual time, in at most so many iterations.
fn within(iterations: usize, program: impl Future<Output = ()> + 'static) {
    let setup = Setup::without_sockets();
    let main = setup.event_loop.spawn(async {
        let _network = Network::new();
        program.await;
    });
    for _ in 0..iterations {
        if main.done() {
            return setup.run(async { main.await.unwrap() });
        }
        setup.event_loop.step().unwrap();
    }
    panic!("more than {iterations} iterations");
}

/// Lets so many tasks wait for one byte each, with so many reads of one stream in each task. Sends the
/// bytes after a second without anything.
async fn reads_at_once(tasks: usize, reads: usize) {
    let (client, mut server) = connection().await;
    let client = Rc::new(client);
    let readers = (0..tasks).map(|_| {
        let client = client.clone();
        spawn(async move {
            let read = || async { (&*client).read(&mut [0]).await.unwrap() };
            match reads {
                // A read alone has the waker of its task.
                1 => read().await,
                _ => {
                    let set: FuturesUnordered<_> = (0..reads).map(|_| read()).collect();
                    set.fold(0, async |sum, count| sum + count).await
                }
            }
        })
    });
    let readers: Vec<_> = readers.collect();
    sleep(Duration::from_secs(1)).await;
    server.write_all(&vec![0; tasks * reads]).await.unwrap();
    assert_eq!(gather(readers).await.unwrap(), vec![reads; tasks]);
}

#[test]
fn two_reads_of_one_stream_in_one_task_let_the_loop_be_idle() {
    within(50, reads_at_once(1, 2));
}

#[test]
fn a_hundred_reads_of_one_stream_let_the_loop_be_idle() {
    within(100, reads_at_once(100, 1));
    within(100, reads_at_once(1, 100));
    within(200, reads_at_once(30, 30));
}

#[test]
fn an_event_wakes_the_readers_of_a_stream_in_the_order_in_which_they_began_to_wait() {
    on_both_systems(async || {
        let (client, mut server) = connection().await;
        // The tasks get the slots of tasks that have ended, the last one first.
        gather((0..5).map(|_| spawn(yield_now()))).await.unwrap();
        let (client, order) = (Rc::new(client), Rc::<RefCell<Vec<usize>>>::default());
        let readers = (0..5).map(|number| {
            let (client, order) = (client.clone(), order.clone());
            spawn(async move {
                (&*client).read_exact(&mut [0]).await.unwrap();
                order.borrow_mut().push(number);
            })
        });
        let readers: Vec<_> = readers.collect();
        yield_now().await;
        server.write_all(b"12345").await.unwrap();
        gather(readers).await.unwrap();
        assert_eq!(order.take(), [0, 1, 2, 3, 4]);
    });
}

#[test]
fn a_thousand_reads_of_one_stream_cost_a_few_polls_each() {
    for (tasks, reads) in [(1, 1000), (1000, 1), (100, 10)] {
        within(200, async move {
            let (client, server) = connection().await;
            let (client, polls) = (Rc::new(client), Rc::new(Cell::new(0_usize)));
            let read = || {
                let (client, polls) = (client.clone(), polls.clone());
                poll_fn(move |cx| {
                    polls.set(polls.get() + 1);
                    Pin::new(&mut &*client).poll_read(cx, &mut [0])
                })
            };
            let readers = (0..tasks).map(|_| {
                let set: FuturesUnordered<_> = (0..reads).map(|_| read()).collect();
                spawn(set.for_each(|_| ready(())))
            });
            let readers: Vec<_> = readers.collect();
            sleep(Duration::from_secs(1)).await;
            let waited = polls.get();
            assert!(
                waited <= 3 * tasks * reads,
                "{waited} polls of {tasks} times {reads} reads"
            );
            drop(server);
            gather(readers).await.unwrap();
        });
    }
}

#[test]
fn futures_in_a_set_that_gave_up_a_read_do_not_pile_up() {
    Setup::new().run(async {
        let (client, _server) = connection().await;
        for _ in 0..1000 {
            let gives_up = async { assert!(futures::poll!((&client).read(&mut [0])).is_pending()) };
            let mut set: FuturesUnordered<_> = [gives_up].into_iter().collect();
            assert_eq!(set.next().await, Some(()));
            yield_now().await;
        }
        let waiting = waiting();
        assert!((1..=65).contains(&waiting), "{waiting}");
    });
}

/// Returns the number of futures that wait in the reactor.
fn waiting() -> usize {
    let reactor = format!("{:?}", driver::<Reactor>().unwrap());
    let (_, waiting) = reactor.split_once("waiting: ").unwrap();
    waiting.trim_end_matches(" }").parse().unwrap()
}

#[test]
fn tasks_that_gave_up_a_read_do_not_pile_up() {
    Setup::new().run(async {
        let (client, _server) = connection().await;
        let client = Rc::new(client);
        for _ in 0..300 {
            let client = client.clone();
            let gives_up = spawn(async move {
                let mut room = [0];
                let mut reader = &*client;
                assert!(futures::poll!(reader.read(&mut room)).is_pending());
            });
            gives_up.await.unwrap();
        }
        let waiting = waiting();
        assert!((1..=65).contains(&waiting), "{waiting}");
    });
}

#[test]
fn the_end_of_the_data_comes_after_the_data_also_if_both_come_in_one_event() {
    on_both_systems(async || {
        for _ in 0..50 {
            let (mut client, mut server) = connection().await;
            let reading = spawn(async move {
                let mut got = Vec::new();
                let mut room = [0; 64]; // more room than bytes: each read is short
                loop {
                    match server.read(&mut room).await.unwrap() {
                        0 => return got,
                        count => got.extend_from_slice(&room[..count]),
                    }
                }
            });
            yield_now().await;
            client.write_all(b"bytes and the end").await.unwrap();
            client.close().await.unwrap();
            assert_eq!(reading.await.unwrap(), b"bytes and the end");
        }
    });
}

#[test]
fn a_connection_whose_one_way_has_ended_goes_on_the_other_way() {
    on_both_systems(async || {
        let (mut client, mut server) = connection().await;
        client.write_all(b"question").await.unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut text = String::new();
        server.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "question");
        server.write_all(b"answer").await.unwrap();
        drop(server);
        text.clear();
        client.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "answer");
    });
}

#[test]
fn the_drop_of_the_half_that_writes_ends_the_data() {
    on_both_systems(async || {
        let (client, mut server) = connection().await;
        let (mut reader, writer) = client.split();
        assert_eq!(reader.peer_addr().unwrap(), writer.peer_addr().unwrap());
        drop(writer);
        assert_eq!(server.read(&mut [0; 8]).await.unwrap(), 0);
        server.write_all(b"still there").await.unwrap();
        assert_eq!(reader.read(&mut [0; 32]).await.unwrap(), 11);
    });
}

#[test]
fn a_reset_is_an_error_of_the_read_that_waits_and_no_task_hangs() {
    on_both_systems(async || {
        let (client, mut server) = connection().await;
        client.set_linger(Some(Duration::ZERO)).unwrap();
        let reading = spawn(async move {
            let error = server.read(&mut [0; 8]).await.unwrap_err();
            let after = server.read(&mut [0; 8]).await;
            (error.kind(), after.unwrap_or(0))
        });
        yield_now().await;
        yield_now().await;
        drop(client);
        assert_eq!(reading.await.unwrap(), (ErrorKind::ConnectionReset, 0));
    });
}

#[test]
fn writes_to_a_peer_that_has_closed_end_with_an_error_and_no_signal() {
    on_both_systems(async || {
        let (mut client, server) = connection().await;
        drop(server);
        let error = loop {
            match client.write_all(&[0; 1024]).await {
                Ok(()) => yield_now().await,
                Err(error) => break error,
            }
        };
        assert!([ErrorKind::BrokenPipe, ErrorKind::ConnectionReset].contains(&error.kind()));
        client.close().await.unwrap();
    });
}

#[test]
fn a_port_in_use_and_a_port_without_a_listener_are_errors() {
    on_both_systems(async || {
        let (_held, address) = free_address();
        let listener = TcpListener::bind(address).unwrap();
        let taken = TcpListener::bind(address).unwrap_err();
        assert_eq!(taken.kind(), ErrorKind::AddrInUse);
        drop(listener);
        let refused = TcpStream::connect(address).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        TcpListener::bind(address).unwrap();
    });
}

#[test]
fn several_listeners_share_a_port_if_all_say_so() {
    on_both_systems(async || {
        let options = ListenOptions::new().reuse_port(true).backlog(5);
        let one = options.listen(LOCAL).unwrap();
        let address = one.local_addr().unwrap();
        let other = options.listen(address).unwrap();
        assert_eq!(other.local_addr().unwrap(), address);
        let taken = ListenOptions::default().listen(address).unwrap_err();
        assert_eq!(taken.kind(), ErrorKind::AddrInUse);
    });
}

#[test]
fn options_of_a_connection_are_set() {
    Setup::new().run(async {
        let (client, _server) = connection().await;
        client.set_nodelay(true).unwrap();
        assert!(client.nodelay().unwrap());
        client.set_keepalive(Some(Duration::from_secs(60))).unwrap();
        let socket = socket2::SockRef::from(&client);
        assert!(socket.keepalive().unwrap());
        client.set_keepalive(None).unwrap();
        assert!(!socket.keepalive().unwrap());
        client.set_linger(Some(Duration::from_secs(3))).unwrap();
        assert_eq!(socket.linger().unwrap(), Some(Duration::from_secs(3)));
    });
}

#[test]
fn slices_are_read_and_written_in_one_call() {
    on_both_systems(async || {
        let (mut client, mut server) = connection().await;
        let parts = [IoSlice::new(b"one "), IoSlice::new(b"two")];
        assert_eq!(client.write_vectored(&parts).await.unwrap(), 7);
        let (mut first, mut second) = ([0; 3], [0; 8]);
        let mut parts = [
            std::io::IoSliceMut::new(&mut first),
            std::io::IoSliceMut::new(&mut second),
        ];
        assert_eq!(server.read_vectored(&mut parts).await.unwrap(), 7);
        assert_eq!((&first, &second[..4]), (b"one", &b" two"[..]));
    });
}

#[test]
fn several_tasks_accept_from_one_listener_and_each_connection_goes_to_one() {
    on_both_systems(async || {
        let listener = Rc::new(TcpListener::bind(LOCAL).unwrap());
        let address = listener.local_addr().unwrap();
        let acceptors: Vec<_> = (0..4)
            .map(|_| {
                let listener = listener.clone();
                spawn(async move { listener.accept().await.unwrap().1 })
            })
            .collect();
        yield_now().await;
        let mut given_up = Box::pin(listener.accept());
        assert!(futures::poll!(given_up.as_mut()).is_pending());
        drop(given_up);
        let mut peers = Vec::new();
        let mut clients = Vec::new();
        for _ in 0..4 {
            let client = TcpStream::connect(address).await.unwrap();
            peers.push(client.local_addr().unwrap());
            clients.push(client);
        }
        let mut accepted = gather(acceptors).await.unwrap();
        accepted.sort_unstable();
        peers.sort_unstable();
        assert_eq!(accepted, peers);
    });
}

#[test]
fn one_task_reads_while_another_writes_on_one_reference() {
    on_both_systems(async || {
        let (client, server) = connection().await;
        let client = Rc::new(client);
        let own = client.clone();
        let reading = spawn(async move {
            let mut room = [0; 8];
            let count = (&*own).read(&mut room).await.unwrap();
            room[..count].to_vec()
        });
        yield_now().await;
        (&*client).write_all(b"ping").await.unwrap();
        let mut four = [0; 4];
        (&server).read_exact(&mut four).await.unwrap();
        (&server).write_all(b"pong").await.unwrap();
        assert_eq!(reading.await.unwrap(), b"pong");
    });
}

#[test]
fn datagrams_come_whole_and_a_peer_that_is_not_there_is_an_error() {
    on_both_systems(async || {
        let one = UdpSocket::bind(LOCAL).unwrap();
        let other = Rc::new(UdpSocket::bind(LOCAL).unwrap());
        let own = other.clone();
        let receiving = spawn(async move {
            let mut room = [0; 4];
            let (count, from) = own.recv_from(&mut room).await.unwrap();
            (room[..count].to_vec(), from)
        });
        yield_now().await;
        let to = other.local_addr().unwrap();
        assert_eq!(one.send_to(b"too long", to).await.unwrap(), 8);
        one.send_to(b"2", to).await.unwrap();
        let here = one.local_addr().unwrap();
        assert_eq!(receiving.await.unwrap(), (b"too ".to_vec(), here));
        one.connect(to).unwrap();
        one.set_broadcast(true).unwrap();
        let mut room = [0; 8];
        assert_eq!(other.recv(&mut room).await.unwrap(), 1);
        // A socket is there for its peer alone. Its port is no other socket's.
        let third = UdpSocket::bind(LOCAL).unwrap();
        other.connect(third.local_addr().unwrap()).unwrap();
        one.send(b"3").await.unwrap();
        let refused = one.recv(&mut room).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    });
}

#[test]
fn unix_sockets_have_paths_and_say_what_is_wrong_with_them() {
    let path = std::env::temp_dir().join(format!("groundup-io-{}", std::process::id()));
    Setup::new().run(async {
        let missing = UnixStream::connect(&path).await.unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        let listener = UnixListener::bind(&path).unwrap();
        let accepting = spawn(async move { (listener.accept().await.unwrap(), listener) });
        let mut client = UnixStream::connect(&path).await.unwrap();
        let (mut server, listener) = accepting.await.unwrap();
        client.write_all(b"ping").await.unwrap();
        server.read_exact(&mut [0; 4]).await.unwrap();
        client.shutdown(Shutdown::Both).unwrap();
        assert_eq!(server.read(&mut [0; 4]).await.unwrap(), 0);
        drop(listener);
        let refused = UnixStream::connect(&path).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        let taken = UnixListener::bind(&path).unwrap_err();
        assert_eq!(
            taken.kind(),
            ErrorKind::AddrInUse,
            "the file is still there"
        );
        std::fs::remove_file(&path).unwrap();

        let receiver = UnixDatagram::bind(&path).unwrap();
        let (sender, _) = UnixDatagram::pair().unwrap();
        sender.connect(&path).unwrap();
        sender.send(b"one").await.unwrap();
        let mut room = [0; 8];
        assert_eq!(receiver.recv(&mut room).await.unwrap(), 3);
        std::fs::remove_file(&path).unwrap();
    });
}

#[test]
fn a_reader_and_a_writer_take_the_halves_of_a_unix_socket() {
    on_both_systems(async || {
        let (one, other) = UnixStream::pair().unwrap();
        let echo = spawn(async move {
            let (reader, writer) = other.split();
            let (mut reader, mut writer) = (StreamReader::new(reader), StreamWriter::new(writer));
            let line = reader.readline().await.unwrap();
            writer.write(&line);
            writer.close();
            writer.wait_closed().await.unwrap();
        });
        let (reader, writer) = one.split();
        let (mut reader, mut writer) = (StreamReader::new(reader), StreamWriter::new(writer));
        writer.write(b"there and back\n");
        assert_eq!(reader.readline().await.unwrap(), b"there and back\n");
        assert_eq!(reader.readline().await.unwrap(), b"", "the end");
        writer.close();
        writer.wait_closed().await.unwrap();
        echo.await.unwrap();
    });
}

#[test]
fn a_sender_of_unix_datagrams_waits_for_its_receiver() {
    Setup::new().run(async {
        let (one, other) = UnixDatagram::pair().unwrap();
        let sending = spawn(async move {
            for number in 0..2000_u32 {
                one.send(&number.to_le_bytes()).await.unwrap();
            }
        });
        let mut room = [0; 4];
        for number in 0..2000_u32 {
            assert_eq!(other.recv(&mut room).await.unwrap(), 4);
            assert_eq!(u32::from_le_bytes(room), number);
        }
        sending.await.unwrap();
    });
}
