//! The crawler, on a network in memory and on the system's.

use std::cell::RefCell;
use std::process::{ExitStatus, Stdio};
use std::rc::Rc;
use std::time::Duration;

use groundup::net::{Network, StreamReader};
use groundup::signal::SignalKind;
use groundup::trace::Recorder;
use groundup::web::tls_connector;
use groundup::{Event, EventLoop, Runner, run_virtual, time};
use programs::crawler::links::links;
use programs::crawler::site::start_site;
use programs::crawler::{Options, Visit, crawl, timeline};
use programs::failure::Failure;
use programs::http::url::Url;

use crate::refusing::Refusing;
use crate::setup::{Folder, HOUR, Script, command, printed, serve, with_patience};

const CRAWLER: &str = env!("CARGO_BIN_EXE_crawler");

/// Crawls the site on a network in memory, and returns the visits, the number of links beyond the limit,
/// and the timeline.
fn crawled(limit: usize, workers: usize) -> (Vec<String>, usize, String) {
    let log = Recorder::new();
    let event_loop = EventLoop::builder()
        .virtual_time()
        .trace(log.clone())
        .build();
    let visits = Rc::<RefCell<Vec<String>>>::default();
    let told = visits.clone();
    let ran = Runner::with_loop(event_loop).run(async move {
        let network = Network::builder()
            .latency(Duration::from_millis(50))
            .build();
        let host = network.host("site");
        let _site = host.run(start_site("0.0.0.0", 80)).await.unwrap();
        let options = Options {
            limit,
            workers,
            time_out: Duration::from_secs(5),
            tls: tls_connector(),
        };
        let first = Url::parse("http://site/").unwrap();
        crawl(first, options, move |visit| {
            told.borrow_mut().push(visit.to_string());
            Ok(())
        })
        .await
    });
    (
        visits.take(),
        ran.unwrap().unwrap(),
        timeline(&log.events()).text(),
    )
}

#[test]
fn each_page_of_the_site_is_visited_once() {
    let (visits, left_out, _) = crawled(100, 3);
    let mut sorted = visits.clone();
    sorted.sort();
    let expected = [
        "---  http://site/b/broken  the server has ended the connection too early: 992 bytes are \
         missing; try again",
        "200  http://site/  (5 links)",
        "200  http://site/a/  (4 links)",
        "200  http://site/a/1  (1 link)",
        "200  http://site/a/2  (1 link)",
        "200  http://site/a/3  (1 link)",
        "200  http://site/b/  (4 links)",
        "200  http://site/b/1  (1 link)",
        "200  http://site/b/2  (1 link)",
        "200  http://site/b/3  (1 link)",
        "200  http://site/c/  (3 links)",
        "200  http://site/c/1  (1 link)",
        "200  http://site/c/2  (1 link)",
        "301  http://site/old  (1 link)",
        "404  http://site/nowhere  (1 link)",
    ];
    assert_eq!(sorted, expected);
    assert_eq!(left_out, 0);
    // The slow page delays one worker, and not the others.
    let slow = visits.iter().position(|visit| visit.contains("/c/ "));
    assert!(slow > Some(4), "{visits:#?}");
}

#[test]
fn a_page_that_is_garbage_or_never_comes_costs_its_own_visit() {
    let visits = Rc::<RefCell<Vec<String>>>::default();
    let told = visits.clone();
    let waited = run_virtual(async move {
        let _network = Network::new();
        let server = serve(|path| {
            Script::Whole(match path {
                "/" => b"HTTP/1.1 200 OK\r\n\r\n<a href=\"never\"> <a href=\"garbage\"> <a href=\"good\">".to_vec(),
                "/garbage" => b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(),
                "/never" => return Script::Silent(Vec::new()),
                _ => b"HTTP/1.1 200 OK\r\n\r\n".to_vec(),
            })
        });
        let options = Options {
            limit: 10,
            workers: 2,
            time_out: Duration::from_secs(5),
            tls: tls_connector(),
        };
        let first = Url::parse(&format!("http://{}/", server.address)).unwrap();
        let tell = move |visit: &Visit| {
            let text = visit.to_string();
            let text = text.replace(&server.address.to_string(), "site");
            told.borrow_mut().push(text);
            Ok(())
        };
        crawl(first, options, tell).await.unwrap();
        time().since_start()
    });
    assert_eq!(waited, Duration::from_secs(5));
    let expected = [
        "200  http://site/  (3 links)",
        "---  http://site/garbage  the server does not answer in HTTP: its first line is \
         \"SSH-2.0-OpenSSH_9.2\"; is the port that of a web server?",
        "200  http://site/good  (0 links)",
        "---  http://site/never  site was silent for 5 s: try again, or wait longer with --time-out",
    ];
    assert_eq!(visits.take(), expected);
}

/// Crawls the site in memory with this `tell`, which fails.
fn failed(tell: impl Fn(&Visit) -> Result<(), Failure> + 'static) -> String {
    run_virtual(async {
        let network = Network::new();
        let host = network.host("site");
        let _site = host.run(start_site("0.0.0.0", 80)).await.unwrap();
        let options = Options {
            limit: 10,
            workers: 2,
            time_out: Duration::from_secs(5),
            tls: tls_connector(),
        };
        let first = Url::parse("http://site/").unwrap();
        let ended = crawl(first, options, tell).await;
        assert!(time().since_start() < Duration::from_secs(5), "a time-out");
        ended.unwrap_err().to_string()
    })
}

#[test]
fn a_crawl_ends_at_once_if_a_worker_panics_or_cannot_tell_its_page() {
    assert_eq!(failed(|_| Err(Failure::new("no paper"))), "no paper");
    let panicked = failed(|_| panic!("a page too many"));
    assert_eq!(
        panicked,
        "a bug of this program: the task panicked: a page too many"
    );
}

#[test]
fn the_limit_is_kept_and_the_rest_is_counted() {
    let (visits, left_out, _) = crawled(4, 2);
    assert_eq!(visits.len(), 4, "{visits:#?}");
    assert!(left_out > 0);
    assert_eq!(crawled(1, 9).0.len(), 1);
}

#[test]
fn the_timeline_shows_workers_side_by_side_and_repeats() {
    let (_, _, picture) = crawled(100, 3);
    assert_eq!(picture, crawled(100, 3).2);
    for worker in ["worker 1", "worker 2", "worker 3"] {
        let lane = picture.lines().find(|line| line.starts_with(worker));
        assert!(lane.is_some_and(|lane| lane.contains('●')), "{picture}");
    }
    assert!(
        !picture.contains("Task-2"),
        "without the tasks of the site:\n{picture}"
    );
}

#[test]
fn the_program_crawls_a_site_of_its_own_and_draws_its_run() {
    with_patience(async {
        let folder = Folder::new();
        let page = folder.0.join("run.html");
        let arguments = ["--workers", "2", "--page", page.to_str().unwrap()];
        let came = printed(CRAWLER, arguments).await;
        assert_eq!(came.code, Some(0), "{}", came.stderr);
        assert_eq!(
            came.stdout.matches("\n200  ").count(),
            11,
            "{}",
            came.stdout
        );
        assert!(
            came.stdout.starts_with("200  http://127.0.0.1:"),
            "{}",
            came.stdout
        );
        assert!(came.stdout.contains("\nworker 2"), "{}", came.stdout);
        let page = std::fs::read_to_string(page).unwrap();
        assert!(page.starts_with("<!") && page.contains("worker 2"));
        let came = printed(CRAWLER, ["--limit", "3"]).await;
        assert!(
            came.stdout.contains("links lead beyond the limit"),
            "{}",
            came.stdout
        );
        let refusing = Refusing::new();
        let url = format!("http://127.0.0.1:{}/", refusing.port);
        let came = printed(CRAWLER, [&url]).await;
        assert!(
            came.stderr.contains("refuses the connection"),
            "{}",
            came.stderr
        );
        let came = printed(CRAWLER, ["--limit", "many"]).await;
        assert_eq!(came.code, Some(1));
        assert!(came.stderr.contains("usage: crawler"), "{}", came.stderr);
    });
}

#[test]
fn a_first_page_that_cannot_be_loaded_is_a_failure_without_a_timeline() {
    with_patience(async {
        let server = serve(|path| {
            let head = |status| format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
            Script::Whole(match path {
                "/missing" => head("404 Not Found").into_bytes(),
                "/old" => b"HTTP/1.1 302 Found\r\nlocation: /none\r\n\r\n".to_vec(),
                "/none" => head("503 Service Unavailable").into_bytes(),
                _ => b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(),
            })
        });
        let folder = Folder::new();
        let page = folder.0.join("run.html");
        for (path, says) in [
            ("ssh", "the server does not answer in HTTP"),
            ("missing", "the server answers 404"),
        ] {
            let url = format!("http://{}/{path}", server.address);
            let came = printed(CRAWLER, ["--page", page.to_str().unwrap(), &url]).await;
            assert_eq!(came.code, Some(1), "{path}");
            let says = format!("crawler: the first page cannot be loaded: {says}");
            assert!(came.stderr.starts_with(&says), "{}", came.stderr);
            assert!(!came.stdout.contains("worker"), "{}", came.stdout);
            assert!(!page.exists());
        }
        // A later page that fails is a line of the result.
        let url = format!("http://{}/old", server.address);
        let came = printed(CRAWLER, [&url]).await;
        assert_eq!((came.code, came.stderr.as_str()), (Some(0), ""));
        assert!(came.stdout.contains("\n503  "), "{}", came.stdout);
    });
}

#[test]
fn a_crawl_of_no_pages_or_without_workers_is_refused() {
    with_patience(async {
        for (option, value) in [("--workers", "0"), ("--limit", "0"), ("--workers", "-1")] {
            let came = printed(CRAWLER, [option, value]).await;
            assert_eq!((came.code, came.stdout.as_str()), (Some(1), ""));
            let says = format!("crawler: {option} {value:?}: it is a number from 1 on\n");
            assert!(came.stderr.starts_with(&says), "{}", came.stderr);
        }
    });
}

/// Runs a crawl whose first page never comes, and ends it by a signal once it has asked for that page.
/// Returns what it has printed, its errors and its status.
pub(crate) async fn crawl_ended_by(signal: SignalKind) -> (String, String, ExitStatus) {
    let asked = Rc::new(Event::new());
    let tells = asked.clone();
    let server = serve(move |_| {
        tells.set();
        Script::Silent(Vec::new())
    });
    let mut command = command(CRAWLER);
    let url = format!("http://{}/", server.address);
    command.args(["--time-out", HOUR, &url]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.kill_on_drop(true).spawn().unwrap();
    asked.wait().await;
    process.send_signal(signal).unwrap();
    let mut lines = StreamReader::new(process.stdout.take().unwrap());
    let lines = String::from_utf8(lines.read_to_end().await.unwrap()).unwrap();
    let mut errors = StreamReader::new(process.stderr.take().unwrap());
    let errors = String::from_utf8(errors.read_to_end().await.unwrap()).unwrap();
    (lines, errors, process.wait().await.unwrap())
}

#[test]
fn ctrl_c_ends_a_crawl_with_its_timeline() {
    with_patience(async {
        let (lines, errors, status) = crawl_ended_by(SignalKind::interrupt()).await;
        assert!(lines.contains("\nworker 4"), "{lines}");
        assert_eq!(status.code(), Some(1), "{errors}");
    });
}

#[test]
fn links_are_found_in_a_page() {
    let page = "<a href=\"one\">1</a> <A class=x href='two?a=1&amp;b=2'>2</A> <a href=\"#here\">3</a>\
                <a href=\"one\">4</a> <a href=bare>5</a> <a href=\"no end";
    assert_eq!(links(page), ["one", "two?a=1&b=2"]);
}
