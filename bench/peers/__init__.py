"""Other evaluators of trees, next to the compiled backend."""
