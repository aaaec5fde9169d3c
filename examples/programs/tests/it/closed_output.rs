//! An output that is full or has no reader, as in `crawler | head -1`.

use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use groundup::net::{StreamReader, open_connection};
use groundup::process::{Command, Process};
use groundup::signal::SignalKind;

use crate::setup::{Script, command, serve, started, with_patience};

const CHAT: &str = env!("CARGO_BIN_EXE_chat");
const CRAWLER: &str = env!("CARGO_BIN_EXE_crawler");
const ECHO: &str = env!("CARGO_BIN_EXE_echo_server");
const JOBS: &str = env!("CARGO_BIN_EXE_jobs_from_redis");
const WEB: &str = env!("CARGO_BIN_EXE_web_server");
const WGET: &str = env!("CARGO_BIN_EXE_wget");

/// A pipe whose reader is gone.
fn unread() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// Runs a program to its end, and returns its errors and its status.
async fn ended(program: &str, arguments: &[&str], output: Stdio) -> (String, ExitStatus) {
    let mut command = command(program);
    command.args(arguments).stdin(Stdio::null()).stdout(output);
    spawned(command).await
}

async fn spawned(mut command: Command) -> (String, ExitStatus) {
    command.stderr(Stdio::piped()).kill_on_drop(true);
    errors_of(command.spawn().unwrap()).await
}

async fn errors_of(mut process: Process) -> (String, ExitStatus) {
    let mut errors = StreamReader::new(process.stderr.take().unwrap());
    let errors = String::from_utf8(errors.read_to_end().await.unwrap()).unwrap();
    (errors, process.wait().await.unwrap())
}

#[test]
fn a_crawl_that_nobody_reads_ends_without_a_word() {
    with_patience(async {
        let (errors, status) = ended(CRAWLER, &[], unread()).await;
        assert_eq!(errors, "");
        assert_eq!(status.signal(), Some(SignalKind::pipe().as_raw()));
    });
}

#[test]
fn help_that_nobody_reads_ends_without_a_word() {
    with_patience(async {
        for program in [CHAT, CRAWLER, ECHO, JOBS, WEB, WGET] {
            let (errors, status) = ended(program, &["--help"], unread()).await;
            assert_eq!(errors, "", "{program}");
            let pipe = Some(SignalKind::pipe().as_raw());
            assert_eq!(status.signal(), pipe, "{program}");
        }
    });
}

#[test]
fn a_download_that_nobody_reads_ends_without_an_error() {
    with_patience(async {
        let page = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n123456789\n";
        let server = serve(move |_| Script::Whole(page.into()));
        let url = format!("http://{}/", server.address);
        for style in ["callback", "generator", "async"] {
            let arguments = ["--style", style, "-O", "-", &url];
            let (errors, status) = ended(WGET, &arguments, unread()).await;
            assert!(!errors.contains("wget:"), "{style}: {errors}");
            let pipe = Some(SignalKind::pipe().as_raw());
            assert_eq!(status.signal(), pipe, "{style}: {errors}");
        }
    });
}

#[test]
fn an_output_that_is_full_is_a_failure_with_a_cure() {
    let full = Path::new("/dev/full");
    if !full.exists() {
        println!("skipped: there is no /dev/full");
        return;
    }
    with_patience(async {
        for (name, program, argument) in
            [("crawler", CRAWLER, "--limit=1"), ("chat", CHAT, "--help")]
        {
            let arguments = match argument {
                "--limit=1" => &["--limit", "1"][..],
                _ => &[argument],
            };
            let output = File::options().write(true).open(full).unwrap();
            let (errors, status) = ended(program, arguments, output.into()).await;
            let says = format!("{name}: the standard output cannot be written: ");
            assert!(errors.starts_with(&says), "{errors}");
            assert!(errors.ends_with("; make room on the disk\n"), "{errors}");
            assert_eq!((errors.lines().count(), status.code()), (1, Some(1)));
        }
    });
}

#[test]
fn a_server_whose_lines_nobody_reads_serves_on_and_ends_in_good_order() {
    with_patience(async {
        for (program, request, answer) in [
            (CHAT, "GET / HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\n"),
            (ECHO, "a line\n", "a line\n"),
            (WEB, "GET / HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\n"),
        ] {
            let mut command = command(program);
            command.arg("0").stderr(Stdio::piped());
            let server = started(command).await;
            drop(server.lines);
            let (mut reader, mut writer) = open_connection("127.0.0.1", server.port).await.unwrap();
            writer.write(request.as_bytes());
            let line = reader.readline().await.unwrap();
            assert_eq!(String::from_utf8_lossy(&line), answer, "{program}");
            let terminate = SignalKind::terminate();
            server.process.send_signal(terminate).unwrap();
            let (errors, status) = errors_of(server.process).await;
            assert_eq!((errors.as_str(), status.code()), ("", Some(0)), "{program}");
        }
    });
}
