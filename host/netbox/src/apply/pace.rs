//! How many objects go into one request: fewer when NetBox needs long for them, more again when it is quick.

use std::time::Duration;

/// An answer that takes longer asks for smaller requests.
const LONG: Duration = Duration::from_secs(5);

/// An answer that takes less allows larger ones.
const SHORT: Duration = Duration::from_secs(2);

/// So few objects are not worth a second request beside the first.
const FEW: usize = 10;

/// The size of requests that write.
pub(super) struct Pace {
    size: usize,
    /// What an operator allows and NetBox can cope with.
    most: usize,
}

impl Pace {
    /// Begins with the most that an operator allows.
    pub(super) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self { size: most, most }
    }

    /// Objects in the next request.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Objects in each of the requests that write so many, so that all places have as much to do.
    pub(super) fn share(&self, objects: usize, places: usize) -> usize {
        if places <= 1 {
            return self.size;
        }
        let requests = objects.div_ceil(self.size).max(1).next_multiple_of(places);
        objects.div_ceil(requests).max(FEW).min(self.size)
    }

    /// NetBox took so many objects in that time.
    pub(super) fn took(&mut self, objects: usize, time: Duration) {
        if time > LONG && objects > 1 {
            self.size = self.size.min(objects.div_ceil(2));
        } else if time < SHORT && objects >= self.size {
            self.size = (self.size * 2).min(self.most);
        }
    }

    /// So many objects were too many for NetBox, or for what stands before it: no later request is that large.
    pub(super) fn too_many(&mut self, objects: usize) {
        self.most = self.most.min(objects.div_ceil(2)).max(1);
        self.size = self.size.min(self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_slow_netbox_gets_smaller_requests_and_larger_ones_again_once_it_is_quick() {
        let mut pace = Pace::new(50);
        pace.took(50, 8 * SECOND);
        assert_eq!(pace.size(), 25);
        pace.took(25, 3 * SECOND);
        assert_eq!(pace.size(), 25);
        pace.took(25, SECOND);
        assert_eq!(pace.size(), 50);
        pace.took(50, SECOND);
        assert_eq!(pace.size(), 50, "never more than an operator allows");
    }

    #[test]
    fn a_quick_answer_to_a_few_objects_says_nothing_of_many() {
        let mut pace = Pace::new(50);
        pace.took(50, 8 * SECOND);
        pace.took(3, SECOND);
        assert_eq!(pace.size(), 25);
    }

    #[test]
    fn what_was_too_many_is_not_tried_again() {
        let mut pace = Pace::new(50);
        pace.too_many(50);
        pace.took(25, SECOND);
        assert_eq!(pace.size(), 25);
    }

    #[test]
    fn requests_side_by_side_are_of_one_size() {
        let pace = Pace::new(50);
        assert_eq!(pace.share(120, 1), 50);
        assert_eq!(pace.share(60, 2), 30);
        assert_eq!(pace.share(120, 2), 30);
        assert_eq!(pace.share(12, 2), 10, "two small requests cost more than one");
        assert_eq!(Pace::new(5).share(12, 2), 5, "never more than an operator allows");
    }

    #[test]
    fn one_object_goes_always() {
        let mut pace = Pace::new(0);
        pace.too_many(1);
        pace.took(1, 60 * SECOND);
        assert_eq!(pace.size(), 1);
    }
}
