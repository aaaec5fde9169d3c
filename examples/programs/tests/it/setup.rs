//! What the tests share: programs, folders, a server, missing peers.

use std::ffi::OsStr;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::rc::Rc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::{AsyncReadExt, AsyncWriteExt};
use groundup::net::{StreamReader, TcpListener, TcpStream};
use groundup::process::{Command, PipeReader, Process};
use groundup::signal::SignalKind;
use groundup::{CancelOnDrop, Queue, run, spawn, yield_now};

use crate::patience::patiently;
pub(crate) use crate::peer::has_peer;

/// A limit that no test reaches, for a program that is to wait until the test goes on.
pub(crate) const HOUR: &str = "3600";

/// Runs a test on the real clock, but not for ever.
pub(crate) fn with_patience(test: impl Future<Output = ()>) {
    run(patiently(test));
}

/// A folder that is removed at the end of the test.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("folder-{}-{number}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A certificate for localhost, and its key, as files.
pub(crate) fn certificate(folder: &Folder) -> (String, String) {
    let own = rcgen::generate_simple_self_signed(["localhost".to_string()]).unwrap();
    let write = |name, text: String| {
        let path = folder.0.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_string()
    };
    let key = own.signing_key.serialize_pem();
    (
        write("certificate.pem", own.cert.pem()),
        write("key.pem", key),
    )
}

/// How a scripted server answers.
#[derive(Clone)]
pub(crate) enum Script {
    /// Sends these bytes at once, and ends.
    Whole(Vec<u8>),
    /// Sends these bytes one by one, and ends.
    Bytes(Vec<u8>),
    /// Sends these bytes, and resets the connection.
    Reset(Vec<u8>),
    /// Sends these bytes, and nothing more.
    Silent(Vec<u8>),
    /// Sends the bytes that the test puts into a queue. No bytes are the end.
    Fed(Rc<Queue<Vec<u8>>>),
}

/// A server that answers each path as its script says, until it is dropped.
pub(crate) struct Scripted {
    pub(crate) address: SocketAddr,
    _serving: CancelOnDrop<()>,
}

pub(crate) fn serve(script: impl Fn(&str) -> Script + 'static) -> Scripted {
    let listener = TcpListener::bind(([127, 0, 0, 1], 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let script = Rc::new(script);
    let serving = spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let script = script.clone();
            spawn(async move { drop(answer(stream, &*script).await) }).detach();
        }
    });
    Scripted {
        address,
        _serving: serving.cancel_on_drop(),
    }
}

async fn answer(mut stream: TcpStream, script: &dyn Fn(&str) -> Script) -> io::Result<()> {
    let (mut request, mut some) = (Vec::new(), [0; 1024]);
    while !request.ends_with(b"\r\n\r\n") {
        let came = stream.read(&mut some).await?;
        if came == 0 {
            return Ok(());
        }
        request.extend_from_slice(&some[..came]);
    }
    let request = String::from_utf8(request).unwrap();
    match script(request.split(' ').nth(1).unwrap()) {
        Script::Whole(bytes) => stream.write_all(&bytes).await?,
        Script::Bytes(bytes) => {
            stream.set_nodelay(true)?;
            for byte in bytes {
                stream.write_all(&[byte]).await?;
                yield_now().await;
            }
        }
        Script::Reset(bytes) => {
            stream.write_all(&bytes).await?;
            stream.set_linger(Some(Duration::ZERO))?;
        }
        Script::Silent(bytes) => {
            stream.write_all(&bytes).await?;
            drop(stream.read(&mut some).await); // until the peer gives up
        }
        Script::Fed(parts) => {
            while let Ok(part) = parts.get().await
                && !part.is_empty()
            {
                stream.write_all(&part).await?;
            }
        }
    }
    Ok(())
}

/// What a program has printed, and its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Printed {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Makes the command that starts a program as a terminal would: with the default action of each signal
/// that ends it. A test may run in the background of a script, where Ctrl-C is ignored, or under `nohup`,
/// and a program inherits that.
pub(crate) fn command(program: &str) -> Command {
    static CAN_RESET: OnceLock<bool> = OnceLock::new();
    let reset = "--default-signal=HUP,INT,TERM";
    let can_reset = CAN_RESET.get_or_init(|| {
        let tried = std::process::Command::new("env")
            .args([reset, "true"])
            .output();
        tried.is_ok_and(|output| output.status.success())
    });
    if !can_reset {
        return Command::new(program);
    }
    let mut command = Command::new("env");
    command.arg(reset).arg(program);
    command
}

/// Runs a program to its end.
pub(crate) async fn printed(
    program: &str,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Printed {
    let mut command = command(program);
    command.args(arguments).stdin(Stdio::null());
    command.kill_on_drop(true);
    let output = command.output().await;
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    Printed {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A program of ours that serves, and its port.
pub(crate) struct Serving {
    pub(crate) process: Process,
    pub(crate) lines: StreamReader<PipeReader>,
    pub(crate) port: u16,
}

/// Starts a program that prints its port in its first line.
pub(crate) async fn start(program: &str, arguments: &[&str]) -> Serving {
    let mut command = command(program);
    command.args(arguments);
    started(command).await
}

/// Starts the program of a command. It prints its port in its first line.
pub(crate) async fn started(mut command: Command) -> Serving {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command.kill_on_drop(true);
    let mut process = command.spawn().unwrap();
    let mut lines = StreamReader::new(process.stdout.take().unwrap());
    let line = String::from_utf8(lines.readline().await.unwrap()).unwrap();
    let port = line
        .split(['/', ':', ' '])
        .find_map(|part| part.parse().ok());
    let port = port.unwrap_or_else(|| panic!("the program prints no port: {line:?}"));
    Serving {
        process,
        lines,
        port,
    }
}

/// Reads lines until one has this text in it. Returns false if the program ends before.
pub(crate) async fn has_said(lines: &mut StreamReader<PipeReader>, text: &str) -> bool {
    loop {
        let line = lines.readline().await.unwrap();
        let line = String::from_utf8_lossy(&line);
        if line.is_empty() || line.contains(text) {
            return !line.is_empty();
        }
    }
}

impl Serving {
    /// Presses Ctrl-C, and returns the rest of the lines.
    pub(crate) async fn end(self) -> String {
        self.end_by(SignalKind::interrupt()).await
    }

    /// Sends a signal, and returns the rest of the lines. The program must end in good order.
    pub(crate) async fn end_by(mut self, kind: SignalKind) -> String {
        self.process.send_signal(kind).unwrap();
        let rest = self.lines.read_to_end().await.unwrap();
        let status = self.process.wait().await.unwrap();
        assert!(status.success(), "{status}");
        String::from_utf8(rest).unwrap()
    }
}
