"""Build responses: output columns, JSON encoding, problem details, compression and CORS headers."""
