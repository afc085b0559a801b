"""A grpcio server that does nothing with the bytes it gets and gives: what ``bench_transport.py`` compares with."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc

CHUNKS = [bytes([number]) * (1 << 20) for number in range(64)]


def put(chunks: Iterator[bytes], context: Any) -> bytes:
    """In."""
    for _ in chunks:
        pass
    return b""


def get(request: bytes, context: Any) -> Iterator[bytes]:
    """Out."""
    yield from CHUNKS


def main(path: str) -> None:
    """Serve until killed."""
    server = grpc.server(ThreadPoolExecutor(4))
    handlers = {"put": grpc.stream_unary_rpc_method_handler(put), "get": grpc.unary_stream_rpc_method_handler(get)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bare", handlers),))
    server.add_insecure_port(f"unix:{path}")
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main(sys.argv[1])
