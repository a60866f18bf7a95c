"""What things are: plain frozen data and pure functions; no I/O, no Panel."""
