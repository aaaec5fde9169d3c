//! S07: when `drain` waits.
//!
//! Read next: `../writers.rs`.

use groundup_io::StreamWriter;
use groundup_io::executor::{iteration, spawn};
use groundup_io::task::yield_now;

use crate::setup::*;

#[test]
fn s07_drain_does_not_suspend_below_the_high_mark() {
    Setup::without_sockets().run(async {
        let pipe = Pipe::default();
        let mut writer = StreamWriter::new(pipe.writer());
        let before = iteration();
        writer.write(&[0; 64 * 1024]);
        writer.drain().await.unwrap();
        assert_eq!(iteration(), before, "64 KiB wait, and no more");
        pipe.make_room(usize::MAX);
    });
}

#[test]
fn s07_above_the_high_mark_drain_waits_until_the_low_one() {
    Setup::without_sockets().run(async {
        let pipe = Pipe::default();
        let mut writer = StreamWriter::new(pipe.writer());
        writer.set_write_buffer_limits(10, 4);
        writer.write(b"0123456789a");
        let task = spawn(async move {
            writer.drain().await.unwrap();
            writer
        });
        for room in [1, 1, 4] {
            yield_now().await;
            pipe.make_room(room);
            yield_now().await;
            assert!(!task.done(), "5 bytes at least are left");
        }
        pipe.make_room(1);
        let writer = task.await.unwrap();
        assert_eq!(writer.waiting_bytes(), 4);
        assert_eq!(pipe.taken(), b"0123456");
        pipe.make_room(usize::MAX);
    });
}

#[test]
fn s07_a_drain_that_sends_itself_need_not_wait() {
    Setup::without_sockets().run(async {
        let pipe = Pipe::default();
        pipe.make_room(usize::MAX);
        let mut writer = StreamWriter::new(pipe.writer());
        let before = iteration();
        writer.write(&[1; 1_000_000]);
        writer.drain().await.unwrap();
        assert_eq!(iteration(), before);
        assert_eq!(pipe.taken().len(), 1_000_000);
    });
}
