//! HTTP on our sockets: server, client, HTTP/2, peers that misbehave.
//!
//! A test is one loop with both ends in it, most on the real clock. No test waits for a time, except for
//! the limit of a header, which is a few milliseconds long.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use futures::{AsyncReadExt, AsyncWriteExt};
use groundup::net::{Network, TcpListener, TcpStream};
use groundup::web::hyper::body::{Bytes, Frame, Incoming};
use groundup::web::hyper::client::conn::{http1, http2};
use groundup::web::hyper::service::service_fn;
use groundup::web::hyper::{Request, Response, StatusCode, Version};
use groundup::web::hyper_util::client::legacy::Client;
use groundup::web::{HttpServer, HyperConnector, HyperExecutor, HyperIo, tls_acceptor};
use groundup::{
    Event, Task, all_tasks, current_loop, join, run, run_virtual, sleep, spawn, time, timeout,
    yield_now,
};
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};

#[path = "support/patience.rs"]
mod patience;
#[path = "support/refusing.rs"]
mod refusing;

use patience::{PATIENCE, patiently};
use refusing::Refusing;

type Body = BoxBody<Bytes, Infallible>;

/// A server in this loop, and what it has seen.
struct Served {
    address: SocketAddr,
    stop: Rc<Event>,
    server: Task<()>,
    /// Set when a slow answer has begun, and by the test to let it end.
    begun: Rc<Event>,
    go_on: Rc<Event>,
    errors: Rc<RefCell<Vec<String>>>,
}

async fn answer(
    request: Request<Incoming>,
    begun: Rc<Event>,
    go_on: Rc<Event>,
) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let body = match head.uri.path() {
        "/echo" => body
            .collect()
            .await
            .map_or(Bytes::new(), |body| body.to_bytes()),
        "/slow" => {
            begun.set();
            go_on.wait().await;
            "at last".into()
        }
        "/chunks" => {
            let chunks = ["one ", "two ", "three"].map(|text| Ok(Frame::data(text.into())));
            let stream = StreamBody::new(futures::stream::iter(chunks));
            return Ok(Response::new(BoxBody::new(stream)));
        }
        path => format!("{path} in {:?}", head.version).into(),
    };
    Ok(Response::new(Full::new(body).boxed()))
}

fn serve(configure: impl FnOnce(HttpServer) -> HttpServer) -> Served {
    let listener = TcpListener::bind(([127, 0, 0, 1], 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, begun, go_on) = (
        Rc::new(Event::new()),
        Rc::new(Event::new()),
        Rc::new(Event::new()),
    );
    let errors = Rc::<RefCell<Vec<String>>>::default();
    let (told, until) = (errors.clone(), stop.clone());
    // A limit that no connection reaches, unless the test sets another.
    let server = HttpServer::new(listener).header_limit(Duration::from_secs(3600));
    let server = server.on_error(move |_, error| {
        told.borrow_mut().push(format!(
            "{error}: {:?}",
            error.source().map(ToString::to_string)
        ));
    });
    let (has_begun, may_go_on) = (begun.clone(), go_on.clone());
    let service = service_fn(move |request| answer(request, has_begun.clone(), may_go_on.clone()));
    let serving = configure(server).serve(service, async move { until.wait().await });
    let server = spawn(serving);
    Served {
        address,
        stop,
        server,
        begun,
        go_on,
        errors,
    }
}

impl Served {
    /// Stops the server, waits for its end, and checks that no task is left.
    async fn end(self) -> Vec<String> {
        self.stop.set();
        self.server.await.unwrap();
        // The events of the system come when it has time for them.
        let alone = async {
            while all_tasks().len() > 1 {
                sleep(Duration::from_millis(1)).await;
            }
        };
        let ended = timeout(PATIENCE / 3, alone).await;
        let waits = || current_loop().explain_all();
        assert!(ended.is_ok(), "tasks are left:\n{}", waits());
        self.errors.take()
    }

    /// Sends bytes on a connection of its own, and returns all that comes back.
    async fn raw(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }
}

async fn text(response: Response<Incoming>) -> String {
    let body = response.into_body().collect().await.unwrap();
    String::from_utf8(body.to_bytes().to_vec()).unwrap()
}

fn get(address: SocketAddr, path: &str) -> Request<Full<Bytes>> {
    let url = format!("http://{address}{path}");
    Request::get(url).body(Full::default()).unwrap()
}

#[test]
fn a_connection_is_kept_for_the_next_request() {
    run(patiently(async {
        let served = serve(|server| server);
        let stream = TcpStream::connect(served.address).await.unwrap();
        let (mut requests, connection) = http1::handshake(HyperIo::new(stream)).await.unwrap();
        let connection = spawn(connection);
        for path in ["/one", "/two", "/three"] {
            let response = requests
                .send_request(get(served.address, path))
                .await
                .unwrap();
            assert_eq!(text(response).await, format!("{path} in HTTP/1.1"));
        }
        drop(requests);
        connection.await.unwrap().unwrap();
        assert_eq!(served.end().await, [""; 0]);
    }));
}

#[test]
fn requests_that_come_at_once_are_answered_in_order() {
    run(patiently(async {
        let served = serve(|server| server);
        let answer = served
            .raw(b"GET /a HTTP/1.1\r\nhost: h\r\n\r\nGET /b HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")
            .await;
        let (a, b) = (answer.find("/a in").unwrap(), answer.find("/b in").unwrap());
        assert!(a < b, "{answer}");
        assert_eq!(served.end().await, [""; 0]);
    }));
}

#[test]
fn a_body_of_unknown_length_goes_in_chunks() {
    run(patiently(async {
        let served = serve(|server| server);
        let answer = served
            .raw(b"GET /chunks HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")
            .await;
        assert!(answer.contains("transfer-encoding: chunked"), "{answer}");
        assert!(
            answer.ends_with("4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n"),
            "{answer}"
        );
        let echoed = served
            .raw(b"POST /echo HTTP/1.1\r\nhost: h\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n\
                   3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
            .await;
        assert!(echoed.ends_with("abcde"), "{echoed}");
        assert_eq!(served.end().await, [""; 0]);
    }));
}

#[test]
fn a_large_body_goes_both_ways() {
    run(patiently(async {
        let served = serve(|server| server);
        let client = Client::builder(HyperExecutor).build(HyperConnector::new());
        let sent: Vec<u8> = (0..3_000_000u32).map(|n| n as u8).collect();
        let url = format!("http://{}/echo", served.address);
        let request = Request::post(url)
            .body(Full::<Bytes>::from(sent.clone()))
            .unwrap();
        let response = client.request(request).await.unwrap();
        let came = response.into_body().collect().await.unwrap().to_bytes();
        assert!(came == sent, "{} bytes", came.len());
        drop(client);
        assert_eq!(served.end().await, [""; 0]);
    }));
}

#[test]
fn the_pool_of_the_client_keeps_connections() {
    run(patiently(async {
        let served = serve(|server| server);
        let client = Client::builder(HyperExecutor).build(HyperConnector::new());
        let accepted = Rc::new(Cell::new(0));
        for n in 0..10 {
            let response = client
                .request(get(served.address, &format!("/{n}")))
                .await
                .unwrap();
            assert_eq!(text(response).await, format!("/{n} in HTTP/1.1"));
            yield_now().await;
            // The tasks: the test, the server, and one for each end of a connection.
            accepted.set(accepted.get().max(all_tasks().len()));
        }
        assert!(accepted.get() <= 5, "{} tasks", accepted.get());
        drop(client);
        assert_eq!(served.end().await, [""; 0]);
    }));
}

#[test]
fn http_2_answers_ten_requests_on_one_connection_at_once() {
    run(patiently(async {
        let served = serve(|server| server);
        let stream = TcpStream::connect(served.address).await.unwrap();
        let (requests, connection) = http2::handshake(HyperExecutor, HyperIo::new(stream))
            .await
            .unwrap();
        let connection = spawn(connection);
        let one = |n: usize| {
            let (mut requests, address) = (requests.clone(), served.address);
            async move {
                let response = requests.send_request(get(address, &format!("/{n}"))).await;
                let response = response.unwrap();
                assert_eq!(response.version(), Version::HTTP_2);
                text(response).await
            }
        };
        let answers = join((0..10).map(one).collect::<Vec<_>>()).await;
        let expected: Vec<String> = (0..10).map(|n| format!("/{n} in HTTP/2.0")).collect();
        assert_eq!(answers, expected);
        drop(requests);
        connection.await.unwrap().unwrap();
        assert_eq!(served.end().await, [""; 0]);
    }));
}

#[test]
fn a_server_that_stops_answers_the_requests_that_it_has() {
    // In a network of its own: no other test gets the port of the listener that is closed.
    run_virtual(async {
        let _network = Network::new();
        let served = serve(|server| server);
        let client = Client::builder(HyperExecutor).build(HyperConnector::new());
        let slow = spawn(client.request(get(served.address, "/slow")));
        served.begun.wait().await;
        served.stop.set();
        sleep(Duration::from_secs(600)).await;
        assert!(!served.server.done(), "it waits for the answer");
        let refused = TcpStream::connect(served.address).await;
        assert!(refused.is_err(), "the listener is closed");
        served.go_on.set();
        assert_eq!(text(slow.await.unwrap().unwrap()).await, "at last");
        drop(client);
        assert_eq!(served.end().await, [""; 0]);
    });
}

#[test]
fn a_server_that_stops_does_not_wait_for_idle_connections() {
    run(patiently(async {
        let served = serve(|server| server);
        let mut idle = TcpStream::connect(served.address).await.unwrap();
        idle.write_all(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n")
            .await
            .unwrap();
        let mut some = [0; 16];
        idle.read_exact(&mut some).await.unwrap(); // it was answered, and stays open
        served.end().await;
    }));
}

#[test]
fn a_connection_without_a_byte_is_no_error_when_the_server_stops() {
    run(patiently(async {
        let served = serve(|server| server);
        let _idle = TcpStream::connect(served.address).await.unwrap();
        while all_tasks().len() < 3 {
            yield_now().await; // until it is accepted
        }
        yield_now().await;
        assert_eq!(served.end().await, [""; 0]);
    }));
}

#[test]
fn a_peer_that_sends_garbage_gets_an_error_and_the_others_their_answers() {
    run(patiently(async {
        let served = serve(|server| server);
        let garbage = served.raw(b"\x16\x03\x01 this is no HTTP\r\n\r\n").await;
        assert!(garbage.starts_with("HTTP/1.1 400"), "{garbage}");
        // As long a head as hyper keeps. The server has read all of it when it refuses it. Of a longer one it
        // would leave a part, and the system would then reset the connection, with the answer.
        let mut huge = b"GET / HTTP/1.1\r\nhost: h\r\nx: ".to_vec();
        huge.resize(8 * 1024 + 100 * 4 * 1024, b'a');
        let huge = served.raw(&huge).await;
        let too_large = "HTTP/1.1 431 Request Header Fields Too Large\r\n";
        assert!(huge.starts_with(too_large), "{huge}");
        let good = served
            .raw(b"GET /tea HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")
            .await;
        assert!(good.ends_with("/tea in HTTP/1.1"), "{good}");
        let errors = served.end().await;
        let [of_garbage, of_huge] = &errors[..] else {
            panic!("both errors were told: {errors:?}");
        };
        assert_eq!(of_garbage, "invalid HTTP method parsed: None");
        assert_eq!(of_huge, "message head is too large: None");
    }));
}

#[test]
fn a_peer_that_is_slow_with_its_header_is_disconnected() {
    run(patiently(async {
        let limit = Duration::from_millis(20);
        let served = serve(|server| server.header_limit(limit));
        for beginning in ["", "P", "PRI * HTTP/2.0\r\n", "GET / HTTP/1.1\r\nhost:"] {
            let mut stream = TcpStream::connect(served.address).await.unwrap();
            stream.write_all(beginning.as_bytes()).await.unwrap();
            let mut rest = Vec::new();
            _ = stream.read_to_end(&mut rest).await; // it ends
            let rest = String::from_utf8_lossy(&rest).into_owned();
            assert!(!rest.contains("200"), "{beginning:?}: {rest}");
        }
        assert_eq!(served.errors.borrow().len(), 4, "{:?}", served.errors);
        served.end().await;
    }));
}

/// The bytes with which a peer begins HTTP/2: the preface, and settings without any.
const BEGINNING: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// Reads frames until the connection ends, and answers those pings for whose bytes `answers` is true.
/// Returns the types of the frames.
async fn frames(stream: &TcpStream, answers: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let (mut reads, mut writes, mut types) = (stream, stream, Vec::new());
    let mut head = [0; 9];
    while reads.read_exact(&mut head).await.is_ok() {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let mut payload = vec![0; length];
        reads.read_exact(&mut payload).await.unwrap();
        types.push(head[3]);
        let (is_ping, is_answer) = (head[3] == 6, head[4] == 1);
        if is_ping && !is_answer && answers(&payload) {
            head[4] = 1;
            writes
                .write_all(&[&head[..], &payload].concat())
                .await
                .unwrap();
        }
    }
    types
}

#[test]
fn a_peer_of_http_2_that_asks_for_nothing_is_disconnected() {
    run_virtual(async {
        let _network = Network::new();
        let limit = Duration::from_secs(30);
        let served = serve(|server| server.header_limit(limit));
        // It sends its preface, and answers each ping.
        let stream = TcpStream::connect(served.address).await.unwrap();
        (&stream).write_all(BEGINNING).await.unwrap();
        let types = frames(&stream, |_| true).await;
        assert!(types.contains(&7), "it is told so, by GOAWAY: {types:?}");
        assert_eq!(time().since_start(), limit);
        // It answers nothing.
        let began = time();
        let stream = TcpStream::connect(served.address).await.unwrap();
        (&stream).write_all(BEGINNING).await.unwrap();
        assert!(frames(&stream, |_| false).await.contains(&7));
        assert!(time() - began <= 2 * limit);
        // Its header never ends: 1 byte of a frame of its own, each second.
        let began = time();
        let stream = TcpStream::connect(served.address).await.unwrap();
        (&stream).write_all(BEGINNING).await.unwrap();
        (&stream)
            .write_all(b"\0\0\x01\x01\0\0\0\0\x01\x82")
            .await
            .unwrap();
        let drips = async {
            while (&stream)
                .write_all(b"\0\0\x01\x09\0\0\0\0\x01\x84")
                .await
                .is_ok()
            {
                sleep(Duration::from_secs(1)).await;
            }
        };
        join((frames(&stream, |_| false), drips)).await;
        assert!(time() - began <= 2 * limit + Duration::from_secs(1));
        served.end().await;
    });
}

/// The ping after which a server knows that its peer has seen the first `GOAWAY`. Another comes each time
/// that the limit is over.
const LAST_PING: [u8; 8] = [0x0b, 0x7b, 0xa2, 0xf0, 0x8b, 0x9b, 0xfe, 0x54];

#[test]
fn a_server_that_stops_waits_for_no_peer_that_asks_for_nothing_and_does_not_end() {
    run_virtual(async {
        let _network = Network::new();
        let limit = Duration::from_secs(30);
        let served = serve(|server| server.header_limit(limit));
        let stream = TcpStream::connect(served.address).await.unwrap();
        (&stream).write_all(BEGINNING).await.unwrap();
        let peer = spawn(async move { frames(&stream, |ping| ping != LAST_PING).await });
        sleep(limit / 2).await;
        let (stop, errors, began) = (served.stop.clone(), served.errors.clone(), time());
        stop.set();
        let server = timeout(10 * limit, served.server).await;
        server.expect("the server ends").unwrap();
        assert_eq!(time() - began, limit);
        assert!(peer.await.unwrap().contains(&7), "it was told, by GOAWAY");
        let errors = errors.take().concat();
        assert!(errors.contains("asks for nothing"), "{errors}");
    });
}

#[test]
fn a_slow_answer_of_http_2_is_not_cut_and_its_connection_ends_when_it_is_idle() {
    run_virtual(async {
        let _network = Network::new();
        let limit = Duration::from_secs(30);
        let served = serve(|server| server.header_limit(limit));
        let stream = TcpStream::connect(served.address).await.unwrap();
        let io = HyperIo::new(stream);
        let (mut client, connection) = http2::handshake(HyperExecutor, io).await.unwrap();
        let connection = spawn(connection);
        let slow = spawn(client.send_request(get(served.address, "/slow")));
        served.begun.wait().await;
        sleep(10 * limit).await;
        served.go_on.set();
        assert_eq!(text(slow.await.unwrap().unwrap()).await, "at last");
        sleep(limit / 2).await;
        let response = client.send_request(get(served.address, "/tea")).await;
        assert_eq!(text(response.unwrap()).await, "/tea in HTTP/2.0");
        let began = time();
        connection.await.unwrap().unwrap();
        assert_eq!(time() - began, limit);
        assert_eq!(served.end().await, [""; 0]);
    });
}

#[test]
fn a_server_has_no_more_connections_than_it_may() {
    run(patiently(async {
        let served = serve(|server| server.max_connections(1));
        let mut first = TcpStream::connect(served.address).await.unwrap();
        let request = b"GET /a HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";
        first.write_all(&request[..20]).await.unwrap();
        let address = served.address;
        let second = spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(request).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            answer
        });
        for _ in 0..500 {
            yield_now().await;
        }
        assert!(!second.done(), "the first has the one place");
        drop(first);
        let answer = second.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        served.end().await;
    }));
}

#[test]
fn a_client_meets_a_server_that_answers_garbage_and_one_that_refuses() {
    run(patiently(async {
        let listener = TcpListener::bind(([127, 0, 0, 1], 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let garbage = spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"SSH-2.0-not http\r\n").await.unwrap();
        });
        let client = Client::builder(HyperExecutor).build(HyperConnector::new());
        let error = client.request(get(address, "/")).await.unwrap_err();
        assert!(!error.is_connect(), "{error:?}");
        garbage.await.unwrap();
        let port = Refusing::new();
        let nobody = SocketAddr::from(([127, 0, 0, 1], port.port));
        let error = client.request(get(nobody, "/")).await.unwrap_err();
        assert!(error.is_connect(), "nobody listens: {error:?}");
        let no_http = Request::get("ftp://here/").body(Full::default()).unwrap();
        assert!(client.request(no_http).await.is_err());
    }));
}

#[test]
fn a_request_that_is_dropped_leaves_nothing() {
    run(patiently(async {
        let served = serve(|server| server);
        let client = Client::builder(HyperExecutor).build::<_, Full<Bytes>>(HyperConnector::new());
        let slow = spawn(client.request(get(served.address, "/slow")));
        served.begun.wait().await;
        slow.cancel();
        assert!(slow.await.is_err());
        drop(client);
        served.go_on.set();
        served.end().await;
    }));
}

#[test]
fn https_serves_http_2_and_http_1() {
    run(patiently(async {
        let own = rcgen::generate_simple_self_signed(["localhost".to_string()]).unwrap();
        let (certificate, key) = (own.cert.pem(), own.signing_key.serialize_pem());
        let acceptor = tls_acceptor(&certificate, &key).unwrap();
        let served = serve(|server| server.tls(acceptor));
        let trusting = groundup::web::tls_connector_trusting(&certificate).unwrap();
        let client = Client::builder(HyperExecutor).build(HyperConnector::with_tls(trusting));
        let url = format!("https://localhost:{}/tea", served.address.port());
        let request = Request::get(&url).body(Full::<Bytes>::default()).unwrap();
        let response = client.request(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(text(response).await, "/tea in HTTP/1.1");
        // One that trusts the world's authorities does not trust this one.
        let stranger = Client::builder(HyperExecutor).build(HyperConnector::new());
        let request = Request::get(&url).body(Full::<Bytes>::default()).unwrap();
        let error = stranger.request(request).await.unwrap_err();
        assert!(error.is_connect(), "{error:?}");
        // And a peer that speaks no TLS costs its connection only.
        let plain = served.raw(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n").await;
        assert!(!plain.contains("200"), "{plain}");
        drop((client, stranger));
        assert_eq!(served.end().await.len(), 2);
    }));
}
