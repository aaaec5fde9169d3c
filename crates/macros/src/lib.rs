//! The attributes `groundup::main`, `groundup::test` and that of the kit.
//!
//! The problem: `main` cannot be async, and neither can a test. Each would be a plain
//! function around an async one, with a call of `run` or of `run_test`. An attribute writes the plain
//! function.
//!
//! ```text
//!   #[groundup::main]                    fn main() -> R {
//!   async fn main() -> R { body }   =>       async fn main() -> R { body }
//!                                            ::groundup::run(main())
//!                                        }
//! ```
//!
//! The crate reads tokens by hand: a parser of all of Rust would take longer to build than the
//! whole library. It needs little of the function: the words before `fn`, the name, and the last
//! group in braces.
//!
//! Invariants:
//! 1. The tokens of the function keep their places, so that an error in the body points to it.
//! 2. Each refusal is an error at the place of the wrong word, and nothing is ignored.
//!
//! Read next: `function.rs`.
#![forbid(unsafe_code)]

use proc_macro::{TokenStream, TokenTree};

use function::Function;
use options::Options;

mod function;
mod options;

/// Runs an async `main` on a new loop, as `groundup::run` does.
///
/// ```ignore
/// #[groundup::main]
/// async fn main() -> Result<(), groundup::TaskError> {
///     groundup::spawn(async { println!("hello") }).await
/// }
/// ```
///
/// An `Err` that it returns ends the process with status 1 and prints its `Debug`, as that of a plain
/// `main` does.
///
/// Options, separated by commas: `virtual_time` runs it as `groundup::run_virtual` does;
/// `crate = path` names the facade where it has another name.
#[proc_macro_attribute]
pub fn main(options: TokenStream, item: TokenStream) -> TokenStream {
    expand(options, item, "groundup::main", |options, function| {
        let run = if options.virtual_time {
            "run_virtual"
        } else {
            "run"
        };
        function.wrapped(TokenStream::new(), |name, body| {
            let call = source(&format!("::{run}({name}())"));
            [body, options.facade.clone(), call].into_iter().collect()
        })
    })
}

/// Runs an async test on virtual time, as `groundup::run_test` does.
///
/// The test returns `()` or a `Result<(), E>` with `E: Debug`. It fails by a panic, by an `Err` that
/// it returns, by a deadlock, by a million jumps of its clock or a million iterations without one, and
/// by a panic of a task or an error of a promise that no code looks at. An `Err` that a task returns to
/// no code is a value and fails nothing: await the task, or end it with `detach_reporting`.
///
/// Jobs on threads end in the order of their submission, or in the order of the seed.
///
/// ```ignore
/// #[groundup::test(seeds = 0..100)]
/// async fn two_tasks_in_a_hundred_orders() {
///     let task = groundup::spawn(async { 5 });
///     assert_eq!(task.await.unwrap(), 5);
/// }
/// ```
///
/// Options, separated by commas: `seeds = expression` gives the seeds of the orders in which the
/// test runs, an iterator of `u64`; `crate = path` names the facade where it has another name.
///
/// A run that fails under a seed prints the seed. With the variable `GROUNDUP_SEED` of the
/// environment set to it, the test runs in that order alone:
/// `GROUNDUP_SEED=17 cargo test two_tasks`.
///
/// A file with `use groundup::*` must say which `#[test]` it means, by its path:
/// `#[core::prelude::v1::test]` is the plain one. The prelude has neither attribute.
#[proc_macro_attribute]
pub fn test(options: TokenStream, item: TokenStream) -> TokenStream {
    tested(options, item, "groundup::test")
}

/// Explores an async test, as `groundup_testkit::explore` does. The kit exports this attribute as
/// `#[groundup_testkit::test]`.
///
/// ```ignore
/// #[groundup_testkit::test]
/// async fn two_tasks_in_every_order() {
///     let task = groundup::spawn(async { 5 });
///     assert_eq!(task.await.unwrap(), 5);
/// }
/// ```
///
/// Options, separated by commas: `seeds = expression` gives as many random schedules as the expression
/// has seeds, in place of 1,000; `crate = path` names the kit where it has another name.
#[proc_macro_attribute]
pub fn explored(options: TokenStream, item: TokenStream) -> TokenStream {
    tested(options, item, "groundup_testkit::test")
}

/// Writes a plain test that calls `run_test` of a crate with the seeds and the async function.
fn tested(options: TokenStream, item: TokenStream, attribute: &str) -> TokenStream {
    expand(options, item, attribute, |options, function| {
        let plain = source("#[::core::prelude::v1::test]");
        function.without_output().wrapped(plain, |name, body| {
            let begin = source("::run_test");
            let mut arguments = options.seeds.clone();
            arguments.extend(source(&format!(", {name}")));
            let arguments = TokenTree::Group(proc_macro::Group::new(
                proc_macro::Delimiter::Parenthesis,
                arguments,
            ));
            let call = [begin, arguments.into(), source(";")];
            [body, options.facade.clone()]
                .into_iter()
                .chain(call)
                .collect()
        })
    })
}

fn expand(
    options: TokenStream,
    item: TokenStream,
    attribute: &str,
    write: impl FnOnce(&Options, Function) -> TokenStream,
) -> TokenStream {
    let read = Options::read(options, attribute)
        .and_then(|options| Ok((options, Function::read(item.clone(), attribute)?)));
    match read {
        Ok((options, function)) => write(&options, function),
        Err(error) => error
            .tokens()
            .into_iter()
            .chain(Function::stand_in(item))
            .collect(),
    }
}

/// Returns tokens of the macro's own.
fn source(text: &str) -> TokenStream {
    text.parse().expect("it is Rust")
}
