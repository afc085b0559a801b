"""Networks and the loading of their weights.

Importing this package is cheap: torch is imported inside functions only. Weights are data: safetensors, or a torch file
read with ``weights_only=True``; nothing that runs code when it is loaded.
"""
