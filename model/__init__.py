"""Build time: gets an MLflow model and makes a proved bundle of it. Never copied into the image."""
