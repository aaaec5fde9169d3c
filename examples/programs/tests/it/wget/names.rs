//! Hosts that are not there, and names that nobody knows.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc::channel;
use std::time::Duration;

use groundup::process::Command;
use groundup::{DefaultPool, EventLoop, ThreadPool, call_later, stop, to_thread};
use programs::arguments::trusting;
use programs::failure::Failure;
use programs::http::url::Url;
use programs::wget::download::Download;
use programs::wget::{Done, async_await, callback, generator};

use super::{STYLES, WGET, has_own_mounts, in_all_styles};
use crate::refusing::Refusing;
use crate::setup::{Folder, HOUR, command, has_peer, printed, with_patience};

#[test]
fn a_host_that_is_not_there_is_a_sentence() {
    with_patience(async {
        let port = Refusing::new();
        let at = format!("127.0.0.1:{}", port.port);
        let (came, _) = in_all_styles(HOUR, &format!("http://{at}/")).await;
        let refused = format!("{at} refuses the connection: start a server there");
        assert!(came.stderr.contains(&refused), "{}", came.stderr);
        let (came, _) = in_all_styles(HOUR, &format!("http://localhost:{}/", port.port)).await;
        assert!(
            came.stderr.contains("refuses the connection"),
            "{}",
            came.stderr
        );
    });
}

#[test]
fn a_host_that_nobody_knows_is_the_same_sentence_in_each_style() {
    with_patience(async {
        // The system says so at once, since no name ends like this; or it has no server of names to ask.
        let url = "http://no-such-host.invalid/";
        let mut told = Vec::new();
        for style in STYLES {
            let arguments = ["--style", style, "--time-out", "60", url];
            let came = printed(WGET, arguments).await;
            assert_eq!(came.code, Some(1), "{style}");
            told.push(came.stderr);
        }
        let beginning = format!(
            "{url}\nwget: the host no-such-host.invalid is not known: check its spelling, and the \
             connection to the network (the host \"no-such-host.invalid\": failed to lookup address \
             information: "
        );
        let system = told[0].strip_prefix(&beginning).expect(&told[0]);
        let system = system.strip_suffix(")\n").expect(&told[0]);
        assert_eq!(system.lines().count(), 1, "{system}");
        assert_eq!(told, [&*told[0]; 3]);
    });
}

/// What is printed if no server of names answers.
const NO_ANSWER: &str = "no server of names has said within 0.3 s where no-such-host.invalid is: check \
                         the connection to the network, or wait longer with --time-out";

/// Gives a network of its own one server of names, which never answers, and starts a program there.
const SILENT_NAMES: &str = "
import fcntl, socket, struct, subprocess, sys
names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
up = 0x1 | 0x8 | 0x40  # IFF_UP, IFF_LOOPBACK, IFF_RUNNING
fcntl.ioctl(names, 0x8914, struct.pack('16sh14x', b'lo', up))  # SIOCSIFFLAGS
names.bind(('127.0.0.1', 53))
sys.exit(subprocess.run(sys.argv[1:]).returncode)
";

/// As root of a name space of its own: `$0` is the file that takes the place of `/etc/resolv.conf`.
const IN_ITS_PLACE: &str = "mount --bind \"$0\" /etc/resolv.conf && exec python3 -c \"$@\"";

/// Makes the command that runs a program beside a server of names that is silent. The system's look-up gives
/// up after more time than a test has.
fn beside_silent_names(folder: &Folder, program: &str) -> Command {
    let names = folder.0.join("resolv.conf");
    std::fs::write(
        &names,
        "nameserver 127.0.0.1\noptions timeout:30 attempts:5\n",
    )
    .unwrap();
    let mut command = command("unshare");
    command.args(["-rmn", "sh", "-c", IN_ITS_PLACE]).arg(names);
    command.args([SILENT_NAMES, program]);
    command
}

#[test]
fn a_server_of_names_that_is_silent_ends_the_program_after_the_limit() {
    if !has_own_mounts() || !has_peer("python3", &["--version"]) {
        return;
    }
    with_patience(async {
        let folder = Folder::new();
        for style in STYLES {
            let mut wget = beside_silent_names(&folder, WGET);
            wget.args(["--style", style, "--time-out", "0.3"]);
            wget.arg("http://no-such-host.invalid/").kill_on_drop(true);
            let output = wget.output().await.unwrap();
            let told = String::from_utf8(output.stderr).unwrap();
            let expected = format!("http://no-such-host.invalid/\nwget: {NO_ANSWER}\n");
            assert_eq!(told, expected, "{style}");
            assert_eq!(output.status.code(), Some(1), "{style}");
        }
        let mut crawler = beside_silent_names(&folder, env!("CARGO_BIN_EXE_crawler"));
        crawler.args(["--time-out", "0.3", "http://no-such-host.invalid/"]);
        crawler.kill_on_drop(true);
        let output = crawler.output().await.unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(told.contains(NO_ANSWER), "{told}");
        let told = String::from_utf8(output.stderr).unwrap();
        let expected = format!("crawler: the first page cannot be loaded: {NO_ANSWER}\n");
        assert_eq!(told, expected);
    });
}

/// Begins a download in a style, in the running loop, and calls `done` at its end.
fn begin(style: &str, download: Download, limit: Duration, done: Done) {
    match style {
        "callback" => callback::wget(download, limit, done),
        "generator" => generator::drive(generator::wget(download), limit, done),
        _ => groundup::spawn(async move {
            let tls = trusting(None).unwrap();
            done(async_await::wget(download, limit, &tls).await);
        })
        .detach(),
    }
}

#[test]
fn a_look_up_that_does_not_end_ends_the_download_in_each_style() {
    for style in STYLES {
        let event_loop = EventLoop::new();
        event_loop.keep(|| DefaultPool::new(ThreadPool::new(1)));
        // The look-up waits behind a job that waits for the end of the test.
        let (end, is_over) = channel::<()>();
        let job = event_loop.spawn(to_thread(move || is_over.recv().is_ok()));
        let ended = Rc::new(RefCell::new(None));
        let result = ended.clone();
        event_loop.call_soon(move || {
            call_later(Duration::from_secs(60), stop); // and the test has failed
            let url = Url::parse("http://no-such-host.invalid/").unwrap();
            let done = move |how: Result<(), Failure>| {
                *result.borrow_mut() = Some(how);
                stop();
            };
            let limit = Duration::from_millis(300);
            begin(style, Download::new(url, None), limit, Box::new(done));
        });
        event_loop.run_forever().unwrap();
        let told = ended.borrow_mut().take().unwrap().unwrap_err();
        assert_eq!(told.to_string(), NO_ANSWER, "{style}");
        drop((end, job));
    }
}
