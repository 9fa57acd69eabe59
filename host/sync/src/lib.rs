//! The workflow: stages, runs, cancellation and the one stream of progress events.
