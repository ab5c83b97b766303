#pragma once
#ifdef __cplusplus
extern "C" {
#endif
/// Arrow's version, as its library reports it.
const char *ab_version(void);
#ifdef __cplusplus
}
#endif
