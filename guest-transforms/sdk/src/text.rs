//! Names that NetBox accepts.

/// A slug as NetBox likes it: lower case, every run of other characters than `a-z` and `0-9` one hyphen.
///
/// ```
/// # use proxbox_transform_sdk::slug;
/// assert_eq!(slug("Web server (old)"), "web-server-old");
/// ```
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
///
/// ```
/// # use proxbox_transform_sdk::fit;
/// assert_eq!(fit("short", 10, "~1"), "short");
/// assert_eq!(fit("a rather long name", 10, "~1"), "a rather~1");
/// ```
pub fn fit(text: &str, limit: usize, suffix: &str) -> String {
    // No text has more characters than bytes, so the common case needs no counting.
    if text.len() <= limit || text.chars().count() <= limit {
        return text.to_owned();
    }
    let room = limit.saturating_sub(suffix.chars().count());
    text.chars().take(room).chain(suffix.chars()).collect()
}

/// Eight hexadecimal digits that depend on the whole text (FNV-1a, 32 bits): a suffix for [`fit`].
///
/// ```
/// # use proxbox_transform_sdk::{digest, fit};
/// let name = "n".repeat(100);
/// assert_eq!(fit(&name, 64, &["~", &digest(&name)].concat()).len(), 64);
/// assert_ne!(digest("pve1"), digest("pve2"));
/// ```
pub fn digest(text: &str) -> String {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let hash =
        text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (0..8).rev().filter_map(|digit| HEX.get((hash >> (digit * 4)) as usize & 0xf)).collect()
}

/// Whether a name fits a pattern, without regard to the case of letters: `*` stands for any characters, `?` for one.
///
/// ```
/// # use proxbox_transform_sdk::matches;
/// assert!(matches("lab-*", "LAB-dns01") && matches("web??", "web01"));
/// assert!(!matches("lab-*", "collab-1"));
/// ```
pub fn matches(pattern: &str, name: &str) -> bool {
    let letters = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<char>>();
    let (pattern, name) = (letters(pattern), letters(name));
    // Where the last star was, and how much of the name it has taken so far: only that one ever needs to take more.
    let mut star: Option<(usize, usize)> = None;
    let (mut at, mut read) = (0, 0);
    while let Some(letter) = name.get(read) {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == letter => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((place, taken)) = star else { return false };
                star = Some((place, taken + 1));
                at = place + 1;
                read = taken + 1;
            }
        }
    }
    pattern.iter().skip(at).all(|rest| *rest == '*')
}
