//! Reading a command line, word by word.
//!
//! The problem: there are four verbs with a dozen options between them. A library for
//! command lines would be the largest thing that the first `cargo xtask` compiles. An
//! iterator and three kinds of error are enough.
//!
//! Invariants
//! 1. `--option value` and `--option=value` are the same.
//! 2. An option that takes no value refuses one.
//! 3. Every error is one sentence that repeats the offending word.
//!
//! Read next: `tour/options.rs`.

/// A reader of the words of a command line.
#[derive(Debug)]
pub struct Arguments<'a> {
    words: std::slice::Iter<'a, String>,
    /// The option that was read last, and the text after its `=`.
    option: &'a str,
    attached: Option<&'a str>,
}

/// One word of a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument<'a> {
    /// `--name`, without the text after an `=`.
    Option(&'a str),
    /// Any other word.
    Word(&'a str),
}

impl<'a> Arguments<'a> {
    /// Makes a reader of `words`, from the first to the last.
    ///
    /// ```
    /// use xtask::arguments::{Argument, Arguments};
    ///
    /// let words = ["1", "--cases=200"].map(String::from);
    /// let mut arguments = Arguments::new(&words);
    /// assert_eq!(arguments.next().unwrap(), Some(Argument::Word("1")));
    /// assert_eq!(arguments.next().unwrap(), Some(Argument::Option("--cases")));
    /// assert_eq!(arguments.number::<u32>("a number of cases").unwrap(), 200);
    /// assert_eq!(arguments.next().unwrap(), None);
    /// ```
    pub fn new(words: &'a [String]) -> Self {
        Arguments {
            words: words.iter(),
            option: "",
            attached: None,
        }
    }

    /// Returns the next word, or `None` after the last.
    ///
    /// # Errors
    /// If the option before takes no value, and has one.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Argument<'a>>, String> {
        if let Some(value) = self.attached {
            return Err(format!("{} takes no value, but has {value}", self.option));
        }
        let Some(word) = self.words.next() else {
            return Ok(None);
        };
        if !word.starts_with('-') || word == "-" {
            return Ok(Some(Argument::Word(word)));
        }
        (self.option, self.attached) = match word.split_once('=') {
            Some((option, value)) => (option, Some(value)),
            None => (word.as_str(), None),
        };
        Ok(Some(Argument::Option(self.option)))
    }

    /// Returns the value of the option that was read last.
    ///
    /// # Errors
    /// If the option has no value.
    pub fn value(&mut self, what: &str) -> Result<&'a str, String> {
        let next = self.words.as_slice().first();
        if let Some(value) = self.attached.take() {
            return Ok(value);
        }
        match next {
            Some(value) if !value.starts_with("--") => {
                self.words.next();
                Ok(value)
            }
            _ => Err(format!("{} needs {what} after it", self.option)),
        }
    }

    /// Returns the value of the option that was read last, as a number.
    ///
    /// # Errors
    /// If the option has no value, or the value is not such a number.
    pub fn number<N: std::str::FromStr>(&mut self, what: &str) -> Result<N, String> {
        let value = self.value(what)?;
        let wrong = || format!("{} needs {what}, not {value}", self.option);
        value.parse().map_err(|_| wrong())
    }
}
