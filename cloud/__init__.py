"""Commands for an AWS account: deploy, check the deployment, score files, estimate the cost."""
