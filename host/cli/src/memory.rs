//! How the program asks the system for memory.

/// Lets all threads share what any of them has let go. A run hands large structures from thread to thread, and glibc would keep
/// for each thread what was freed there. To be called before there are other threads.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code)]
pub(crate) fn share() {
    // SAFETY: it sets a number of the allocator, and this is the only thread. That it may be refused does no harm.
    unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
}

/// Other allocators are left as they are.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn share() {}
