//! A future by hand: it counts its polls, and is ready at the third.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

struct Third {
    polls: u32,
}

impl Future for Third {
    type Output = &'static str;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<&'static str> {
        self.polls += 1;
        if self.polls < 3 {
            return Poll::Pending;
        }
        Poll::Ready("done")
    }
}

async fn twice() -> String {
    let first = Third { polls: 0 }.await;
    let second = Third { polls: 0 }.await;
    format!("{first} and {second}")
}

pub fn main() {
    let mut future = pin!(twice());
    let mut context = Context::from_waker(Waker::noop());
    for poll in 1.. {
        let answer = future.as_mut().poll(&mut context);
        println!("poll {poll}: {answer:?}");
        if answer.is_ready() {
            break;
        }
    }
}
