//! The chat: its room, its server, and a network that breaks.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::Shutdown;
use std::process::Stdio;
use std::rc::Rc;
use std::time::Duration;

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use groundup::net::{
    Network, NetworkHost, StreamReader, TcpListener, TcpStream, open_connection, start_server,
};
use groundup::trace::Recorder;
use groundup::web::async_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use groundup::web::async_tungstenite::tungstenite::{Error, Message};
use groundup::web::async_tungstenite::{WebSocketStream, client_async};
use groundup::web::connect_websocket;
use groundup::{
    Event, EventLoop, Runner, Task, run_virtual, sleep, spawn, time, timeout, yield_now,
};
use programs::chat::room::Room;
use programs::chat::server::serve;

use crate::setup::{command, printed, start, started, with_patience};

const CHAT: &str = env!("CARGO_BIN_EXE_chat");

const SECOND: Duration = Duration::from_secs(1);

/// What one member has heard, with the second in which it was heard.
type Heard = Rc<RefCell<Vec<String>>>;

/// A member over lines, which says texts at given seconds and writes down all that it hears.
async fn member(name: &str, says: &[(u32, &str)]) -> io::Result<Vec<String>> {
    let (mut reader, mut writer) = open_connection("chat", 23).await?;
    writer.write(format!("{name}\n").as_bytes());
    let heard = Heard::default();
    let hears = heard.clone();
    let listens = spawn(async move {
        while let Ok(line) = reader.readline().await {
            if line.is_empty() {
                break;
            }
            let line = String::from_utf8_lossy(&line).trim_end().to_string();
            let seconds = time().since_start().as_secs_f64();
            hears.borrow_mut().push(format!("{seconds:.1} {line}"));
        }
    });
    for (second, text) in says {
        sleep(*second * SECOND - time().since_start()).await;
        writer.write(format!("{text}\n").as_bytes());
        writer.drain().await?;
    }
    sleep(10 * SECOND - time().since_start()).await;
    drop(writer);
    listens.cancel();
    Ok(heard.take())
}

/// Serves a room over lines; the first line of a member is its name.
async fn serve_lines(room: Rc<Room>) -> io::Result<groundup::net::Server> {
    start_server("0.0.0.0", 23, move |mut reader: StreamReader, writer| {
        let room = room.clone();
        async move {
            let name = reader.readline().await?;
            let name = String::from_utf8_lossy(&name).into_owned();
            drop(room.take_part(&name, reader, writer).await);
            Ok::<_, io::Error>(())
        }
    })
    .await
}

#[test]
fn a_partition_delays_texts_and_loses_none() {
    let (ann, bob) = run_virtual(async {
        let network = Network::builder().latency(SECOND / 10).build();
        let chat = network.host("chat");
        let (here, there) = (network.host("ann"), network.host("bob"));
        let _server = chat.run(serve_lines(Room::new())).await.unwrap();
        let ann = spawn(here.run(member("ann", &[(2, "one"), (4, "two"), (7, "three")])));
        sleep(SECOND).await;
        let bob = spawn(there.run(member("bob", &[(8, "late")])));
        sleep(2 * SECOND).await;
        network.partition(&there, &chat);
        sleep(2 * SECOND).await;
        network.heal(&there, &chat);
        (ann.await.unwrap().unwrap(), bob.await.unwrap().unwrap())
    });
    let expected = [
        "0.4 * ann has come; here are: ann",
        "1.4 * bob has come; here are: ann, bob",
        "2.2 ann: one",
        "4.2 ann: two",
        "7.2 ann: three",
        "8.2 bob: late",
    ];
    assert_eq!(ann, expected);
    // Bob was cut off from 3.0 to 5.0, and hears "two" when the link is healed.
    let expected = [
        "1.4 * bob has come; here are: ann, bob",
        "2.2 ann: one",
        "5.1 ann: two",
        "7.2 ann: three",
        "8.2 bob: late",
    ];
    assert_eq!(bob, expected);
}

#[test]
fn names_are_made_different_and_texts_are_cleaned() {
    let heard = run_virtual(async {
        let network = Network::new();
        let _server = network
            .host("chat")
            .run(serve_lines(Room::new()))
            .await
            .unwrap();
        let first = spawn(member("  ann ", &[(1, "a\tb"), (2, "   ")]));
        sleep(SECOND / 10).await;
        let long = "x".repeat(501);
        let second = spawn(async move { member("ann", &[(3, &long)]).await });
        sleep(SECOND / 10).await;
        let third = spawn(member("", &[]));
        sleep(SECOND / 10).await;
        let _fourth = spawn(member("* eve: news", &[]));
        third.await.unwrap().unwrap();
        let second = second.await.unwrap().unwrap();
        assert!(
            second.contains(&"3.0 * a text has at most 500 characters: send it in parts".into())
        );
        first.await.unwrap().unwrap()
    });
    let expected = [
        "0.0 * ann has come; here are: ann",
        "0.1 * ann 2 has come; here are: ann, ann 2",
        "0.2 * guest has come; here are: ann, ann 2, guest",
        "0.3 * eve  news has come; here are: ann, ann 2, guest, eve  news",
        "1.0 ann: a b",
    ];
    assert_eq!(heard[..5], expected);
}

#[test]
fn a_member_that_does_not_read_is_put_out_and_delays_nobody() {
    run_virtual(async {
        let network = Network::builder().window(1000).build();
        let room = Room::new();
        let _server = network
            .host("chat")
            .run(serve_lines(room.clone()))
            .await
            .unwrap();
        let (_never_reads, mut writer) = open_connection("chat", 23).await.unwrap();
        writer.write(b"sleepy\n");
        writer.drain().await.unwrap();
        let (mut reader, mut writer) = open_connection("chat", 23).await.unwrap();
        writer.write(b"chatty\n");
        let heard = Rc::new(Cell::new(0));
        let hears = heard.clone();
        let _listens = spawn(async move {
            while let Ok(line) = reader.readline().await {
                hears.update(|count| count + usize::from(line.starts_with(b"chatty: ")));
            }
        })
        .cancel_on_drop();
        let mut said = 0;
        while said == 0 || room.names().len() == 2 {
            assert!(said < 2000, "it is never put out");
            said += 1;
            let text = format!("{said} {}\n", "x".repeat(400));
            writer.write(text.as_bytes());
            writer.drain().await.unwrap();
            sleep(SECOND / 100).await;
        }
        sleep(SECOND).await;
        assert!(
            said > 200,
            "what fits into the buffers is no reason: {said}"
        );
        assert_eq!(heard.get(), said, "the other one has heard all");
        assert_eq!(room.names(), ["chatty"]);
    });
}

#[test]
fn a_line_without_an_end_costs_its_member_only() {
    run_virtual(async {
        let network = Network::new();
        let room = Room::new();
        let host = network.host("chat");
        let _server = host.run(serve_lines(room.clone())).await.unwrap();
        let good = spawn(member("good", &[(2, "still here")]));
        let (mut reader, mut writer) = open_connection("chat", 23).await.unwrap();
        writer.write(b"endless\n");
        assert!(
            reader
                .readline()
                .await
                .unwrap()
                .starts_with(b"* endless has come")
        );
        writer.write(&[b'x'; 200_000]);
        let rest = reader.read_to_end().await.unwrap();
        let rest = String::from_utf8(rest).unwrap();
        assert!(
            rest.contains("* a line has at most 65536 bytes\n"),
            "{rest}"
        );
        let heard = good.await.unwrap().unwrap();
        assert!(
            heard.contains(&"2.0 good: still here".to_string()),
            "{heard:#?}"
        );
        sleep(SECOND).await;
        assert_eq!(room.names(), [""; 0]);
    });
}

/// The chat on a host of a network in memory.
struct InMemory {
    network: Network,
    host: NetworkHost,
    stop: Rc<Event>,
    serving: Task<()>,
    room: Rc<Room>,
}

fn in_memory(latency: Duration) -> InMemory {
    let network = Network::builder()
        .latency(latency)
        .jitter(latency / 2)
        .build();
    let (host, stop, room) = (network.host("chat"), Rc::new(Event::new()), Room::new());
    let (until, of_all) = (stop.clone(), room.clone());
    let serving = spawn(host.run(async move {
        let listener = TcpListener::bind(([0, 0, 0, 0], 80)).unwrap();
        serve(listener, of_all, async move { until.wait().await }).await;
    }));
    InMemory {
        network,
        host,
        stop,
        serving,
        room,
    }
}

async fn enter(name: &str, host: &NetworkHost) -> WebSocketStream<TcpStream> {
    let address = (host.addresses()[0], 80);
    let stream = TcpStream::connect(address).await.unwrap();
    let url = format!("ws://chat/chat?name={name}");
    client_async(url, stream).await.unwrap().0
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> String {
    let message = socket.next().await.unwrap().unwrap();
    message.to_text().unwrap().to_string()
}

/// A chat of three over WebSockets, with a partition in it. Returns what was heard, and the trace.
fn seeded(seed: u64) -> (Vec<String>, String) {
    let log = Recorder::new();
    let builder = EventLoop::builder().virtual_time().seed(seed);
    let event_loop = builder.trace(log.clone()).build();
    let ran = Runner::with_loop(event_loop).run(async {
        let chat = in_memory(SECOND / 10);
        yield_now().await;
        let (ann, bob) = (chat.network.host("ann"), chat.network.host("bob"));
        let heard = Heard::default();
        let mut tasks = Vec::new();
        for (name, home, at) in [("ann", &ann, 3), ("bob", &bob, 4), ("cy", &ann, 5)] {
            let (heard, host) = (heard.clone(), chat.host.clone());
            tasks.push(spawn(home.run(async move {
                let (speaks, mut hears) = enter(name, &host).await.split();
                let mut speaks = speaks;
                let says = spawn(async move {
                    sleep(at * SECOND).await;
                    speaks
                        .send(Message::text(format!("hello from {name}")))
                        .await
                        .unwrap();
                    sleep(9 * SECOND).await;
                    drop(speaks.close(None).await);
                });
                while let Some(Ok(message)) = hears.next().await {
                    if message.is_text() {
                        let text = message.to_text().unwrap();
                        heard.borrow_mut().push(format!("{name} hears {text:?}"));
                    }
                }
                says.await.unwrap();
            })));
        }
        sleep(2 * SECOND).await;
        chat.network.partition(&ann, &chat.host);
        sleep(3 * SECOND).await;
        chat.network.heal(&ann, &chat.host);
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(chat.room.names(), [""; 0]);
        chat.stop.set();
        chat.serving.await.unwrap();
        heard.take()
    });
    (ran.unwrap(), log.text())
}

#[test]
fn a_seeded_run_over_websockets_repeats_to_the_byte() {
    for seed in 1..=5 {
        let (heard, trace) = seeded(seed);
        let (again, trace_again) = seeded(seed);
        assert_eq!(heard, again);
        assert!(trace == trace_again, "seed {seed}: the traces differ");
        // All three hear each other, whatever the network does.
        for name in ["ann", "bob", "cy"] {
            for other in ["ann", "bob", "cy"] {
                let line = format!("{name} hears \"{other}: hello from {other}\"");
                assert_eq!(
                    heard.iter().filter(|known| **known == line).count(),
                    1,
                    "{line}"
                );
            }
        }
    }
    assert_ne!(seeded(1).1, seeded(2).1);
}

#[test]
fn bad_members_cost_themselves_only() {
    run_virtual(async {
        let chat = in_memory(Duration::ZERO);
        yield_now().await;
        let mut good = enter("good", &chat.host).await;
        assert_eq!(next(&mut good).await, "* good has come; here are: good");
        // A message that is too long for a message.
        let mut long = enter("long", &chat.host).await;
        next(&mut long).await;
        drop(long.send(Message::text("x".repeat(20_000))).await);
        let end = loop {
            match long.next().await {
                Some(Ok(Message::Close(Some(frame)))) => {
                    break (frame.code, frame.reason.to_string());
                }
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        };
        let says = "a message has at most 16384 bytes".to_string();
        assert_eq!(end, (CloseCode::Size, says));
        // A text that is too long for the room.
        let mut wordy = enter("wordy%20one", &chat.host).await;
        next(&mut wordy).await;
        wordy.send(Message::text("x".repeat(501))).await.unwrap();
        assert!(
            next(&mut wordy)
                .await
                .starts_with("* a text has at most 500 characters")
        );
        drop(wordy);
        // A frame that is cut off: a text of five bytes, of which two come.
        let mut cut = TcpStream::connect((chat.host.addresses()[0], 80))
            .await
            .unwrap();
        let handshake = "GET /chat?name=cut HTTP/1.1\r\nhost: chat\r\nconnection: upgrade\r\nupgrade: \
                         websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: \
                         dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        cut.write_all(handshake.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        cut.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 101");
        cut.write_all(&[0x81, 0x85, 1, 2, 3, 4, b'a', b'b'])
            .await
            .unwrap();
        drop(cut);
        // A peer that resets the connection.
        let shaky = chat.network.host("shaky");
        let mut reset = shaky.run(enter("reset", &chat.host)).await;
        next(&mut reset).await;
        assert_eq!(chat.network.reset(&shaky, &chat.host), 1);
        // A peer that is gone without a word: it answers no ping.
        let _gone = enter("gone", &chat.host).await;
        let mut news = Vec::new();
        while !news.contains(&"* gone has left".to_string()) {
            news.push(next(&mut good).await);
        }
        assert!(time().since_start() >= 60 * SECOND, "{:?}", time());
        for name in ["long", "wordy one", "cut", "reset"] {
            assert!(news.contains(&format!("* {name} has left")), "{news:#?}");
        }
        // The end of the chat is told.
        chat.stop.set();
        match timeout(SECOND, good.next()).await.unwrap() {
            Some(Ok(Message::Close(Some(frame)))) => {
                assert_eq!(frame.code, CloseCode::Away);
                assert_eq!(frame.reason.as_str(), "the chat is closed");
            }
            other => panic!("{other:?}"),
        }
        while good.next().await.is_some() {}
        timeout(SECOND, chat.serving).await.unwrap().unwrap();
    });
}

#[test]
fn a_name_with_characters_that_nobody_sees_is_refused_with_a_reason() {
    run_virtual(async {
        let chat = in_memory(Duration::ZERO);
        yield_now().await;
        let mut good = enter("good", &chat.host).await;
        next(&mut good).await;
        for point in [
            0x07, 0x7f, 0x85, 0x200b, 0x200f, 0x202a, 0x202e, 0x2066, 0x2069, 0xfeff,
        ] {
            let mut bytes = [0; 4];
            let bytes = char::from_u32(point).unwrap().encode_utf8(&mut bytes);
            let coded: String = bytes.bytes().map(|byte| format!("%{byte:02x}")).collect();
            let mut refused = enter(&format!("go{coded}od"), &chat.host).await;
            match refused.next().await {
                Some(Ok(Message::Close(Some(frame)))) => {
                    assert_eq!(frame.code, CloseCode::Policy);
                    let says = format!(
                        "a name must not have U+{point:04X}, which is invisible or turns text: choose another name"
                    );
                    assert_eq!(frame.reason.as_str(), says);
                }
                other => panic!("U+{point:04X}: {other:?}"),
            }
            assert_eq!(chat.room.names(), ["good"]);
        }
        // Names in any script are names.
        let _other = enter("%D8%B9%D9%84%D9%8A", &chat.host).await;
        let came = next(&mut good).await;
        assert_eq!(
            came,
            "* \u{639}\u{644}\u{64a} has come; here are: good, \u{639}\u{644}\u{64a}"
        );
        chat.stop.set();
        chat.serving.await.unwrap();
    });
}

#[test]
fn a_request_that_is_no_websocket_or_from_another_site_is_refused() {
    run_virtual(async {
        let chat = in_memory(Duration::ZERO);
        yield_now().await;
        let ask = async |request: String| {
            let (mut reader, mut writer) = open_connection("chat", 80).await.unwrap();
            writer.write(request.as_bytes());
            writer.drain().await.unwrap();
            String::from_utf8(reader.read_to_end().await.unwrap()).unwrap()
        };
        let close = "host: chat\r\nconnection: close\r\n\r\n";
        let page = ask(format!("GET / HTTP/1.1\r\n{close}")).await;
        assert!(
            page.starts_with("HTTP/1.1 200 OK") && page.contains("<title>Chat"),
            "{page}"
        );
        let plain = ask(format!("GET /chat HTTP/1.1\r\n{close}")).await;
        assert!(plain.starts_with("HTTP/1.1 400"), "{plain}");
        let other = ask(format!("GET /else HTTP/1.1\r\n{close}")).await;
        assert!(other.starts_with("HTTP/1.1 404"), "{other}");
        let foreign = ask(format!(
            "GET /chat HTTP/1.1\r\norigin: http://evil\r\n{close}"
        ))
        .await;
        assert!(foreign.starts_with("HTTP/1.1 403"), "{foreign}");
        chat.stop.set();
        chat.serving.await.unwrap();
    });
}

#[test]
fn the_program_serves_its_page_and_members_and_ends_at_ctrl_c() {
    with_patience(async {
        let chat = start(CHAT, &["0"]).await;
        let url = format!("ws://127.0.0.1:{}/chat?name=ann", chat.port);
        let mut ann = connect_websocket(&url).await.unwrap();
        let mut bob = connect_websocket(&url.replace("ann", "bob")).await.unwrap();
        bob.send(Message::text("hello")).await.unwrap();
        let mut heard = Vec::new();
        while heard.len() < 3 {
            heard.push(
                ann.next()
                    .await
                    .unwrap()
                    .unwrap()
                    .to_text()
                    .unwrap()
                    .to_string(),
            );
        }
        let expected = [
            "* ann has come; here are: ann",
            "* bob has come; here are: ann, bob",
            "bob: hello",
        ];
        assert_eq!(heard, expected);
        let ends = spawn(chat.end());
        let last = ann.next().await.unwrap().unwrap();
        assert!(matches!(last, Message::Close(Some(_))), "{last:?}");
        assert!(matches!(
            ann.next().await,
            None | Some(Err(Error::ConnectionClosed))
        ));
        drop((ann, bob));
        let lines = ends.await.unwrap();
        assert!(lines.contains("the chat ends;"), "{lines}");
        assert!(lines.ends_with("all members have left\n"), "{lines}");
    });
}

#[test]
fn a_member_that_hangs_up_in_a_message_is_told_with_cause_and_cure() {
    with_patience(async {
        let mut program = command(CHAT);
        program.arg("0").stderr(Stdio::piped());
        let mut chat = started(program).await;
        let mut errors = StreamReader::new(chat.process.stderr.take().unwrap());
        let mut stream = TcpStream::connect(([127, 0, 0, 1], chat.port))
            .await
            .unwrap();
        let request = b"GET /chat?name=ann HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\n\
            upgrade: websocket\r\nsec-websocket-version: 13\r\n\
            sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        stream.write_all(request).await.unwrap();
        // A text of five bytes, of which two come.
        stream
            .write_all(&[0x81, 0x85, 1, 2, 3, 4, b'a', b'b'])
            .await
            .unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let told = String::from_utf8(errors.readline().await.unwrap()).unwrap();
        assert_eq!(
            told,
            "a member was lost: WebSocket protocol error: Connection reset without closing handshake; the \
             peer has gone, perhaps in the middle of a message: connect again\n"
        );
        chat.end().await;
    });
}

#[test]
fn a_port_that_is_in_use_is_a_sentence() {
    with_patience(async {
        let listener = TcpListener::bind(([127, 0, 0, 1], 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let came = printed(CHAT, [port.to_string()]).await;
        assert_eq!(came.code, Some(1));
        let sentence = format!("port {port} is in use: end the other program, or choose another");
        assert!(came.stderr.contains(&sentence), "{}", came.stderr);
    });
}
