"""What is in the images: sizes, software, labels."""
