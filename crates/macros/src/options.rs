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
    /// The path of the facade.
    pub(crate) facade: TokenStream,
    /// True if `main` runs on virtual time. A test always does.
    pub(crate) virtual_time: bool,
    /// The seeds of a test, an expression.
    pub(crate) seeds: TokenStream,
}

impl Options {
    /// Reads what stands in the brackets of `attribute`.
    pub(crate) fn read(tokens: TokenStream, attribute: &str) -> Result<Self, Error> {
        let mut options = Options {
            facade: source("::groundup"),
            virtual_time: false,
            seeds: source("[]"),
        };
        let mut seen: Vec<String> = Vec::new();
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct == &',');
        for option in tokens.split(comma).filter(|option| !option.is_empty()) {
            let name = option[0].to_string();
            let value = match option.get(1) {
                Some(TokenTree::Punct(punct)) if punct == &'=' && option.len() > 2 => {
                    Some(option[2..].iter().cloned().collect::<TokenStream>())
                }
                Some(token) => return Err(Error::new("write `option = value`", token.span())),
                None => None,
            };
            match (attribute, name.as_str(), value) {
                (_, "crate", Some(path)) => options.facade = path,
                ("main", "virtual_time", None) => options.virtual_time = true,
                ("test", "seeds", Some(seeds)) => options.seeds = seeds,
                _ => return Err(unknown(attribute, option[0].span())),
            }
            if seen.contains(&name) {
                return Err(Error::new("it is given twice", option[0].span()));
            }
            seen.push(name);
        }
        Ok(options)
    }
}

fn unknown(attribute: &str, at: Span) -> Error {
    let own = match attribute {
        "main" => "virtual_time",
        _ => "seeds = 0..100",
    };
    Error::new(
        format!("the options of #[groundup::{attribute}] are `{own}` and `crate = path`"),
        at,
    )
}
