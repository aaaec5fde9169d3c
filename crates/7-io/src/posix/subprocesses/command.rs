//! The program to be started, and its options.
//!
//! The problem: the standard library's `Command` has the options, and its processes block the thread
//! that waits for them. So this one has the same options, and gives processes for tasks.
//!
//! Invariant: a process whose pipes cannot be registered is killed and leaves no zombie.
//!
//! Read next: `posix/subprocesses/process.rs`.

use std::ffi::OsStr;
use std::fmt;
use std::future::Future;
use std::io;
use std::os::fd::OwnedFd;
use std::panic::Location;
use std::path::Path;
use std::process::{self, ExitStatus, Output, Stdio};

use super::exit::Exit;
use super::orphans::{Orphan, sweep};
use super::process::Process;
use crate::posix::pipes::ends::{connect_read_pipe, connect_write_pipe};
use crate::sockets::socket::check_loop;

/// Starts other programs: asyncio's `create_subprocess_exec` and, with [`shell`](Command::shell),
/// `create_subprocess_shell`. It has the options of [`std::process::Command`].
///
/// ```
/// # mod groundup { pub mod process { pub use groundup_io::*; } pub use groundup_io::run; }
/// use groundup::process::Command;
/// use groundup::run;
///
/// run(async {
///     let output = Command::new("echo").arg("hello").output().await?;
///     assert!(output.status.success());
///     assert_eq!(output.stdout, b"hello\n");
///     Ok::<_, std::io::Error>(())
/// })
/// # .unwrap();
/// ```
#[doc(alias("create_subprocess_exec", "create_subprocess_shell", "Popen"))]
#[doc(alias("open_process", "run_process"))]
pub struct Command {
    command: process::Command,
    /// For each standard stream, true if the program has said what it is.
    said: [bool; 3],
    kill_on_drop: bool,
    by_signal: bool,
}

impl Command {
    /// Starts the program with this name or path. There is no shell between, so no character of an
    /// argument has a meaning.
    pub fn new(program: impl AsRef<OsStr>) -> Command {
        Command {
            command: process::Command::new(program),
            said: [false; 3],
            kill_on_drop: false,
            by_signal: false,
        }
    }

    /// Starts a shell with a command line: asyncio's `create_subprocess_shell`. The shell gives a
    /// meaning to spaces, quotes and more, so a text from outside does not belong into the line.
    ///
    /// ```
    /// # mod groundup { pub mod process { pub use groundup_io::*; } pub use groundup_io::run; }
    /// use groundup::process::Command;
    /// use groundup::run;
    ///
    /// let status = run(async { Command::shell("exit 7").status().await });
    /// assert_eq!(status.unwrap().code(), Some(7));
    /// ```
    pub fn shell(line: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(line);
        command
    }

    /// Adds an argument.
    pub fn arg(&mut self, argument: impl AsRef<OsStr>) -> &mut Self {
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    pub fn args(&mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> &mut Self {
        self.command.args(arguments);
        self
    }

    /// Sets a variable of the environment.
    pub fn env(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Self {
        self.command.env(name, value);
        self
    }

    /// Removes a variable of the environment, which the process would inherit.
    pub fn env_remove(&mut self, name: impl AsRef<OsStr>) -> &mut Self {
        self.command.env_remove(name);
        self
    }

    /// Removes all variables of the environment.
    pub fn env_clear(&mut self) -> &mut Self {
        self.command.env_clear();
        self
    }

    /// Sets the working directory of the process.
    pub fn current_dir(&mut self, folder: impl AsRef<Path>) -> &mut Self {
        self.command.current_dir(folder);
        self
    }

    /// Sets the standard input. With [`Stdio::piped`] it is [`Process::stdin`].
    ///
    /// ```
    /// # mod groundup { pub mod process { pub use groundup_io::*; } pub use groundup_io::run; }
    /// use std::process::Stdio;
    ///
    /// use groundup::process::Command;
    /// use groundup::run;
    ///
    /// run(async {
    ///     let mut command = Command::new("cat");
    ///     let mut cat = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    ///     assert_eq!(cat.communicate(b"meow").await?.stdout, b"meow");
    ///     Ok::<_, std::io::Error>(())
    /// })
    /// # .unwrap();
    /// ```
    pub fn stdin(&mut self, stream: impl Into<Stdio>) -> &mut Self {
        self.command.stdin(stream);
        self.said[0] = true;
        self
    }

    /// Sets the standard output. With [`Stdio::piped`] it is [`Process::stdout`]. See
    /// [`stdin`](Command::stdin) for an example.
    ///
    /// ```
    /// # mod groundup { pub mod process { pub use groundup_io::*; } }
    /// groundup::process::Command::new("date").stdout(std::process::Stdio::null());
    /// ```
    pub fn stdout(&mut self, stream: impl Into<Stdio>) -> &mut Self {
        self.command.stdout(stream);
        self.said[1] = true;
        self
    }

    /// Sets the standard error stream. With [`Stdio::piped`] it is [`Process::stderr`].
    ///
    /// ```
    /// # mod groundup { pub mod process { pub use groundup_io::*; } }
    /// groundup::process::Command::new("date").stderr(std::process::Stdio::null());
    /// ```
    pub fn stderr(&mut self, stream: impl Into<Stdio>) -> &mut Self {
        self.command.stderr(stream);
        self.said[2] = true;
        self
    }

    /// Has the process killed when its [`Process`] is dropped before the end. Otherwise the process
    /// goes on.
    pub fn kill_on_drop(&mut self, kill: bool) -> &mut Self {
        self.kill_on_drop = kill;
        self
    }

    /// Has the end noticed by SIGCHLD, as on systems without another way. For tests.
    #[doc(hidden)]
    pub fn by_signal(&mut self) -> &mut Self {
        self.by_signal = true;
        self
    }

    /// Returns the standard library's command, for the options that this type does not have.
    pub fn as_std_mut(&mut self) -> &mut process::Command {
        &mut self.command
    }

    /// Starts the process. The thread waits until the system has found the program, about a
    /// millisecond.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such program or current directory, and the other errors of the system; the
    /// error names the program, and the directory if it is missing. `Unsupported` on virtual time.
    ///
    /// # Panics
    ///
    /// Outside a running loop.
    #[track_caller]
    pub fn spawn(&mut self) -> io::Result<Process> {
        check_loop()?;
        sweep();
        let mut child = Orphan::start(&mut self.command)?;
        let spawned = self.connect(&mut child);
        if spawned.is_err() {
            child.kill();
        }
        spawned
    }

    /// Makes the process of a child, whose pipes are registered.
    #[track_caller]
    fn connect(&self, child: &mut Orphan) -> io::Result<Process> {
        let (stdin, stdout, stderr) = child.streams();
        let stdin = stdin.map(|pipe| connect_write_pipe(OwnedFd::from(pipe)));
        let stdout = stdout.map(|pipe| connect_read_pipe(OwnedFd::from(pipe)));
        let stderr = stderr.map(|pipe| connect_read_pipe(OwnedFd::from(pipe)));
        let (stdin, stdout) = (stdin.transpose()?, stdout.transpose()?);
        let stderr = stderr.transpose()?;
        let exit = Exit::new(child, self.by_signal, self.kill_on_drop)?;
        Ok(Process {
            stdin,
            stdout,
            stderr,
            exit,
        })
    }

    /// Runs the program to its end, and returns its status. Streams that were not set are those of
    /// this program.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Command::spawn).
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the process goes on, or is killed if
    /// [`kill_on_drop`](Command::kill_on_drop) says so.
    #[track_caller]
    pub fn status(&mut self) -> impl Future<Output = io::Result<ExitStatus>> {
        let place = Location::caller();
        async move {
            let mut process = self.spawn()?;
            (process.stdin, process.stdout, process.stderr) = (None, None, None);
            process.exit.wait(place).await
        }
    }

    /// Runs the program to its end, and returns its status and all its output. A stream that was not
    /// set is a pipe, and the input is empty.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Command::spawn).
    ///
    /// # Cancel safety
    ///
    /// As [`status`](Command::status).
    #[track_caller]
    pub fn output(&mut self) -> impl Future<Output = io::Result<Output>> {
        let place = Location::caller();
        async move { self.spawn_for_output()?.communicate_for(b"", place).await }
    }

    /// Spawns the process. The next one has the streams that were set for it.
    fn spawn_for_output(&mut self) -> io::Result<Process> {
        let [stdin, stdout, stderr] = self.said;
        if !stdin {
            self.command.stdin(Stdio::null());
        }
        if !stdout {
            self.command.stdout(Stdio::piped());
        }
        if !stderr {
            self.command.stderr(Stdio::piped());
        }
        let spawned = self.spawn();
        if !stdin {
            self.command.stdin(Stdio::inherit());
        }
        if !stdout {
            self.command.stdout(Stdio::inherit());
        }
        if !stderr {
            self.command.stderr(Stdio::inherit());
        }
        spawned
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command")
            .field("command", &self.command)
            .field("kill_on_drop", &self.kill_on_drop)
            .finish()
    }
}
