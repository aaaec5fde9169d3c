//! The web server: its pages, its end, and peers that misbehave.

use std::process::Stdio;
use std::rc::Rc;
use std::time::Duration;

use groundup::net::{Network, StreamReader, TcpListener, open_connection};
use groundup::trace::Recorder;
use groundup::{Event, EventLoop, Runner, Task, run, sleep, spawn, time, yield_now};
use programs::web_server::{EVENTS, Site, serve};

use crate::setup::{command, printed, start, started};

const SERVER: &str = env!("CARGO_BIN_EXE_web_server");

const SECOND: Duration = Duration::from_secs(1);

struct Served {
    stop: Rc<Event>,
    serving: Task<()>,
    _network: Network,
}

/// Runs a test beside the server, on virtual time and a network in memory.
fn beside_server<F: Future<Output = ()>>(test: impl FnOnce(Served) -> F) {
    let log = Recorder::ring(EVENTS);
    let event_loop = EventLoop::builder()
        .virtual_time()
        .trace(log.clone())
        .build();
    let ran = Runner::with_loop(event_loop).run(async move {
        let network = Network::new();
        let stop = Rc::new(Event::new());
        let listener = TcpListener::bind(([127, 0, 0, 1], 80)).unwrap();
        let site = Rc::new(Site::new(log));
        let until = stop.clone();
        let until = async move { until.wait().await };
        let serving = spawn(serve(listener, site, None, until));
        yield_now().await;
        test(Served {
            stop,
            serving,
            _network: network,
        })
        .await;
    });
    ran.unwrap();
}

impl Served {
    async fn end(self) {
        self.stop.set();
        self.serving.await.unwrap();
    }
}

async fn raw(request: &[u8]) -> String {
    let (mut reader, mut writer) = open_connection("127.0.0.1", 80).await.unwrap();
    writer.write(request);
    drop(writer.drain().await);
    let answer = reader.read_to_end().await;
    String::from_utf8_lossy(&answer.unwrap_or_default()).into_owned()
}

async fn get(path: &str) -> String {
    raw(format!("GET {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").as_bytes()).await
}

#[test]
fn the_pages_are_there() {
    beside_server(|served| async {
        let page = get("/").await;
        assert!(
            page.starts_with("HTTP/1.1 200 OK") && page.contains("<h1>"),
            "{page}"
        );
        let json = get("/json").await;
        assert!(json.contains("content-type: application/json"), "{json}");
        assert!(json.contains("\"answered\": 1, \"open\": 1"), "{json}");
        let missing = get("/nothing").await;
        assert!(missing.starts_with("HTTP/1.1 404"), "{missing}");
        let posted = raw(b"POST / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").await;
        assert!(posted.starts_with("HTTP/1.1 405"), "{posted}");
        served.end().await;
    });
}

#[test]
fn the_live_page_says_who_waits_for_whom() {
    beside_server(|served| async {
        let orders: Vec<Task<String>> = (0..3).map(|_| spawn(get("/slow"))).collect();
        sleep(SECOND).await;
        let page = get("/tasks").await;
        for row in [
            "<td>order 1</td><td>waits until 3.000 s</td>",
            "<td>order 2</td><td>waits for the pan held by order 1, which waits until 3.000 s</td>",
            "<td>GET /slow</td><td>waits for several things: task order 2; the end of the server; order 2 waits for the pan held by order 1",
        ] {
            assert!(page.contains(row), "{row}: {page}");
        }
        assert!(
            page.contains("<td>GET /tasks</td><td>writes this page</td>"),
            "{page}"
        );
        assert!(page.contains("http-equiv=\"refresh\""), "{page}");
        let held = get("/tasks?hold").await;
        assert!(
            !held.contains("refresh") && held.contains("This page is held."),
            "{held}"
        );
        for outside in ["src=", "<script", "http://", "url("] {
            let page = page.replace("http://www.w3.org", "");
            assert!(!page.contains(outside), "{outside}: {page}");
        }
        let mut answers = Vec::new();
        for order in orders {
            answers.push(order.await.unwrap());
        }
        assert_eq!(time().since_start(), 9 * SECOND, "one pan, three orders");
        assert!(
            answers[0].ends_with("two eggs, after 0.0 s in line\n"),
            "{answers:?}"
        );
        assert!(
            answers[2].ends_with("two eggs, after 6.0 s in line\n"),
            "{answers:?}"
        );
        served.end().await;
    });
}

#[test]
fn a_server_that_ends_answers_the_requests_that_it_has() {
    beside_server(|served| async {
        let order = spawn(get("/slow"));
        sleep(SECOND).await;
        served.end().await;
        assert_eq!(time().since_start(), 3 * SECOND);
        assert!(
            order
                .await
                .unwrap()
                .ends_with("two eggs, after 0.0 s in line\n")
        );
        assert!(open_connection("127.0.0.1", 80).await.is_err());
    });
}

#[test]
fn peers_that_misbehave_cost_themselves_only() {
    beside_server(|served| async {
        let garbage = raw(b"\x16\x03\x01\x02 not http at all\r\n\r\n").await;
        assert!(garbage.starts_with("HTTP/1.1 400"), "{garbage}");
        let huge = format!(
            "GET / HTTP/1.1\r\nhost: h\r\nx: {}\r\n\r\n",
            "a".repeat(1 << 20)
        );
        let huge = raw(huge.as_bytes()).await;
        assert!(
            huge.is_empty() || huge.starts_with("HTTP/1.1 431"),
            "{huge}"
        );
        // One that sends a byte a second does not delay the others, and is sent away.
        let slow = spawn(async {
            let (mut reader, mut writer) = open_connection("127.0.0.1", 80).await.unwrap();
            for byte in b"GET / HTTP/1.1\r\nhost: h\r\n\r\n" {
                writer.write(&[*byte]);
                if writer.drain().await.is_err() {
                    break;
                }
                sleep(SECOND).await;
            }
            reader.read_to_end().await.unwrap_or_default()
        });
        sleep(5 * SECOND).await;
        let before = time();
        assert!(get("/").await.starts_with("HTTP/1.1 200"));
        assert_eq!(time(), before);
        let answer = String::from_utf8(slow.await.unwrap()).unwrap();
        assert!(!answer.contains("200 OK"), "{answer}");
        // One that leaves in the middle of an answer gives the pan back.
        for _ in 0..4 {
            let (_reader, mut writer) = open_connection("127.0.0.1", 80).await.unwrap();
            writer.write(b"GET /slow HTTP/1.1\r\nhost: h\r\n\r\n");
            writer.drain().await.unwrap();
            sleep(SECOND / 100).await;
        }
        let slow = get("/slow").await;
        assert!(slow.ends_with("after 0.0 s in line\n"), "{slow}");
        served.end().await;
    });
}

#[test]
fn the_program_ends_at_ctrl_c_and_names_a_port_in_use() {
    run(async {
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
fn a_server_without_a_free_descriptor_serves_the_connections_that_it_has() {
    run(async {
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
