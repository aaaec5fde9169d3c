//! SIGTERM, which containers send, ends a program as Ctrl-C does.

use std::os::unix::process::ExitStatusExt;

use groundup::net::open_connection;
use groundup::signal::SignalKind;

use crate::crawler::crawl_ended_by;
use crate::setup::{has_said, start, with_patience};

const SERVERS: [(&str, &str); 3] = [
    (env!("CARGO_BIN_EXE_chat"), "all members have left\n"),
    (env!("CARGO_BIN_EXE_echo_server"), "no client is left\n"),
    (env!("CARGO_BIN_EXE_web_server"), "the server has ended\n"),
];

#[test]
fn sigterm_ends_a_server_in_good_order() {
    with_patience(async {
        for (program, last) in SERVERS {
            let server = start(program, &["0"]).await;
            let lines = server.end_by(SignalKind::terminate()).await;
            assert!(lines.ends_with(last), "{program}: {lines}");
        }
    });
}

#[test]
fn ctrl_c_after_sigterm_ends_a_server_that_still_answers() {
    with_patience(async {
        let mut server = start(env!("CARGO_BIN_EXE_web_server"), &["0"]).await;
        let (mut reader, mut writer) = open_connection("127.0.0.1", server.port).await.unwrap();
        writer.write(b"GET /slow HTTP/1.1\r\nhost: h\r\n\r\nGET /slow HTTP/1.1\r\nhost: h\r\n\r\n");
        reader.readline().await.unwrap(); // the server has both
        server.process.send_signal(SignalKind::terminate()).unwrap();
        assert!(has_said(&mut server.lines, "open; the server ends after them").await);
        server.process.send_signal(SignalKind::interrupt()).unwrap();
        assert!(!has_said(&mut server.lines, "the server has ended").await);
        assert!(!server.process.wait().await.unwrap().success());
    });
}

#[test]
fn sigterm_ends_a_crawl_with_its_timeline() {
    with_patience(async {
        let (lines, errors, status) = crawl_ended_by(SignalKind::terminate()).await;
        assert!(lines.contains("\nworker 4"), "{lines}");
        assert_eq!(errors, "crawler: ended by SIGTERM\n");
        // A shell must see the signal, as when it ends a program that does not handle it.
        assert_eq!(
            status.signal(),
            Some(SignalKind::terminate().as_raw()),
            "{status}"
        );
    });
}
