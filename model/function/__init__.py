"""A Lambda function's directory: the handler, a bundle and the packages that it needs, for one platform."""
