"""How the network behind `segment-parts` is trained and scored."""
