"""How the network behind `clean-up` is trained and checked."""
