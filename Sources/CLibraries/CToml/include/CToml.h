/// A C face on toml++ (C++17), wrapped by the module Configuration alone.
#pragma once
#ifdef __cplusplus
extern "C" {
#endif

/// How a leaf of the document was written; `CTomlOther` is a date, an array of
/// anything but texts that are not empty, or a text with U+0000 or U+001F.
typedef enum { CTomlString, CTomlInteger, CTomlFloat, CTomlBoolean, CTomlArrayOfStrings, CTomlOther } CTomlKind;

/// Called once for every leaf, with its dotted path (`server.port`) and its value as text.
/// An array of strings arrives as its elements joined by U+001F.
typedef void (*CTomlVisitor)(void *context, const char *path, CTomlKind kind, const char *value);

/// Parses a document and visits its leaves in order.
///
/// Returns 0, or -1 after writing a message with line and column into `error` (always terminated).
int CToml_parse(const char *text, unsigned long length, CTomlVisitor visit, void *context, char *error,
                unsigned long errorCapacity);

#ifdef __cplusplus
}
#endif
