//! The program of the web server: Ctrl-C, and errors of its peers.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use futures::{AsyncReadExt, AsyncWriteExt};
use groundup::net::{StreamReader, TcpStream, open_connection};
use groundup::signal::SignalKind;

use crate::setup::{command, printed, start, started, with_patience};
use crate::web_server::huge_head;

const SERVER: &str = env!("CARGO_BIN_EXE_web_server");

#[test]
fn the_program_ends_at_ctrl_c_and_names_a_port_in_use() {
    with_patience(async {
        let server = start(SERVER, &["0"]).await;
        let port = server.port.to_string();
        let came = printed(SERVER, [&port]).await;
        assert_eq!(came.code, Some(1));
        assert!(
            came.stderr.contains(&format!("port {port} is in use")),
            "{}",
            came.stderr
        );
        let lines = server.end().await;
        assert!(
            lines.contains("0 open; the server ends after them"),
            "{lines}"
        );
        assert!(lines.ends_with("the server has ended\n"), "{lines}");
        let came = printed(SERVER, ["--tls", "/no/such/file", "/no/such/file"]).await;
        assert!(
            came.stderr.contains("/no/such/file: No such file"),
            "{}",
            came.stderr
        );
        let came = printed(SERVER, ["a", "b"]).await;
        assert!(came.stderr.contains("usage: web_server"), "{}", came.stderr);
    });
}

#[test]
fn the_program_prints_the_error_of_a_peer_with_its_cause() {
    with_patience(async {
        let mut program = command(SERVER);
        program.arg("0").stderr(Stdio::piped());
        let mut server = started(program).await;
        let mut errors = StreamReader::new(server.process.stderr.take().unwrap());
        for (request, status, cause) in [
            (
                b"no HTTP\r\n\r\n".to_vec(),
                "400 Bad Request",
                "invalid URI",
            ),
            (
                huge_head(),
                "431 Request Header Fields Too Large",
                "message head is too large",
            ),
        ] {
            let at = ([127, 0, 0, 1], server.port);
            let mut stream = TcpStream::connect(at).await.unwrap();
            let own = stream.local_addr().unwrap();
            stream.write_all(&request).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status}\r\n")),
                "{answer}"
            );
            let told = String::from_utf8(errors.readline().await.unwrap()).unwrap();
            assert_eq!(told, format!("{own}: {cause}\n"));
        }
        server.end().await;
    });
}

/// Orders for the one pan, which take 3 s each: more time than the test has.
const ORDERS: u64 = 21;

/// Returns a number of the page `/json`.
fn number(page: &str, name: &str) -> u64 {
    let (_, rest) = page.split_once(&format!("\"{name}\": ")).expect(page);
    rest.split(',').next().unwrap().parse().unwrap()
}

#[test]
fn a_second_ctrl_c_ends_the_server_at_once() {
    with_patience(async {
        let mut server = start(SERVER, &["0"]).await;
        let connect = async || open_connection("127.0.0.1", server.port).await.unwrap();
        let mut orders = Vec::new();
        for _ in 0..ORDERS {
            let (reader, mut writer) = connect().await;
            writer.write(b"GET /slow HTTP/1.1\r\nhost: h\r\n\r\n");
            writer.drain().await.unwrap();
            orders.push((reader, writer));
        }
        // Until the server has all orders, and counts them with the requests for this page.
        let (mut reader, mut writer) = connect().await;
        for asked in 1.. {
            writer.write(b"GET /json HTTP/1.1\r\nhost: h\r\n\r\n");
            writer.drain().await.unwrap();
            let page = String::from_utf8(reader.readuntil(b"}\n").await.unwrap()).unwrap();
            if number(&page, "answered") + number(&page, "open") == ORDERS + asked {
                break;
            }
        }
        server.process.send_signal(SignalKind::interrupt()).unwrap();
        let line = String::from_utf8(server.lines.readline().await.unwrap()).unwrap();
        let says = " open; the server ends after them, or at once if you press Ctrl-C again\n";
        let open: u64 = line.strip_suffix(says).expect(&line).parse().unwrap();
        assert!((1..=ORDERS).contains(&open), "{line}");
        server.process.send_signal(SignalKind::interrupt()).unwrap();
        let rest = server.lines.read_to_end().await.unwrap();
        assert_eq!(String::from_utf8(rest).unwrap(), "");
        // It has not waited for the orders: no line says that it has ended.
        let status = server.process.wait().await.unwrap();
        let interrupt = SignalKind::interrupt().as_raw();
        assert_eq!(status.signal(), Some(interrupt), "{status}");
    });
}

#[test]
fn a_server_without_a_free_descriptor_serves_the_connections_that_it_has() {
    with_patience(async {
        let mut limited = command("sh");
        let line = format!("ulimit -n 40; exec {SERVER} 0");
        limited.args(["-c", &line]).stderr(Stdio::piped());
        let mut server = started(limited).await;
        let mut errors = StreamReader::new(server.process.stderr.take().unwrap());
        let connect = async || open_connection("127.0.0.1", server.port).await.unwrap();
        let (mut reader, mut writer) = connect().await;
        let mut asks = async || {
            writer.write(b"GET /json HTTP/1.1\r\nhost: h\r\n\r\n");
            writer.drain().await.unwrap();
            let head = reader.readuntil(b"\r\n\r\n").await.unwrap();
            assert!(head.starts_with(b"HTTP/1.1 200 OK"));
            reader.readuntil(b"}\n").await.unwrap();
        };
        asks().await;
        // More than it has descriptors for. The system has them wait in the listener.
        let mut crowd = Vec::new();
        for _ in 0..60 {
            crowd.push(connect().await);
        }
        let told = String::from_utf8(errors.readline().await.unwrap()).unwrap();
        let sentence =
            "the listener: a server cannot accept and tries again each second: Too many open files";
        assert!(told.starts_with(sentence), "{told}");
        assert!(
            told.ends_with("or raise the limit of descriptors\n"),
            "{told}"
        );
        asks().await;
        drop(crowd);
        let (mut reader, mut writer) = connect().await;
        writer.write(b"GET /json HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n");
        let answer = reader.read_to_end().await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200 OK"));
        asks().await;
        server.end().await;
    });
}
