//! What `fsbench trace --format markdown` wrote, read again: a talk shows which calls a way makes, and how long each takes.

use super::text::printable;

/// The calls of one listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    /// Whose.
    pub strategy: String,
    /// The most frequent first, as they are written there.
    pub calls: Vec<TracedCall>,
    /// All together.
    pub total: String,
    /// What was listed, in a sentence.
    pub tree: String,
}

/// One call's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedCall {
    /// Its name.
    pub name: String,
    /// How often.
    pub count: String,
    /// How often an entry.
    pub per_entry: String,
    /// The median of its times, where that was seen.
    pub p50: Option<String>,
}

impl Traced {
    /// The trace in a text; `None` where it holds none.
    pub fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let title = lines.find_map(|line| line.strip_prefix("### System calls of "))?;
        let strategy = unescaped(title.rsplit_once(", listing ")?.0);
        let mut rows =
            lines.by_ref().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
        let headings = cells(rows.next()?);
        let at = |name: &str| headings.iter().position(|heading| heading == name);
        let (name, count, per_entry, p50) = (at("Call")?, at("Count")?, at("Per entry")?, at("p50"));
        let (mut calls, mut total) = (Vec::new(), None);
        for row in rows.skip(1) {
            let cells = cells(row);
            let cell = |index: usize| cells.get(index).cloned().unwrap_or_default();
            if cell(name) == "all calls" {
                total = Some(cell(count));
                continue;
            }
            let p50 = p50.map(cell).filter(|p50| !p50.is_empty() && p50 != "-");
            calls.push(TracedCall { name: cell(name), count: cell(count), per_entry: cell(per_entry), p50 });
        }
        let number = |call: &TracedCall| call.count.replace(',', "").parse::<u64>().unwrap_or(0);
        calls.sort_by_key(|call| std::cmp::Reverse(number(call)));
        let tree = text.lines().find_map(|line| line.strip_prefix("- Tree: ")).map(unescaped).unwrap_or_default();
        (!calls.is_empty()).then_some(Self { strategy, calls, total: total?, tree })
    }
}

fn cells(row: &str) -> Vec<String> {
    row.trim_matches('|').split('|').map(|cell| unescaped(cell.trim())).collect()
}

/// What `text::escape_markdown` escaped.
fn unescaped(text: &str) -> String {
    let plain: String = text.chars().filter(|c| *c != '\\').collect();
    printable(&plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "### System calls of readdir\\_x, listing kinds\n\n| Call | Count | Per entry | Errors | Share | p50 |\n\
                        |---|--:|--:|--:|--:|--:|\n| close | 1 | 0.1 | 0 | 1 % | |\n| newfstatat | 1,001 | 2.00 | 0 | 92 % | 2.38 µs |\n\
                        | all calls | 1,002 | 2.01 | 0 | 100 % | |\n\n- Tree: flat (flat, 500 entries, seed 1).\n";

    #[test]
    fn a_trace_is_read_as_it_was_written() {
        let traced = Traced::read(TEXT).unwrap();
        assert_eq!((traced.strategy.as_str(), traced.total.as_str()), ("readdir_x", "1,002"));
        let calls: Vec<_> = traced.calls.iter().map(|call| (call.name.as_str(), call.p50.as_deref())).collect();
        assert_eq!(calls, [("newfstatat", Some("2.38 µs")), ("close", None)], "the most frequent first");
        assert_eq!(traced.tree, "flat (flat, 500 entries, seed 1).");
    }

    #[test]
    fn what_is_no_trace_is_none() {
        for text in
            ["", "# Notes\n", "### System calls of x, listing kinds\n\nnothing\n", "### System calls of x\n| a |\n"]
        {
            assert_eq!(Traced::read(text), None, "{text}");
        }
    }
}
