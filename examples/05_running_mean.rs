//! Floor 1: a generator that receives: send, throw, close.
//!
//! Its chapter: `crates/1-generator/src/lib.rs`.

use groundup::generator::{Co, Coroutine, Exception, Signal, generator_with_input};

fn main() {
    // total, count = 0.0, 0
    // while True:
    //     try:               x = yield total / count if count else None
    //     except ValueError: total, count = 0.0, 0
    //     else:              total += x; count += 1
    let mean = Coroutine::new(generator_with_input(
        |co: Co<Option<f64>, Signal<f64, &str>>| async move {
            let (mut total, mut count) = (0.0, 0);
            loop {
                let mean = (count > 0).then(|| total / f64::from(count));
                match co.try_yield(mean).await {
                    Ok(Some(x)) => (total, count) = (total + x, count + 1),
                    Ok(None) => {}
                    Err(Exception::Error("reset")) => (total, count) = (0.0, 0),
                    Err(other) => return Err::<u32, _>(other),
                }
            }
        },
    ));

    println!("send, unstarted  {:?}", mean.send(3.0));
    println!("next             {:?}", mean.next());
    println!("send 3           {:?}", mean.send(3.0));
    println!("send 4           {:?}", mean.send(4.0));
    println!("throw reset      {:?}", mean.throw("reset"));
    println!("send 10          {:?}", mean.send(10.0));
    println!("close            {:?}", mean.close());
    println!("next             {:?}", mean.next());
}
