/// Uber's H3, wrapped by the module H3 alone. `scripts/install-h3.sh` builds it.
#pragma once
#include <h3/h3api.h>
