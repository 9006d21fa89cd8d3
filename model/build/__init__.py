"""Build a bundle from an MLflow model, and prove that its answers are MLflow's."""
