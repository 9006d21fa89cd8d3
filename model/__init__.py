"""Build time: fetch an MLflow model, build a bundle from it and prove it. Never copied into the image."""
