// SPLASH_ASSERT(cond, facts): our own bug, never a caller's or a guest's. Says so and aborts.
#pragma once

namespace splash {
[[noreturn]] void report_bug(const char* condition, const char* file, int line, const char* facts);
}  // namespace splash

#define SPLASH_ASSERT(cond, facts) \
    ((cond) ? static_cast<void>(0) : ::splash::report_bug(#cond, __FILE__, __LINE__, (facts)))
