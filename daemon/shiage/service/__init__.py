"""The daemon: the gRPC servicer, who may call it, and the lock on the house. ``shiage.service.serve`` runs it."""
