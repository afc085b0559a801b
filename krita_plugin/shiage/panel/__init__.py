"""The docker, built from what operations say of themselves."""
