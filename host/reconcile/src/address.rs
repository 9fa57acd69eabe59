//! Network addresses in the one form in which they are compared.

use std::net::IpAddr;

/// `192.0.2.10/24`, `2001:db8::10/64`; none when the text is no address with a prefix length.
pub(crate) fn with_prefix(text: &str) -> Option<String> {
    let (address, prefix) = text.trim().split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let prefix: u8 = prefix.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    (prefix <= most).then(|| format!("{address}/{prefix}"))
}

/// The address alone, in its shortest form; the text itself when it is no address.
pub(crate) fn host(text: &str) -> String {
    let address = text.split('/').next().unwrap_or(text).trim();
    address.parse::<IpAddr>().map_or_else(|_| address.to_owned(), |address| address.to_string())
}

/// `BC:24:11:00:00:01`; none when the text is no MAC address.
pub(crate) fn mac(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | '-' | '.')).collect();
    if digits.len() != 12 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let pairs = digits.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).to_ascii_uppercase());
    Some(pairs.collect::<Vec<String>>().join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_one_form() {
        assert_eq!(with_prefix("2001:DB8:0::10/64").as_deref(), Some("2001:db8::10/64"));
        assert_eq!(with_prefix(" 192.0.2.1/24 ").as_deref(), Some("192.0.2.1/24"));
        for text in ["192.0.2.1", "192.0.2.1/33", "192.0.2/24", "::/129", "x/1"] {
            assert_eq!(with_prefix(text), None, "{text}");
        }
        assert_eq!(host("2001:DB8:0::10/64"), "2001:db8::10");
    }

    #[test]
    fn mac_addresses_have_one_form() {
        for text in ["bc:24:11:aa:bb:cc", "BC-24-11-AA-BB-CC", "bc24.11aa.bbcc"] {
            assert_eq!(mac(text).as_deref(), Some("BC:24:11:AA:BB:CC"), "{text}");
        }
        for text in ["", "bc:24:11:aa:bb", "bc:24:11:aa:bb:cg", "bc:24:11:aa:bb:cc:dd"] {
            assert_eq!(mac(text), None, "{text}");
        }
    }
}
