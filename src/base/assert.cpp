#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace splash {

void report_bug(const char* condition, const char* file, int line, const char* facts) {
    std::fprintf(stderr, "BUG: %s:%d: %s does not hold: %s\n", file, line, condition, facts);
    std::abort();
}

}  // namespace splash
