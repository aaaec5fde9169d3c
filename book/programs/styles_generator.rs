//! Generator style: a wait is a `yield`

use groundup::Promise;
use groundup::generator::{Co, Generator, Step, generator_with_input};

use super::styles_site::{Answer, Ask, HOSTS, ask, say};

/// Downloads a page: a generator of questions.
fn wget(host: &'static str) -> impl Generator<Resume = Answer, Yield = Ask, Return = Answer> {
    generator_with_input(move |co: Co<Ask, Answer>| async move {
        let address = co.yield_(Ask::Find(host.into())).await?;
        let mut page = String::new();
        for part in 0.. {
            let text = co.yield_(Ask::Read(address.clone(), part)).await?;
            if text.is_empty() {
                break;
            }
            say(host, &text);
            page += &text;
        }
        Ok(page)
    })
}

/// The caller: asks each question of the generator, and resumes it with the answer.
fn drive<G>(mut generator: G, answer: Answer, done: impl FnOnce(Answer) + 'static)
where
    G: Generator<Resume = Answer, Yield = Ask, Return = Answer> + 'static,
{
    match generator.resume(answer) {
        Step::Return(end) => done(end),
        Step::Yield(question) => ask(question, move |answer| drive(generator, answer, done)),
    }
}

pub async fn main() {
    let ends = HOSTS.map(|host| {
        let end = Promise::new();
        let ends = end.clone();
        let begin = Ok(String::new()); // the first resume answers no question
        drive(wget(host), begin, move |page| {
            ends.set_result(page).unwrap()
        });
        end
    });
    for (host, end) in HOSTS.into_iter().zip(ends) {
        say(host, &format!("{:?}", end.await.unwrap()));
    }
}
