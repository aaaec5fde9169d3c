//! Token trees: the token at a place, and the end of an item.
//!
//! The problem: to read some parts of a Rust file and skip others, a check needs the
//! brackets, which a flat list of tokens does not have.
//!
//! Invariant: each function here reads the trees of one bracket only.
//!
//! Read next: `paths.rs`.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Returns the trees of a stream.
pub fn trees(stream: TokenStream) -> Vec<TokenTree> {
    stream.into_iter().collect()
}

/// Returns the word at a place.
pub fn ident(tree: Option<&TokenTree>) -> Option<String> {
    match tree {
        Some(TokenTree::Ident(ident)) => Some(ident.to_string()),
        _ => None,
    }
}

/// Returns true if a place has this sign.
pub fn is_punct(tree: Option<&TokenTree>, wanted: char) -> bool {
    matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

/// Returns the content of a bracket of this kind.
pub fn group(tree: Option<&TokenTree>, wanted: Delimiter) -> Option<Vec<TokenTree>> {
    match tree {
        Some(TokenTree::Group(group)) if group.delimiter() == wanted => Some(trees(group.stream())),
        _ => None,
    }
}

/// Returns true if `::` stands at `at`.
pub fn is_separator(trees: &[TokenTree], at: usize) -> bool {
    is_punct(trees.get(at), ':') && is_punct(trees.get(at + 1), ':')
}

/// Returns true if an attribute is `cfg(test)`, alone or as a part of `all(..)`.
fn is_for_tests(attribute: &[TokenTree]) -> bool {
    fn needs(trees: &[TokenTree]) -> bool {
        trees.iter().enumerate().any(|(at, tree)| {
            let inner = || group(trees.get(at + 1), Delimiter::Parenthesis);
            match ident(Some(tree)).as_deref() {
                Some("test") => true,
                Some("all") => inner().is_some_and(|inner| needs(&inner)),
                _ => false,
            }
        })
    }
    let inner = group(attribute.get(1), Delimiter::Parenthesis);
    ident(attribute.first()).as_deref() == Some("cfg") && inner.is_some_and(|inner| needs(&inner))
}

/// Returns the place after the item, statement or field that begins at `at`.
fn end_of_item(trees: &[TokenTree], mut at: usize) -> usize {
    while is_punct(trees.get(at), '#') {
        at += 2;
    }
    let word = |at: usize| ident(trees.get(at)).unwrap_or_default();
    while word(at) == "pub" || group(trees.get(at), Delimiter::Parenthesis).is_some() {
        at += 1;
    }
    let function = ["fn", "async", "unsafe", "extern"].contains(&&*word(at + 1));
    let to_semicolon = match &*word(at) {
        "use" | "static" | "let" | "type" => true,
        "const" => !function,
        _ => false,
    };
    let items = [
        "fn", "async", "unsafe", "extern", "const", "mod", "struct", "enum", "impl", "trait",
    ];
    let to_comma = !to_semicolon && !items.contains(&&*word(at));
    while at < trees.len() {
        let braced = group(trees.get(at), Delimiter::Brace).is_some();
        let stop = is_punct(trees.get(at), ';')
            || to_comma && is_punct(trees.get(at), ',')
            || !to_semicolon && braced;
        at += 1;
        if stop {
            break;
        }
    }
    at
}

/// Returns the place after the visibility whose `pub` stands at `at`.
pub fn after_visibility(trees: &[TokenTree], at: usize) -> usize {
    let scope = group(trees.get(at + 1), Delimiter::Parenthesis);
    // `pub (crate::a::A, u8)` is a field that is a tuple.
    let scope = scope.filter(|scope| {
        let words: &[&str] = match scope.len() {
            1 => &["crate", "super", "self"],
            _ => &["in"],
        };
        ident(scope.first()).is_some_and(|word| words.contains(&&*word))
    });
    at + 1 + usize::from(scope.is_some())
}

/// Returns the place after the attribute at `at`, and after its item if that is for
/// tests; and whether it exports a macro. Without an attribute, the place is `at`.
pub fn after_attribute(trees: &[TokenTree], at: usize) -> (usize, bool) {
    let bracket = at + 1 + usize::from(is_punct(trees.get(at + 1), '!'));
    let attribute = group(trees.get(bracket), Delimiter::Bracket);
    match attribute.filter(|_| is_punct(trees.get(at), '#')) {
        None => (at + 1, false),
        Some(attribute) if is_for_tests(&attribute) => (end_of_item(trees, bracket + 1), false),
        Some(attribute) => {
            let exports = ident(attribute.first()).as_deref() == Some("macro_export");
            (bracket + 1, exports)
        }
    }
}
