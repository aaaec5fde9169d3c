//! `start_server`, `open_connection`, `staggered_race`.
//!
//! Read next: `writers.rs`.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind};
use std::rc::Rc;
use std::time::Duration;

use groundup_io::combinators::{gather, timeout};
use groundup_io::executor::{all_tasks, sleep, spawn, time};
use groundup_io::task::{Report, yield_now};
use groundup_io::{
    Network, StreamReader, StreamWriter, TcpListener, look_up, open_connection, staggered_race,
    start_server,
};

use crate::patience::{LONG, until_equal};
use crate::setup::*;

#[path = "../../src/streams/families.rs"]
mod families;

async fn echo(mut reader: StreamReader, mut writer: StreamWriter) -> io::Result<()> {
    loop {
        let line = reader.readline().await?;
        if line.is_empty() {
            return Ok(());
        }
        writer.write(&line);
        writer.drain().await?;
    }
}

/// Sends a line and returns the line that comes back.
async fn ask(port: u16, line: &'static [u8]) -> io::Result<Vec<u8>> {
    let (mut reader, mut writer) = open_connection("127.0.0.1", port).await?;
    writer.write(line);
    writer.drain().await?;
    Ok(reader.readline().await?)
}

#[test]
fn a_server_serves_many_clients_and_ends_when_they_have_left() {
    Setup::new().run(async {
        let (_held, address) = free_address();
        let port = address.port();
        let server = start_server("127.0.0.1", port, echo).await.unwrap();
        assert!(server.is_serving());
        let asked = gather((0..50).map(|_| ask(port, b"hello\n")))
            .await
            .unwrap();
        assert!(asked.into_iter().all(|line| line.unwrap() == b"hello\n"));
        let (reader, writer) = open_connection("127.0.0.1", port).await.unwrap();
        until_equal(1, || server.connections()).await;
        server.close();
        assert!(!server.is_serving());
        let refused = open_connection("127.0.0.1", port).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        assert!(
            refused
                .to_string()
                .starts_with(&format!("no connection to 127.0.0.1:{port}: "))
        );
        let closing = spawn(async move { server.wait_closed().await });
        yield_now().await;
        assert!(!closing.done(), "a client is there");
        drop((reader, writer));
        closing.await.unwrap();
    });
}

#[test]
fn errors_and_panics_of_a_handler_are_reported_and_the_server_goes_on() {
    let setup = Setup::new();
    setup.run_with_reports(async {
        let server = start_server("127.0.0.1", 0, |mut reader, mut writer| async move {
            match reader.readline().await?.as_slice() {
                b"panic\n" => panic!("a handler panics"),
                b"fail\n" => return Err(io::Error::other("it does not like the line")),
                line => writer.write(line),
            }
            writer.drain().await
        });
        let server = server.await.unwrap();
        let port = server.local_addrs()[0].port();
        assert_eq!(ask(port, b"panic\n").await.unwrap(), b"");
        assert_eq!(ask(port, b"fail\n").await.unwrap(), b"");
        assert_eq!(ask(port, b"fine\n").await.unwrap(), b"fine\n");
        until_equal(0, || server.connections()).await;
    });
    let reports = setup.reports.borrow();
    assert_eq!(reports.len(), 2, "{reports:?}");
    assert!(reports.iter().any(|text| text.contains("a handler panics")));
    let failed = |text: &String| {
        text.starts_with("the handler of the connection with 127.0.0.1:")
            && text.ends_with(" failed: it does not like the line")
    };
    assert!(reports.iter().any(failed), "{reports:?}");
}

/// Returns the virtual milliseconds at which each of ten clients has had its 200 answers.
async fn ten_busy_clients(with_a_slow_one: bool) -> Vec<u128> {
    let network = Network::builder().latency(Duration::from_millis(1)).build();
    let host = network.host("server");
    let server = host.run(start_server("server", 80, echo)).await.unwrap();
    let slow = spawn(async move {
        if with_a_slow_one {
            let (mut reader, mut writer) = open_connection("server", 80).await.unwrap();
            for byte in b"a byte a second\n" {
                writer.write(&[*byte]);
                sleep(Duration::from_secs(1)).await;
            }
            assert_eq!(reader.readline().await.unwrap(), b"a byte a second\n");
        }
    });
    let clients = (0..10).map(|_| async {
        let (mut reader, mut writer) = open_connection("server", 80).await.unwrap();
        for _ in 0..200 {
            writer.write(b"line\n");
            assert_eq!(reader.readline().await.unwrap(), b"line\n");
        }
        time().since_start().as_millis()
    });
    let ends = gather(clients).await.unwrap();
    slow.await.unwrap();
    sleep(Duration::from_secs(1)).await; // the ends are on their way
    assert_eq!(server.connections(), 0);
    ends
}

#[test]
fn a_client_that_sends_a_byte_a_second_does_not_slow_the_others() {
    let without = Setup::without_sockets().run(ten_busy_clients(false));
    let with = Setup::without_sockets().run(ten_busy_clients(true));
    assert_eq!(with, without);
    let in_time = with.iter().all(|&end| end < 11_000);
    assert!(in_time, "50 ms for an answer: {with:?}");
}

#[test]
fn a_handler_that_panics_is_reported_with_the_place_of_its_server() {
    let setup = Setup::new();
    let places = Rc::<RefCell<Vec<String>>>::default();
    let told = places.clone();
    let tell = move |report: &Report| {
        told.borrow_mut()
            .extend(report.place.map(|at| at.to_string()))
    };
    setup.event_loop.set_exception_handler(Some(Rc::new(tell)));
    let line = line!() + 2;
    setup.run_with_reports(async {
        let server = start_server("127.0.0.1", 0, |_, _| async { panic!("it panics") });
        let server = server.await.unwrap();
        let port = server.local_addrs()[0].port();
        assert_eq!(ask(port, b"x\n").await.unwrap_or_default(), b"");
        until_equal(0, || server.connections()).await;
    });
    let here = format!("{}:{line}:", file!());
    assert!(places.borrow()[0].starts_with(&here), "{places:?}");
}

#[test]
fn a_server_that_is_dropped_or_cancelled_listens_no_more() {
    Setup::new().run(async {
        let (_held, address) = free_address();
        let port = address.port();
        let server = start_server("127.0.0.1", port, echo).await.unwrap();
        let serving = spawn(server.serve_forever());
        assert_eq!(ask(port, b"x\n").await.unwrap(), b"x\n");
        serving.cancel();
        assert!(serving.await.unwrap_err().is_cancelled());
        yield_now().await;
        yield_now().await;
        assert!(open_connection("127.0.0.1", port).await.is_err());
    });
}

/// A cancel of every task, as a program does before its end, reaches the task that accepts, too.
#[test]
fn a_listener_whose_task_is_cancelled_is_closed() {
    Setup::new().run(async {
        let (_held, address) = free_address();
        let port = address.port();
        let server = start_server("127.0.0.1", port, echo).await.unwrap();
        let waiting = spawn(ask(port, b"x\n"));
        let mut tasks = all_tasks();
        tasks.retain(|task| task.name().as_deref() == Some("server"));
        assert_eq!(tasks.len(), 1);
        tasks[0].cancel();
        let refused = timeout(LONG, waiting).await;
        assert!(refused.expect("the client waits").unwrap().is_err());
        assert!(open_connection("127.0.0.1", port).await.is_err());
        server.close();
        server.wait_closed().await;
    });
}

#[test]
fn a_server_whose_port_is_in_use_does_not_start() {
    Setup::new().run(async {
        let listener = TcpListener::bind(LOCAL).unwrap();
        let port = listener.local_addr().unwrap().port();
        let error = start_server("127.0.0.1", port, echo).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        let (text, place) = (error.to_string(), format!("127.0.0.1:{port}"));
        assert!(
            text.contains(&place) && text.contains("another port"),
            "{text}"
        );
    });
}

#[test]
fn a_host_that_is_not_known_is_an_error_with_its_name() {
    Setup::new().run(async {
        let error = look_up("no such host.invalid", 80).await.unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("the host \"no such host.invalid\": "),
            "{error}"
        );
        let error = open_connection("no such host.invalid", 80)
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains("no such host.invalid"),
            "{error}"
        );
        assert_eq!(
            look_up("::1", 7).await.unwrap(),
            ["[::1]:7".parse().unwrap()]
        );
    });
}

#[test]
fn the_families_of_addresses_take_turns() {
    let ordered = |hosts: &[&str]| {
        let address = |host: &&str| std::net::SocketAddr::new(host.parse().unwrap(), 80);
        let ordered = families::in_turns(hosts.iter().map(address).collect());
        let hosts = ordered.iter().map(|address| address.ip().to_string());
        hosts.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        ordered(&["::1", "::2", "::3", "0.0.0.1"]),
        "::1 0.0.0.1 ::2 ::3"
    );
    assert_eq!(
        ordered(&["0.0.0.1", "0.0.0.2", "::1"]),
        "0.0.0.1 ::1 0.0.0.2"
    );
    assert_eq!(ordered(&["0.0.0.1", "::1", "::2"]), "0.0.0.1 ::1 ::2");
    assert_eq!(ordered(&[]), "");
}

/// An attempt that takes some seconds and logs its start and its drop.
fn attempt(
    log: &Rc<RefCell<Vec<String>>>,
    name: &'static str,
    takes: u64,
    succeeds: bool,
) -> impl Future<Output = Result<&'static str, &'static str>> + use<> {
    let log = log.clone();
    let say = move |what: &str| {
        let at = time().since_start().as_secs();
        log.borrow_mut().push(format!("{name} {what} at {at}"));
    };
    async move {
        say("starts");
        sleep(Duration::from_secs(takes)).await;
        say("ends");
        if succeeds { Ok(name) } else { Err(name) }
    }
}

#[test]
fn a_staggered_race_starts_each_attempt_after_the_delay_or_the_failure_before() {
    let log = Rc::default();
    let won = Setup::without_sockets().run(async {
        let attempts = [
            attempt(&log, "a", 3, false),
            attempt(&log, "b", 100, true),
            attempt(&log, "c", 6, true),
            attempt(&log, "d", 100, true),
        ];
        staggered_race(attempts, Duration::from_secs(5)).await
    });
    assert_eq!(won, Ok("c"));
    assert_eq!(
        *log.borrow(),
        [
            "a starts at 0",
            "a ends at 3",
            "b starts at 3",
            "c starts at 8",
            "d starts at 13",
            "c ends at 14"
        ]
    );
}

#[test]
fn a_staggered_race_that_none_wins_gives_all_errors_in_the_order_of_the_failures() {
    let log = Rc::default();
    let lost = Setup::without_sockets().run(async {
        let attempts = [
            attempt(&log, "a", 8, false),
            attempt(&log, "b", 1, false),
            attempt(&log, "c", 0, false),
        ];
        staggered_race(attempts, Duration::from_secs(5)).await
    });
    assert_eq!(lost, Err(vec!["b", "c", "a"]));
    let none = Setup::without_sockets().run(staggered_race(
        std::iter::empty::<std::future::Ready<Result<(), ()>>>(),
        Duration::ZERO,
    ));
    assert_eq!(none, Err(Vec::new()));
}

#[test]
fn a_cancelled_race_drops_its_attempts() {
    struct Gone(Rc<Cell<u32>>);
    impl Drop for Gone {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    Setup::without_sockets().run(async {
        let gone = Rc::<Cell<u32>>::default();
        let attempts: Vec<_> = (0..3)
            .map(|_| {
                let guard = Gone(gone.clone());
                async move {
                    let _guard = guard;
                    std::future::pending::<Result<(), ()>>().await
                }
            })
            .collect();
        let race = spawn(staggered_race(attempts, Duration::from_secs(1)));
        sleep(Duration::from_millis(1500)).await;
        race.cancel();
        assert!(race.await.unwrap_err().is_cancelled());
        assert_eq!(gone.get(), 3);
    });
}
