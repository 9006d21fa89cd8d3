"""Models of all kinds, each with a question and its answer: what several tests serve."""
