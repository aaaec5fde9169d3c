//! `add_reader`, `add_writer`, and their removal.
//!
//! Read next: `sockets.rs`.

use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

use futures::{AsyncReadExt, AsyncWriteExt};
use groundup_io::executor::{call_soon, current_task, driver, iteration};
use groundup_io::task::{Local, yield_now};
use groundup_io::{Reactor, add_reader, add_writer, remove_reader, remove_writer};

use crate::patience::until_equal;
use crate::setup::*;

fn pair() -> (Rc<UnixStream>, UnixStream) {
    let (one, other) = UnixStream::pair().unwrap();
    one.set_nonblocking(true).unwrap();
    (Rc::new(one), other)
}

/// Waits until `done` is true. The callbacks are waited for, so the busy loop looks.
#[track_caller]
fn until(done: impl Fn() -> bool) -> impl Future<Output = ()> {
    until_equal(true, done)
}

#[test]
fn x04_a_reader_is_called_until_it_has_read_all() {
    Setup::new().run(async {
        let (one, other) = pair();
        let log = Rc::<RefCell<Vec<u8>>>::default();
        let (reads, tells) = (one.clone(), log.clone());
        add_reader(&*one, move || {
            assert!(current_task().is_none(), "a callback is no task");
            let mut byte = [0];
            (&*reads).read_exact(&mut byte).unwrap();
            tells.borrow_mut().push(byte[0]);
        })
        .unwrap();
        (&other).write_all(b"level").unwrap();
        until(|| log.borrow().len() == 5).await;
        (&other).write_all(b"!").unwrap();
        until(|| log.borrow().len() == 6).await;
        assert_eq!(*log.borrow(), b"level!");
        assert!(remove_reader(&*one));
        assert!(!remove_reader(&*one));
    });
}

#[test]
fn l28_a_reader_sees_the_locals_of_the_code_that_added_it() {
    static WHO: Local<&str> = Local::new();
    Setup::new().run(async {
        let (one, other) = pair();
        WHO.set("main");
        let seen = Rc::<Cell<Option<&str>>>::default();
        let (sees, reads) = (seen.clone(), one.clone());
        add_reader(&*one, move || {
            (&*reads).read_exact(&mut [0]).unwrap();
            sees.set(WHO.get());
            WHO.set("reader");
        })
        .unwrap();
        for who in ["main", "reader"] {
            (&other).write_all(b"x").unwrap();
            until(|| seen.get() == Some(who)).await;
        }
        assert_eq!(WHO.get(), Some("main"));
        remove_reader(&*one);
    });
}

#[test]
fn x04_a_function_that_reads_nothing_is_called_again_and_again() {
    Setup::new().run(async {
        let (one, other) = pair();
        let calls = Rc::<Cell<u32>>::default();
        let counts = calls.clone();
        add_reader(&*one, move || counts.set(counts.get() + 1)).unwrap();
        (&other).write_all(b"x").unwrap();
        until(|| calls.get() >= 5).await;
        remove_reader(&*one);
        let before = calls.get();
        let begin = iteration();
        until(|| iteration() > begin + 200).await;
        assert_eq!(calls.get(), before);
    });
}

#[test]
fn x04_a_writer_is_called_while_there_is_room() {
    Setup::new().run(async {
        let (one, other) = pair();
        let (calls, written) = (Rc::<Cell<usize>>::default(), Rc::<Cell<usize>>::default());
        let (writes, counts, adds) = (one.clone(), calls.clone(), written.clone());
        add_writer(&*one, move || {
            counts.set(counts.get() + 1);
            let count = (&*writes).write(&[0; 1000]).unwrap();
            adds.set(adds.get() + count);
        })
        .unwrap();
        let full = Cell::new((0, 0));
        // No call for 200 iterations: it is full.
        until(|| {
            let (before, since) = full.get();
            let now = calls.get();
            full.set((now, if now == before { since + 1 } else { 0 }));
            full.get().1 > 200
        })
        .await;
        let before = written.get();
        assert!(before > 10_000);
        let mut room = vec![0; before];
        (&other).read_exact(&mut room).unwrap();
        until(|| written.get() > before).await;
        assert!(remove_writer(&*one));
        assert!(!remove_writer(&*one));
    });
}

#[test]
fn x05_a_second_reader_replaces_the_first_and_a_removed_one_is_not_called() {
    Setup::new().run(async {
        let (one, other) = pair();
        let log = Rc::<RefCell<Vec<&str>>>::default();
        let says = |text| {
            let log = log.clone();
            move || log.borrow_mut().push(text)
        };
        add_reader(&*one, says("first")).unwrap();
        add_reader(&*one, says("second")).unwrap();
        (&other).write_all(b"x").unwrap();
        until(|| log.borrow().len() >= 2).await;
        assert!(log.borrow().iter().all(|&text| text == "second"), "{log:?}");
        remove_reader(&*one);

        // Two are ready in one look. The first that is called removes both.
        let (a, to_a) = pair();
        let (b, to_b) = pair();
        let calls = Rc::<Cell<u32>>::default();
        for own in [&a, &b] {
            let (a, b, calls) = (a.clone(), b.clone(), calls.clone());
            add_reader(&**own, move || {
                calls.set(calls.get() + 1);
                assert!(remove_reader(&*a) && remove_reader(&*b));
            })
            .unwrap();
        }
        (&to_a).write_all(b"x").unwrap();
        (&to_b).write_all(b"x").unwrap();
        until(|| calls.get() > 0).await;
        let begin = iteration();
        until(|| iteration() > begin + 200).await;
        assert_eq!(calls.get(), 1);
    });
}

#[test]
fn a_reader_and_a_writer_of_one_descriptor_are_two() {
    Setup::new().run(async {
        let (one, other) = pair();
        let calls = Rc::new([Cell::new(0), Cell::new(0)]);
        let (reads, writes) = (calls.clone(), calls.clone());
        let own = one.clone();
        add_reader(&*one, move || {
            (&*own).read_exact(&mut [0]).unwrap();
            reads[0].set(reads[0].get() + 1);
        })
        .unwrap();
        add_writer(&*one, move || writes[1].set(writes[1].get() + 1)).unwrap();
        until(|| calls[1].get() > 0).await;
        assert_eq!(calls[0].get(), 0);
        (&other).write_all(b"x").unwrap();
        until(|| calls[0].get() == 1).await;
        assert!(remove_writer(&*one));
        let before = calls[1].get();
        (&other).write_all(b"y").unwrap();
        until(|| calls[0].get() == 2).await;
        assert_eq!(calls[1].get(), before);
        assert!(remove_reader(&*one));
    });
}

#[test]
fn a_function_that_panics_is_reported_and_called_again() {
    let setup = Setup::new();
    setup.run_with_reports(async {
        let (one, other) = pair();
        let own = one.clone();
        let calls = Rc::<Cell<u32>>::default();
        let counts = calls.clone();
        add_reader(&*one, move || {
            (&*own).read_exact(&mut [0]).unwrap();
            counts.set(counts.get() + 1);
            panic!("on purpose");
        })
        .unwrap();
        (&other).write_all(b"xy").unwrap();
        until(|| calls.get() == 2).await;
        remove_reader(&*one);
    });
    assert_eq!(setup.reports.borrow().len(), 2);
}

#[test]
fn the_loop_wakes_for_a_reader_while_it_sleeps() {
    Setup::new().run(async {
        let (one, other) = pair();
        let came = Rc::new(groundup_io::sync::Event::new());
        let (tells, own) = (came.clone(), one.clone());
        add_reader(&*one, move || {
            (&*own).read_exact(&mut [0]).unwrap();
            tells.set();
        })
        .unwrap();
        let thread = std::thread::spawn(move || (&other).write_all(b"x").unwrap());
        came.wait().await;
        thread.join().unwrap();
        remove_reader(&*one);
    });
}

#[test]
fn functions_may_do_anything_when_they_are_called_and_dropped() {
    struct AddsAndRemoves(Rc<UnixStream>, Rc<Cell<u32>>);
    impl Drop for AddsAndRemoves {
        fn drop(&mut self) {
            self.1.set(self.1.get() + 1);
            if self.1.get() < 3 {
                let next = AddsAndRemoves(self.0.clone(), self.1.clone());
                let _ = add_reader(&*self.0, move || {
                    let _held = &next;
                });
            }
        }
    }
    let drops = Rc::<Cell<u32>>::default();
    Setup::new().run(async {
        let (one, other) = pair();
        let (guard, reads) = (AddsAndRemoves(one.clone(), drops.clone()), one.clone());
        add_reader(&*one, move || {
            let _held = &guard;
            let _ = (&*reads).read(&mut [0; 8]);
            add_reader(&*reads, || ()).unwrap();
            call_soon(|| ());
        })
        .unwrap();
        (&other).write_all(b"x").unwrap();
        until(|| drops.get() > 0).await;
        while remove_reader(&*one) {
            yield_now().await;
        }
    });
    assert_eq!(drops.get(), 3);
}

#[test]
fn outside_a_loop_nothing_is_removed() {
    assert!(!remove_reader(&std::io::stdin()));
    assert!(!remove_writer(&std::io::stdout()));
}

#[test]
fn a_loop_that_is_closed_drops_its_functions() {
    let dropped = Rc::new(());
    let held = Rc::downgrade(&dropped);
    let (one, _other) = pair();
    Setup::new().run(async {
        add_reader(&*one, move || {
            let _held = &dropped;
        })
        .unwrap();
    });
    assert!(held.upgrade().is_none());
}

#[test]
fn a_descriptor_that_is_closed_stays_open_until_its_reader_is_removed() {
    Setup::new().run(async {
        let (one, other) = UnixStream::pair().unwrap();
        let calls = Rc::<Cell<u32>>::default();
        let counts = calls.clone();
        add_reader(&one, move || counts.set(counts.get() + 1)).unwrap();
        drop(one);
        (&other).write_all(b"x").unwrap();
        until(|| calls.get() > 0).await;
        assert!((&other).write_all(b"y").is_ok(), "the file is open");
    });
}

/// A waker that removes the reader of a descriptor, as code of another executor may do.
struct Removing(UnixStream, AtomicBool);

impl Wake for Removing {
    fn wake(self: Arc<Self>) {
        assert!(remove_reader(&self.0));
        self.1.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_reader_that_is_removed_by_a_waker_of_the_same_look_leaves_no_wait() {
    Setup::new().run(async {
        let (watched, mut other) = UnixStream::pair().unwrap();
        let (mut awaited, mut writer) = groundup_io::UnixStream::pair().unwrap();
        let removing = Arc::new(Removing(watched, AtomicBool::new(false)));
        add_reader(&removing.0, || unreachable!("it was removed")).unwrap();
        let waker = Waker::from(removing.clone());
        let mut byte = [0];
        let mut reading = pin!(awaited.read(&mut byte));
        let polled = reading.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        Write::write_all(&mut other, b"x").unwrap();
        AsyncWriteExt::write_all(&mut writer, b"x").await.unwrap();
        until(|| removing.1.load(Ordering::Relaxed)).await;
        let state = format!("{:?}", driver::<Reactor>().unwrap());
        assert!(state.ends_with("waiting: 0 }"), "{state}");
    });
}
