//! What a shell would do with a command, where no shell runs it.

use std::borrow::Cow;

/// The first part of a command on which a shell would act, quotes and backslashes left aside; `None` if it would split
/// the command into words and do no more.
pub fn syntax(command: &str) -> Option<&'static str> {
    let mut quote = None;
    let mut rest = command;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let mut taken = c.len_utf8();
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => taken += after.chars().next().map_or(0, char::len_utf8),
            (_, '$') if after.starts_with('(') => return Some("$("),
            (_, '$') if after.starts_with(|c: char| c == '{' || c == '_' || c.is_ascii_alphabetic()) => {
                return Some("$");
            }
            (_, '`') => return Some("`"),
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, _) => {
                let signs = ["&&", "||", ">>", "|", "&", ";", ">", "<", "*"];
                if let Some(sign) = signs.into_iter().find(|sign| rest.starts_with(sign)) {
                    return Some(sign);
                }
            }
        }
        rest = &rest[taken..];
    }
    None
}

/// The same command, run by a shell.
pub fn by_shell(command: &str) -> String {
    let command: Cow<'_, str> = shell_words::quote(command);
    format!("sh -c {command}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_act_on_is_found() {
        for (command, sign) in [
            ("find {} | wc -l", "|"),
            ("find {} >out", ">"),
            ("find {} 2>&1", ">"),
            ("sync && find {}", "&&"),
            ("false || find {}", "||"),
            ("sync; find {}", ";"),
            ("find {} &", "&"),
            ("find $(pwd) {}", "$("),
            ("find \"$HOME\" {}", "$"),
            ("find `pwd` {}", "`"),
            ("find {} -name *.rs", "*"),
        ] {
            assert_eq!(syntax(command), Some(sign), "{command}");
        }
    }

    #[test]
    fn what_is_quoted_is_left_alone() {
        for command in [
            "find {} -name '*.rs'",
            "find {} -name \"*.rs\"",
            "find {} -exec true \\;",
            "sh -c 'find \"$0\" | wc -l' {}",
            "find {} -regex '.*a$'",
            "awk $1 {}",
            "find {} -name \u{e9}",
            "find {} \\",
        ] {
            assert_eq!(syntax(command), None, "{command}");
        }
    }

    #[test]
    fn a_command_is_handed_to_a_shell_as_one_word() {
        assert_eq!(by_shell("find {} | wc -l"), "sh -c 'find {} | wc -l'");
        assert_eq!(shell_words::split(&by_shell("echo 'a b'")).unwrap(), ["sh", "-c", "echo 'a b'"]);
    }
}
