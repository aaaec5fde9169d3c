//! Finds an item of a Rust file by its name.
//!
//! The problem: an exercise names a function, so that the source file needs no mark. A path of names
//! leads to it: `impl Wake for TaskWaker / fn wake`. Generics and the paths of types are left out.
//!
//! Invariant: a path that fits no item, or two, is an error.
//!
//! Read next: `copy/edit.rs`.

use std::ops::Range;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Block, ImplItem, ItemImpl, TraitItem, Type};

/// An item of a file.
#[derive(Clone, Debug)]
pub struct Item {
    /// The bytes of the item, from its signature on, without attributes and comments.
    pub whole: Range<usize>,
    /// The bytes between the braces of a function with a body, with the braces.
    pub body: Option<Range<usize>>,
    /// The line of the item's name, from 1.
    pub line: usize,
}

/// A node of the tree of items: its name, its place, its inner nodes.
struct Node {
    name: String,
    item: Item,
    inner: Vec<Node>,
}

/// Finds the item of a path.
///
/// # Errors
/// Returns a line about a file that cannot be parsed, or a path that does not fit one item.
pub fn find(text: &str, path: &str) -> Result<Item, String> {
    let file = syn::parse_file(text).map_err(|why| {
        let at = why.span().start();
        format!("line {}: {why}", at.line)
    })?;
    let mut level: Vec<Node> = file.items.iter().filter_map(of_item).collect();
    let mut parts = path.split(" / ").peekable();
    while let Some(part) = parts.next() {
        let fit: Vec<Node> = level.into_iter().filter(|node| node.name == part).collect();
        if parts.peek().is_none() {
            let count = fit.len();
            let mut fit = fit.into_iter();
            return match (fit.next(), count) {
                (Some(node), 1) => Ok(node.item),
                (_, 0) => Err(format!("there is no `{path}`")),
                _ => Err(format!("there are {count} of `{path}`")),
            };
        }
        level = fit.into_iter().flat_map(|node| node.inner).collect();
    }
    Err(format!("there is no `{path}`"))
}

fn node(name: String, name_span: Span, from: Span, to: Span, body: Option<&Block>) -> Node {
    let whole = from.byte_range().start..to.byte_range().end;
    let braces = body.map(|block| block.brace_token.span);
    let body = braces.map(|of| of.open().byte_range().start..of.close().byte_range().end);
    let line = name_span.start().line;
    let item = Item { whole, body, line };
    Node {
        name,
        item,
        inner: Vec::new(),
    }
}

fn of_item(item: &syn::Item) -> Option<Node> {
    let all = item.span();
    let named = |kind: &str, name: &syn::Ident, from: Span| {
        Some(node(format!("{kind} {name}"), name.span(), from, all, None))
    };
    match item {
        syn::Item::Fn(of) => Some(of_function(&of.vis.span(), &of.sig, Some(&of.block))),
        syn::Item::Struct(of) => named("struct", &of.ident, of.struct_token.span),
        syn::Item::Enum(of) => named("enum", &of.ident, of.enum_token.span),
        syn::Item::Const(of) => named("const", &of.ident, of.const_token.span),
        syn::Item::Static(of) => named("static", &of.ident, of.static_token.span),
        syn::Item::Type(of) => named("type", &of.ident, of.type_token.span),
        syn::Item::Trait(of) => {
            let mut found = named("trait", &of.ident, of.trait_token.span)?;
            found.inner = of.items.iter().filter_map(of_trait_item).collect();
            Some(found)
        }
        syn::Item::Mod(of) => {
            let mut found = named("mod", &of.ident, of.mod_token.span)?;
            let inner = of.content.iter().flat_map(|(_, items)| items);
            found.inner = inner.filter_map(of_item).collect();
            Some(found)
        }
        syn::Item::Impl(of) => {
            let from = of.impl_token.span;
            let mut found = node(name_of_impl(of), from, from, all, None);
            found.inner = of.items.iter().filter_map(of_impl_item).collect();
            Some(found)
        }
        _ => None,
    }
}

fn of_impl_item(item: &ImplItem) -> Option<Node> {
    match item {
        ImplItem::Fn(of) => Some(of_function(&of.vis.span(), &of.sig, Some(&of.block))),
        _ => None,
    }
}

fn of_trait_item(item: &TraitItem) -> Option<Node> {
    match item {
        TraitItem::Fn(of) => Some(of_function(&of.sig.span(), &of.sig, of.default.as_ref())),
        _ => None,
    }
}

fn of_function(visibility: &Span, sig: &syn::Signature, block: Option<&Block>) -> Node {
    // A private function has no tokens of a visibility, and the span of no tokens lies anywhere.
    let signature = sig.span();
    let seen = visibility.byte_range();
    let is_written = !seen.is_empty() && seen.end <= signature.byte_range().start;
    let from = if is_written { *visibility } else { signature };
    let to = block.map_or(signature, |block| block.brace_token.span.close());
    node(
        format!("fn {}", sig.ident),
        sig.ident.span(),
        from,
        to,
        block,
    )
}

fn name_of_impl(of: &ItemImpl) -> String {
    let target = name_of_type(&of.self_ty);
    let of_trait = of
        .trait_
        .as_ref()
        .and_then(|(_, path, _)| path.segments.last());
    match of_trait {
        Some(of_trait) => format!("impl {} for {target}", of_trait.ident),
        None => format!("impl {target}"),
    }
}

fn name_of_type(of: &Type) -> String {
    match of {
        Type::Path(of) => {
            let last = of.path.segments.last();
            last.map(|segment| segment.ident.to_string())
                .unwrap_or_default()
        }
        Type::Reference(of) => format!("&{}", name_of_type(&of.elem)),
        _ => String::new(),
    }
}
