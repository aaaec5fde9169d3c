//! Reads the options of an attribute.
//!
//! The problem: an option that is misspelt must not be ignored.
//!
//! Invariant: each option is known, belongs to the attribute, and is given once.
//!
//! Read next: the crate `groundup`, the facade.

use proc_macro::{Span, TokenStream, TokenTree};

use crate::function::Error;
use crate::source;

/// The options of `main` or of `test`.
pub(crate) struct Options {
    /// The path of the crate whose runner the plain function calls.
    pub(crate) facade: TokenStream,
    /// True if `main` runs on virtual time. A test always does.
    pub(crate) virtual_time: bool,
    /// The seeds of a test, an expression.
    pub(crate) seeds: TokenStream,
}

impl Options {
    /// Reads what stands in the brackets of `attribute`, such as `groundup::test`.
    pub(crate) fn read(tokens: TokenStream, attribute: &str) -> Result<Self, Error> {
        let (home, kind) = attribute.split_once("::").expect("it has a crate");
        let mut options = Options {
            facade: source(&format!("::{home}")),
            virtual_time: false,
            seeds: source("[]"),
        };
        let mut seen: Vec<String> = Vec::new();
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for option in split(&tokens) {
            let (name, at) = (option[0].to_string(), option[0].span());
            let value = match option.get(1) {
                Some(equals) if is(equals, '=') && option.len() > 2 => Some(&option[2..]),
                Some(equals) if is(equals, '=') => None,
                Some(token) => return Err(Error::new("write `option = value`", token.span())),
                None => None,
            };
            let given = option.len() > 1;
            match (kind, name.as_str(), value) {
                (_, "crate", Some([TokenTree::Literal(text), ..])) => {
                    return Err(Error::new(
                        "`crate` takes a path, without quotes: `crate = groundup`",
                        text.span(),
                    ));
                }
                (_, "crate", Some(path)) => options.facade = path.iter().cloned().collect(),
                (_, "crate", None) => {
                    return Err(Error::new("`crate` takes a path: `crate = groundup`", at));
                }
                ("main", "virtual_time", None) if !given => options.virtual_time = true,
                ("main", "virtual_time", _) => {
                    let text = "`virtual_time` takes no value: write it alone, or leave it out";
                    return Err(Error::new(text, at));
                }
                ("test", "virtual_time", _) => {
                    let text = "a test always runs on virtual time: leave the option out";
                    return Err(Error::new(text, at));
                }
                ("test", "seeds", Some(seeds)) => options.seeds = seeds.iter().cloned().collect(),
                ("test", "seeds", None) => {
                    let text = "`seeds` takes a range or a list of `u64`: `seeds = 0..100`";
                    return Err(Error::new(text, at));
                }
                _ => return Err(unknown(attribute, &name, at)),
            }
            if seen.contains(&name) {
                return Err(Error::new("it is given twice", at));
            }
            seen.push(name);
        }
        Ok(options)
    }
}

fn is(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct == &sign)
}

/// Splits the options at commas. A comma inside `<..>` is one of a type: behind it no option begins,
/// which is a word alone or a word and `=`.
fn split(tokens: &[TokenTree]) -> Vec<&[TokenTree]> {
    let begins = |rest: &[TokenTree]| match rest {
        [] => true,
        [TokenTree::Ident(_)] => true,
        [TokenTree::Ident(_), next, ..] => is(next, ',') || is(next, '='),
        _ => false,
    };
    let (mut options, mut from) = (Vec::new(), 0);
    for at in 0..tokens.len() {
        if is(&tokens[at], ',') && begins(&tokens[at + 1..]) {
            options.push(&tokens[from..at]);
            from = at + 1;
        }
    }
    options.push(&tokens[from..]);
    options.retain(|option| !option.is_empty());
    options
}

/// Says which options there are, and of an option of tokio's attributes why it is not needed.
fn unknown(attribute: &str, name: &str, at: Span) -> Error {
    let is_main = attribute == "groundup::main";
    let own = match is_main {
        true => "virtual_time",
        false => "seeds = 0..100",
    };
    let instead = match name {
        "start_paused" if is_main => "; `virtual_time` does what `start_paused` is for",
        "start_paused" => "; tests are on virtual time already: leave `start_paused` out",
        "flavor" | "worker_threads" => {
            "; every loop is on one thread: leave `flavor` and `worker_threads` out"
        }
        _ => "",
    };
    Error::new(
        format!("the options of #[{attribute}] are `{own}` and `crate = path`{instead}"),
        at,
    )
}
