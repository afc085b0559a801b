"""Chunks to and from the wire without the copies that message objects make of them.

A layer's bytes are most of what goes over the wire, and a copy of a chunk costs as much as sending it. These are the
same protobuf messages, written and read by hand: one field, its tag, its length, its bytes.
"""

from __future__ import annotations

from typing import Iterator, Union

import grpc

from ..v1 import jobs_pb2

_LENGTH_DELIMITED = 2
_CHUNK_TAG = jobs_pb2.PutBlobRequest.CHUNK_FIELD_NUMBER << 3 | _LENGTH_DELIMITED
_DATA_TAG = jobs_pb2.Chunk.DATA_FIELD_NUMBER << 3 | _LENGTH_DELIMITED

PutPart = Union[jobs_pb2.PutBlobRequest, memoryview]


def put_blob(channel: grpc.Channel) -> grpc.StreamUnaryMultiCallable[PutPart, jobs_pb2.PutBlobResponse]:
    """PutBlob that takes its header as a message and its chunks as they are."""
    return channel.stream_unary(
        "/shiage.v1.Shiage/PutBlob",
        request_serializer=_serialize_put,
        response_deserializer=jobs_pb2.PutBlobResponse.FromString,
    )


def get_blob(channel: grpc.Channel) -> grpc.UnaryStreamMultiCallable[jobs_pb2.GetBlobRequest, memoryview]:
    """GetBlob that gives the bytes of its chunks."""
    return channel.unary_stream(
        "/shiage.v1.Shiage/GetBlob",
        request_serializer=jobs_pb2.GetBlobRequest.SerializeToString,
        response_deserializer=_parse_chunk,
    )


def _serialize_put(part: PutPart) -> bytes:
    if isinstance(part, memoryview):
        return b"".join((bytes((_CHUNK_TAG,)), _varint(len(part)), part))
    return part.SerializeToString()


def _parse_chunk(message: bytes) -> memoryview:
    """The data field of a Chunk; any other shape of the same message goes the usual way."""
    view = memoryview(message)
    if message[:1] == bytes((_DATA_TAG,)):
        length, begin = 0, 1
        for shift in range(0, 35, 7):
            byte = view[begin] if begin < len(view) else 0
            length |= (byte & 127) << shift
            begin += 1
            if byte < 128:
                break
        if begin + length == len(view):
            return view[begin:]
    return memoryview(jobs_pb2.Chunk.FromString(message).data)


def _varint(number: int) -> bytes:
    return bytes(_septets(number))


def _septets(number: int) -> Iterator[int]:
    while number > 127:
        yield number & 127 | 128
        number >>= 7
    yield number
