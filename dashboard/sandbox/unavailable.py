"""What an engine raises when it cannot be had on this machine."""


class Unavailable(Exception):
    """An engine of the sandbox cannot run here; the text is one sentence for people: which engine, why, how to mend."""
