/// expat, the XML parser that takes its input in pieces; wrapped by the module TrackFiles alone.
#pragma once
#include <expat.h>
