"""Per-session param classes: what a page binds to."""
