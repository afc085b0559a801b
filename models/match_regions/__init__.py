"""How the network that matches regions (`propagate-colors`) is trained and scored."""
