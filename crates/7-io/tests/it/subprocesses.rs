//! Other programs: streams, ends, signals, errors.
//!
//! Read next: `pipes.rs`.

use std::io::ErrorKind;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Duration;

use futures::{AsyncReadExt, AsyncWriteExt};
use groundup_io::combinators::{gather, timeout};
use groundup_io::executor::{EventLoop, current_loop, run_virtual, spawn};
use groundup_io::task::yield_now;
use groundup_io::{Command, Process, SignalKind, StreamReader, StreamWriter};

use crate::setup::*;

/// Starts `cat` with both pipes.
fn cat() -> Process {
    let mut command = Command::new("cat");
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command.kill_on_drop(true).spawn().unwrap()
}

#[test]
fn output_and_status_of_a_program() {
    Setup::new().run(async {
        let mut command = Command::shell("echo out; echo err >&2; exit 3");
        let output = command.output().await.unwrap();
        assert_eq!(output.stdout, b"out\n");
        assert_eq!(output.stderr, b"err\n");
        assert_eq!(output.status.code(), Some(3));
        let mut command = Command::new("sh");
        command.args(["-c", "test \"$ONE$TWO\" = 1 && test \"$(pwd)\" = /"]);
        command.env("ONE", "1").env("TWO", "2").env_remove("TWO");
        assert!(command.current_dir("/").status().await.unwrap().success());
    });
}

#[test]
#[cfg(target_os = "linux")]
fn the_streams_of_an_output_are_not_those_of_the_next_process() {
    Setup::new().run(async {
        // Succeeds if each stream is that of this program.
        let same = |n: u8| format!("[ /proc/$$/fd/{n} -ef /proc/$PPID/fd/{n} ]");
        let line = format!("{} && {} && {}", same(0), same(1), same(2));
        let mut command = Command::shell(line);
        assert!(!command.output().await.unwrap().status.success());
        assert!(command.status().await.unwrap().success());
    });
}

#[test]
fn streams_of_asyncio_over_the_pipes_of_a_process() {
    Setup::new().run(async {
        let mut cat = cat();
        let mut writer = StreamWriter::new(cat.stdin.take().unwrap());
        let mut reader = StreamReader::new(cat.stdout.take().unwrap());
        for line in [&b"one\n"[..], b"two\n"] {
            writer.write(line);
            writer.drain().await.unwrap();
            assert_eq!(reader.readline().await.unwrap(), line);
        }
        writer.close();
        writer.wait_closed().await.unwrap();
        assert_eq!(reader.readline().await.unwrap(), b"");
        assert!(cat.wait().await.unwrap().success());
    });
}

#[test]
fn x07_communicate_passes_more_than_the_pipes_hold() {
    Setup::new().run(async {
        let input: Vec<u8> = (0..3_000_000_u32).map(|n| n as u8).collect();
        let output = cat().communicate(&input).await.unwrap();
        assert!(output.stdout == input);
        assert!(output.status.success());
    });
}

#[test]
fn x07_communicate_with_a_process_that_reads_nothing_is_no_error() {
    Setup::new().run(async {
        let mut command = Command::shell("exec <&-; echo done; exit 4");
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = process.communicate(vec![0; 1_000_000]).await.unwrap();
        assert_eq!(output.stdout, b"done\n");
        assert_eq!(output.status.code(), Some(4));
    });
}

#[test]
fn a_write_to_a_process_that_has_ended_is_a_broken_pipe() {
    Setup::new().run(async {
        let mut process = Command::new("true").stdin(Stdio::piped()).spawn().unwrap();
        process.wait().await.unwrap();
        let mut input = process.stdin.take().unwrap();
        // A child of another test has the other end, too, until it executes its program.
        let error = loop {
            match input.write_all(b"too late").await {
                Ok(()) => yield_now().await,
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn x08_several_tasks_wait_for_one_process_and_a_cancelled_one_leaves_it() {
    for by_signal in [false, true] {
        Setup::new().run(async {
            let mut command = Command::new("cat");
            if by_signal {
                command.by_signal();
            }
            let mut cat = command.stdin(Stdio::piped()).spawn().unwrap();
            let input = cat.stdin.take();
            let cat = std::rc::Rc::new(cat);
            let wait = || {
                let cat = cat.clone();
                spawn(async move { cat.wait().await })
            };
            let (first, second, third) = (wait(), wait(), wait());
            yield_now().await;
            second.cancel();
            assert!(second.await.unwrap_err().is_cancelled());
            assert!(cat.try_wait().unwrap().is_none());
            drop(input);
            let ended = gather([first, third]).await.unwrap();
            assert!(ended.into_iter().all(|status| status.unwrap().success()));
            assert!(cat.wait().await.unwrap().success(), "also afterwards");
            assert!(cat.try_wait().unwrap().unwrap().success());
        });
    }
}

#[test]
fn x09_signals_end_a_process_and_one_that_has_ended_gets_none() {
    Setup::new().run(async {
        // Not SIGHUP or SIGINT: a job in the background of a script may ignore these.
        let kinds = [
            SignalKind::kill(),
            SignalKind::terminate(),
            SignalKind::user_defined1(),
        ];
        for kind in kinds {
            let process = cat();
            process.send_signal(kind).unwrap();
            let status = process.wait().await.unwrap();
            assert_eq!(status.signal(), Some(kind.as_raw()));
            for sent in [
                process.kill(),
                process.terminate(),
                process.send_signal(kind),
            ] {
                let error = sent.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::NotFound);
                let text = format!(
                    "process {} has ended, and can be sent no signal",
                    process.id()
                );
                assert_eq!(error.to_string(), text);
            }
        }
        let unnamed = SignalKind::from_raw(40).unwrap();
        assert_eq!(
            cat().send_signal(unnamed).unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
    });
}

#[test]
fn a_stopped_process_goes_on_when_it_is_told() {
    Setup::new().run(async {
        let mut cat = cat();
        cat.send_signal(SignalKind::stop()).unwrap();
        cat.send_signal(SignalKind::resume()).unwrap();
        assert_eq!(cat.communicate(b"on").await.unwrap().stdout, b"on");
    });
}

#[test]
fn x10_a_program_that_is_not_there_is_an_error_with_its_name() {
    Setup::new().run(async {
        let error = Command::new("no-such-program-of-ours").spawn().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        let text = "cannot start \"no-such-program-of-ours\": ";
        assert!(error.to_string().starts_with(text), "{error}");
        let error = Command::new("true").current_dir("/no-such-folder").spawn();
        let error = error.unwrap_err().to_string();
        let text = "cannot start \"true\", since \"/no-such-folder\" is no folder: ";
        assert!(error.starts_with(text), "{error}");
        let error = Command::new("/etc/passwd").output().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        let status = Command::shell("no-such-program-of-ours 2>/dev/null")
            .status()
            .await;
        assert_eq!(status.unwrap().code(), Some(127));
    });
}

#[test]
fn a_process_that_never_ends_meets_a_deadline_and_is_killed() {
    Setup::new().run(async {
        let mut process = Command::new("sleep")
            .arg("100000")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let limit = Duration::from_millis(1);
        assert!(timeout(limit, process.wait()).await.is_err());
        assert!(timeout(limit, process.communicate(b"")).await.is_err());
        process.kill().unwrap();
        assert_eq!(process.wait().await.unwrap().signal(), Some(9));
    });
}

#[test]
fn a_future_that_is_dropped_kills_the_process_if_the_command_says_so() {
    Setup::new().run(async {
        let mut command = Command::shell("read line; echo survived");
        let (reader, writer) = std::io::pipe().unwrap();
        let (ended, alive) = std::io::pipe().unwrap();
        command.stdin(reader).stdout(alive).kill_on_drop(true);
        let status = spawn(async move { command.status().await });
        yield_now().await;
        yield_now().await;
        status.cancel();
        assert!(status.await.unwrap_err().is_cancelled());
        let mut ended = groundup_io::connect_read_pipe(ended).unwrap();
        let mut text = String::new();
        ended.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "", "its end of the pipe is closed by its death alone");
        drop(writer);
    });
}

#[test]
fn a_process_belongs_to_its_loop_and_to_the_real_clock() {
    let cat = Setup::new().run(async { cat() });
    Setup::new().run(async {
        let error = cat.wait().await.unwrap_err();
        assert!(
            error.to_string().contains("belongs to another event loop"),
            "{error}"
        );
    });
    cat.kill().unwrap();
    run_virtual(async {
        let error = Command::new("true").spawn().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("processes"), "{error}");
        let error = Command::new("true").output().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    });
}

#[test]
fn reports_name_the_process_for_which_a_task_waits() {
    let event_loop = EventLoop::builder().debug(false).build();
    Setup::with(event_loop).run(async {
        let process = std::rc::Rc::new(cat());
        let own = process.clone();
        let waiting = spawn(async move { own.wait().await });
        yield_now().await;
        let text = current_loop().explain(waiting.as_task_ref());
        let end = format!("waits for the end of process {}", process.id());
        assert!(text.ends_with(&end), "{text}");
        process.kill().unwrap();
        waiting.await.unwrap().unwrap();
    });
}

#[test]
fn processes_can_be_sent_to_other_threads() {
    fn is_sent<T: Send + Sync>() {}
    is_sent::<Process>();
    is_sent::<groundup_io::PipeReader>();
    is_sent::<groundup_io::PipeWriter>();
}
