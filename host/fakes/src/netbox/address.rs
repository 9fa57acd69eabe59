//! Web addresses and host names, as NetBox and its plugin judge them.

const SCHEMES: [&str; 4] = ["http", "https", "ftp", "ftps"];

/// A web address with a host that can be found beyond the local network: an address, `localhost`, or a name whose
/// last label is one of letters.
pub(crate) fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    if !SCHEMES.contains(&scheme.to_lowercase().as_str()) || text.contains(char::is_whitespace) {
        return false;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if let Some(rest) = host.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else { return false };
        return address.parse::<std::net::Ipv6Addr>().is_ok() && is_port(port.strip_prefix(':'), port);
    }
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    is_port(port, "") && (name.parse::<std::net::Ipv4Addr>().is_ok() || name == "localhost" || is_name(name))
}

fn is_port(port: Option<&str>, rest: &str) -> bool {
    port.map_or(rest.is_empty(), |port| {
        (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn is_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let Some((labels, last)) = name.rsplit_once('.') else { return false };
    let letters = last.chars().all(|letter| letter.is_alphabetic() || letter == '-');
    last.chars().count() > 1 && letters && is_label(last) && labels.split('.').all(is_label)
}

/// A single label, or several of which the last is of two letters or digits at least; the plugin takes no other name.
pub(crate) fn is_domain(name: &str) -> bool {
    let ascii = name.bytes().all(|byte| byte.is_ascii());
    let named = |(labels, last): (&str, &str)| {
        last.len() > 1
            && last.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && labels.split('.').all(is_label)
    };
    ascii && name.rsplit_once('.').map_or_else(|| is_label(name), named)
}

fn is_label(label: &str) -> bool {
    let inner = label.chars().all(|letter| letter.is_alphanumeric() || letter == '-');
    inner && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.len() < 64
}
