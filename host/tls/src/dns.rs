//! Looking host names up under an [`AddressPolicy`]. What is checked is the address that is then connected to, so that a name which
//! answers differently the next time gains nothing.

use proxbox_model::address::{AddressPolicy, Refusal};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::error::Error as StdError;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// A resolver for `reqwest::ClientBuilder::dns_resolver` that hands out only addresses that may be connected to. Addresses in URLs
/// never come this way: check them with [`AddressPolicy::check_host`].
#[derive(Clone, Debug)]
pub struct GuardedDns {
    policy: Arc<AddressPolicy>,
    spare: Option<IpAddr>,
}

impl GuardedDns {
    /// `spare` is tried after the addresses of a name, and alone when the name has none.
    pub fn new(policy: &AddressPolicy, spare: Option<IpAddr>) -> Self {
        Self { policy: Arc::new(policy.clone()), spare }
    }

    fn choose(&self, found: io::Result<Vec<IpAddr>>) -> Result<Vec<IpAddr>, Box<dyn StdError + Send + Sync>> {
        let mut usable = Vec::new();
        let mut refused = None;
        for address in found.as_deref().unwrap_or_default().iter().copied().chain(self.spare) {
            match self.policy.check(address) {
                Ok(()) if usable.contains(&address) => {}
                Ok(()) => usable.push(address),
                Err(refusal) => _ = refused.get_or_insert(refusal),
            }
        }
        match (usable.is_empty(), refused, found) {
            (false, ..) => Ok(usable),
            (true, Some(refusal), _) => Err(Box::new(refusal)),
            (true, None, Err(error)) => Err(Box::new(error)),
            (true, None, Ok(_)) => Err(Box::new(io::Error::other("the name has no address"))),
        }
    }
}

impl Resolve for GuardedDns {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let chosen = guard.choose(found.map(|found| found.map(|socket| socket.ip()).collect()))?;
            let addresses: Addrs = Box::new(chosen.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

/// Looks for a refused address among an error and its causes.
pub fn find_refusal<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Refusal> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(refusal) = error.downcast_ref::<Refusal>() {
            return Some(refusal);
        }
        next = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn unknown() -> io::Result<Vec<IpAddr>> {
        Err(io::Error::other("no such name"))
    }

    #[test]
    fn refused_addresses_of_a_name_are_left_out_and_a_name_with_no_other_is_refused() {
        let dns = GuardedDns::new(&AddressPolicy::default(), None);
        let mixed = addresses(&["169.254.169.254", "10.0.0.1"]);
        assert_eq!(dns.choose(Ok(mixed)).unwrap(), addresses(&["10.0.0.1"]));
        let error = dns.choose(Ok(addresses(&["169.254.169.254"]))).unwrap_err();
        assert_eq!(find_refusal(&*error).unwrap().address, IpAddr::from([169, 254, 169, 254]));
    }

    #[test]
    fn the_spare_address_comes_last_and_alone_when_the_name_is_unknown() {
        let dns = GuardedDns::new(&AddressPolicy::default(), Some("10.0.0.9".parse().unwrap()));
        let both = addresses(&["10.0.0.1", "10.0.0.9"]);
        assert_eq!(dns.choose(Ok(addresses(&["10.0.0.1"]))).unwrap(), both);
        assert_eq!(dns.choose(unknown()).unwrap(), addresses(&["10.0.0.9"]));
        let forbidden = GuardedDns::new(&AddressPolicy::default(), Some("169.254.1.1".parse().unwrap()));
        assert!(find_refusal(&*forbidden.choose(unknown()).unwrap_err()).is_some());
    }

    #[test]
    fn a_name_without_an_address_is_told_as_the_system_tells_it() {
        let dns = GuardedDns::new(&AddressPolicy::default(), None);
        assert_eq!(dns.choose(unknown()).unwrap_err().to_string(), "no such name");
    }
}
