"""`python -m bench`: how fast a bundle starts and answers, beside programs that serve the same model another way."""
