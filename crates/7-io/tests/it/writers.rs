//! A writer and a slow or broken peer.
//!
//! Read next: `props.rs`.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use futures::io::AsyncWrite;
use groundup_io::StreamWriter;
use groundup_io::executor::{EventLoop, Runner, all_tasks, current_task, spawn};
use groundup_io::task::{TaskRef, catch_cancel, yield_now};

use crate::setup::*;

#[test]
fn bytes_are_sent_without_a_drain_and_in_one_piece_if_they_were_written_in_one_step() {
    Setup::without_sockets().run(async {
        let pipe = Pipe::default();
        pipe.make_room(100);
        let mut writer = StreamWriter::new(pipe.writer());
        writer.write(b"one ");
        writer.write(b"two");
        assert_eq!(pipe.taken(), b"");
        yield_now().await;
        assert_eq!(pipe.taken(), b"one two");
        assert_eq!(writer.waiting_bytes(), 0);
    });
}

#[test]
fn a_writer_that_is_closed_or_dropped_sends_its_bytes_first() {
    for drops in [false, true] {
        Setup::without_sockets().run(async {
            let pipe = Pipe::default();
            let mut writer = StreamWriter::new(pipe.writer());
            writer.write(b"last words");
            let closing = spawn(async move {
                match drops {
                    true => drop(writer),
                    false => {
                        writer.close();
                        assert!(writer.is_closing());
                        writer.wait_closed().await.unwrap();
                    }
                }
            });
            for _ in 0..9 {
                yield_now().await;
                pipe.make_room(1);
            }
            assert!(!pipe.is_closed() && !pipe.is_dropped());
            pipe.make_room(1);
            closing.await.unwrap();
            for _ in 0..3 {
                yield_now().await;
            }
            assert!(pipe.is_closed() && pipe.is_dropped());
            assert_eq!(pipe.taken(), b"last words");
        });
    }
}

#[test]
fn the_failure_of_a_connection_ends_each_wait_and_drops_the_bytes() {
    Setup::without_sockets().run(async {
        let pipe = Pipe::default();
        let mut writer = StreamWriter::new(pipe.writer());
        writer.set_write_buffer_limits(1, 1);
        writer.write(b"never sent");
        let drain = spawn(async move {
            let drained = writer.drain().await;
            (drained, writer)
        });
        yield_now().await;
        pipe.fail(ErrorKind::BrokenPipe);
        let (drained, mut writer) = drain.await.unwrap();
        assert_eq!(drained.unwrap_err().kind(), ErrorKind::BrokenPipe);
        assert!(writer.is_closing() && pipe.is_dropped());
        writer.write(b"neither");
        assert_eq!(writer.waiting_bytes(), 0);
        assert_eq!(
            writer.drain().await.unwrap_err().kind(),
            ErrorKind::BrokenPipe
        );
        let closed = writer.wait_closed().await;
        assert_eq!(closed.unwrap_err().kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn a_drain_that_is_dropped_loses_no_byte() {
    Setup::without_sockets().run(async {
        let pipe = Pipe::default();
        let mut writer = StreamWriter::new(pipe.writer());
        writer.set_write_buffer_limits(2, 1);
        writer.write(b"0123");
        {
            assert!(futures::poll!(pin!(writer.drain())).is_pending());
            pipe.make_room(1);
            assert!(futures::poll!(pin!(writer.drain())).is_pending());
        }
        writer.write(b"4567");
        pipe.make_room(100);
        writer.drain().await.unwrap();
        assert_eq!(pipe.taken(), b"01234567");
    });
}

#[test]
fn a_writer_that_is_aborted_drops_its_bytes_and_leaves_no_task() {
    for closes in [false, true] {
        Setup::without_sockets().run(async {
            let (pipe, tasks) = (Pipe::default(), all_tasks().len());
            pipe.make_room(3);
            let mut writer = StreamWriter::new(pipe.writer());
            writer.set_write_buffer_limits(1, 0);
            writer.write(b"lost words");
            assert!(futures::poll!(pin!(writer.drain())).is_pending());
            yield_now().await;
            assert_eq!(all_tasks().len(), tasks + 1, "the task that sends");
            if closes {
                writer.close();
            }
            writer.abort();
            assert!(pipe.is_dropped() && !pipe.is_closed() && writer.is_closing());
            assert_eq!((pipe.taken(), writer.waiting_bytes()), (b"los".to_vec(), 0));
            let error = writer.drain().await.unwrap_err();
            assert_eq!(
                error.to_string(),
                "`abort` was called on the writer: its bytes are lost"
            );
            writer.wait_closed().await.unwrap_err();
            writer.write(b"more");
            writer.abort();
            for _ in 0..3 {
                yield_now().await;
            }
            assert_eq!(all_tasks().len(), tasks);
        });
    }
}

#[test]
fn a_writer_that_has_sent_all_is_aborted_too_and_one_that_has_ended_stays_so() {
    Setup::without_sockets().run(async {
        let pipe = Pipe::default();
        pipe.make_room(3);
        let mut writer = StreamWriter::new(pipe.writer());
        writer.write(b"all");
        writer.drain().await.unwrap();
        writer.abort();
        assert!(pipe.is_dropped() && !pipe.is_closed());
        let mut writer = StreamWriter::new(Pipe::default().writer());
        writer.close();
        writer.wait_closed().await.unwrap();
        writer.abort();
        writer.wait_closed().await.unwrap();
    });
}

#[test]
fn a_write_after_the_close_is_refused() {
    let refused = catch_unwind(AssertUnwindSafe(|| {
        Setup::without_sockets().run(async {
            let mut writer = StreamWriter::new(Pipe::default().writer());
            writer.close();
            writer.write(b"late");
        });
    }));
    assert!(refused.is_err());
}

#[test]
fn a_writer_may_be_dropped_where_no_loop_runs_and_after_its_loop() {
    let pipe = Pipe::default();
    let event_loop = EventLoop::builder().virtual_time().build();
    let mut writer = event_loop
        .run_until_complete(async { StreamWriter::new(pipe.writer()) })
        .unwrap();
    writer.write(b"sent by nobody");
    drop(writer);
    assert!(pipe.is_dropped());

    let pipe = Pipe::default();
    let end = pipe.writer();
    let main = async {
        let mut writer = StreamWriter::new(end);
        writer.write(b"stuck");
        for _ in 0..3 {
            yield_now().await;
        }
        writer
    };
    let writer = event_loop.run_until_complete(main).unwrap();
    drop(event_loop);
    drop(writer);
    assert!(pipe.is_dropped());
}

#[test]
fn a_writer_may_be_dropped_by_the_close_of_its_loop() {
    for waits in [false, true] {
        let setup = Setup::without_sockets();
        let pipe = Pipe::default();
        let mut writer = StreamWriter::new(pipe.writer());
        writer.set_write_buffer_limits(0, 0);
        let task = setup.event_loop.spawn(async move {
            writer.write(b"too late");
            if waits {
                writer.drain().await.unwrap();
            }
            std::future::pending::<()>().await;
            drop(writer);
        });
        task.detach();
        let steps = async {
            for _ in 0..3 {
                yield_now().await;
            }
        };
        setup.event_loop.run_until_complete(steps).unwrap();
        drop(setup.event_loop);
        assert!(pipe.is_dropped());
        assert_eq!(*setup.reports.borrow(), [""; 0]);
    }
}

#[test]
fn a_drain_and_a_close_that_outlive_their_loop_get_an_error() {
    for (closes, steps) in [(false, 3), (true, 3), (false, 0), (true, 0)] {
        let event_loop = EventLoop::builder().virtual_time().build();
        let pipe = Pipe::default();
        let main = async {
            let mut writer = StreamWriter::new(pipe.writer());
            writer.set_write_buffer_limits(0, 0);
            writer.write(b"never sent");
            if closes {
                writer.close();
            }
            for _ in 0..steps {
                yield_now().await; // the callback becomes a task
            }
            writer
        };
        let mut writer = event_loop.run_until_complete(main).unwrap();
        drop(event_loop);
        let ended = futures::executor::block_on(async {
            match closes {
                true => writer.wait_closed().await,
                false => writer.drain().await,
            }
        });
        let text = ended.unwrap_err().to_string();
        assert!(text.contains("the loop of the writer was closed"), "{text}");
        assert!(pipe.is_dropped());
    }
}

#[test]
fn a_task_that_cleans_up_with_its_loop_can_still_say_goodbye() {
    let runner = Runner::with_loop(EventLoop::builder().virtual_time().build());
    let pipe = Pipe::default();
    let server = pipe.clone();
    let serves = async move {
        let mut writer = StreamWriter::new(server.writer());
        writer.write(b"a reply, ");
        catch_cancel(writer.wait_closed()).await.unwrap_err();
        writer.write(b"goodbye");
        yield_now().await; // the peer reads late
        server.make_room(100);
        writer.close();
        writer.wait_closed().await.unwrap();
    };
    let main = async {
        spawn(serves).detach();
        for _ in 0..4 {
            yield_now().await; // the sender waits for room
        }
    };
    runner.run(main).unwrap();
    runner.close().unwrap();
    assert_eq!(pipe.taken(), b"a reply, goodbye");
}

#[test]
fn a_cancel_of_each_task_loses_no_byte_of_a_writer() {
    Setup::without_sockets().run(async {
        let pipe = Pipe::default();
        let mut writer = StreamWriter::new(pipe.writer());
        let main = current_task().unwrap();
        writer.write(b"0123");
        for _ in 0..8 {
            yield_now().await;
            let all = all_tasks().into_iter();
            let others = all.filter(|task| *task != main);
            others.for_each(|task: TaskRef| _ = task.cancel());
        }
        pipe.make_room(4);
        writer.close();
        writer.wait_closed().await.unwrap();
        assert_eq!(pipe.taken(), b"0123");
    });
}

/// Calls its writer from inside `poll_write`, or panics there.
struct Odd {
    panics: bool,
    written: Pipe,
    again: std::rc::Rc<std::cell::RefCell<Option<StreamWriter<Odd>>>>,
}

impl AsyncWrite for Odd {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        assert!(!self.panics, "an odd writer");
        let writer = self.again.borrow_mut().take();
        if let Some(mut writer) = writer {
            writer.write(b"more");
            let drain = pin!(async { writer.drain().await }).as_mut().poll(cx);
            assert!(drain.is_ready());
            // It is dropped here, from inside its own `poll_write`.
        }
        let mut end = self.written.writer();
        Pin::new(&mut end).poll_write(cx, &buf[..1])
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn the_code_that_writes_may_call_the_writer() {
    Setup::without_sockets().run(async {
        let again = std::rc::Rc::default();
        let (panics, written) = (false, Pipe::default());
        written.make_room(6);
        let odd = Odd {
            panics,
            written: written.clone(),
            again: std::rc::Rc::clone(&again),
        };
        let mut writer = StreamWriter::new(odd);
        writer.write(b"ab");
        *again.borrow_mut() = Some(writer);
        yield_now().await;
        assert_eq!(written.taken(), b"abmore");
    });
}

#[test]
fn a_panic_of_the_code_that_writes_fails_the_writer() {
    let setup = Setup::without_sockets();
    setup.run_with_reports(async {
        let (panics, written) = (true, Pipe::default());
        let again = std::rc::Rc::default();
        let mut writer = StreamWriter::new(Odd {
            panics,
            written,
            again,
        });
        writer.write(b"x");
        yield_now().await;
        let error = writer.drain().await.unwrap_err();
        assert!(error.to_string().contains("panicked"), "{error}");
    });
    assert_eq!(setup.reports.borrow().len(), 1);
}
