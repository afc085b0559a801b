"""Drawing algorithms that need no network: arrays in, arrays out."""
