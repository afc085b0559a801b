"""Reads the clean lines in a rough drawing."""
