-- Eight bits of a keyed digest of each API key. From a source that is locked out, only keys whose hint fits are verified: that
-- lets the owner of a valid key in, and a guesser buy one verification in 256 tries.
CREATE TABLE proxbox_key_hint (
    key_id INTEGER NOT NULL PRIMARY KEY,
    hint INTEGER NOT NULL
);

CREATE INDEX proxbox_auth_bucket_time ON proxbox_auth_bucket (first_attempt_time);
