"""Which cells of a published table stay hidden so that no small group can be worked out."""
