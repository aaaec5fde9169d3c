//! A first look: the pieces together.
use groundup::prelude::*;
use groundup::*;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

#[test]
fn five_sleeps_take_one_second() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let out = event_loop.run_until_complete(async {
        let tasks: Vec<_> = (0..5)
            .map(|n| {
                spawn(async move {
                    sleep(Duration::from_secs(1)).await;
                    n
                })
            })
            .collect();
        let mut sum = 0;
        for task in tasks {
            sum += task.await.unwrap();
        }
        sum
    });
    assert_eq!(out.unwrap(), 10);
    assert_eq!(event_loop.time(), Duration::from_secs(1));
}

#[test]
fn cancel_through_two_levels() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let event_loop = EventLoop::builder().virtual_time().build();
    let l = log.clone();
    event_loop
        .run_until_complete(async move {
            let l2 = l.clone();
            let inner = spawn(async move {
                let r = catch_cancel(sleep(Duration::from_secs(5))).await;
                l2.borrow_mut().push((iteration(), format!("inner {r:?}")));
                if let Err(c) = r {
                    c.raise().await;
                }
            });
            let l2 = l.clone();
            let outer = spawn(async move {
                let r = catch_cancel(inner.into_future()).await;
                l2.borrow_mut()
                    .push((iteration(), format!("outer {}", r.is_err())));
                if let Err(c) = r {
                    c.raise().await;
                }
            });
            sleep(Duration::from_secs(1)).await;
            l.borrow_mut().push((iteration(), "cancel".into()));
            outer.cancel_with("why");
            let r = outer.await;
            l.borrow_mut()
                .push((iteration(), format!("observer {r:?}")));
        })
        .unwrap();
    let log = log.borrow();
    let base = log[0].0;
    let rel: Vec<_> = log.iter().map(|(i, s)| (i - base, s.as_str())).collect();
    assert_eq!(
        rel,
        [
            (0, "cancel"),
            (1, "inner Err(Cancelled { reason: Some(\"why\") })"),
            (2, "outer true"),
            (
                3,
                "observer Err(Cancelled(Cancelled { reason: Some(\"why\") }))"
            )
        ]
    );
}

#[test]
fn deadlock_is_told() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let err = event_loop
        .run_until_complete(async {
            let p: Promise<u32> = Promise::new();
            spawn(async move { p.await.unwrap() }).await.unwrap()
        })
        .unwrap_err();
    println!("{err}");
    assert!(matches!(err, RunError::Deadlock(_)));
}

#[test]
fn trace_of_a_small_program() {
    let rec = trace::Recorder::new();
    let event_loop = EventLoop::builder()
        .virtual_time()
        .trace(rec.clone())
        .build();
    event_loop
        .run_until_complete(async {
            let t = spawn(async {
                sleep(Duration::from_millis(500)).await;
                7
            });
            assert_eq!(t.await.unwrap(), 7);
        })
        .unwrap();
    println!("{}", rec.text());
}

#[test]
fn panic_is_isolated() {
    run(async {
        let t = spawn(async { panic!("oh") });
        let e: TaskError = t.await.map(|_: ()| ()).unwrap_err();
        assert!(e.is_panicked());
        let t = spawn(async {
            current_task().unwrap().cancel();
            5
        });
        assert!(t.await.unwrap_err().is_cancelled());
    });
}
