//! The edges of keys and numbers in a text.

/// Whether a version or a compound number goes on: `-9` or `.9`.
pub(super) fn continues_number(rest: &str) -> bool {
    let next = rest.strip_prefix(['-', '.']);
    next.is_some_and(|next| next.starts_with(|c: char| c.is_ascii_digit()))
}

/// The digits at the beginning, and the rest.
pub(super) fn split_digits(text: &str) -> Option<(&str, &str)> {
    text.split_at_checked(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// Letters and digits of any script, and the accents that are characters of their own.
pub(super) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '\u{300}'..='\u{36f}')
}
