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
    /// Cuts a function that `attribute` stands on.
    pub(crate) fn read(item: TokenStream, attribute: &str) -> Result<Self, Error> {
        let tokens: Vec<TokenTree> = item.into_iter().collect();
        let is = |token: &TokenTree, word: &str| token.to_string() == word;
        let place = tokens.iter().position(|token| is(token, "fn"));
        let (Some(at), Some(TokenTree::Group(body))) = (place, tokens.last()) else {
            let text = format!("#[groundup::{attribute}] stands on an async function");
            return Err(Error::new(text, Span::call_site()));
        };
        let word = &tokens[at];
        let from = at
            .checked_sub(1)
            .filter(|&before| is(&tokens[before], "async"));
        let Some(from) = from else {
            let text = format!("#[groundup::{attribute}] runs an async function: write `async fn`");
            return Err(Error::new(text, word.span()));
        };
        let (name, parameters) = match &tokens[at + 1..] {
            [name, parameters @ TokenTree::Group(group), ..]
                if group.delimiter() == Delimiter::Parenthesis =>
            {
                if !group.stream().is_empty() {
                    let text = format!("#[groundup::{attribute}] passes no arguments: take none");
                    return Err(Error::new(text, group.span()));
                }
                (name.clone(), parameters.clone())
            }
            _ => {
                let text =
                    format!("#[groundup::{attribute}] stands on a function without generics");
                return Err(Error::new(text, word.span()));
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

    /// Writes an empty function with the name of this one.
    pub(crate) fn stub(item: TokenStream) -> TokenStream {
        let mut tokens = item
            .into_iter()
            .skip_while(|token| token.to_string() != "fn");
        match (tokens.next(), tokens.next()) {
            (Some(_), Some(name @ TokenTree::Ident(_))) => {
                crate::source(&format!("#[allow(dead_code)] fn {name}() {{}}"))
            }
            _ => TokenStream::new(),
        }
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
