//! The links of a page.

/// Returns the targets of the links of an HTML page, each once, in the order of the page.
///
/// It looks for `href="..."` and does not read HTML otherwise: enough for a site that is well-formed.
pub fn links(page: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find("href=") {
        rest = &rest[at + "href=".len()..];
        let quote = match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => quote,
            _ => continue,
        };
        rest = &rest[1..];
        let Some(end) = rest.find(quote) else { break };
        let target = rest[..end].replace("&amp;", "&");
        rest = &rest[end..];
        let is_page = !target.starts_with('#') && !target.is_empty();
        if is_page && !found.contains(&target) {
            found.push(target);
        }
    }
    found
}
