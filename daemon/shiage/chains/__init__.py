"""Chains: operations one behind the other, run as if they were one."""

from ._model import CHAIN, SOURCE, Chain, Step
from ._run import run, run_chain

__all__ = ["CHAIN", "SOURCE", "Chain", "Step", "run", "run_chain"]
