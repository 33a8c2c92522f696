"""What is kept as it comes, and offered again after a crash."""
