"""Public checkpoints through the libraries that keep their architectures, each loaded without running its code."""
