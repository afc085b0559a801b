"""Values, specs, requests and errors to and from protobuf; everything that comes in is checked here, at the door."""

from .failures import error_of, failure_of, rebuild
from .requests import check_request, digest_of, inputs_of, parameters_of, parameters_to_proto
from .specs import spec_to_proto
from .values import Buffer, Fetch, Put, blobs_of, check_sha, check_value, decode_value, encode_value

__all__ = [
    "Buffer",
    "Fetch",
    "Put",
    "blobs_of",
    "check_request",
    "check_sha",
    "check_value",
    "decode_value",
    "digest_of",
    "encode_value",
    "error_of",
    "failure_of",
    "inputs_of",
    "parameters_of",
    "parameters_to_proto",
    "rebuild",
    "spec_to_proto",
]
