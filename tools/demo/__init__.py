"""``make demo``: real sketches coloured from their character designs, through a real daemon."""
