"""Runs the handler on a laptop: under the real Lambda runtime client, and as an HTTP service."""
