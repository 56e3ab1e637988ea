/// libpq, wrapped by the module Persistence alone.
#pragma once
#include <libpq-fe.h>
