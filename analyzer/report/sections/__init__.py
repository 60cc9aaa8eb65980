"""The sections of a report, one module each: `Result` in, blocks out."""
