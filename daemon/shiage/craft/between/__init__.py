"""The frame between two drawn keys, area by area, without a network."""
