// Arrow's own headers are C++ and are included by ArrowBridge; this target only carries pkg-config's flags.
#pragma once
