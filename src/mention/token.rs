//! The edges of keys, numbers and words in a text.

/// Scripts whose letters end a key, task or URL next to them, with the reason. Sorted by their first character.
///
/// All other letters belong to the word that they touch: `éENG-1`, `ENG-1Ж` and `ENG-1２` hold no key.
const BOUNDARY_SCRIPTS: &[(char, char, &str, Why)] = &[
    ('\u{0590}', '\u{05ff}', "Hebrew", Why::Attaches),
    ('\u{0600}', '\u{08ff}', "Arabic, Syriac, Thaana, N'Ko, Samaritan and Mandaic", Why::Attaches),
    ('\u{0900}', '\u{0dff}', "the scripts of India and Sri Lanka", Why::Attaches),
    ('\u{0e00}', '\u{0fff}', "Thai, Lao and Tibetan", Why::NoSpaces),
    ('\u{1000}', '\u{109f}', "Myanmar", Why::NoSpaces),
    ('\u{1100}', '\u{11ff}', "Hangul", Why::Attaches),
    ('\u{1200}', '\u{139f}', "Ethiopic", Why::Attaches),
    ('\u{1780}', '\u{17ff}', "Khmer", Why::NoSpaces),
    ('\u{1950}', '\u{1aaf}', "Tai Le, New Tai Lue, Khmer symbols, Buginese and Tai Tham", Why::NoSpaces),
    ('\u{1b00}', '\u{1bff}', "Balinese, Sundanese and Batak", Why::NoSpaces),
    ('\u{3000}', '\u{30ff}', "Han marks, Hiragana and Katakana", Why::NoSpaces),
    ('\u{3100}', '\u{318f}', "Bopomofo and Hangul", Why::NoSpaces),
    ('\u{3190}', '\u{9fff}', "Han", Why::NoSpaces),
    ('\u{a000}', '\u{a4cf}', "Yi", Why::NoSpaces),
    ('\u{a960}', '\u{a97f}', "Hangul", Why::Attaches),
    ('\u{a980}', '\u{aaff}', "Javanese, Cham, more Myanmar, Tai Viet and Meetei Mayek", Why::NoSpaces),
    ('\u{ab00}', '\u{ab2f}', "Ethiopic", Why::Attaches),
    ('\u{ac00}', '\u{d7ff}', "Hangul", Why::Attaches),
    ('\u{f900}', '\u{faff}', "Han", Why::NoSpaces),
    ('\u{fb1d}', '\u{fdff}', "Hebrew and Arabic forms", Why::Attaches),
    ('\u{fe70}', '\u{fefe}', "Arabic forms", Why::Attaches),
    ('\u{ff65}', '\u{ff9f}', "half-width Katakana", Why::NoSpaces),
    ('\u{ffa0}', '\u{ffdf}', "half-width Hangul", Why::Attaches),
    ('\u{1b000}', '\u{1b16f}', "more Kana", Why::NoSpaces),
    ('\u{20000}', '\u{3ffff}', "Han", Why::NoSpaces),
];

/// Why a script's letters are no part of the key next to them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Why {
    /// It is written without spaces between words: `修复ENG-12的问题`.
    NoSpaces,
    /// Particles, articles or prepositions are written onto the next word: `ENG-12를`.
    Attaches,
}

/// Numbers in circles and brackets, `①`: they count the items of a list.
const ENCLOSED_NUMBERS: [std::ops::RangeInclusive<char>; 3] =
    ['\u{2460}'..='\u{24ff}', '\u{2776}'..='\u{2793}', '\u{3200}'..='\u{33ff}'];

/// A letter or digit that belongs to the word next to it, or an accent that is a character of its own. A digit does in
/// every script.
pub(super) fn is_word(character: char) -> bool {
    match character {
        '\0'..='\u{7f}' => character.is_ascii_alphanumeric(),
        '\u{300}'..='\u{36f}' => true,
        _ if !character.is_alphanumeric() => false,
        _ if character.is_numeric() => !ENCLOSED_NUMBERS.iter().any(|range| range.contains(&character)),
        _ => !ends_word(character),
    }
}

/// Whether the character is of a script in the table.
fn ends_word(character: char) -> bool {
    let after = BOUNDARY_SCRIPTS.partition_point(|(first, ..)| *first <= character);
    let script = after.checked_sub(1).and_then(|at| BOUNDARY_SCRIPTS.get(at));
    script.is_some_and(|(_, last, ..)| character <= *last)
}

/// Whether a version or a compound number goes on: `-9` or `.9`.
pub(super) fn continues_number(rest: &str) -> bool {
    let next = rest.strip_prefix(['-', '.']);
    next.is_some_and(|next| next.starts_with(|c: char| c.is_ascii_digit()))
}

/// The digits at the beginning, and the rest.
pub(super) fn split_digits(text: &str) -> Option<(&str, &str)> {
    text.split_at_checked(text.bytes().take_while(u8::is_ascii_digit).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_sorted_and_apart() {
        for pair in BOUNDARY_SCRIPTS.windows(2) {
            assert!(pair[0].0 <= pair[0].1 && pair[0].1 < pair[1].0, "{pair:?}");
        }
    }

    #[test]
    fn letters_of_scripts_in_the_table_end_a_word() {
        let boundaries = "ᄀᥐᬅꀀꥠꬁ\u{f900}\u{fb1d}ﹰ𛀀字あアー한ไทยลາခមאبअഅአꦲ①㈱ㄅｱﾞﾡ々〆𠀀 -_#✅\u{fe0f}\u{200d}";
        let words = "aZ9éßøЖΩԱქ２Ａʰªı²٣๓०\u{301}";
        assert_eq!(boundaries.chars().filter(|c| is_word(*c)).collect::<String>(), "");
        assert_eq!(words.chars().filter(|c| !is_word(*c)).collect::<String>(), "");
    }
}
