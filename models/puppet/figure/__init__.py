"""Anime figures: build, pose, head, hair, clothes and limbs."""
