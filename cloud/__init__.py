"""What is done with an account of AWS: deploy, and ask what was deployed."""
