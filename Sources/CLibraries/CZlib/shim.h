/// zlib, wrapped by the modules WebSocket (permessage-deflate), Gzip (whole files) and TrackFiles (gzip files in pieces).
#pragma once
#include <zlib.h>

/// `deflateInit2` and `inflateInit2` are macros, which Swift cannot see.
static inline int CZlib_deflateInit2(z_stream *stream, int level, int windowBits, int memLevel) {
    return deflateInit2(stream, level, Z_DEFLATED, windowBits, memLevel, Z_DEFAULT_STRATEGY);
}

static inline int CZlib_inflateInit2(z_stream *stream, int windowBits) {
    return inflateInit2(stream, windowBits);
}
