//! Errors of groundup go through `?` into other types of errors.
//!
//! Each error of the facade has the bounds of `go`: a test of the facade asserts it for every one.

use std::error::Error;

use groundup::net::ReadError;
use groundup::{
    Elapsed, GatherError, Promise, PutError, Queue, RunError, TaskError, TaskGroup, run_virtual,
    spawn, task_group, to_thread, try_gather,
};

type Boxed = Box<dyn Error + Send + Sync>;

/// Converts an error into each type, which has its text and gives it back.
fn go<E: Error + Send + Sync + 'static>(make: impl Fn() -> E) {
    let text = make().to_string();
    let (anyhow, eyre) = (anyhow::Error::from(make()), eyre::Report::from(make()));
    let boxed = Boxed::from(make());
    assert_eq!(
        [anyhow.to_string(), eyre.to_string(), boxed.to_string()],
        [&*text; 3]
    );
    assert!(anyhow.is::<E>() && eyre.is::<E>() && boxed.is::<E>());
}

#[test]
fn an_error_has_its_text_in_each_type() {
    go(|| Elapsed);
    go(|| TaskError::AwaitedItself);
    go(|| RunError::Stopped);
    go(|| PutError::Full(5));
    go(|| GatherError::Failed("no".to_string()));
    go(|| ReadError::Io(std::io::Error::other("no disk")));
    go(|| {
        run_virtual(task_group(async |_: TaskGroup<String>| {
            Err::<(), _>("no".into())
        }))
        .unwrap_err()
    });
}

/// A function with the error type of each crate, and `?` at errors of each kind.
macro_rules! program {
    ($name:ident, $result:ty) => {
        async fn $name() -> $result {
            let task = spawn(async { to_thread(|| 1_u8).await });
            let one = task.await??;
            let both = try_gather([async move { Ok::<_, Elapsed>(one) }]).await?;
            let grouped = task_group(async |group: TaskGroup<std::fmt::Error>| {
                Ok(group.spawn(async move { Ok(both[0]) }).await)
            });
            let queue = Queue::new(1);
            queue.put(grouped.await?).await?;
            let promise = Promise::new();
            promise.set_result(queue.get().await?)?;
            Ok(promise.await?)
        }
    };
}

program!(with_anyhow, anyhow::Result<u8>);
program!(with_eyre, eyre::Result<u8>);
program!(with_a_box, Result<u8, Boxed>);

#[test]
fn a_program_returns_them_by_question_marks() {
    assert_eq!(run_virtual(with_anyhow()).unwrap(), 1);
    assert_eq!(run_virtual(with_eyre()).unwrap(), 1);
    assert_eq!(run_virtual(with_a_box()).unwrap(), 1);
}
