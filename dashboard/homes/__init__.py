"""Where pages run: as a web server, in a notebook, under Voila."""
