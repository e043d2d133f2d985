//! Short names made of titles: of files, of places in a page, of sections in a README.

/// Words that are left out, since they do not distinguish titles.
const IDLE: [&str; 8] = ["the", "of", "a", "an", "one", "s", "first", "in"];

/// The slug of a title, which holds letters, digits and `-` only: `Walking a tree: names and metadata` becomes
/// `walking-tree-names-and-metadata`.
pub(super) fn slug(title: &str) -> String {
    let lower = title.to_lowercase();
    let words =
        lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty() && !IDLE.contains(word));
    let slug = words.collect::<Vec<_>>().join("-");
    if slug.is_empty() { "untitled".to_owned() } else { slug }
}

/// The slugs of several titles, in their order; one that comes again gets a number.
pub(super) fn numbered<'a>(titles: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut slugs: Vec<String> = Vec::new();
    for title in titles {
        let plain = slug(title);
        let numbered = (2..).map(|number| format!("{plain}-{number}"));
        let free = std::iter::once(plain.clone()).chain(numbered).find(|slug| !slugs.contains(slug));
        slugs.extend(free);
    }
    slugs
}

/// Each once, in the order of their first coming.
pub(super) fn distinct<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    all.fold(Vec::new(), |mut distinct, one| {
        if !distinct.contains(&one) {
            distinct.push(one);
        }
        distinct
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_holds_what_tells_titles_apart() {
        assert_eq!(slug("The kinds of a tree's entries, fastest first"), "kinds-tree-entries-fastest");
        assert_eq!(slug("../<script>\"'"), "script");
        assert_eq!(slug("目录"), "untitled");
    }

    #[test]
    fn no_two_slugs_are_the_same() {
        assert_eq!(numbered(["X", "x", "x-2", "x"].into_iter()), ["x", "x-2", "x-2-2", "x-3"]);
    }
}
