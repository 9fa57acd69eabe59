//! How many backups a job keeps.

use proxbox_transform_sdk::{Draft, is_on};

/// The plugin's fields and Proxmox's parts of the rule. The plugin has no field for `keep-hourly`.
const PARTS: [(&str, &str); 5] = [
    ("keep_last", "keep-last"),
    ("keep_daily", "keep-daily"),
    ("keep_weekly", "keep-weekly"),
    ("keep_monthly", "keep-monthly"),
    ("keep_yearly", "keep-yearly"),
];

pub(crate) struct Retention<'fact>(&'fact [(String, String)]);

impl<'fact> Retention<'fact> {
    pub(crate) fn of(rule: &'fact [(String, String)]) -> Self {
        Self(rule)
    }

    /// Sets the fields; those that the rule does not name are cleared.
    pub(crate) fn write(&self, routine: Draft) -> Draft {
        let counts = PARTS.iter().map(|(field, part)| (*field, self.part(part).and_then(count)));
        counts
            .fold(routine, |routine, (field, count)| routine.with(field, count))
            .with("keep_all", self.part("keep-all").map(is_on))
    }

    fn part(&self, name: &str) -> Option<&'fact str> {
        self.0.iter().find(|(part, _)| part == name).map(|(_, value)| value.trim())
    }
}

fn count(text: &str) -> Option<i64> {
    text.parse().ok().filter(|count| (0..=2_147_483_647).contains(count))
}
