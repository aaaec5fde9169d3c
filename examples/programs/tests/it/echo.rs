//! The echo server, on a network in memory and as a program.

use std::rc::Rc;
use std::time::Duration;

use groundup::net::{Network, open_connection};
use groundup::{Event, run_virtual, sleep, spawn, time};
use programs::echo::{LIMIT, PATIENCE, serve};

use crate::setup::{printed, start, with_patience};

const ECHO: &str = env!("CARGO_BIN_EXE_echo_server");

const SECOND: Duration = Duration::from_secs(1);

/// Sends some bytes, and returns the next line.
async fn said(bytes: &[u8]) -> String {
    let (mut reader, mut writer) = open_connection("127.0.0.1", 7).await.unwrap();
    writer.write(bytes);
    writer.drain().await.unwrap();
    String::from_utf8(reader.readline().await.unwrap()).unwrap()
}

#[test]
fn clients_that_misbehave_cost_themselves_only() {
    run_virtual(async {
        let _network = Network::new();
        let stop = Rc::new(Event::new());
        let until = stop.clone();
        let serving = spawn(serve(7, |_| (), async move { until.wait().await }));
        groundup::yield_now().await;
        // One is silent, one drips its bytes, and one sends without an end and reads nothing.
        let silent = spawn(said(b""));
        let slow = spawn(async {
            let (mut reader, mut writer) = open_connection("127.0.0.1", 7).await.unwrap();
            for byte in b"slow\n" {
                writer.write(&[*byte]);
                sleep(SECOND).await;
            }
            reader.readline().await.unwrap()
        });
        let flood = spawn(async {
            let (_reader, mut writer) = open_connection("127.0.0.1", 7).await.unwrap();
            let line = [&[b'x'; 1000][..], b"\n"].concat();
            loop {
                writer.write(&line);
                if writer.drain().await.is_err() {
                    return;
                }
            }
        });
        sleep(SECOND).await;
        let before = time();
        assert_eq!(said(b"hello\n").await, "hello\n");
        let long = vec![b'x'; 2 * LIMIT];
        let refused = said(&[&long[..], b"\n"].concat()).await;
        assert_eq!(refused, format!("a line has at most {LIMIT} bytes\n"));
        assert_eq!(time(), before);
        assert_eq!(slow.await.unwrap(), b"slow\n");
        assert_eq!(silent.await.unwrap(), "you were silent for 60s\n");
        assert_eq!(time().since_start(), PATIENCE);
        flood.await.unwrap();
        // A client that is there at the end is told.
        let last = spawn(said(b""));
        sleep(SECOND).await;
        stop.set();
        assert_eq!(last.await.unwrap(), "the server ends\n");
        serving.await.unwrap().unwrap();
        assert!(open_connection("127.0.0.1", 7).await.is_err());
    });
}

#[test]
fn a_line_that_is_too_long_is_one_error_and_nothing_of_it_comes_back() {
    run_virtual(async {
        let _network = Network::new();
        let _serving = spawn(serve(7, |_| (), std::future::pending())).cancel_on_drop();
        groundup::yield_now().await;
        let (mut reader, mut writer) = open_connection("127.0.0.1", 7).await.unwrap();
        let refused = format!("a line has at most {LIMIT} bytes\n");
        for length in [LIMIT + 1, 2 * LIMIT, 2 * LIMIT + 1, 300_000] {
            // In two parts: the end of the line comes with the line, and later.
            writer.write(&[&vec![b'x'; length][..], b"\nbetween\n"].concat());
            writer.write(&vec![b'x'; length]);
            writer.drain().await.unwrap();
            sleep(SECOND).await;
            writer.write(b"tail\nafter\n");
            writer.drain().await.unwrap();
            for expected in [&refused, "between\n", &refused, "after\n"] {
                let line = String::from_utf8(reader.readline().await.unwrap()).unwrap();
                assert_eq!(line, expected, "{length} bytes");
            }
        }
        writer.write(&vec![b'x'; LIMIT]);
        writer.write(b"\n");
        assert_eq!(reader.readline().await.unwrap().len(), LIMIT + 1);
    });
}

#[test]
fn the_program_echoes_and_ends_at_ctrl_c_and_names_a_port_in_use() {
    with_patience(async {
        let server = start(ECHO, &["0"]).await;
        let (mut reader, mut writer) = open_connection("localhost", server.port).await.unwrap();
        writer.write(b"one\ntwo\n");
        assert_eq!(reader.readline().await.unwrap(), b"one\n");
        assert_eq!(reader.readline().await.unwrap(), b"two\n");
        let port = server.port.to_string();
        let came = printed(ECHO, [&port]).await;
        let in_use = format!("echo_server: port {port} is in use");
        assert!(came.stderr.starts_with(&in_use), "{}", came.stderr);
        let lines = server.end().await;
        assert!(lines.ends_with("no client is left\n"), "{lines}");
        assert_eq!(reader.readline().await.unwrap(), b"the server ends\n");
        let came = printed(ECHO, ["seven"]).await;
        assert!(came.stderr.ends_with("usage: echo_server [PORT]\n"));
    });
}
