<<<<<<< HEAD
"""Drawing algorithms that need no network: arrays in, arrays out."""
=======
"""The drawing algorithms that need no network: arrays in, arrays out."""
>>>>>>> daemon
