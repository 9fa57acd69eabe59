//! Names that NetBox accepts.

/// A slug as NetBox likes it: lower case, every run of other characters than `a-z` and `0-9` one hyphen.
pub fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for character in name.chars() {
        let character = character.to_ascii_lowercase();
        if character.is_ascii_lowercase() || character.is_ascii_digit() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

/// A text of at most `limit` characters. A longer one is cut to make room for the suffix, which keeps it apart from
/// others that begin alike.
pub fn fit(text: &str, limit: usize, suffix: &str) -> String {
    // No text has more characters than bytes, so the common case needs no counting.
    if text.len() <= limit || text.chars().count() <= limit {
        return text.to_owned();
    }
    let room = limit.saturating_sub(suffix.chars().count());
    text.chars().take(room).chain(suffix.chars()).collect()
}

/// Eight hexadecimal digits that depend on the whole text (FNV-1a, 32 bits): a suffix for [`fit`].
pub fn digest(text: &str) -> String {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let hash =
        text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (0..8).rev().filter_map(|digit| HEX.get((hash >> (digit * 4)) as usize & 0xf)).collect()
}
