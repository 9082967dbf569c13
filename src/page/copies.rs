//! Copies of pages, recognized by their titles.

/// Whether the title says that the page is a copy. Such a title repeats the key of the original.
/// Confluence begins it in the language of the person who copies.
pub(super) fn is_copy(title: &str) -> bool {
    const COPY_OF: [&str; 8] =
        ["copy of ", "kopie von ", "copie de ", "copia de ", "copia di ", "cópia de ", "kopie van ", "kopia av "];
    let title = title.trim_start().to_lowercase();
    // The second copy of a page is `Copy (2) of …`.
    let plain = match title.split_once(" (") {
        Some((first, rest)) => match rest.split_once(')') {
            Some((number, rest)) if number.bytes().all(|b| b.is_ascii_digit()) => format!("{first}{rest}"),
            _ => title,
        },
        None => title,
    };
    COPY_OF.iter().any(|prefix| plain.starts_with(prefix)) || plain.ends_with("のコピー")
}
