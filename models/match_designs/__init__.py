"""How the network behind `transfer-palette` is trained and checked."""
