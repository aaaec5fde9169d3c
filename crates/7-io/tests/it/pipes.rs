//! Pipes, named pipes, and descriptors that the system does not watch.
//!
//! Read next: `callbacks.rs`.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream as StdStream;

use futures::{AsyncReadExt, AsyncWriteExt};
use groundup_io::combinators::join;
use groundup_io::executor::{current_loop, run_virtual, spawn};
use groundup_io::sync::to_thread;
use groundup_io::task::yield_now;
use groundup_io::{Command, PipeReader, connect_read_pipe, connect_write_pipe, pipe};

use crate::setup::*;

#[test]
fn a_pipe_passes_more_than_it_holds_and_ends() {
    Setup::new().run(async {
        let (mut writer, mut reader) = pipe().unwrap();
        let bytes: Vec<u8> = (0..1_000_000_u32).map(|n| n as u8).collect();
        let mut read = Vec::new();
        let writes = async {
            writer.write_all(&bytes).await.unwrap();
            writer.close().await.unwrap();
            let error = writer.write(b"more").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        };
        join((writes, async {
            reader.read_to_end(&mut read).await.unwrap()
        }))
        .await;
        assert!(read == bytes);
    });
}

#[test]
fn a_writer_that_is_dropped_ends_the_data_and_a_reader_that_is_dropped_breaks_the_pipe() {
    Setup::new().run(async {
        let (writer, mut reader) = pipe().unwrap();
        let reading = spawn(async move { reader.read(&mut [0]).await });
        yield_now().await;
        drop(writer);
        assert_eq!(reading.await.unwrap().unwrap(), 0);

        let (mut writer, reader) = pipe().unwrap();
        let writing = spawn(async move { writer.write_all(&[0; 1_000_000]).await });
        yield_now().await;
        yield_now().await;
        drop(reader);
        let error = writing.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn a_cancelled_read_loses_no_byte() {
    Setup::new().run(async {
        let (mut writer, mut reader) = pipe().unwrap();
        let reading = spawn(async move {
            let mut room = [0; 8];
            let read = groundup_io::task::catch_cancel(reader.read(&mut room)).await;
            assert!(read.is_err());
            let read = reader.read(&mut room).await.unwrap();
            room[..read].to_vec()
        });
        yield_now().await;
        writer.write_all(b"kept").await.unwrap();
        reading.cancel();
        assert_eq!(reading.await.unwrap(), b"kept");
    });
}

#[test]
fn a_named_pipe_is_opened_on_a_thread_and_read_by_a_task() {
    Setup::new().run(async {
        let folder = std::env::temp_dir().join(format!("groundup-pipe-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("named");
        let made = Command::new("mkfifo").arg(&path).status().await.unwrap();
        assert!(made.success());
        let writes = path.clone();
        let opened = to_thread(move || File::open(path));
        let written = to_thread(move || {
            let mut file = File::options().write(true).open(writes)?;
            file.write_all(b"through a name")
        });
        let (opened, written) = join((opened, written)).await;
        written.unwrap().unwrap();
        let mut reader = connect_read_pipe(opened.unwrap().unwrap()).unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "through a name");
        std::fs::remove_dir_all(folder).unwrap();
    });
}

#[test]
fn sockets_are_taken_as_pipes_too() {
    Setup::new().run(async {
        let (one, mut other) = StdStream::pair().unwrap();
        let mut writer = connect_write_pipe(one.try_clone().unwrap()).unwrap();
        let mut reader = connect_read_pipe(one).unwrap();
        writer.write_all(b"there").await.unwrap();
        let mut room = [0; 5];
        other.read_exact(&mut room).unwrap();
        other.write_all(b"back").unwrap();
        assert_eq!(reader.read(&mut room).await.unwrap(), 4);
    });
}

#[test]
fn x06_a_regular_file_is_refused_with_the_cure() {
    Setup::new().run(async {
        let path = std::env::current_exe().unwrap();
        let errors = [
            connect_read_pipe(File::open(&path).unwrap()).map(drop),
            groundup_io::add_reader(&File::open(&path).unwrap(), || ()),
            groundup_io::add_writer(&File::open(&path).unwrap(), || ()),
        ];
        for error in errors.map(Result::unwrap_err) {
            assert_eq!(error.kind(), ErrorKind::PermissionDenied);
            assert!(error.to_string().contains("`to_thread`"), "{error}");
        }
    });
}

#[test]
fn on_virtual_time_pipes_are_refused() {
    run_virtual(async {
        let (reader, writer) = std::io::pipe().unwrap();
        let errors = [
            pipe().map(drop),
            connect_read_pipe(reader).map(drop),
            connect_write_pipe(writer).map(drop),
            groundup_io::stdin().map(drop),
            groundup_io::add_reader(&std::io::stdin(), || ()),
        ];
        for error in errors.map(Result::unwrap_err) {
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            assert!(error.to_string().contains("pipes"), "{error}");
        }
    });
}

#[test]
fn a_wait_for_a_pipe_says_so() {
    Setup::new().run(async {
        let (mut writer, mut reader) = pipe().unwrap();
        let reading = spawn(async move { reader.read(&mut [0]).await });
        yield_now().await;
        let text = current_loop().explain(reading.as_task_ref());
        assert!(
            text.contains("waits for data from a pipe (made at "),
            "{text}"
        );
        writer.write_all(b"x").await.unwrap();
        reading.await.unwrap().unwrap();
    });
}

/// What a program does with its standard streams: `cat` in a task, beside `println!`.
#[test]
fn the_standard_streams_stay_as_they_are() {
    const CHILD: &str = "GROUNDUP_TEST_STANDARD";
    if std::env::var_os(CHILD).is_some() {
        return Setup::new().run(async {
            let (mut input, mut output) = (
                groundup_io::stdin().unwrap(),
                groundup_io::stdout().unwrap(),
            );
            let mut bytes = Vec::new();
            input.read_to_end(&mut bytes).await.unwrap();
            output.write_all(&bytes).await.unwrap();
            // On a pipe that is full, this blocks. It must not fail.
            (0..20_000).for_each(|_| println!("a line of the standard library"));
        });
    }
    Setup::new().run(async {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([
            "pipes::the_standard_streams_stay_as_they_are",
            "--exact",
            "--nocapture",
        ]);
        command.env(CHILD, "1").stdin(std::process::Stdio::piped());
        command.stdout(std::process::Stdio::piped());
        let bytes = vec![b'x'; 300_000];
        let output = command.spawn().unwrap().communicate(&bytes).await.unwrap();
        assert!(output.status.success());
        let passed = output
            .stdout
            .windows(bytes.len())
            .any(|window| window == bytes);
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(passed);
        assert_eq!(
            text.matches("a line of the standard library").count(),
            20_000
        );
    });
}

#[test]
fn pipes_work_in_their_own_loop() {
    let (mut writer, reader): (_, PipeReader) = Setup::new().run(async { pipe().unwrap() });
    Setup::new().run(async {
        let error = writer.write(b"x").await.unwrap_err();
        assert!(
            error.to_string().contains("belongs to another event loop"),
            "{error}"
        );
        drop(reader);
    });
}
