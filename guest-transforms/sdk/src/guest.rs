//! What mappers ask of a guest most.

use crate::Raw;
use crate::facts::{GuestFacts, GuestKind, NodeFacts};

impl GuestFacts {
    /// Whether it is a container, not a virtual machine.
    ///
    /// ```
    /// # use proxbox_transform_sdk::testing;
    /// assert!(testing::container(200, "dns").is_container());
    /// assert!(!testing::guest(101, "web").is_container());
    /// ```
    pub fn is_container(&self) -> bool {
        self.kind == GuestKind::Lxc
    }

    /// Whether it has a tag in Proxmox, without regard to the case of letters.
    ///
    /// ```
    /// # use proxbox_transform_sdk::testing;
    /// let mut guest = testing::guest(101, "web");
    /// guest.tags = vec!["prod".to_owned()];
    /// assert!(guest.has_tag("Prod") && !guest.has_tag("lab"));
    /// ```
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|held| held.eq_ignore_ascii_case(tag))
    }

    /// What follows a prefix in its tags, in their order. Proxmox allows letters, digits and `_ - + .` in a tag, so that
    /// `tenant-acme` is how a tag says more than a word.
    ///
    /// ```
    /// # use proxbox_transform_sdk::testing;
    /// let mut guest = testing::guest(101, "web");
    /// guest.tags = ["svc-http", "prod", "svc-https"].map(str::to_owned).to_vec();
    /// assert_eq!(guest.tagged("svc-").collect::<Vec<_>>(), ["http", "https"]);
    /// assert_eq!(guest.tagged("tenant-").next(), None);
    /// ```
    pub fn tagged<'guest>(&'guest self, prefix: &str) -> impl Iterator<Item = &'guest str> {
        self.tags.iter().filter_map(move |tag| {
            let (start, rest) = tag.split_at_checked(prefix.len())?;
            (start.eq_ignore_ascii_case(prefix) && !rest.is_empty()).then_some(rest)
        })
    }

    /// Whether its name fits a pattern; see [`matches`](crate::matches).
    ///
    /// ```
    /// # use proxbox_transform_sdk::testing;
    /// assert!(testing::guest(101, "lab-dns01").is_called("lab-*"));
    /// ```
    pub fn is_called(&self, pattern: &str) -> bool {
        crate::matches(pattern, &self.name)
    }

    /// Its entry in `/cluster/resources`, for what the record leaves out.
    ///
    /// ```
    /// # use proxbox_transform_sdk::testing;
    /// let mut guest = testing::guest(101, "web");
    /// guest.listing = r#"{"hastate": "started"}"#.to_owned();
    /// assert_eq!(guest.listing().text("hastate").as_deref(), Some("started"));
    /// ```
    pub fn listing(&self) -> Raw {
        Raw::of(&self.listing)
    }

    /// Its configuration, for what the record leaves out.
    ///
    /// ```
    /// # use proxbox_transform_sdk::testing;
    /// let mut guest = testing::guest(101, "web");
    /// guest.config = r#"{"machine": "q35"}"#.to_owned();
    /// assert_eq!(guest.config().text("machine").as_deref(), Some("q35"));
    /// ```
    pub fn config(&self) -> Raw {
        Raw::of(&self.config)
    }
}

impl NodeFacts {
    /// Its entry in `/cluster/resources`, for what the record leaves out.
    ///
    /// ```
    /// # use proxbox_transform_sdk::testing;
    /// let mut node = testing::node("pve1");
    /// node.listing = r#"{"cgroup-mode": 2}"#.to_owned();
    /// assert_eq!(node.listing().integer("cgroup-mode"), Some(2));
    /// ```
    pub fn listing(&self) -> Raw {
        Raw::of(&self.listing)
    }
}
