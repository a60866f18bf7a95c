"""The outside systems as we speak to them: the only imports of their clients; run inside workers."""
