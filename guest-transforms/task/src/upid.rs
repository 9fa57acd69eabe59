//! What a task's unique process id tells: `UPID:node:pid:pstart:starttime:type:id:user:`, numbers in hexadecimal.

pub(crate) struct Upid<'fact>(&'fact str);

impl<'fact> Upid<'fact> {
    pub(crate) fn of(upid: &'fact str) -> Self {
        Self(upid)
    }

    pub(crate) fn process(&self) -> Option<u64> {
        self.number(2)
    }

    /// When the process started, in the kernel's ticks since boot.
    pub(crate) fn process_start(&self) -> Option<u64> {
        self.number(3)
    }

    fn number(&self, part: usize) -> Option<u64> {
        u64::from_str_radix(self.0.split(':').nth(part)?, 16).ok()
    }
}
