"""Run the handler on a laptop: under the Lambda runtime client, and as an HTTP service."""
