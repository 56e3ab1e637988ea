"""Writes what opentelemetry-proto (PyPI, 1.45.2) makes of the spans of TraceEncoderTests.swift, as hexadecimal digits.

scripts/check-otlp.sh runs it and compares; with --update it writes golden.hex anew.
"""
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import SpanFlags

KNOWN = SpanFlags.SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK
REMOTE = SpanFlags.SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK
TRACE = bytes.fromhex("4bf92f3577b34da6a3ce929d0e0e4736")


def attribute(where, key, **value):
    pair = where.add()
    pair.key = key
    for kind, content in value.items():
        setattr(pair.value, kind, content)


request = ExportTraceServiceRequest()
resource = request.resource_spans.add()
attribute(resource.resource.attributes, "service.name", string_value="presence-hub")
attribute(resource.resource.attributes, "service.version", string_value="1.2.3")
attribute(resource.resource.attributes, "service.instance.id", string_value="one")
scope = resource.scope_spans.add()
scope.scope.name = "presence-hub"
scope.scope.version = "1.2.3"

first = scope.spans.add()
first.trace_id = TRACE
first.span_id = bytes.fromhex("00f067aa0ba902b7")
first.trace_state = "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"
first.parent_span_id = bytes.fromhex("1122334455667788")
first.name = "POST /api/v1/locations"
first.kind = 2
first.start_time_unix_nano = 1_767_225_600_000_000_001
first.end_time_unix_nano = 1_767_225_600_250_000_000
attribute(first.attributes, "http.request.method", string_value="POST")
attribute(first.attributes, "http.response.status_code", int_value=503)
attribute(first.attributes, "hub.negative", int_value=-1)
attribute(first.attributes, "hub.live", bool_value=False)
attribute(first.attributes, "hub.share", double_value=0.25)
attribute(first.attributes, "hub.empty", string_value="")
first.status.code = 2
first.status.message = "the hub could not do it"
first.flags = 1 | KNOWN | REMOTE

second = scope.spans.add()
second.trace_id = bytes.fromhex("4bf92f3577b34da7a3ce929d0e0e4736")
second.span_id = bytes.fromhex("0000000000000001")
second.name = "journal flush"
second.kind = 1
second.start_time_unix_nano = 1_767_225_600_000_000_000
second.end_time_unix_nano = 1_767_225_600_000_000_000
for number in range(128):
    link = second.links.add()
    link.trace_id = TRACE
    link.span_id = (number + 1).to_bytes(8, "big")
    link.flags = 1 | KNOWN
second.dropped_links_count = 2
second.flags = 1 | KNOWN

print(request.SerializeToString().hex())
