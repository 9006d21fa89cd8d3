"""`python -m bench`: measure how fast bundles start and respond, compared with other ways to serve the same model."""
