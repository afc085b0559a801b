"""How the networks behind `colorize` are trained and scored."""
