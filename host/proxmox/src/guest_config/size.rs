//! Disk sizes as Proxmox writes them: a decimal number and a unit of 1024, where none means bytes.

/// Bytes. A size that is larger than can be counted is the largest that can.
pub(crate) fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let (number, unit) = match text.char_indices().next_back()? {
        (_, '0'..='9') => (text, 1),
        (at, letter) => (text.get(..at)?, unit(letter)?),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    // What is longer than this has no weight in bytes, or is beyond counting.
    let fraction = fraction.get(..fraction.len().min(15))?;
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let whole = whole.parse::<u128>().unwrap_or(u128::MAX).saturating_mul(unit);
    let part = fraction.parse::<u128>().ok()? * unit / scale;
    Some(u64::try_from(whole.saturating_add(part)).unwrap_or(u64::MAX))
}

fn unit(letter: char) -> Option<u128> {
    let power = match letter.to_ascii_uppercase() {
        'K' => 10,
        'M' => 20,
        'G' => 30,
        'T' => 40,
        'P' => 50,
        _ => return None,
    };
    Some(1 << power)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_unit_counts_in_powers_of_1024() {
        assert_eq!(bytes("4194304"), Some(4_194_304));
        assert_eq!(bytes("528K"), Some(528 << 10));
        assert_eq!(bytes("4M"), Some(4 << 20));
        assert_eq!(bytes("32G"), Some(32 << 30));
        assert_eq!(bytes("2T"), Some(2 << 40));
        assert_eq!(bytes("1P"), Some(1 << 50));
        assert_eq!(bytes("32g"), Some(32 << 30));
    }

    #[test]
    fn decimals_are_exact() {
        assert_eq!(bytes("1.5G"), Some(3 << 29));
        assert_eq!(bytes("0.1T"), Some(109_951_162_777));
        assert_eq!(bytes("1.0"), Some(1));
    }

    #[test]
    fn what_is_no_size_is_none() {
        for text in ["", "G", ".", "1.", ".5G", "-1G", "1,5G", "1.2.3", "12X", "1 G", "٣G", "GiB", "1e9"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }

    #[test]
    fn a_size_beyond_counting_is_the_largest_there_is() {
        assert_eq!(bytes("99999999999999999999999999999999999999999999T"), Some(u64::MAX));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = bytes(&text);
        }

        #[test]
        fn whole_numbers_are_the_number_times_the_unit(number in 0u64..1 << 20, (letter, shift) in prop_oneof![
            Just(("", 0)), Just(("K", 10)), Just(("M", 20)), Just(("G", 30)), Just(("T", 40))
        ]) {
            prop_assert_eq!(bytes(&format!("{number}{letter}")), Some(number << shift));
        }
    }
}
