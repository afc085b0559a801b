"""Chunks to and from the wire without the copies that message objects make of them.

A layer's bytes are most of what goes over the wire, and a copy of a chunk costs as much as sending it. These are the
same protobuf messages, written and read by hand: one field, its tag, its length, its bytes. Both sides use them, and
either understands what the generated code of the other sends.
"""

from __future__ import annotations

from typing import Iterator, Optional, Union

import grpc

from ..v1 import jobs_pb2

PUT_BLOB = "/shiage.v1.Shiage/PutBlob"
GET_BLOB = "/shiage.v1.Shiage/GetBlob"

_LENGTH_DELIMITED = 2
_CHUNK_TAG = jobs_pb2.PutBlobRequest.CHUNK_FIELD_NUMBER << 3 | _LENGTH_DELIMITED
_DATA_TAG = jobs_pb2.Chunk.DATA_FIELD_NUMBER << 3 | _LENGTH_DELIMITED

Bytes = Union[bytes, memoryview]
# A PutBlobRequest, or the bytes of one that holds a chunk.
PutPart = Union[jobs_pb2.PutBlobRequest, memoryview]


def put_blob(channel: grpc.Channel) -> grpc.StreamUnaryMultiCallable[PutPart, jobs_pb2.PutBlobResponse]:
    """PutBlob that takes its header as a message and its chunks as they are."""
    return channel.stream_unary(
        PUT_BLOB,
        request_serializer=serialize_put,
        response_deserializer=jobs_pb2.PutBlobResponse.FromString,
    )


def get_blob(channel: grpc.Channel) -> grpc.UnaryStreamMultiCallable[jobs_pb2.GetBlobRequest, memoryview]:
    """GetBlob that gives the bytes of its chunks."""
    return channel.unary_stream(
        GET_BLOB,
        request_serializer=jobs_pb2.GetBlobRequest.SerializeToString,
        response_deserializer=parse_chunk,
    )


def serialize_put(part: PutPart) -> bytes:
    """A PutBlobRequest."""
    return _field(_CHUNK_TAG, part) if isinstance(part, memoryview) else part.SerializeToString()


def parse_put(message: bytes) -> PutPart:
    """A PutBlobRequest: the bytes of a chunk, or the message."""
    chunk = _bytes_of(_CHUNK_TAG, message)
    return jobs_pb2.PutBlobRequest.FromString(message) if chunk is None else chunk


def serialize_chunk(data: Bytes) -> bytes:
    """A Chunk."""
    return _field(_DATA_TAG, data)


def parse_chunk(message: bytes) -> memoryview:
    """A Chunk's bytes."""
    data = _bytes_of(_DATA_TAG, message)
    return memoryview(jobs_pb2.Chunk.FromString(message).data) if data is None else data


def _field(tag: int, data: Bytes) -> bytes:
    return b"".join((bytes((tag, *_septets(len(data)))), data))


def _bytes_of(tag: int, message: bytes) -> Optional[memoryview]:
    """The bytes of ``message``'s only field, if it is this one in its usual shape."""
    if not message or message[0] != tag:
        return None
    length, begin = 0, 1
    for byte in message[1:6]:
        length |= (byte & 127) << 7 * (begin - 1)
        begin += 1
        if byte < 128:
            return memoryview(message)[begin:] if begin + length == len(message) else None
    return None


def _septets(number: int) -> Iterator[int]:
    while number > 127:
        yield number & 127 | 128
        number >>= 7
    yield number
