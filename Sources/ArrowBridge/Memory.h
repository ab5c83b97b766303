#pragma once
#include <arrow/memory_pool.h>

namespace bridge {

/// The pool of all memory that writers and readers take; lives forever.
arrow::MemoryPool* Pool();

}  // namespace bridge
