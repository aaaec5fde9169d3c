//! Hosts, ports, time, loss, order, partitions, resets.
//!
//! Read next: `memory/edges.rs`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use futures::{AsyncReadExt, AsyncWriteExt};
use groundup_io::combinators::timeout;
use groundup_io::executor::{EventLoop, sleep, sleep_until, spawn, time};
use groundup_io::task::yield_now;
use groundup_io::*;

use crate::setup::*;

const ANY: ([u8; 4], u16) = ([0; 4], 80);

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Runs a test with a network.
fn with(builder: NetworkBuilder, test: impl AsyncFnOnce(Network)) {
    Setup::without_sockets().run(async {
        let network = builder.build();
        test(network.clone()).await;
        sleep(Duration::from_secs(3600)).await; // what is on its way arrives
        assert_is_empty(&network);
    });
}

/// Returns the milliseconds of the loop's time.
fn now() -> u128 {
    time().since_start().as_millis()
}

#[test]
fn names_and_addresses_are_those_of_the_hosts() {
    with(Network::builder(), async |network| {
        let server = network.host("server");
        assert_eq!(server.name(), "server");
        assert_eq!(network.host("server").addresses(), server.addresses());
        let v6: IpAddr = "fd00::1".parse().unwrap();
        let v4: IpAddr = "192.0.2.1".parse().unwrap();
        network.host_at("both", [v6, v4]);
        let both = look_up("both", 1).await.unwrap();
        assert_eq!(both, [SocketAddr::new(v6, 1), SocketAddr::new(v4, 1)]);
        let local = look_up("localhost", 1).await.unwrap();
        assert_eq!(local, [SocketAddr::from(([127, 0, 0, 1], 1))]);
        let unknown = look_up("nowhere", 1).await.unwrap_err();
        assert_eq!(unknown.kind(), ErrorKind::NotFound);
        assert_eq!(
            unknown.to_string(),
            "the host \"nowhere\" is not in the network in memory of this loop: make it with \
             `Network::host`"
        );
        let here = network.host("localhost");
        assert_eq!(
            format!("{:?}", network.link(&here, &server)),
            "NetworkLink(localhost - server)"
        );
    });
}

#[test]
fn a_happy_client_takes_the_address_that_answers() {
    with(Network::builder(), async |network| {
        let addresses = ["fd00::1", "192.0.2.1"].map(|text| text.parse().unwrap());
        let server = network.host_at("server", addresses);
        let _listener = server.run(async { TcpListener::bind(ANY) }).await.unwrap();
        // This host has no address of IPv6.
        let (_reader, writer) = open_connection("server", 80).await.unwrap();
        drop(writer);
        assert_eq!(now(), 0);
        let closed = open_connection("server", 81).await.unwrap_err();
        assert!(
            closed
                .to_string()
                .starts_with("no connection to server:81: "),
            "{closed}"
        );
    });
}

#[test]
fn errors_of_addresses_say_what_is_wrong() {
    with(Network::builder(), async |network| {
        let server = network.host("server");
        let elsewhere = SocketAddr::new(server.addresses()[0], 80);
        let not_ours = TcpListener::bind(elsewhere).unwrap_err();
        assert_eq!(not_ours.kind(), ErrorKind::AddrNotAvailable);
        assert_eq!(
            not_ours.to_string(),
            "the host \"localhost\" of the network in memory does not have the address 10.0.0.2: it \
             has [10.0.0.1]"
        );
        let refused = TcpStream::connect(elsewhere).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        let nobody = TcpStream::connect(([192, 0, 2, 9], 80)).await.unwrap_err();
        assert_eq!(nobody.kind(), ErrorKind::HostUnreachable);
        assert_eq!(
            nobody.to_string(),
            "no host of the network in memory has the address 192.0.2.9: make one with \
             `Network::host` or `Network::host_at`"
        );
        let local = UdpSocket::bind(LOCAL).unwrap();
        let outside = local.send_to(b"x", elsewhere).await.unwrap_err();
        assert_eq!(outside.kind(), ErrorKind::InvalidInput);
        let unconnected = local.send(b"x").await.unwrap_err();
        assert_eq!(unconnected.kind(), ErrorKind::NotConnected);
        let huge = local
            .send_to(&[0; 65_508], local.local_addr().unwrap())
            .await
            .unwrap_err();
        assert_eq!(
            huge.to_string(),
            "a datagram has at most 65507 bytes: send several"
        );
    });
}

#[test]
fn ports_are_given_in_turn_and_freed() {
    with(Network::builder(), async |_| {
        let one = TcpListener::bind(LOCAL).unwrap();
        let other = TcpListener::bind(LOCAL).unwrap();
        let ports = [&one, &other].map(|listener| listener.local_addr().unwrap().port());
        assert_eq!(ports, [49152, 49153]);
        let wide = TcpListener::bind(([0; 4], 49152)).unwrap_err();
        assert_eq!(
            wide.to_string(),
            "the port 49152 of the host is in use: listen at another one"
        );
        // The ports of UDP are others.
        let udp = UdpSocket::bind(([127, 0, 0, 1], 49152)).unwrap();
        assert_eq!(udp.local_addr().unwrap().port(), 49152);
        drop(one);
        TcpListener::bind(([0; 4], 49152)).unwrap();
        let client = TcpStream::connect(other.local_addr().unwrap())
            .await
            .unwrap();
        assert_eq!(client.local_addr().unwrap().port(), 49154);
    });
}

#[test]
fn all_ports_of_a_host_can_be_in_use() {
    with(Network::builder(), async |_| {
        let all: Vec<_> = (0..16_384)
            .map(|_| UdpSocket::bind(LOCAL).unwrap())
            .collect();
        let none = UdpSocket::bind(LOCAL).unwrap_err();
        assert_eq!(
            none.to_string(),
            "all ports of the host are in use: close connections"
        );
        drop(all);
        UdpSocket::bind(LOCAL).unwrap();
    });
}

#[test]
fn time_is_latency_and_bandwidth_and_nothing_else() {
    let builder = Network::builder().latency(millis(100)).bandwidth(1000);
    with(builder, async |network| {
        let server = network.host("server");
        let listener = server.run(async { TcpListener::bind(ANY) }).await.unwrap();
        let connect = TcpStream::connect((server.addresses()[0], 80));
        let mut client = connect.await.unwrap();
        assert_eq!(now(), 200, "there and back");
        let (mut accepted, _) = listener.accept().await.unwrap();
        client.write_all(&[1; 500]).await.unwrap();
        client.write_all(&[2; 250]).await.unwrap();
        accepted.read_exact(&mut [0; 500]).await.unwrap();
        assert_eq!(now(), 200 + 500 + 100, "500 bytes at 1000 a second");
        accepted.read_exact(&mut [0; 250]).await.unwrap();
        assert_eq!(now(), 200 + 750 + 100, "behind them");
        network
            .link(&network.host("localhost"), &server)
            .latency(millis(7))
            .bandwidth(1_000_000);
        accepted.write_all(b"x").await.unwrap();
        client.read_exact(&mut [0; 1]).await.unwrap();
        assert_eq!(now(), 200 + 750 + 100 + 7);
    });
}

#[test]
fn a_read_at_the_moment_of_an_arrival_gets_the_bytes() {
    let builder = Network::builder().latency(millis(10));
    with(builder, async |_| {
        let (mut client, mut server) = connection().await;
        let begin = time();
        // This timer is older than the one of the packet, so the read attempts before the arrival.
        let reading = spawn(async move {
            sleep_until(begin + millis(10)).await;
            server.read(&mut [0; 8]).await
        });
        yield_now().await;
        client.write_all(b"ping").await.unwrap();
        assert_eq!(reading.await.unwrap().unwrap(), 4);
        assert_eq!(time(), begin + millis(10));
    });
}

#[test]
fn a_task_inherits_its_host_and_a_run_ends_with_its_future() {
    with(Network::builder(), async |network| {
        let (outer, inner) = (network.host("outer"), network.host("inner"));
        let here = || UdpSocket::bind(([10, 0, 0, 2], 0)).is_ok();
        assert!(!here());
        let child = outer.run(async {
            let child = spawn(async move { (here(), spawn(async move { here() }).await.unwrap()) });
            assert!(!inner.run(async { here() }).await);
            assert!(here());
            child
        });
        let child = child.await;
        assert!(!here());
        assert_eq!(child.await.unwrap(), (true, true));
    });
}

#[test]
fn a_seed_cuts_writes_into_pieces() {
    let pieces = |seed| {
        let event_loop = EventLoop::builder().virtual_time().seed(seed).build();
        Setup::with(event_loop).run(async {
            let _network = Network::builder().jitter(millis(50)).build();
            let (mut client, mut server) = connection().await;
            client.write_all(&[7; 64]).await.unwrap();
            drop(client);
            let mut pieces = Vec::new();
            let mut room = [0; 64];
            while let count @ 1.. = server.read(&mut room).await.unwrap() {
                pieces.push(count);
            }
            assert_eq!(pieces.iter().sum::<usize>(), 64);
            pieces
        })
    };
    let all: std::collections::BTreeSet<_> = (0..20).map(pieces).collect();
    assert!(all.len() > 5, "{all:?}");
}

#[test]
fn a_window_and_a_latency_limit_the_rate() {
    let builder = Network::builder().latency(millis(10)).window(100);
    with(builder, async |_| {
        let (mut client, mut server) = connection().await;
        let begin = now();
        let sender = spawn(async move { client.write_all(&[0; 1000]).await });
        let mut all = Vec::new();
        server.read_to_end(&mut all).await.unwrap();
        sender.await.unwrap().unwrap();
        // A window each round trip, and the last one way.
        assert_eq!((all.len(), now() - begin), (1000, 9 * 20 + 10));
    });
}

#[test]
fn a_full_backlog_lets_clients_wait_in_their_order() {
    with(Network::builder(), async |_| {
        let listener = ListenOptions::new().backlog(1).listen(LOCAL).unwrap();
        let address = listener.local_addr().unwrap();
        let connected = Rc::<RefCell<Vec<u16>>>::default();
        let clients: Vec<_> = (0..5)
            .map(|number| {
                let connected = connected.clone();
                spawn(async move {
                    let mut client = TcpStream::connect(address).await?;
                    connected.borrow_mut().push(number);
                    client.read(&mut [0]).await
                })
            })
            .collect();
        for _ in 0..5 {
            yield_now().await;
        }
        assert_eq!(*connected.borrow(), [0, 1], "one more than the backlog");
        clients[3].cancel();
        yield_now().await;
        yield_now().await;
        let first = listener.accept().await.unwrap();
        let second = listener.accept().await.unwrap();
        for _ in 0..3 {
            yield_now().await;
        }
        assert_eq!(*connected.borrow(), [0, 1, 2, 4]);
        drop((first, second, listener));
        let mut ends = Vec::new();
        for client in clients {
            ends.push(
                client
                    .await
                    .ok()
                    .map(|read| read.map_err(|error| error.kind())),
            );
        }
        let reset = Some(Err(ErrorKind::ConnectionReset));
        assert_eq!(ends, [Some(Ok(0)), Some(Ok(0)), reset, None, reset]);
    });
}

#[test]
fn a_client_that_was_reset_while_it_asked_is_not_accepted() {
    with(Network::builder(), async |network| {
        let here = network.host("localhost");
        let listener = ListenOptions::new().backlog(0).listen(LOCAL).unwrap();
        let address = listener.local_addr().unwrap();
        let _first = TcpStream::connect(address).await.unwrap();
        let second = spawn(TcpStream::connect(address));
        yield_now().await;
        network.reset(&here, &here);
        let _accepted = listener.accept().await.unwrap(); // and the second one could move up
        assert!(!second.done());
        assert!(second.await.unwrap().is_err());
        let again = timeout(millis(1), listener.accept()).await;
        assert!(again.is_err(), "{again:?}");
    });
}

#[test]
fn clients_that_wait_for_a_full_backlog_are_refused_when_the_listener_closes() {
    with(Network::builder(), async |_| {
        let listener = ListenOptions::new().backlog(0).listen(LOCAL).unwrap();
        let address = listener.local_addr().unwrap();
        let _first = TcpStream::connect(address).await.unwrap();
        let second = spawn(TcpStream::connect(address));
        yield_now().await;
        drop(listener);
        let refused = second.await.unwrap().unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    });
}

#[test]
fn datagrams_are_lost_by_chance_and_overtake_each_other() {
    let received = |seed: Option<u64>| {
        let builder = EventLoop::builder().virtual_time();
        let builder = match seed {
            Some(seed) => builder.seed(seed),
            None => builder,
        };
        Setup::with(builder.build()).run(async {
            let builder = Network::builder().latency(millis(1)).jitter(millis(50));
            let _network = builder.lose_one_in(4).build();
            let (one, other) = (
                UdpSocket::bind(LOCAL).unwrap(),
                UdpSocket::bind(LOCAL).unwrap(),
            );
            let to = other.local_addr().unwrap();
            for number in 0..40_u8 {
                one.send_to(&[number], to).await.unwrap();
            }
            let mut got = Vec::new();
            let mut room = [0; 8];
            while let Ok(count) = timeout(millis(100), other.recv(&mut room)).await {
                assert_eq!(count.unwrap(), 1);
                got.push(room[0]);
            }
            got
        })
    };
    let plain: Vec<u8> = (0..40).collect();
    assert_eq!(
        received(None),
        plain,
        "without a chooser there is no chance"
    );
    for seed in 0..5 {
        let got = received(Some(seed));
        assert_eq!(received(Some(seed)), got);
        assert!((20..=38).contains(&got.len()), "{got:?}");
        assert!(!got.is_sorted(), "{got:?}");
    }
}

#[test]
fn datagrams_without_room_or_with_a_wrong_sender_are_lost() {
    with(Network::builder().window(10), async |_| {
        let (one, other) = (
            UdpSocket::bind(LOCAL).unwrap(),
            UdpSocket::bind(LOCAL).unwrap(),
        );
        let to = other.local_addr().unwrap();
        for datagram in [&[1_u8; 6][..], &[2; 6], &[3; 4]] {
            one.send_to(datagram, to).await.unwrap();
        }
        let mut room = [0; 8];
        assert_eq!(other.recv(&mut room).await.unwrap(), 6);
        assert_eq!(
            other.recv_from(&mut room).await.unwrap(),
            (4, one.local_addr().unwrap())
        );
        other.connect(other.local_addr().unwrap()).unwrap();
        one.send_to(b"stranger", to).await.unwrap();
        other.send(b"me").await.unwrap();
        assert_eq!(other.recv(&mut room).await.unwrap(), 2);
    });
}

#[test]
fn empty_datagrams_take_room() {
    with(Network::builder().window(10), async |_| {
        let socket = UdpSocket::bind(LOCAL).unwrap();
        let to = socket.local_addr().unwrap();
        for _ in 0..30 {
            assert_eq!(socket.send_to(b"", to).await.unwrap(), 0);
        }
        yield_now().await;
        for _ in 0..10 {
            assert_eq!(socket.recv_from(&mut [0]).await.unwrap(), (0, to));
        }
        let more = timeout(millis(1000), socket.recv(&mut [0])).await;
        assert!(more.is_err(), "those without room are lost");
    });
}

#[test]
fn a_partition_loses_datagrams_and_holds_all_else() {
    with(Network::builder().latency(millis(10)), async |network| {
        let (here, server) = (network.host("localhost"), network.host("server"));
        let to = SocketAddr::new(server.addresses()[0], 80);
        let listener = server.run(async { TcpListener::bind(ANY) }).await.unwrap();
        let receiver = server.run(async { UdpSocket::bind(ANY) }).await.unwrap();
        let sender = UdpSocket::bind(([0; 4], 0)).unwrap();
        let mut client = TcpStream::connect(to).await.unwrap();
        let (mut accepted, _) = listener.accept().await.unwrap();
        client.write_all(b"on the way, ").await.unwrap();
        sender.send_to(b"lost on the way", to).await.unwrap();
        network.partition(&here, &server);
        client.write_all(b"later").await.unwrap();
        client.close().await.unwrap();
        sender.send_to(b"lost", to).await.unwrap();
        let mut text = String::new();
        let waits = timeout(millis(5000), accepted.read(&mut [0])).await;
        assert!(waits.is_err(), "nothing comes");
        network.heal(&here, &server);
        sender.send_to(b"arrives", to).await.unwrap();
        let healed = now();
        accepted.read_to_string(&mut text).await.unwrap();
        assert_eq!((text.as_str(), now() - healed), ("on the way, later", 10));
        let mut room = [0; 16];
        let count = receiver.recv(&mut room).await.unwrap();
        assert_eq!(&room[..count], b"arrives");
    });
}

#[test]
fn a_reset_of_a_way_ends_its_connections_at_both_ends() {
    with(Network::builder(), async |network| {
        let (here, server) = (network.host("localhost"), network.host("server"));
        let listener = server.run(async { TcpListener::bind(ANY) }).await.unwrap();
        let connect = TcpStream::connect((server.addresses()[0], 80));
        let mut client = connect.await.unwrap();
        let (mut accepted, _) = listener.accept().await.unwrap();
        let (mut apart, _same_host) = connection().await;
        client.write_all(b"ab").await.unwrap();
        accepted.read_exact(&mut [0]).await.unwrap();
        assert_eq!(network.reset(&here, &server), 1);
        assert_eq!(network.reset(&server, &here), 0);
        assert_eq!(
            accepted.read(&mut [0; 8]).await.unwrap(),
            1,
            "what had come"
        );
        for end in [&mut client, &mut accepted] {
            let error = end.read(&mut [0]).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
            assert_eq!(
                end.read(&mut [0]).await.unwrap(),
                0,
                "the error is given once"
            );
            let broken = end.write(b"x").await.unwrap_err();
            assert_eq!(broken.kind(), ErrorKind::BrokenPipe);
        }
        apart.write_all(b"goes on").await.unwrap();
    });
}

#[test]
fn a_reset_loses_the_bytes_on_the_way_and_their_end_does_not_hide_that() {
    with(Network::builder().latency(millis(1)), async |network| {
        let (here, server) = (network.host("localhost"), network.host("server"));
        let listener = server.run(async { TcpListener::bind(ANY) }).await.unwrap();
        for closes in [false, true] {
            let connect = TcpStream::connect((server.addresses()[0], 80));
            let mut client = connect.await.unwrap();
            let (mut accepted, _) = listener.accept().await.unwrap();
            client.write_all(b"lost").await.unwrap();
            client.shutdown(std::net::Shutdown::Write).unwrap();
            let kept = (!closes).then_some(client);
            assert_eq!(network.reset(&here, &server), 1);
            sleep(millis(5)).await; // the bytes and their end arrive
            let error = accepted.read(&mut [0; 8]).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
            assert_eq!(accepted.read(&mut [0]).await.unwrap(), 0);
            drop((kept, accepted));
        }
    });
}

#[test]
fn a_cut_link_and_a_graceful_close_lose_no_byte_before_the_end() {
    with(Network::builder().latency(millis(1)), async |network| {
        let (here, server) = (network.host("localhost"), network.host("server"));
        let listener = server.run(async { TcpListener::bind(ANY) }).await.unwrap();
        let connect = TcpStream::connect((server.addresses()[0], 80));
        let mut client = connect.await.unwrap();
        let (mut accepted, _) = listener.accept().await.unwrap();
        client.write_all(b"on the way, ").await.unwrap();
        network.partition(&here, &server);
        client.write_all(b"and held").await.unwrap();
        drop(client);
        let early = timeout(millis(100), accepted.read(&mut [0])).await;
        assert!(early.is_err(), "{early:?}");
        network.heal(&here, &server);
        let mut got = String::new();
        accepted.read_to_string(&mut got).await.unwrap();
        assert_eq!(got, "on the way, and held");
    });
}

#[test]
fn a_unix_socket_whose_peer_reads_no_more_is_broken_also_without_room() {
    with(Network::builder().window(4), async |_| {
        let (mut one, mut other) = UnixStream::pair().unwrap();
        assert_eq!(one.write(b"four").await.unwrap(), 4);
        other.shutdown(std::net::Shutdown::Read).unwrap();
        let broken = timeout(millis(1), one.write(b"x")).await;
        let broken = broken.expect("it does not wait for room").unwrap_err();
        assert_eq!(broken.kind(), ErrorKind::BrokenPipe);
        let mut room = [0; 8];
        assert_eq!(other.read(&mut room).await.unwrap(), 4, "what had come");
        assert_eq!(other.read(&mut room).await.unwrap(), 0);
    });
}

#[test]
fn a_path_is_a_name_of_its_host() {
    with(Network::builder(), async |network| {
        let other = network.host("other");
        let missing = UnixStream::connect("/run/it").await.unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        let listener = UnixListener::bind("/run/it").unwrap();
        assert_eq!(
            UnixListener::bind("/run/it").unwrap_err().kind(),
            ErrorKind::AddrInUse
        );
        drop(
            other
                .run(async { UnixListener::bind("/run/it") })
                .await
                .unwrap(),
        );
        let mut client = UnixStream::connect("/run/it").await.unwrap();
        let mut server = listener.accept().await.unwrap();
        client.write_all(b"ping").await.unwrap();
        server.read_exact(&mut [0; 4]).await.unwrap();
        drop(listener);
        UnixListener::bind("/run/it").unwrap();
    });
}

/// Listeners come and go at the paths of two hosts in an odd order. A connect finds the one at its path.
#[test]
fn each_path_leads_to_its_own_listener() {
    with(Network::builder(), async |network| {
        let hosts = [network.host("one"), network.host("other")];
        let path = |number: usize| format!("/run/{}", number % 12);
        let mut open = BTreeMap::new();
        for step in 0..60 {
            let (at, number) = (step % 2, step * 7 % 12);
            if open.remove(&(at, number)).is_none() {
                let bind = hosts[at].run(async move { UnixListener::bind(path(number)) });
                open.insert((at, number), bind.await.unwrap());
            }
            for key @ (at, number) in (0..2).flat_map(|at| (0..12).map(move |number| (at, number)))
            {
                let connect = hosts[at].run(async move { UnixStream::connect(path(number)).await });
                match (connect.await, open.get(&key)) {
                    (Ok(_client), Some(listener)) => drop(listener.accept().await.unwrap()),
                    (connected, listener) => assert!(connected.is_err() && listener.is_none()),
                }
            }
        }
    });
}
