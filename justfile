# Names for what is typed often; `just --list` shows them. Each is one or two commands, which work without just too.

# These, with what they do.
[private]
default:
    @just --list --unsorted

# Format, lints, licences and who may know whom.
check:
    tests/run lints

# All tests that need nothing from outside, or those of some crates: just test -p proxbox-reconcile
test *args='--workspace':
    cargo test --locked {{ args }}

# Write every golden file anew, or those of some crates (just bless -p proxbox-server); then read the difference.
bless *args='--workspace':
    INSTA_UPDATE=always PROXBOX_UPDATE_CASES=1 cargo test --locked --no-fail-fast {{ args }}

# Write the cases of an example anew: just bless-example pool-roles
bless-example name:
    cargo run --locked -- transform build examples/{{ name }} --output target/{{ name }}.wasm
    cargo run --locked -- transform test target/{{ name }}.wasm --cases examples/{{ name }}/cases --update

# Rebuild the default components into the tree.
components:
    cargo run --locked -- transform build --builtin

# Everything that must hold before a change goes in.
gate:
    tests/run

# What is tried every night as well, or some parts of it: just full fuzz oldest
full *parts:
    tests/run --full {{ parts }}
