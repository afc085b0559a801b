"""How the embedding network behind `recognize` is trained and scored."""
