//! Runs a script here: the same verbs as in `referee.py`.
//!
//! Read next: `scripts.rs`.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener as StdListener, TcpStream as StdStream};
use std::os::unix::process::ExitStatusExt;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::rc::Rc;
use std::time::Duration;

use groundup_io::task::yield_now;
use groundup_io::*;

const LOCAL: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

/// Runs a script, and returns its answers.
pub(crate) fn answer(script: &[String]) -> Vec<String> {
    let said = Rc::default();
    let script = script.to_vec();
    let told = Rc::clone(&said);
    run(async move {
        let mut running = Running {
            said: told,
            ..Running::default()
        };
        for line in &script {
            running.step(&line.split(' ').collect::<Vec<_>>()).await;
        }
    });
    said.take()
}

/// Lets the loop look, and the tasks answer: a busy loop looks in each 64th step at least.
async fn settle() {
    for _ in 0..200 {
        yield_now().await;
    }
}

fn shown(bytes: &[u8]) -> String {
    match bytes {
        [] => "-".into(),
        bytes => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

fn bytes_of(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks_exact(2);
    let byte = |pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.map(byte).collect()
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// Returns the number that the system has for an error, also if a text was added to it.
fn number(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or_else(|| match error.kind() {
        ErrorKind::NotFound => 2,
        ErrorKind::PermissionDenied => 13,
        ErrorKind::AddrInUse => 98,
        ErrorKind::ConnectionRefused => 111,
        kind => panic!("{error} ({kind:?}) has no number"),
    })
}

fn of_error(error: &ReadError) -> String {
    match error {
        ReadError::Incomplete { partial, expected } => {
            let expected = expected.map_or("-".into(), |count| count.to_string());
            format!("incomplete {} of {expected}", shown(partial))
        }
        ReadError::LimitOverrun {
            consumed, found, ..
        } => {
            format!("overrun {consumed} found {}", u8::from(*found))
        }
        ReadError::Io(error) => format!("error {}", number(error)),
        error => panic!("{error}"),
    }
}

fn of_read(read: Result<Vec<u8>, ReadError>) -> String {
    match read {
        Ok(bytes) => format!("bytes {}", shown(&bytes)),
        Err(error) => of_error(&error),
    }
}

/// As Python's `returncode`.
fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| -status.signal().unwrap())
}

fn signal_of(number: &str) -> SignalKind {
    SignalKind::from_raw(parsed(number)).unwrap()
}

struct Connection {
    reader: StreamReader,
    writer: StreamWriter,
}

/// The peer, and what it is going to do.
#[derive(Default)]
struct Peer {
    stream: Option<StdStream>,
    plan: VecDeque<Vec<String>>,
    /// Bytes that it has not read yet.
    expected: usize,
}

impl Peer {
    fn act(&mut self) {
        let act = self.plan.pop_front().unwrap();
        let mut stream = self.stream.as_ref().unwrap();
        match act[0].as_str() {
            "piece" => stream.write_all(&bytes_of(&act[1])).unwrap(),
            "end" => stream.shutdown(Shutdown::Write).unwrap(),
            _ => {
                let stream = socket2::Socket::from(self.stream.take().unwrap());
                stream.set_linger(Some(Duration::ZERO)).unwrap();
            }
        }
    }

    /// Reads all that was written, and the end if it is there.
    async fn hear(&mut self) -> String {
        let mut stream = self.stream.as_ref().unwrap();
        stream.set_nonblocking(true).unwrap();
        let (mut count, mut total, mut ended) = (0, 0_u64, false);
        let mut room = vec![0; 1 << 20];
        for _ in 0..5000 {
            match stream.read(&mut room) {
                Ok(length) => {
                    ended |= length == 0;
                    count += length;
                    let sum: u64 = room[..length].iter().map(|&byte| u64::from(byte)).sum();
                    total = (total + sum) % 65521;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock && count >= self.expected => {
                    break;
                }
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
            if ended {
                break;
            }
            settle().await;
        }
        stream.set_nonblocking(false).unwrap();
        self.expected = 0;
        format!("heard {count} {total}{}", if ended { " end" } else { "" })
    }
}

/// Awaits an operation while the peer acts. `None` if it is pending when the peer has nothing left to do.
async fn outcome<T>(peer: &mut Peer, operation: impl Future<Output = T>) -> Option<T> {
    let mut operation = pin!(operation);
    loop {
        for _ in 0..200 {
            if let std::task::Poll::Ready(value) = futures::poll!(operation.as_mut()) {
                settle().await;
                return Some(value);
            }
            yield_now().await;
        }
        if peer.plan.is_empty() {
            return None;
        }
        peer.act();
    }
}

#[derive(Default)]
struct Running {
    said: Rc<RefCell<Vec<String>>>,
    connection: Option<Connection>,
    peer: Peer,
    /// True if the peer has done all at once.
    once: bool,
}

impl Running {
    fn say(&self, line: String) {
        self.said.borrow_mut().push(line);
    }

    async fn step(&mut self, line: &[&str]) {
        match *line {
            ["piece" | "end" | "reset", ..] => {
                self.peer
                    .plan
                    .push_back(line.iter().map(|&word| word.to_owned()).collect());
            }
            ["limit", limit] => self.connect(parsed(limit)).await,
            ["feed"] => {
                self.once = true;
                while !self.peer.plan.is_empty() {
                    self.peer.act();
                }
                settle().await;
            }
            ["hear"] => {
                settle().await;
                let heard = self.peer.hear().await;
                self.say(heard);
            }
            ["refused"] => {
                let closed = StdListener::bind("127.0.0.1:0").unwrap();
                let port = closed.local_addr().unwrap().port();
                drop(closed);
                let error = open_connection("127.0.0.1", port).await.unwrap_err();
                self.say(format!("error {}", number(&error)));
            }
            ["taken"] => {
                let other = TcpListener::bind(LOCAL).unwrap();
                let port = other.local_addr().unwrap().port();
                let serve = |_, _| async { Ok(()) };
                let error = start_server("127.0.0.1", port, serve).await.unwrap_err();
                self.say(format!("error {}", number(&error)));
            }
            [verb, ..] if verb.starts_with("read") => self.read(line).await,
            ["marks" | "write" | "drain" | "close", ..] => self.write(line).await,
            _ => self.of_the_system(line).await,
        }
    }

    async fn connect(&mut self, limit: usize) {
        let listener = StdListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (mut reader, writer) = open_connection("127.0.0.1", port).await.unwrap();
        reader.set_limit(limit);
        let (stream, _) = listener.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        self.connection = Some(Connection { reader, writer });
        self.peer.stream = Some(stream);
    }

    async fn read(&mut self, line: &[&str]) {
        let (peer, reader) = (
            &mut self.peer,
            &mut self.connection.as_mut().unwrap().reader,
        );
        let read = match *line {
            ["readline"] => outcome(peer, reader.readline()).await,
            ["readuntil", separator] => outcome(peer, reader.readuntil(&bytes_of(separator))).await,
            ["readexactly", count] => outcome(peer, reader.readexactly(parsed(count))).await,
            ["readall"] => outcome(peer, reader.read_to_end())
                .await
                .map(|read| read.map_err(ReadError::Io)),
            ["read", most] => outcome(peer, reader.read(parsed(most)))
                .await
                .map(|read| read.map_err(ReadError::Io)),
            _ => panic!("{line:?}"),
        };
        let mut text = read.map_or("pending".into(), of_read);
        let at_end =
            text.starts_with("incomplete") || text == "bytes -" && line.get(1) != Some(&"0");
        if !self.once || at_end {
            text += &format!(" at_eof {}", u8::from(reader.at_eof()));
        }
        self.say(text);
    }

    async fn write(&mut self, line: &[&str]) {
        let (peer, writer) = (
            &mut self.peer,
            &mut self.connection.as_mut().unwrap().writer,
        );
        match *line {
            ["marks", high, low] => writer.set_write_buffer_limits(parsed(high), parsed(low)),
            ["write", byte, times] => {
                let bytes = bytes_of(byte).repeat(parsed(times));
                peer.expected += bytes.len();
                writer.write(&bytes);
            }
            ["drain"] => {
                let drained = match outcome(peer, writer.drain()).await {
                    None => "pending",
                    Some(Ok(())) => "done",
                    Some(Err(_)) => "lost",
                };
                self.say(format!("drain {drained}"));
            }
            _ => writer.close(),
        }
    }

    /// Processes and signals.
    async fn of_the_system(&mut self, line: &[&str]) {
        match *line {
            ["shell", line, byte, times] => {
                let line = String::from_utf8(bytes_of(line)).unwrap();
                let input = bytes_of(byte).repeat(parsed(times));
                let mut command = Command::shell(line);
                command
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .stderr(Stdio::piped());
                let mut process = command.spawn().unwrap();
                let output = process.communicate(&input).await.unwrap();
                let begin = |bytes: &[u8]| shown(&bytes[..bytes.len().min(40)]);
                let (status, length) = (code(output.status), output.stdout.len());
                let (out, err) = (begin(&output.stdout), begin(&output.stderr));
                self.say(format!("status {status} {length} {out} {err}"));
            }
            ["kill", signal] => {
                let mut command = Command::new("cat");
                let mut process = command
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .spawn()
                    .unwrap();
                let mut input = StreamWriter::new(process.stdin.take().unwrap());
                let mut output = StreamReader::new(process.stdout.take().unwrap());
                input.write(b"x\n");
                let line = output.readline().await.unwrap();
                process.send_signal(signal_of(signal)).unwrap();
                let status = code(process.wait().await.unwrap());
                self.say(format!("after {} status {status}", shown(&line)));
            }
            ["program", name] => {
                let name = String::from_utf8(bytes_of(name)).unwrap();
                let error = Command::new(name)
                    .stdout(Stdio::piped())
                    .spawn()
                    .unwrap_err();
                self.say(format!("error {}", number(&error)));
            }
            ["handle", signal] => {
                let (said, text) = (self.said.clone(), format!("handled {signal}"));
                let tell = move || said.borrow_mut().push(text.clone());
                add_signal_handler(signal_of(signal), tell).unwrap();
            }
            ["unhandle", signal] => {
                let removed = remove_signal_handler(signal_of(signal));
                self.say(format!("removed {}", u8::from(removed)));
            }
            ["raise", signal] => {
                // A signal to the process may come on the thread of another test, and after the handler
                // is removed. A signal to this thread has come when the call returns.
                signal_hook::low_level::raise(parsed(signal)).unwrap();
                settle().await;
            }
            _ => panic!("no such line: {line:?}"),
        }
    }
}
