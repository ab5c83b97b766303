#include "ArrowBridge.h"
#include <arrow/api.h>
const char *ab_version(void) { return arrow::GetBuildInfo().version_string.c_str(); }
