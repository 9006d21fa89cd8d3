"""Score many rows at a time, from AWS services and from files; imported with the first batch."""
