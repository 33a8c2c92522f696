"""Training of the networks of photometry, and the report on them."""
