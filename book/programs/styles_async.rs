//! Async style: a wait is an `await`

use groundup::{Promise, spawn_named};

use super::styles_site::{Answer, Ask, HOSTS, ask, say};

/// Turns a question with a callback into a future.
async fn answer(question: Ask) -> Answer {
    let promise = Promise::new();
    let answered = promise.clone();
    ask(question, move |answer| drop(answered.set_result(answer)));
    promise.await.unwrap()
}

/// Downloads a page.
pub(super) async fn wget(host: &'static str) -> Answer {
    let address = answer(Ask::Find(host.into())).await?;
    let mut page = String::new();
    for part in 0.. {
        let text = answer(Ask::Read(address.clone(), part)).await?;
        if text.is_empty() {
            break;
        }
        say(host, &text);
        page += &text;
    }
    Ok(page)
}

pub async fn main() {
    let tasks = HOSTS.map(|host| spawn_named(host, wget(host)));
    for (host, task) in HOSTS.into_iter().zip(tasks) {
        say(host, &format!("{:?}", task.await.unwrap()));
    }
}
