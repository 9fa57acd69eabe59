//! The default mapping of the virtual-machine facts.
