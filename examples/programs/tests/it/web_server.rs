//! The web server in memory: its pages, its end, bad peers.

use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use groundup::net::{Network, TcpListener, open_connection};
use groundup::trace::Recorder;
use groundup::{Event, EventLoop, Runner, Task, sleep, spawn, spawn_named, time, yield_now};
use programs::web_server::{EVENTS, Site, serve, tasks};

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
        let tasks = get("/tasks").await;
        assert!(tasks.contains("4 requests answered, 1 open"), "{tasks}");
        served.end().await;
    });
    beside_server(|served| async {
        get("/").await;
        let tasks = get("/tasks").await;
        assert!(tasks.contains("; 1 request answered, 1 open"), "{tasks}");
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
            "<td>order 1</td><td>waits for 2.0 s more</td>",
            "<td>order 2</td><td>waits for the pan held by order 1, which waits for 2.0 s more</td>",
            "<td>GET /slow</td><td>waits for several things: task order 2; the end of the server; order 2 waits for the pan held by order 1",
        ] {
            assert!(page.contains(row), "{row}: {page}");
        }
        assert!(
            page.contains("<td>GET /tasks</td><td>writes this page</td>"),
            "{page}"
        );
        for (task, does) in [
            ("order 1", "asleep, 0.000 s to 1.000 s"),
            (
                "order 2",
                "waits for the pan held by order 1, 0.000 s to 1.000 s",
            ),
            (
                "order 3",
                "waits for the pan held by order 1, 0.000 s to 1.000 s",
            ),
            (
                "the listener",
                "waits for several things, 0.000 s to 1.000 s",
            ),
        ] {
            let mut lanes = picture(&page).split("<text class=\"name\"");
            let is_its = |lane: &&str| lane.contains(&format!(">{task}</text>"));
            let lane = lanes.find(is_its).expect(task);
            assert!(lane.contains(&format!("<title>{does}</title>")), "{lane}");
        }
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

/// Returns the picture of the live page.
fn picture(page: &str) -> &str {
    let (_, picture) = page.split_once("<div class=\"picture\"><svg").expect(page);
    picture.split_once("</svg>").unwrap().0
}

#[test]
fn a_connection_that_has_ended_leaves_the_live_page_with_its_minute() {
    beside_server(|served| async {
        let ended = |page: &str| picture(page).matches(">answered GET /").count();
        get("/").await;
        sleep(59 * SECOND).await;
        let page = get("/tasks").await;
        assert_eq!(ended(&page), 1, "{page}");
        sleep(2 * SECOND).await;
        let page = get("/tasks").await;
        assert_eq!(ended(&page), 1, "that of the page before: {page}");
        served.end().await;
    });
}

#[test]
fn the_live_page_does_not_grow_with_the_connections() {
    beside_server(|served| async {
        let mut lengths = Vec::new();
        for hundreds in [1, 10] {
            for _ in 0..100 * hundreds {
                get("/json").await;
            }
            let page = get("/tasks").await;
            let said = format!("{EVENTS} events. The axis begins 0.0 s ago");
            assert!(page.contains(&said), "{page}");
            assert!(page.contains("keeps its last 600 events"), "{page}");
            let lanes = picture(&page).matches("<text class=\"name\"").count();
            assert!(lanes <= EVENTS, "{lanes} lanes");
            lengths.push(page.len());
        }
        assert!(lengths[1] < lengths[0] * 11 / 10, "{lengths:?}");
        served.end().await;
    });
}

/// A task of any name, on the page that lists it.
#[test]
fn a_name_hides_nothing_on_the_live_page() {
    let log = Recorder::ring(EVENTS);
    let event_loop = EventLoop::builder()
        .virtual_time()
        .trace(log.clone())
        .build();
    let page = event_loop.run_until_complete(async move {
        let name = "order \u{202e}31\u{200b}\u{7}\n<b>";
        let _order = spawn_named(name, pending::<()>());
        yield_now().await;
        tasks::page(&Site::new(log), false)
    });
    let page = page.unwrap();
    let shown = "order \\u{202e}31\\u{200b}\\u{7}\\n&lt;b&gt;";
    let row = format!("<td>{shown}</td><td>waits for something that the loop does not know</td>");
    assert!(page.contains(&row), "{page}");
    assert!(
        picture(&page).contains(r">order \u{202e}31\u{200b…<"),
        "{page}"
    );
    let hides = |c: char| c != '\n' && (c.is_control() || matches!(c, '\u{200b}' | '\u{202e}'));
    assert!(!page.contains(hides), "{page}");
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

/// The beginning of a head, as long as hyper keeps one. The server has read all of it when it refuses it. Of
/// a longer one it would leave a part, and the system would then reset the connection, with the answer.
pub(crate) fn huge_head() -> Vec<u8> {
    let mut head = b"GET / HTTP/1.1\r\nhost: h\r\nx: ".to_vec();
    head.resize(8 * 1024 + 100 * 4 * 1024, b'a');
    head
}

#[test]
fn peers_that_misbehave_cost_themselves_only() {
    beside_server(|served| async {
        let garbage = raw(b"\x16\x03\x01\x02 not http at all\r\n\r\n").await;
        assert!(garbage.starts_with("HTTP/1.1 400"), "{garbage}");
        let huge = raw(&huge_head()).await;
        let too_large = "HTTP/1.1 431 Request Header Fields Too Large\r\n";
        assert!(huge.starts_with(too_large), "{huge}");
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
