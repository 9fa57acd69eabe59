//! Proxmox's property strings: `local-lvm:vm-101-disk-0,size=32G,ssd=1`.

use crate::lenient::flag_text;

/// The parts of a property string. The first part may come without a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Properties<'a>(&'a str);

impl<'a> Properties<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self(text)
    }

    /// The value of the part that may come without its key.
    pub(crate) fn main(&self, keys: &[&str]) -> Option<&'a str> {
        let first = self.0.split(',').next().map(str::trim).filter(|part| !part.is_empty());
        match first {
            Some(part) if !part.contains('=') => Some(part),
            _ => keys.iter().find_map(|key| self.get(key)),
        }
    }

    /// The value of a part with a key.
    pub(crate) fn get(&self, key: &str) -> Option<&'a str> {
        self.pairs().find_map(|(found, value)| (found == key).then_some(value))
    }

    /// The same when it is a switch that is on.
    pub(crate) fn is_on(&self, key: &str) -> bool {
        self.get(key).and_then(flag_text).unwrap_or(false)
    }

    /// The parts with a key, in order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.0.split(',').filter_map(|part| {
            let (key, value) = part.split_once('=')?;
            Some((key.trim(), value.trim())).filter(|(key, _)| !key.is_empty())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_part_may_leave_out_its_key() {
        assert_eq!(Properties::of("1,type=isa").main(&["enabled"]), Some("1"));
        assert_eq!(Properties::of("type=isa, enabled=1").main(&["enabled"]), Some("1"));
        assert_eq!(Properties::of("").main(&["enabled"]), None);
        assert_eq!(Properties::of(",,=,").main(&["enabled"]), None);
    }
}
