"""The command `thaw`: serves any MLflow model from AWS Lambda."""
