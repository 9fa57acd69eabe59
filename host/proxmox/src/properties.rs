//! Proxmox's property strings: `local-lvm:vm-101-disk-0,size=32G,ssd=1`.

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
        self.0.split(',').find_map(|part| {
            let (found, value) = part.split_once('=')?;
            (found.trim() == key).then(|| value.trim())
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
