"""In-between networks."""
