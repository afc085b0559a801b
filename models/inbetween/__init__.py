"""How the in-between network (`inbetween`) is trained and scored."""
