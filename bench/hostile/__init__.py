"""Attack the service: rows of every type through every way in, hostile HTTP clients, and damaged bundles."""
