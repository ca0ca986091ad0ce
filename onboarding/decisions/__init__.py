"""What is decided and put on record: admission, corrections, replay, audit."""
