//! Messages that the network in memory loses, delays and cuts.
//!
//! The problem: a client that asks once works on each machine of its author. The network asks the chooser of
//! the loop about each packet, so a lost message is a deviation as a late task is one.
//!
//! Read next: `cancels.rs`.

use std::net::SocketAddr;

use futures::{AsyncReadExt, AsyncWriteExt};
use groundup::net::{Network, TcpListener, TcpStream, UdpSocket};
use groundup::{spawn_named, timeout};
use groundup_testkit::{Explore, FailureKind};

use crate::toys::ms;

/// Sends each datagram back, for a while.
async fn echo(socket: UdpSocket) {
    let mut room = [0; 8];
    loop {
        let (length, peer) = socket.recv_from(&mut room).await.unwrap();
        socket.send_to(&room[..length], peer).await.unwrap();
    }
}

/// Asks a server by datagrams, up to so many times. Half of the datagrams are lost.
async fn ask(times: u32) {
    let network = Network::builder().latency(ms(1)).lose_one_in(2).build();
    let host = network.host("server");
    let socket = host.run(async { UdpSocket::bind(([0, 0, 0, 0], 53)).unwrap() });
    let socket = socket.await;
    let server = spawn_named("server", timeout(ms(100), echo(socket)));
    let client = UdpSocket::bind(([0, 0, 0, 0], 0)).unwrap();
    client
        .connect(SocketAddr::from((host.addresses()[0], 53)))
        .unwrap();
    let (mut asked, mut room) = (0, [0; 8]);
    let answer = loop {
        assert!(asked < times, "no answer to {asked} questions");
        asked += 1;
        client.send(b"name").await.unwrap();
        if let Ok(length) = timeout(ms(5), client.recv(&mut room)).await {
            break length.unwrap();
        }
    };
    assert_eq!(&room[..answer], b"name");
    server.await.unwrap().unwrap_err();
}

/// A client that asks n times fails if n messages are lost, and not before.
#[test]
fn a_lost_message_is_found_and_two_are_for_a_client_that_asks_twice() {
    for times in [1, 2] {
        let found = Explore::new().check(|| ask(times)).unwrap_err();
        assert_eq!(found.failure.kind, FailureKind::Panicked);
        let text = format!("no answer to {times} questions");
        assert!(found.failure.text.ends_with(&text), "{found}");
        assert_eq!(found.deviations, times as usize, "{found}");
        let again = Explore::new().replay(&found.token, || ask(times));
        assert_eq!(again.unwrap_err().failure, found.failure);
    }
    let explored = Explore::new().seeds(0).run(|| ask(3));
    assert_eq!(
        explored.deviations(),
        Some(2),
        "two lost messages are not enough"
    );
}

/// Sends two datagrams. Returns them in the order in which they arrive.
async fn two_datagrams() -> String {
    let network = Network::builder().latency(ms(5)).jitter(ms(5)).build();
    let host = network.host("server");
    let server = host.run(async { UdpSocket::bind(([0, 0, 0, 0], 53)).unwrap() });
    let (server, address) = (server.await, (host.addresses()[0], 53));
    let client = UdpSocket::bind(([0, 0, 0, 0], 0)).unwrap();
    client.connect(SocketAddr::from(address)).unwrap();
    for name in ["a", "b"] {
        client.send(name.as_bytes()).await.unwrap();
    }
    let (mut order, mut room) = (String::new(), [0; 1]);
    for _ in 0..2 {
        server.recv(&mut room).await.unwrap();
        order.push(char::from(room[0]));
    }
    order
}

/// Sends four bytes over a connection. Returns how many of them come first.
async fn four_bytes() -> usize {
    let network = Network::builder().jitter(ms(5)).build();
    let host = network.host("server");
    let listener = host.run(async { TcpListener::bind(([0, 0, 0, 0], 80)) });
    let (listener, address) = (listener.await.unwrap(), (host.addresses()[0], 80));
    let mut client = TcpStream::connect(address).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    client.write_all(b"four").await.unwrap();
    let mut room = [0; 4];
    let first = server.read(&mut room).await.unwrap();
    server.read_exact(&mut room[first..]).await.unwrap();
    first
}

#[test]
fn a_datagram_overtakes_another_and_a_write_comes_in_pieces() {
    let few = Explore::new().deviations(1).seeds(0);
    assert_eq!(few.census(two_datagrams).outcomes(), ["ab", "ba"]);
    let few = few.deviations(2);
    assert_eq!(few.census(four_bytes).outcomes(), [1, 2, 3, 4]);
}
