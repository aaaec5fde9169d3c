//! Reads an async function, and writes the plain one around it.
//!
//! The problem: the function can have attributes, a visibility and an output, all in any form.
//! None of them has to be understood. They are passed on as they are.
//!
//! Invariant: the output has every token of the function, in its order, except for the
//! attributes and the visibility of the inner function, which it does not need.
//!
//! Read next: `options.rs`.

use proc_macro::{Delimiter, Group, Span, TokenStream, TokenTree};

/// An error, and the place to show it at.
pub(crate) struct Error {
    text: String,
    at: Span,
}

impl Error {
    pub(crate) fn new(text: impl Into<String>, at: Span) -> Self {
        let text = text.into();
        Error { text, at }
    }

    /// Returns a call of `compile_error!` with the text, at the place.
    pub(crate) fn tokens(&self) -> TokenStream {
        let call: TokenStream =
            crate::source(&format!("::core::compile_error!{{{:?}}}", self.text));
        let at = self.at;
        call.into_iter()
            .map(|mut token| {
                token.set_span(at);
                token
            })
            .collect()
    }
}

/// An async function without parameters, cut into its parts.
pub(crate) struct Function {
    /// Attributes and visibility.
    before: TokenStream,
    /// `async fn`.
    words: TokenStream,
    name: TokenTree,
    /// `(..)`, and `-> R` if there is one.
    parameters: TokenTree,
    output: TokenStream,
    /// True if the plain function returns what the async one returns.
    returns: bool,
    body: TokenTree,
}

impl Function {
    /// Cuts a function that `attribute` stands on, such as `groundup::test`.
    pub(crate) fn read(item: TokenStream, attribute: &str) -> Result<Self, Error> {
        let tokens: Vec<TokenTree> = item.into_iter().collect();
        let is = |token: &TokenTree, word: &str| token.to_string() == word;
        let place = tokens.iter().position(|token| is(token, "fn"));
        let (Some(at), Some(TokenTree::Group(body))) = (place, tokens.last()) else {
            let text = format!("#[{attribute}] stands on an async function");
            return Err(Error::new(text, Span::call_site()));
        };
        let word = &tokens[at];
        let from = at
            .checked_sub(1)
            .filter(|&before| is(&tokens[before], "async"));
        let Some(from) = from else {
            return Err(not_async(&tokens[..=at], attribute));
        };
        let (name, parameters) = match &tokens[at + 1..] {
            [name, parameters @ TokenTree::Group(group), ..]
                if group.delimiter() == Delimiter::Parenthesis =>
            {
                if !group.stream().is_empty() {
                    let text = format!("#[{attribute}] passes no arguments: take none");
                    return Err(Error::new(text, group.span()));
                }
                (name.clone(), parameters.clone())
            }
            rest => {
                let at = rest.get(1).unwrap_or(word).span();
                let text = format!(
                    "#[{attribute}] calls the function, and could name no type for a \
                     parameter of it: take no generics"
                );
                return Err(Error::new(text, at));
            }
        };
        Ok(Function {
            before: tokens[..from].iter().cloned().collect(),
            words: tokens[from..=at].iter().cloned().collect(),
            name,
            parameters,
            output: tokens[at + 3..tokens.len() - 1].iter().cloned().collect(),
            returns: true,
            body: TokenTree::Group(body.clone()),
        })
    }

    /// Writes what stands in place of a function that was refused: a plain function of its name with
    /// the whole function inside. So its absence is no second error, and its imports are used.
    pub(crate) fn stand_in(item: TokenStream) -> TokenStream {
        let tokens: Vec<TokenTree> = item.clone().into_iter().collect();
        let is = |token: &TokenTree, word: &str| token.to_string() == word;
        let place = tokens.iter().position(|token| is(token, "fn"));
        let Some((at, name @ TokenTree::Ident(_))) =
            place.and_then(|at| Some((at, tokens.get(at + 1)?)))
        else {
            return item; // no function at all
        };
        if !tokens[..at].iter().any(|token| is(token, "async")) {
            return crate::source("#[allow(dead_code)]")
                .into_iter()
                .chain(item)
                .collect();
        }
        let begin = tokens[..at].iter().position(word_of_a_function);
        let words = &tokens[begin.unwrap_or(at)..];
        let of_a_type = words.iter().any(takes_self);
        let whole = matches!(tokens.last(), Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace);
        let inside = match whole && !of_a_type {
            true => words.iter().cloned().collect(),
            false => TokenStream::new(),
        };
        let mut out = crate::source("#[allow(dead_code, clippy::unused_async)] fn");
        out.extend([name.clone()]);
        out.extend(crate::source("()"));
        let mut body = crate::source("#![allow(dead_code)]");
        body.extend(inside);
        out.extend([TokenTree::Group(Group::new(Delimiter::Brace, body))]);
        out
    }

    /// Lets the plain function return nothing.
    pub(crate) fn without_output(mut self) -> Self {
        self.returns = false;
        self
    }

    /// Writes a plain function of the same name. `inside` makes its body of the name and of the
    /// async function.
    pub(crate) fn wrapped(
        self,
        attributes: TokenStream,
        inside: impl FnOnce(&TokenTree, TokenStream) -> TokenStream,
    ) -> TokenStream {
        let Function {
            before,
            words,
            name,
            parameters,
            output,
            returns,
            body,
        } = self;
        let plain = words.clone().into_iter().skip(1); // without `async`
        let one = |token: &TokenTree| TokenStream::from(token.clone());
        let inner = [
            words,
            one(&name),
            one(&parameters),
            output.clone(),
            one(&body),
        ];
        let mut whole = Group::new(Delimiter::Brace, inside(&name, inner.into_iter().collect()));
        whole.set_span(body.span());
        let mut out = attributes;
        out.extend(before);
        out.extend(plain);
        out.extend([name, parameters]);
        if returns {
            out.extend(output);
        }
        out.extend([TokenTree::Group(whole)]);
        out
    }
}

/// Says why a function cannot be run; `words` end with its `fn`.
fn not_async(words: &[TokenTree], attribute: &str) -> Error {
    let found = |word: &str| words.iter().find(|token| token.to_string() == word);
    let wrong = ["unsafe", "const", "extern"]
        .into_iter()
        .find(|word| found(word).is_some());
    match (found("async"), wrong) {
        (Some(_), Some(wrong)) => {
            let text = format!(
                "#[{attribute}] calls the function, which must be plain: write `async fn` \
                 without `{wrong}`"
            );
            Error::new(
                text,
                found(wrong).map_or_else(Span::call_site, TokenTree::span),
            )
        }
        _ => {
            let plain = match attribute {
                "groundup::test" => {
                    ", or, for a plain test in a file with `use groundup::*`, \
                     `#[core::prelude::v1::test]`"
                }
                _ => "",
            };
            let text = format!("#[{attribute}] runs an async function: write `async fn`{plain}");
            Error::new(
                text,
                words.last().map_or_else(Span::call_site, TokenTree::span),
            )
        }
    }
}

/// Returns true for a word with which a function begins, behind its visibility.
fn word_of_a_function(token: &TokenTree) -> bool {
    ["const", "async", "unsafe", "extern", "fn"].contains(&token.to_string().as_str())
}

/// Returns true for the parameters of a method.
fn takes_self(token: &TokenTree) -> bool {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
            (group.stream().into_iter()).any(|token| token.to_string() == "self")
        }
        _ => false,
    }
}
