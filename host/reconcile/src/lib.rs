//! Desired objects and current objects in, a plan out: pure, no I/O.
