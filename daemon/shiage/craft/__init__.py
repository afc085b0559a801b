"""The drawing algorithms that need no network: arrays in, arrays out."""
