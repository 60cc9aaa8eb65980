"""blobs → functions → features: what the style of wholly added functions looks like. Python only so far."""
