//! Signals and terminals: how a download ends that does not go on.

use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::rc::Rc;
use std::time::Duration;

use futures::AsyncWriteExt;
use groundup::net::StreamReader;
use groundup::process::{Command, PipeReader, Process};
use groundup::signal::SignalKind;
use groundup::{Queue, sleep};

use super::{LIMITS, OK, STYLES, WGET, body, script, whole};
use crate::setup::{Folder, HOUR, Script, command, has_peer, serve, with_patience};

/// Starts a program that downloads into a folder, and returns it when a half of the file has come.
async fn half_way(mut program: Command, folder: &Folder) -> (Process, StreamReader<PipeReader>) {
    program.current_dir(&folder.0).stdout(Stdio::null());
    program.stderr(Stdio::piped()).kill_on_drop(true);
    let mut process = program.spawn().unwrap();
    let mut lines = StreamReader::new(process.stderr.take().unwrap());
    lines.readuntil(b" 50 %\n").await.unwrap();
    let has_part = folder.files().iter().any(|name| name.ends_with(".part"));
    assert!(has_part, "{:?}", folder.files());
    (process, lines)
}

#[test]
fn a_signal_leaves_no_file_in_any_style() {
    with_patience(async {
        let server = serve(script);
        let url = format!("http://{}/half", server.address);
        for style in STYLES {
            for (kind, says) in [
                (SignalKind::interrupt(), "interrupted"),
                (SignalKind::terminate(), "ended by SIGTERM"),
                (SignalKind::hangup(), "ended by SIGHUP"),
            ] {
                let folder = Folder::new();
                let mut wget = command(WGET);
                wget.args(["--style", style, "--time-out", HOUR, "-O", "file", &url]);
                let (process, mut lines) = half_way(wget, &folder).await;
                process.send_signal(kind).unwrap();
                let rest = String::from_utf8(lines.read_to_end().await.unwrap()).unwrap();
                // A shell must see the signal, as when it ends a program that does not handle it.
                let status = process.wait().await.unwrap();
                assert_eq!(status.signal(), Some(kind.as_raw()), "{style}: {status}");
                let last = rest.lines().last().unwrap_or_default();
                assert_eq!(last, format!("wget: {says}: nothing was saved"), "{style}");
                assert_eq!(folder.files(), [""; 0], "{style}, {kind}");
            }
        }
    });
}

#[test]
fn a_signal_that_is_ignored_ends_no_download() {
    with_patience(async {
        for style in STYLES {
            let (folder, parts) = (Folder::new(), Rc::new(Queue::new(2)));
            let fed = parts.clone();
            let server = serve(move |_| Script::Fed(fed.clone()));
            let head = format!("{OK}content-length: 100000\r\n");
            parts.put(whole(&head, &body(50_000))).await.unwrap();
            let url = format!("http://{}/", server.address);
            let mut shell = command("sh");
            let line = format!(
                "trap '' HUP INT TERM; exec {WGET} --style {style} --time-out {HOUR} -O file {url}"
            );
            shell.args(["-c", &line]);
            let (process, mut lines) = half_way(shell, &folder).await;
            for kind in [
                SignalKind::hangup(),
                SignalKind::interrupt(),
                SignalKind::terminate(),
            ] {
                process.send_signal(kind).unwrap();
            }
            // The download goes on. What it does at the signals, it does before its end.
            parts.put(body(10_000)).await.unwrap();
            lines.readuntil(b" 60 %\n").await.unwrap();
            parts.put(Vec::new()).await.unwrap();
            let rest = String::from_utf8(lines.read_to_end().await.unwrap()).unwrap();
            assert!(rest.contains("40000 bytes are missing"), "{style}: {rest}");
            assert_eq!(process.wait().await.unwrap().code(), Some(1), "{style}");
            assert_eq!(folder.files(), [""; 0], "{style}");
        }
    });
}

/// A terminal for a style of wget. The program `script` prints what its terminal gets.
struct Terminal {
    style: &'static str,
    /// The address of the server that answers as its script says.
    server: SocketAddr,
    folder: Folder,
}

impl Terminal {
    /// Makes the command that downloads a path on the terminal, into the folder.
    fn downloads(&self, limit: &str, path: &str) -> Command {
        let Terminal {
            style,
            server,
            folder,
        } = self;
        let url = format!("http://{server}{path}");
        let line = format!("exec {WGET} --style {style} --time-out {limit} -O file {url}");
        let mut terminal = command("script");
        terminal.args(["-qec", &line, "/dev/null"]);
        terminal.current_dir(&folder.0).kill_on_drop(true);
        terminal
    }

    /// Downloads a path to its end, and returns what the terminal shows, and the status.
    async fn shown(&self, limit: &str, path: &str) -> (String, Option<i32>) {
        let mut terminal = self.downloads(limit, path);
        let output = terminal.stdin(Stdio::null()).output().await.unwrap();
        let shown = String::from_utf8(output.stdout).unwrap();
        (shown, output.status.code())
    }
}

/// Runs a test on a terminal for each style. Skips it where `script` is missing.
fn on_terminals(test: impl AsyncFn(Terminal) + 'static) {
    if !has_peer("script", &["-qec", "true", "/dev/null"]) {
        return;
    }
    with_patience(async move {
        let serving = serve(script);
        for style in STYLES {
            let (server, folder) = (serving.address, Folder::new());
            let terminal = Terminal {
                style,
                server,
                folder,
            };
            test(terminal).await;
        }
    });
}

#[test]
fn an_error_on_a_terminal_stands_below_the_bar() {
    on_terminals(async |terminal| {
        let (style, at) = (terminal.style, terminal.server);
        let mut limits = LIMITS.into_iter();
        let (limit, (shown, code)) = loop {
            let limit = limits.next().expect("the half comes within a limit");
            let ended = terminal.shown(limit, "/half").await;
            if ended.0.contains(" 50 %") {
                break (limit, ended);
            }
        };
        let lines: Vec<&str> = shown.split("\r\n").collect();
        let [first, second, bar, error, ""] = lines[..] else {
            panic!("{style}: {shown:?}");
        };
        assert_eq!(first, format!("http://{at}/half"));
        assert_eq!(second, "  200 OK, 100000 bytes");
        let last = bar.rsplit('\r').next();
        assert_eq!(last, Some("  [##########          ]  50 %"), "{style}");
        let late = format!(
            "wget: {at} was silent for {limit} s: try again, or wait longer with --time-out"
        );
        assert_eq!(error, late);
        assert_eq!(code, Some(1), "{style}");
        // A bar that is full has one end of its line, too.
        let (shown, _) = terminal.shown(HOUR, "/small").await;
        let end = "\r  [####################] 100 %\r\nsaved file, 5 bytes\r\n";
        assert!(shown.ends_with(end), "{style}: {shown:?}");
    });
}

#[test]
fn ctrl_c_on_a_terminal_ends_the_bar_and_removes_the_file() {
    on_terminals(async |terminal| {
        let style = terminal.style;
        let mut wget = terminal.downloads(HOUR, "/half");
        wget.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = wget.spawn().unwrap();
        let mut keys = process.stdin.take().unwrap();
        let mut shows = StreamReader::new(process.stdout.take().unwrap());
        let mut shown = shows.readuntil(b" 50 %").await.unwrap();
        keys.write_all(b"\x03").await.unwrap();
        shown.extend(shows.read_to_end().await.unwrap());
        let shown = String::from_utf8(shown).unwrap();
        let end = " 50 %^C\r\nwget: interrupted: nothing was saved\r\n";
        assert!(shown.ends_with(end), "{style}: {shown:?}");
        let status = process.wait().await.unwrap();
        assert_eq!(status.code(), Some(128 + 2), "{style}: {status}");
        assert_eq!(terminal.folder.files(), [""; 0], "{style}");
    });
}

#[test]
fn a_terminal_that_is_closed_ends_the_download_and_removes_the_file() {
    on_terminals(async |terminal| {
        let folder = &terminal.folder;
        let mut wget = terminal.downloads(HOUR, "/half");
        wget.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = wget.spawn().unwrap();
        let mut shows = StreamReader::new(process.stdout.take().unwrap());
        shows.readuntil(b" 50 %").await.unwrap();
        process.kill().unwrap();
        process.wait().await.unwrap();
        println!("{}: the folder is not empty yet", terminal.style);
        while !folder.files().is_empty() {
            sleep(Duration::from_millis(5)).await;
        }
    });
}
