/// libcurl, the HTTP client of hubctl.
#pragma once
#include <curl/curl.h>
