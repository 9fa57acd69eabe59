//! Tools for authors of transform modules: build to a component, digest of sources, inspection before compiling.
