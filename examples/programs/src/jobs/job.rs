//! One job, and the work for it: this program only pretends to work.

use std::fmt;
use std::time::Duration;

use groundup::sleep;

/// A job, as Redis has given it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The number of its entry in the stream.
    pub(crate) id: String,
    /// `NAME[,MILLISECONDS[,FAILURES]]`: how long it takes, and how many attempts fail.
    pub(crate) text: String,
    /// The number of this attempt, from 1 on.
    pub(crate) attempt: usize,
}

impl Job {
    /// Makes the future that does the job, or fails with a reason.
    pub(crate) fn work(&self) -> impl Future<Output = Result<(), String>> + use<> {
        let (text, attempt) = (self.text.clone(), self.attempt);
        async move {
            let (duration, failures) = parse(&text).ok_or("it is no job")?;
            sleep(duration).await;
            match attempt > failures {
                true => Ok(()),
                false => Err("the machine was out of order".into()),
            }
        }
    }
}

/// Reads how long a job takes, and how many attempts fail.
fn parse(text: &str) -> Option<(Duration, usize)> {
    let mut numbers = text.split(',').skip(1);
    let mut next = |otherwise: &'static str| numbers.next().unwrap_or(otherwise).parse::<usize>();
    let (millis, failures) = (next("10").ok()?, next("0").ok()?);
    let duration = Duration::from_millis(u64::try_from(millis).ok()?);
    numbers.next().is_none().then_some((duration, failures))
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, _) = self.text.split_once(',').unwrap_or((&self.text, ""));
        f.write_str(name)
    }
}
