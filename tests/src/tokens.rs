//! A Rust file as the compiler reads it: tokens, without comments.
//!
//! The problem: a comment or a string that mentions sleeping must not break the rule "no
//! file sleeps". A token is neither.
//!
//! Invariant: tokens inside a macro's brackets count, the text of a doc comment does not.
//!
//! Read next: `trees.rs`.

use proc_macro2::{TokenStream, TokenTree};

/// One token and its line, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The text of the token. Brackets are left out.
    pub text: String,
    /// The line number.
    pub line: usize,
}

/// Returns the tokens of a file, with brackets opened.
///
/// # Panics
///
/// If the text is not Rust.
pub fn tokens(path: &str, text: &str) -> Vec<Token> {
    let stream: TokenStream = match text.parse() {
        Ok(stream) => stream,
        Err(error) => panic!("{path} is not Rust: {error}"),
    };
    let mut found = Vec::new();
    flatten(stream, &mut found);
    found
}

fn flatten(stream: TokenStream, found: &mut Vec<Token>) {
    let mut trees = stream.into_iter().peekable();
    while let Some(tree) = trees.next() {
        match tree {
            // A doc comment arrives as `#[doc = "..."]`.
            TokenTree::Punct(ref punct) if punct.as_char() == '#' => {
                let inner = matches!(trees.peek(), Some(TokenTree::Punct(p)) if p.as_char() == '!');
                if inner {
                    trees.next();
                }
                match trees.peek() {
                    Some(TokenTree::Group(group)) if !is_doc(group.stream()) => {
                        flatten(group.stream(), found);
                    }
                    _ => {}
                }
                trees.next();
            }
            TokenTree::Group(group) => flatten(group.stream(), found),
            other => found.push(Token {
                line: other.span().start().line,
                text: other.to_string(),
            }),
        }
    }
}

fn is_doc(attribute: TokenStream) -> bool {
    attribute
        .into_iter()
        .next()
        .is_some_and(|first| first.to_string() == "doc")
}

/// Returns the lines on which `pattern` stands, for example `["thread", "::", "sleep"]`.
pub fn find(tokens: &[Token], pattern: &[&str]) -> Vec<usize> {
    let pattern: Vec<&str> = pattern
        .iter()
        .flat_map(|&part| {
            if part == "::" {
                vec![":", ":"]
            } else {
                vec![part]
            }
        })
        .collect();
    let matches = |window: &&[Token]| window.iter().zip(&pattern).all(|(t, p)| t.text == *p);
    tokens
        .windows(pattern.len())
        .filter(matches)
        .map(|window| window[0].line)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_docs_and_strings_are_no_tokens() {
        let text = "//! thread::sleep\n/// thread::sleep\nfn f() { // thread::sleep\n \
                    g(\"thread::sleep\"); }\n#[doc = \"thread::sleep\"]\n#[inline]\nfn h() {}";
        let tokens = tokens("a file", text);
        assert!(find(&tokens, &["thread", "::", "sleep"]).is_empty());
        assert_eq!(find(&tokens, &["inline"]), [6]);
    }

    #[test]
    fn macros_are_looked_into() {
        let tokens = tokens("a file", "m! {\n  { std::thread::sleep(d) }\n}");
        assert_eq!(find(&tokens, &["thread", "::", "sleep"]), [2]);
    }
}
