"""From backends to snapshots: worker processes, pollers and the pure merge between them."""
