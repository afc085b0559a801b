"""Toon mascots, animals and things."""
